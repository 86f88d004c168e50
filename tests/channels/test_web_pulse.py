import pytest

from channels.web_pulse import Pulse, Verdict, judge_socket, judge_stream
from channels.web_terms import WebTimings

T = WebTimings()


def pulse(
    heard_at: float = 100.0,
    pinged_at: float = 100.0,
    sending_since: float | None = None,
    closing_since: float | None = None,
    is_listening: bool = True,
) -> Pulse:
    return Pulse(heard_at, pinged_at, sending_since, closing_since, is_listening)


@pytest.mark.parametrize(
    ("known", "now", "verdict"),
    [
        (pulse(), 119.9, Verdict.FINE),
        (pulse(), 120.0, Verdict.PING),
        (pulse(pinged_at=120.0), 125.0, Verdict.FINE),
        (pulse(pinged_at=120.0), 125.1, Verdict.SILENT),
        (pulse(heard_at=124.0, pinged_at=120.0), 139.0, Verdict.FINE),
        (pulse(is_listening=False, pinged_at=120.0), 139.0, Verdict.FINE),
        (pulse(sending_since=120.0), 130.0, Verdict.FINE),
        (pulse(sending_since=120.0), 130.1, Verdict.SLOW),
        (pulse(closing_since=120.0), 122.0, Verdict.FINE),
        (pulse(closing_since=120.0), 122.1, Verdict.LEFT_OPEN),
        (pulse(heard_at=0.0, closing_since=120.0), 121.0, Verdict.FINE),
    ],
)
def test_a_socket_is_pinged_and_given_up_in_time(
    known: Pulse, now: float, verdict: Verdict
) -> None:
    assert judge_socket(known, T, now) is verdict


@pytest.mark.parametrize(
    ("known", "now", "verdict"),
    [
        (pulse(heard_at=0.0), 114.9, Verdict.FINE),
        (pulse(heard_at=0.0), 115.0, Verdict.PING),
        (pulse(sending_since=120.0), 130.0, Verdict.FINE),
        (pulse(sending_since=120.0), 130.1, Verdict.SLOW),
    ],
)
def test_a_stream_gets_comments_and_its_reader_need_not_answer(
    known: Pulse, now: float, verdict: Verdict
) -> None:
    assert judge_stream(known, T, now) is verdict
