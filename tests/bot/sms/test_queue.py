"""The queue of what comes in: what is decided at once, and what waits in its lane."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.clock import Clock
from bot.errors import StoreFailed
from bot.sms.inbox import Inbox, Kept
from bot.sms.parts import SmsTime
from bot.sms.queue import Actions, Queue, QueueTerms
from bot.stores.cabinet import MemoryCabinet
from channels.sms.inbound import Inbound
from channels.twilio.base import Address
from tests.bot.sms.stage import OURS

WAIT_S = 5.0


def inbound(number: int, text: str, sender: str = "+15550123") -> Inbound:
    sid = f"SM{number:032x}"
    return Inbound(sid, "", "", Address(sender), Address(OURS), text, (), "")


class Working:
    """A queue, and what it was given to do."""

    def __init__(self, act: Callable[[Kept], Awaitable[None]], terms: QueueTerms) -> None:
        self.begun: list[str] = []
        self.acted: list[str] = []
        self.stopped = asyncio.Event()
        self.inbox = Inbox(MemoryCabinet(), Clock())
        self._act = act
        actions = Actions(
            lambda kept: self.first(kept),
            self.act,
            lambda _: None,
            lambda kept: kept.inbound.sender,
        )
        self.queue = Queue(self.inbox, actions, SmsTime(), terms)

    async def first(self, kept: Kept) -> bool:
        is_stop = kept.inbound.text == "STOP"
        if is_stop:
            self.stopped.set()
        return is_stop

    async def act(self, kept: Kept) -> None:
        self.begun.append(kept.inbound.text)
        await self._act(kept)
        self.acted.append(kept.inbound.text)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(WAIT_S):
            while len(self.acted) < count or self.queue.held:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.001)


@pytest.mark.promise("S12")
async def test_a_stop_waits_for_nobody_and_the_others_for_a_place() -> None:
    held = asyncio.Event()

    async def act(_: Kept) -> None:
        await held.wait()

    here = Working(act, QueueTerms(most_lanes=1))
    for number, sender in enumerate(("+15550123", "+15550124", "+15550124")):
        await here.inbox.keep(inbound(number, f"Hello {number}", sender))
    await here.inbox.keep(inbound(9, "STOP", "+15550125"))
    running = asyncio.get_running_loop().create_task(here.queue.run())
    async with asyncio.timeout(WAIT_S):
        await here.stopped.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    before = list(here.begun)
    held.set()
    await here.until(3)
    await here.queue.drain(0.0)
    await running

    assert (before, here.acted) == (["Hello 0"], ["Hello 0", "Hello 1", "Hello 2"])


@pytest.mark.parametrize("hops", range(10))
async def test_what_comes_in_the_moment_in_which_its_lane_ends_is_not_left_lying(
    hops: int,
) -> None:
    ended = asyncio.Event()

    async def act(kept: Kept) -> None:
        if kept.inbound.text == "Hello":
            await here.inbox.keep(inbound(2, "Are you there?"))
            here.queue.kick()

    async def first(kept: Kept) -> bool:
        if kept.inbound.text != "Hello":
            await ended.wait()
        return False

    async def last(kept: Kept) -> None:
        await done(kept)
        # One of these many turns of the loop brings both to meet.
        ended.set()
        for _ in range(hops):
            await asyncio.sleep(0)

    here = Working(act, QueueTerms(look_every_s=60.0))
    here.first = first  # type: ignore[method-assign]  # the moment is forced
    done, here.inbox.done = here.inbox.done, last  # type: ignore[method-assign]
    await here.inbox.keep(inbound(1, "Hello"))
    running = asyncio.get_running_loop().create_task(here.queue.run())
    await here.until(2)
    await here.queue.drain(0.0)
    await running

    assert here.acted == ["Hello", "Are you there?"]


async def test_what_is_acted_on_for_longer_than_its_lease_is_acted_on_once() -> None:
    async def act(_: Kept) -> None:
        for _turn in range(20):
            here.queue.kick()
            await asyncio.sleep(0.001)

    here = Working(act, QueueTerms(lease_s=0.005))
    await here.inbox.keep(inbound(1, "Hello"))
    running = asyncio.get_running_loop().create_task(here.queue.run())
    await here.until(1)
    for _ in range(10):
        await asyncio.sleep(0)
    await here.queue.drain(0.0)
    await running

    assert here.begun == ["Hello"]


@pytest.mark.promise("S12")
async def test_a_stop_that_could_not_be_noted_is_noted_before_it_is_anything_else() -> None:
    async def act(_: Kept) -> None:
        return

    failures = [StoreFailed("the disk is full")]
    here = Working(act, QueueTerms())
    noted = here.first

    async def first(kept: Kept) -> bool:
        if failures:
            raise failures.pop()
        return await noted(kept)

    here.first = first  # type: ignore[method-assign]  # it fails once
    await here.inbox.keep(inbound(1, "STOP"))
    running = asyncio.get_running_loop().create_task(here.queue.run())
    async with asyncio.timeout(WAIT_S):
        await here.stopped.wait()
    await here.until(0)
    await here.queue.drain(0.0)
    await running

    assert here.acted == []


async def test_what_a_dead_process_had_taken_is_due_at_once_in_its_order() -> None:
    inbox = Inbox(MemoryCabinet(), Clock())
    for number in (9, 1, 5):
        await inbox.keep(inbound(number, f"Hello {number}"))
    await inbox.lease(600.0, 10)
    nothing = await inbox.lease(600.0, 10)
    await inbox.recover()
    again = await inbox.lease(600.0, 10)

    assert nothing == []
    assert [kept.inbound.text for kept in again] == ["Hello 9", "Hello 1", "Hello 5"]
