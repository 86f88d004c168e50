import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import ChannelRefused
from channels.sms.statuses import RANKS, code_of, is_later, is_with_carrier, status_of
from channels.twilio.form import Form

SID = "SM" + "a" * 32


def form(**fields: str) -> Form:
    return Form(tuple({"MessageSid": SID, **fields}.items()))


@pytest.mark.promise("S18")
@pytest.mark.parametrize("order", [*itertools.permutations(["queued", "sent", "delivered"])])
def test_in_any_order_and_doubled_it_ends_delivered_with_no_step_back(
    order: tuple[str, ...],
) -> None:
    status, steps = "", []
    for new in (name for name in order for _ in range(2)):
        if is_later(new, status):
            steps.append(new)
            status = new

    assert status == "delivered"
    assert len(steps) == len(set(steps))
    assert [RANKS[step] for step in steps] == sorted(RANKS[step] for step in steps)


@pytest.mark.promise("S18")
@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        ("queued", "accepted", True),
        ("scheduled", "accepted", False),
        ("sending", "queued", True),
        ("sent", "sending", True),
        ("undelivered", "sent", True),
        ("delivered", "undelivered", False),
        ("failed", "delivered", False),
        ("read", "delivered", True),
        ("delivered", "read", False),
        ("queued", "", True),
        ("nonsense", "queued", False),
        ("nonsense", "", False),
        ("queued", "nonsense", True),
    ],
)
def test_a_status_only_ever_goes_up(new: str, old: str, expected: bool) -> None:
    assert is_later(new, old) is expected


def test_what_has_left_twilio() -> None:
    assert {name for name in RANKS if is_with_carrier(name)} == {
        "sent",
        "delivered",
        "partially_delivered",
        "undelivered",
        "failed",
        "canceled",
        "read",
    }
    assert not is_with_carrier("")


def test_a_callback_is_read() -> None:
    update = status_of(
        form(
            MessageStatus="Undelivered",
            ErrorCode="30003",
            AccountSid="AC1",
            To="+15550123",
            From="+15550100",
        )
    )

    assert (update.sid, update.status, update.error_code) == (SID, "undelivered", 30003)
    assert "+1555" not in repr(update)


def test_that_it_was_read_is_told_by_the_event_of_a_channel() -> None:
    assert status_of(form(MessageStatus="delivered", EventType="READ")).status == "read"
    assert status_of(form(SmsStatus="sent", MessageStatus="")).status == "sent"
    old = Form((("SmsSid", SID), ("SmsStatus", "sent")))
    assert status_of(old).sid == SID


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"MessageSid": "x", "MessageStatus": "sent"}, "no_message_sid"),
        ({"MessageStatus": ""}, "no_status"),
        ({"MessageStatus": "received"}, "no_status"),
    ],
)
def test_what_is_no_status_is_refused(fields: dict[str, str], code: str) -> None:
    with pytest.raises(ChannelRefused) as refused:
        status_of(form(**fields))

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "expected"), [("30007", 30007), ("0", None), ("", None), ("x", None), ("9" * 30, None)]
)
def test_a_code_is_a_number_or_none(text: str, expected: int | None) -> None:
    assert code_of(text) == expected


@given(st.lists(st.sampled_from([*RANKS, "nonsense"]), max_size=12))
def test_no_order_of_callbacks_goes_down(statuses: list[str]) -> None:
    status = ""
    for new in statuses:
        if is_later(new, status):
            assert RANKS[new] > RANKS.get(status, -1)
            status = new
    assert RANKS.get(status, -1) == max((RANKS.get(name, -1) for name in statuses), default=-1)
