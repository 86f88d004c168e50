"""The inbox over a cabinet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clock
from bot.slack.inbox import CabinetInbox
from bot.stores.cabinet import MemoryCabinet
from channels.slack.base import Envelope, Kind, TeamId

LETTER = Envelope("Ev1", Kind.EVENT, TeamId("T1"), '{"text":"hello"}')


class Hand:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


async def test_what_is_done_says_nothing_any_more_but_is_known_for_a_week() -> None:
    hand, cabinet = Hand(), MemoryCabinet()
    inbox = CabinetInbox(cabinet, Clock(now=lambda: hand.at))
    assert await inbox.keep(LETTER)
    assert tuple(await inbox.lease(30, 9)) == (LETTER,)
    await inbox.done(LETTER)
    await inbox.put_back(LETTER, 0.0)

    assert (await cabinet.find("slack.inbox"))[0].value == "{}"
    assert not await inbox.keep(LETTER)
    assert tuple(await inbox.lease(30, 9)) == ()
    hand.at += timedelta(days=7)
    assert await inbox.prune() == 0
    hand.at += timedelta(seconds=1)
    assert await inbox.prune() == 1


async def test_what_is_put_back_comes_again_with_one_try_more() -> None:
    hand = Hand()
    inbox = CabinetInbox(MemoryCabinet(), Clock(now=lambda: hand.at))
    await inbox.keep(LETTER)
    await inbox.lease(30, 9)
    await inbox.put_back(LETTER, 5.0)

    assert tuple(await inbox.lease(30, 9)) == ()
    hand.at += timedelta(seconds=5)
    assert [one.tries for one in await inbox.lease(30, 9)] == [1]


async def test_after_a_start_what_a_dead_process_had_taken_is_due_at_once() -> None:
    hand = Hand()
    inbox = CabinetInbox(MemoryCabinet(), Clock(now=lambda: hand.at))
    await inbox.keep(LETTER)
    await inbox.lease(105.0, 9)
    before = tuple(await inbox.lease(105.0, 9))
    recovered = await inbox.recover()
    after = tuple(await inbox.lease(105.0, 9))
    await inbox.done(LETTER)

    assert (before, recovered, after) == ((), 1, (LETTER,))
    assert await inbox.recover() == 0


@pytest.mark.parametrize("is_killed", [False, True])
async def test_what_is_taken_up_by_the_next_process_keeps_its_order(is_killed: bool) -> None:
    hand = Hand()
    inbox = CabinetInbox(MemoryCabinet(), Clock(now=lambda: hand.at))
    first, second = replace(LETTER, id="EvZ"), replace(LETTER, id="EvA")
    await inbox.keep(first)
    await inbox.lease(105.0, 9)
    hand.at += timedelta(seconds=1)
    await inbox.keep(second)
    hand.at += timedelta(seconds=5)
    if not is_killed:
        await inbox.put_back(first, 0.0)
    await inbox.recover()

    assert [one.id for one in await inbox.lease(105.0, 9)] == ["EvZ", "EvA"]
