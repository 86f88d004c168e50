"""Two machines that answer each other. Case S25."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.loop_guard import LoopTerms, Replies, after_reply, silenced

TERMS, NONE = LoopTerms(), Replies()


def waits(times: Iterable[float], replies: Replies = NONE) -> list[float]:
    """Return what each message has to wait that would be sent at these times."""
    found = []
    for at in times:
        replies, wait_s = after_reply(replies, TERMS, at)
        found.append(wait_s)
    return found


@pytest.mark.promise("S25")
def test_the_twenty_first_reply_in_half_a_minute_is_not_sent_and_twilio_never_trips() -> None:
    found = waits(at * 0.1 for at in range(40))

    assert found[:20] == [0.0] * 20
    assert found[20] == 30.0
    assert found[39] == pytest.approx(30.0 - 1.9)


def test_after_the_silence_it_goes_on() -> None:
    found = waits([*(at * 0.1 for at in range(21)), 31.9, 32.0])

    assert found[-2:] == [pytest.approx(0.1), 0.0]


def test_twenty_spread_out_are_no_loop() -> None:
    assert not any(waits(at * 1.5 for at in range(200)))


def test_when_twilio_has_seen_one_there_is_silence_at_once() -> None:
    silent = silenced(Replies(), TERMS, 100.0)

    assert waits([110.0, 130.0], silent) == [20.0, 0.0]
    assert silenced(Replies((), 500.0), TERMS, 100.0).silent_until == 500.0


@given(st.lists(st.floats(0.0, 3.0), max_size=120))
def test_never_more_than_so_many_in_any_half_minute(gaps: list[float]) -> None:
    replies, now, sent = Replies(), 0.0, []
    for gap in gaps:
        now += gap
        replies, wait_s = after_reply(replies, TERMS, now)
        if wait_s == 0.0:
            sent.append(now)
        assert len(replies.at) <= TERMS.most

    for first in sent:
        assert sum(first <= at < first + TERMS.within_s for at in sent) <= TERMS.most
