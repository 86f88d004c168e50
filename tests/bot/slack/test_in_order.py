"""Turns under a name: one at a time, the lowest rank first, nothing before what failed."""

import asyncio

import pytest

from bot.slack.in_order import FORGOTTEN_S, Backlog, InOrder
from channels.errors import ChannelBusy


class Hand:
    def __init__(self) -> None:
        self.at = 0.0


async def test_of_those_who_wait_the_lowest_rank_is_next_and_other_names_do_not_wait() -> None:
    order, done, free = InOrder(), list[str](), asyncio.Event()

    async def work(name: str, rank: float, first: bool = False) -> None:
        async with order.turn(name, rank):
            if first:
                await free.wait()
            done.append(f"{name}{rank:g}")

    async with asyncio.TaskGroup() as group:
        group.create_task(work("a", 9, first=True))
        await asyncio.sleep(0)
        for rank in (3, 1, 2, 1):
            group.create_task(work("a", rank))
        group.create_task(work("b", 5))
        await asyncio.sleep(0)
        waiting = list(done)
        free.set()

    assert waiting == ["b5"]
    assert done == ["b5", "a9", "a1", "a1", "a2", "a3"]


@pytest.mark.parametrize("is_called", [False, True])
async def test_one_who_gives_up_waiting_keeps_nobody_waiting(is_called: bool) -> None:
    order, free, done = InOrder(), asyncio.Event(), list[int]()

    async def work(rank: int) -> None:
        async with order.turn("a", rank):
            if rank == 0:
                await free.wait()
            done.append(rank)
        if rank == 0 and is_called:
            tasks[1].cancel()  # its turn has come, and it does not know yet

    tasks = [asyncio.ensure_future(work(rank)) for rank in range(3)]
    await asyncio.sleep(0)
    if not is_called:
        tasks[1].cancel()
    free.set()
    await asyncio.gather(*tasks, return_exceptions=True)

    assert done == [0, 2]


def test_what_failed_holds_back_what_is_later_until_it_is_done_or_forgotten() -> None:
    hand = Hand()
    backlog, done = Backlog(lambda: hand.at), list[float]()

    def attempt(rank: float, fails: bool = False, name: str = "a") -> None:
        with backlog.trying(name, rank):
            if fails:
                raise ChannelBusy(1.0)
            done.append(rank)

    for rank, fails in ((2.0, True), (3.0, False), (4.0, False)):
        with pytest.raises(ChannelBusy):
            attempt(rank, fails)
    attempt(1.0)
    attempt(9.0, name="b")
    with pytest.raises(ChannelBusy):
        attempt(4.0)
    attempt(2.0)
    with pytest.raises(ChannelBusy):
        attempt(4.0)
    attempt(3.0)
    attempt(4.0)
    with pytest.raises(ChannelBusy):
        attempt(5.0, fails=True)
    hand.at += FORGOTTEN_S
    attempt(6.0)

    assert done == [1.0, 9.0, 2.0, 3.0, 4.0, 6.0]


async def test_who_was_announced_goes_before_later_ones_however_long_he_is_on_his_way() -> None:
    order, done, arrive = InOrder(), list[int](), asyncio.Event()

    async def work(rank: int) -> None:
        with order.announced("a", rank):
            if rank == 1:
                await arrive.wait()
            async with order.turn("a", rank):
                done.append(rank)

    async with asyncio.TaskGroup() as group:
        for rank in (1, 3, 2):
            group.create_task(work(rank))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        before = list(done)
        arrive.set()

    assert before == []
    assert done == [1, 2, 3]


async def test_who_was_announced_and_does_not_come_keeps_nobody_waiting() -> None:
    order, done = InOrder(), list[int]()

    async def work() -> None:
        async with order.turn("a", 2):
            done.append(2)

    with order.announced("a", 1):
        later = asyncio.ensure_future(work())
        await asyncio.sleep(0)
        before = list(done)
    await later
    async with order.turn("a", 0), order.turn("b", 0):
        pass

    assert (before, done) == ([], [2])
