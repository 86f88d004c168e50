"""Whoever waits for a human is neither forgotten nor told the same twice; on a turned clock."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest

from bot.errors import StoreFailed
from bot.humans.human import named
from bot.humans.sla_watch import SlaWatch
from bot.humans.tickets import KeptTickets, Ticket
from bot.log import ChoicesOffered
from bot.scribe import Scribe
from bot.stores.base import (
    Head,
    HeadsOwnedBy,
    Owner,
    Query,
    Write,
)
from bot.stores.memory import MemoryStore
from bot.stores.sqlite import open_sqlite
from channels.base import ConversationId
from routing.request import TenantId
from tests.bot.humans.watched import DANA, watch_of, watched
from tests.bot.stage import ANSWER, Stage

pytestmark = pytest.mark.promise("X108")
T = TypeVar("T")


async def test_each_rung_of_the_queue_is_done_when_it_is_time_and_once(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        done = []
        for seconds in (58, 61, 63, 181, 301, 303, 901, 1000, 5000):
            await one.at(seconds)
            done.append(len(await one.rungs()))

        assert done == [0, 1, 1, 2, 3, 3, 4, 4, 4]
        assert await one.rungs() == ["ping", "escalate", "tell", "ticket"]
        assert one.calls() == ["channel", "on_call"]
        assert len({line.id for line in one.stage.desk.lines}) == 3


async def test_a_process_that_starts_late_does_what_was_missed_in_order(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        await one.at(7200)
        told = await one.told()
        one.watch = watch_of(one.stage)
        await one.at(7300)

        assert await one.rungs() == ["ping", "escalate", "tell", "ticket"]
        assert await one.told() == told
        assert len(told) == len(set(told)) == 3


async def test_two_who_watch_at_once_do_every_rung_once(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        other = watch_of(one.stage)
        for seconds in (61, 181, 301, 901):
            one.stage.ahead.by = timedelta(seconds=seconds)
            await asyncio.gather(one.watch.look(), other.look())
        await one.stage.services.outbox.send_due()

        assert await one.rungs() == ["ping", "escalate", "tell", "ticket"]
        assert one.calls() == ["channel", "on_call"]
        assert await one.stage.told() == ["desk.out_of_sla"]


async def test_two_processes_on_one_file_do_every_rung_once(tmp_path: Path) -> None:
    path = tmp_path / "copilot.db"
    async with watched(tmp_path, store=await open_sqlite(path)) as one:
        store = await open_sqlite(path)
        services = one.stage.services
        scribe = Scribe(store, services.bus)
        theirs = replace(services, store=store, scribe=scribe)
        other = SlaWatch(theirs, one.stage.manager.wake, KeptTickets(scribe, services.clock))
        for seconds in (61, 181, 301, 901):
            one.stage.ahead.by = timedelta(seconds=seconds)
            await asyncio.gather(one.watch.look(), other.look())
        await one.stage.handoffs.claim(one.stage.conversation, DANA)
        one.stage.ahead.by = timedelta(seconds=1300)
        await asyncio.gather(one.watch.look(), other.look())
        await store.close()

        expected = ["ping", "escalate", "tell", "ticket", "nudge", "requeue"]
        assert await one.rungs() == expected
        assert len(await one.told()) == 4


async def test_a_human_who_claims_and_never_speaks_loses_it_and_a_new_ladder_begins(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as one:
        stage = one.stage
        await one.at(100)
        await stage.handoffs.claim(stage.conversation, DANA)
        await one.at(279)
        early = await one.rungs()
        await one.at(281)
        await one.at(461)
        queued, card = await stage.head(), next(iter(stage.desk.cards.values()))
        await one.at(522)
        await stage.handoffs.claim(stage.conversation, named("Robin"))
        await one.at(703)

        assert early == ["ping"]
        assert await one.rungs() == ["ping", "nudge", "requeue", "ping", "nudge"]
        assert (queued.owner, queued.human, queued.reason) == (Owner.QUEUE, "", "button")
        assert (card.owner, card.epoch) == ("queue", queued.epoch)
        assert "cannot answer at the moment" in (await one.told())[-1]
        assert one.calls() == ["channel", "claimer", "channel", "claimer"]


async def test_a_silence_counts_from_what_was_left_unanswered(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        stage = one.stage
        await stage.handoffs.claim(stage.conversation, DANA)
        await one.at(100)
        await one.speaks()
        await one.at(1000)
        before = await one.rungs()
        await stage.say("And my card?")
        await one.at(1179)
        await one.at(1181)
        await one.speaks()
        await stage.say("Thank you. And my PIN?")
        await one.at(1370)

        assert before == []
        assert await one.rungs() == ["nudge", "nudge"]
        assert (await stage.head()).owner is Owner.HUMAN


async def test_after_half_an_hour_without_a_word_the_bot_is_back_and_says_so(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as one:
        stage = one.stage
        await stage.handoffs.claim(stage.conversation, DANA)
        await one.speaks()
        await one.at(1799)
        early = await stage.head()
        await one.at(1801)
        await stage.say("When will my card arrive?")
        answers = await stage.answers(4)

        assert early.owner is Owner.HUMAN
        assert (await stage.head()).owner is Owner.BOT
        assert "talking to the assistant again" in answers[2].text
        assert answers[3].text == ANSWER
        assert stage.desk.closed == [(stage.conversation, "quiet")]


@pytest.mark.promise("B4")
async def test_a_call_that_is_late_is_not_made_when_somebody_came_meanwhile(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        stage = one.stage
        stage.ahead.by = timedelta(seconds=61)
        await one.watch.look()
        await stage.handoffs.claim(stage.conversation, DANA)
        stage.ahead.by = timedelta(seconds=242)
        await one.watch.look()
        await stage.say("Hello?")
        await one.speaks()
        await stage.services.outbox.send_due()

        assert await one.rungs() == ["ping", "nudge"]
        assert one.calls() == []


@pytest.mark.promise("B4")
async def test_of_a_claim_and_a_rung_at_once_the_claim_stands(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        one.stage.ahead.by = timedelta(seconds=301)
        await asyncio.gather(
            one.stage.handoffs.claim(one.stage.conversation, DANA), one.watch.look()
        )
        after = await one.rungs()
        await one.at(302)

        assert (await one.stage.head()).human == "Dana"
        assert await one.rungs() == after


async def test_operations_are_told_of_a_queue_out_of_sla_and_when_it_is_well_again(
    tmp_path: Path,
) -> None:
    async with watched(tmp_path) as one:
        await one.at(901)
        names = await one.stage.told()
        await one.stage.handoffs.claim(one.stage.conversation, DANA)
        await one.at(905)

        assert names == ["desk.out_of_sla"]
        assert await one.stage.told() == ["desk.out_of_sla", "desk.in_sla"]
        first, last = one.stage.alerts.told
        assert first.incident == last.incident


async def test_in_the_background_it_looks_by_itself(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        one.stage.ahead.by = timedelta(seconds=301)
        running = asyncio.get_running_loop().create_task(one.watch.run())
        await one.stage.until(ChoicesOffered.TYPE)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        assert await one.rungs() == ["ping", "escalate", "tell"]


class Failing:
    """Tickets of a system that is down."""

    def __init__(self, tickets: KeptTickets) -> None:
        self._tickets = tickets
        self.is_down = True

    async def open(self, ticket: Ticket) -> str:
        if self.is_down:
            raise StoreFailed("the ticket system is down")
        return await self._tickets.open(ticket)


async def test_a_rung_that_fails_is_tried_again_with_the_next_look(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        services = one.stage.services
        tickets = Failing(KeptTickets(services.scribe, services.clock))
        one.watch = SlaWatch(services, one.stage.manager.wake, tickets)
        await one.at(901)
        await one.at(1100)
        early = await one.rungs()
        tickets.is_down = False
        await one.at(1102)

        assert early == ["ping", "escalate", "tell"]
        assert await one.rungs() == ["ping", "escalate", "tell", "ticket"]


class Counting(MemoryStore):
    """A store that counts the heads it gives away."""

    heads = 0

    async def find(self, query: Query[T]) -> tuple[T, ...]:
        found = await super().find(query)
        self.heads += len(found) if isinstance(query, HeadsOwnedBy) else 0
        return found


async def crowd(stage: Stage, count: int) -> None:
    """Put so many more into the queue, a second apart, the longest waiting first."""
    now = stage.services.clock.now()
    for number in range(count):
        name, since = ConversationId(f"q{number}"), now - timedelta(seconds=count - number)
        head = Head(name, TenantId("aurelis"), "web", "", "en", Owner.QUEUE, waiting_since=since)
        await stage.services.store.commit(Write(name, now, create=head))


async def test_of_a_long_queue_only_those_are_read_whose_time_has_come(tmp_path: Path) -> None:
    store = Counting()
    async with watched(tmp_path, store=store) as one:
        await crowd(one.stage, 1000)
        await one.watch.look()
        store.heads = 0
        one.stage.ahead.by = timedelta(seconds=2)
        await one.watch.look()

        assert store.heads < 4 * 20
        assert (await one.rungs()).count("tell") >= 1000 - 300


async def test_a_queue_too_long_for_one_look_is_done_with_the_next_ones(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        await crowd(one.stage, 100)
        one.watch = watch_of(one.stage, most=30)
        one.stage.ahead.by = timedelta(seconds=61)
        for _ in range(5):
            await one.watch.look()

        assert await one.rungs() == ["ping"] * 101
