"""Two machines that answer each other. Case S25."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.loop_guard import (
    MOST_PAIRS,
    LoopGuard,
    LoopTerms,
    Replies,
    after_reply,
    silenced,
)

TERMS = LoopTerms()


@pytest.mark.promise("S25")
def test_the_twenty_first_reply_in_half_a_minute_is_not_sent_and_twilio_never_trips() -> None:
    guard = LoopGuard()
    waits = [guard.wait_s("pair", at * 0.1) for at in range(40)]

    assert waits[:20] == [0.0] * 20
    assert waits[20] == 30.0
    assert waits[39] == pytest.approx(30.0 - 1.9)
    assert guard.wait_s("another", 4.0) == 0.0


def test_after_the_silence_it_goes_on() -> None:
    guard = LoopGuard()
    for at in range(21):
        guard.wait_s("pair", at * 0.1)

    assert guard.wait_s("pair", 31.9) == pytest.approx(0.1)
    assert guard.wait_s("pair", 32.0) == 0.0


def test_twenty_spread_out_are_no_loop() -> None:
    guard = LoopGuard()

    assert all(guard.wait_s("pair", at * 1.5) == 0.0 for at in range(200))


def test_when_twilio_has_seen_one_there_is_silence_at_once() -> None:
    guard = LoopGuard()
    guard.silence("pair", 100.0)

    assert guard.wait_s("pair", 110.0) == 20.0
    assert guard.wait_s("pair", 130.0) == 0.0
    assert silenced(Replies((), 500.0), TERMS, 100.0).silent_until == 500.0


def test_quiet_pairs_are_forgotten_and_silent_ones_are_not() -> None:
    guard = LoopGuard()
    guard.silence("silent", 95.0)
    for at in range(MOST_PAIRS):
        guard.wait_s(f"pair {at}", 0.0)
    guard.wait_s("new", 100.0)

    assert len(guard) == 2
    assert guard.wait_s("silent", 101.0) == 24.0


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
