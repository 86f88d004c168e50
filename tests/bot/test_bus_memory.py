import asyncio

import pytest

from bot.bus import Bus, Letter, PressedStop, Spoke, Status, StatusShown, TurnEnded, Woken
from bot.bus_memory import MemoryBus
from bot.log import Event, MessageReset
from channels.base import ConversationId
from tests.bot.stores.samples import NOW, ONE, TWO


def event(seq: int, conversation: ConversationId = ONE) -> Event:
    return Event(conversation, seq, NOW, "bot", 1, 1, "", MessageReset("m"))


async def turns_of_the_loop(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_the_first_letter_makes_its_sender_the_owner() -> None:
    bus: Bus = MemoryBus()

    assert await bus.submit(ONE, Woken())
    assert not await bus.submit(ONE, Spoke(1, 0.0))
    assert await bus.submit(TWO, Woken())
    assert await bus.receive(ONE, None) == (Woken(), Spoke(1, 0.0))


async def test_ownership_is_given_up_only_with_an_empty_mailbox() -> None:
    bus = MemoryBus()
    await bus.submit(ONE, Woken())
    await bus.receive(ONE, None)
    await bus.submit(ONE, TurnEnded(1))

    assert await bus.receive(ONE, None) == (TurnEnded(1),)
    assert not await bus.submit(ONE, TurnEnded(2))
    assert await bus.receive(ONE, None) == (TurnEnded(2),)
    assert await bus.receive(ONE, None) == ()
    assert await bus.submit(ONE, Woken())


async def test_a_timeout_keeps_the_ownership() -> None:
    bus = MemoryBus()
    await bus.submit(ONE, Woken())
    await bus.receive(ONE, 0)

    assert await bus.receive(ONE, 0) == ()
    assert await bus.receive(ONE, 0.001) == ()
    assert not await bus.submit(ONE, Woken())


async def test_an_owner_that_waits_is_woken_once_with_all_letters() -> None:
    bus = MemoryBus()
    await bus.submit(ONE, Woken())
    await bus.receive(ONE, None)
    waiting = asyncio.ensure_future(bus.receive(ONE, 5))
    await turns_of_the_loop()
    letters: list[Letter] = [Spoke(1, 0.0), PressedStop("m"), Spoke(2, 0.1)]
    for letter in letters:
        assert not await bus.submit(ONE, letter)

    assert await waiting == tuple(letters)


async def test_a_cancelled_owner_leaves_the_letters_in_the_box() -> None:
    bus = MemoryBus()
    await bus.submit(ONE, Woken())
    await bus.receive(ONE, None)
    waiting = asyncio.ensure_future(bus.receive(ONE, 5))
    await turns_of_the_loop()
    await bus.submit(ONE, Spoke(1, 0.0))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert await bus.receive(ONE, None) == (Spoke(1, 0.0),)


async def test_only_the_owner_may_receive() -> None:
    with pytest.raises(AssertionError, match="'c-one' has no owner"):
        await MemoryBus().receive(ONE, None)


async def test_no_letter_is_lost_doubled_or_ownerless_among_many_senders() -> None:
    bus = MemoryBus()
    seen: list[int] = []
    owners: set[asyncio.Task[None]] = set()
    at_work = 0

    async def own() -> None:
        nonlocal at_work
        at_work += 1
        assert at_work == 1
        while letters := await bus.receive(ONE, None):
            seen.extend(letter.turn for letter in letters if isinstance(letter, TurnEnded))
            await asyncio.sleep(0)
        at_work -= 1

    async def send(first: int) -> None:
        for turn in range(first, first + 50):
            if await bus.submit(ONE, TurnEnded(turn)):
                owners.add(asyncio.ensure_future(own()))
            for _ in range(turn % 7):
                await asyncio.sleep(0)

    await asyncio.gather(*(send(first) for first in range(0, 1000, 50)))
    await asyncio.gather(*owners)
    assert sorted(seen) == list(range(1000))
    for first in range(0, 1000, 50):
        mine = [turn for turn in seen if first <= turn < first + 50]
        assert mine == sorted(mine)
    assert len(owners) > 1


async def test_a_view_gets_all_that_waits_in_one_batch_and_only_its_own() -> None:
    bus = MemoryBus()
    await bus.publish((event(1),))
    async with bus.subscribe(ONE) as view:
        await bus.publish((event(2), event(9, TWO)))
        await bus.publish((event(3), StatusShown(ONE, Status.TYPING)))
        await bus.close()

        assert [batch async for batch in view] == [
            (event(2), event(3), StatusShown(ONE, Status.TYPING))
        ]
        assert not view.lagged


async def test_a_view_that_waits_is_woken() -> None:
    bus = MemoryBus()
    async with bus.subscribe(ONE) as view, bus.subscribe(ONE) as other:
        batches = aiter(view)
        waiting = asyncio.ensure_future(anext(batches))
        await turns_of_the_loop()
        await bus.publish((event(1), event(2)))

        assert await waiting == (event(1), event(2))
        assert await anext(aiter(other)) == (event(1), event(2))


async def test_a_cancelled_reader_loses_nothing() -> None:
    bus = MemoryBus()
    async with bus.subscribe(ONE) as view:
        waiting = asyncio.ensure_future(anext(aiter(view)))
        await turns_of_the_loop()
        await bus.publish((event(1),))
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert await anext(aiter(view)) == (event(1),)


async def test_a_view_that_cannot_keep_up_ends_and_does_not_harm_the_others() -> None:
    bus = MemoryBus(most_waiting=3)
    async with bus.subscribe(ONE) as slow, bus.subscribe(ONE) as quick:
        await bus.publish((event(1), event(2), event(3)))
        assert await anext(aiter(quick)) == (event(1), event(2), event(3))
        assert not slow.lagged
        await bus.publish((event(4),))

        assert slow.lagged
        assert [batch async for batch in slow] == []
        assert await anext(aiter(quick)) == (event(4),)
        assert not quick.lagged


async def test_a_view_that_is_left_gets_nothing_more_and_is_forgotten() -> None:
    bus = MemoryBus()
    async with bus.subscribe(ONE) as view, bus.subscribe(ONE):
        pass
    await bus.publish((event(1),))
    await bus.close()

    waiting = asyncio.ensure_future(anext(aiter(view)))
    await turns_of_the_loop()
    assert not waiting.done()
    waiting.cancel()


async def test_a_closed_bus_ends_views_but_letters_go_on() -> None:
    bus = MemoryBus()
    async with bus.subscribe(ONE) as view:
        waiting = asyncio.ensure_future(anext(aiter(view)))
        await turns_of_the_loop()
        await bus.close()
        with pytest.raises(StopAsyncIteration):
            await waiting
    async with bus.subscribe(ONE) as late:
        assert [batch async for batch in late] == []

    assert await bus.submit(ONE, Woken())
    assert await bus.receive(ONE, None) == (Woken(),)
