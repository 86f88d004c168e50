"""What is kept of customers, for how long, and what two processes make of it at once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.sms.addresses import Names, Route
from bot.sms.consent import Consents
from bot.sms.ledger import OUTLET, Letter, Reached
from bot.sms.loops import LOOP, Loops
from bot.sms.routes import CLOSED, Routes
from bot.sms.rows import ROW, Row, Rows
from bot.stores.cabinet import Entry, MemoryCabinet
from channels.base import ConversationId
from channels.sms.loop_guard import LoopTerms
from channels.twilio.base import Address
from tests.bot.sms.stage import OURS, SAM, SECRET, scene
from tests.bot.stage import ANSWER, says

SAID = "Your card arrives in five working days. You can follow it in the app."
NAMES = Names(SECRET)
ROUTE = Route(Address(OURS), Address(SAM))
WHATSAPP = Route(Address(f"whatsapp:{OURS}"), Address(f"whatsapp:{SAM}"))
SOME = ConversationId("sms-1")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY_S = 86_400.0


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def test_who_was_silent_for_a_month_is_forgotten_and_told_nothing_twice(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, [says(ANSWER), says("On Monday.")]) as here:
        await here.texts()
        await here.rest()
        known = []
        for days in (29, 2):
            here.shared.time.by += days * DAY_S
            here.stage.ahead.by += timedelta(days=days)
            await here.side.prune()
            known.append(len(await here.shared.cabinet.find(OUTLET)))
        await here.texts("And when exactly will my new card arrive?")
        await here.rest()

        assert known == [1, 0]
        assert here.sam.received == [SAID, "On Monday."]


async def test_what_is_out_of_a_long_text_is_not_sent_again_when_its_rows_are_forgotten(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        letter = Letter(1, 9, ("First. ", "Second."), out=1)
        await here.side.parts.ledger.keep(here.conversation, Reached(0, letter))
        here.side.outlet.push(here.conversation)
        await here.rest()

        assert here.sam.received == ["Second."]


@pytest.mark.promise("S12")
@pytest.mark.parametrize("is_stop_last", [True, False])
async def test_of_two_wishes_at_once_the_later_one_counts(is_stop_last: bool) -> None:
    paused = Paused()
    first, second = Consents(paused, NAMES), Consents(paused, NAMES)
    stop_at, start_at = (at(2), at(1)) if is_stop_last else (at(1), at(2))
    await first.revoke(ROUTE, at(0))
    paused.is_pausing = True
    await asyncio.gather(second.restore(ROUTE, start_at), first.revoke(ROUTE, stop_at))
    paused.is_pausing = False

    assert await first.is_revoked(ROUTE) is (is_stop_last and stop_at > start_at)


class Paused(MemoryCabinet):
    """A cabinet in which everybody has read before anybody writes."""

    is_pausing = False

    async def put(self, entry: Entry, is_new: bool = False) -> bool:
        if self.is_pausing:
            for _ in range(20):
                await asyncio.sleep(0)
        return await super().put(entry, is_new)


@pytest.mark.promise("S18")
async def test_what_two_say_of_a_message_at_once_is_both_kept() -> None:
    paused = Paused()
    rows = Rows(paused, Clock())
    await rows.put(Row("r", SOME, "Hello"))
    paused.is_pausing = True
    await asyncio.gather(
        rows.change("r", lambda row: replace(row, sid="SM1")),
        rows.change("r", lambda row: replace(row, status="sent"), 60.0),
        rows.change("r", lambda row: replace(row, code=7)),
    )
    [entry] = await paused.find(ROW)
    row = await rows.of("r")

    assert row is not None
    assert (row.sid, row.status, row.code) == ("SM1", "sent", 7)
    assert entry.due_at is not None


@pytest.mark.promise("S12")
async def test_a_wish_that_comes_late_does_not_undo_a_later_one() -> None:
    consents = Consents(MemoryCabinet(), NAMES)
    news = [
        await consents.restore(ROUTE, at(5)),
        await consents.revoke(ROUTE, at(3)),
        await consents.revoke(ROUTE, at(7)),
        await consents.revoke(ROUTE, at(8)),
        await consents.revoke(ROUTE, at(4)),
        await consents.restore(ROUTE, at(6)),
    ]

    assert news == [False, False, True, False, False, False]
    assert await consents.revoked_after(ROUTE) == at(6).timestamp()


@pytest.mark.promise("S23")
async def test_a_window_is_closed_only_until_the_customer_writes_whenever_that_is_noted() -> None:
    routes = Routes(MemoryCabinet(), NAMES)

    async def takes_text() -> bool:
        known = await routes.of(SOME)
        assert known is not None
        return known.takes_text(at(60), DAY_S)

    await routes.heard(SOME, WHATSAPP, at(0))
    await routes.close_window(SOME, at(10))
    closed = await takes_text()
    await routes.heard(SOME, WHATSAPP, at(20))
    opened = await takes_text()
    await routes.close_window(SOME, at(15))
    await routes.heard(SOME, WHATSAPP, at(5))

    assert (closed, opened, await takes_text()) == (False, True, True)


async def test_what_counts_no_more_is_forgotten_and_the_way_to_a_customer_is_not(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        await here.texts()
        await here.rest()
        await here.side.parts.routes.close_window(here.conversation, here.shared.time.now())
        here.shared.time.by += 40 * DAY_S
        await here.side.prune()
        cabinet = here.shared.cabinet
        kinds = ("sms.inbox", "sms.outbox", "sms.sid", LOOP, CLOSED)

        assert [len(await cabinet.find(kind)) for kind in kinds] == [0] * 5
        assert await here.side.parts.routes.of(here.conversation) is not None


@pytest.mark.promise("S25")
async def test_two_processes_count_the_same_replies() -> None:
    cabinet, now = MemoryCabinet(), [NOON]
    clock = Clock(lambda: now[0], lambda: 0.0)
    terms = LoopTerms(most=3)
    first, second = Loops(cabinet, clock, terms), Loops(cabinet, clock, terms)
    waits = [await one.wait_s(SOME) for one in (first, second, first, second)]
    now[0] = at(29.0)
    still = await first.wait_s(SOME)
    now[0] = at(31.0)
    await first.prune()

    assert waits == [0.0, 0.0, 0.0, 30.0]
    assert still == 1.0
    assert await cabinet.find(LOOP) == ()
