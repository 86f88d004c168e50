"""Couriers: one for each conversation, so many at once, begun again when they fail."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.errors import StoreFailed
from bot.outlets.couriers import Couriers
from channels.base import ConversationId

A, B, C = (ConversationId(name) for name in "abc")


class Noting:
    """Does what it is told to, and notes that it began."""

    def __init__(self, begun: list[str], name: str, act: Callable[[], Awaitable[None]]) -> None:
        self.is_draining = False
        self.has_more = False
        self._begun, self._name, self._act = begun, name, act

    def wake(self) -> None:
        self.has_more = True

    async def run(self) -> None:
        self._begun.append(self._name)
        self.has_more = False
        await self._act()


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


async def until_idle(couriers: Couriers[Noting], turns: int = 20) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    assert not couriers.active


async def test_one_that_fails_is_begun_again_and_the_others_go_on() -> None:
    begun: list[str] = []
    left = [StoreFailed("the disk is full"), asyncio.CancelledError()]

    async def act() -> None:
        if left and begun[-1] == A:
            raise left.pop()

    couriers = Couriers(lambda name: Noting(begun, name, act), at_once, "test")
    couriers.push(A)
    couriers.push(B)
    await until_idle(couriers)

    assert begun == [A, B, A, A]


async def test_one_that_is_not_wanted_again_is_left() -> None:
    begun: list[str] = []

    async def act() -> None:
        raise StoreFailed("the disk is full")

    couriers = Couriers(
        lambda name: Noting(begun, name, act), at_once, "test", ended=lambda *_: False
    )
    couriers.push(A)
    await until_idle(couriers)

    assert begun == [A]


async def test_the_others_wait_for_a_place_in_their_order_and_one_that_was_woken_goes_on() -> None:
    begun: list[str] = []
    held = asyncio.Event()

    async def act() -> None:
        await held.wait()

    couriers = Couriers(lambda name: Noting(begun, name, act), at_once, "test")
    couriers.most_at_once = 1
    for name in (A, C, B, C):
        couriers.push(name)
    await asyncio.sleep(0)
    couriers.push(A)
    first = list(begun)
    held.set()
    await until_idle(couriers)

    assert (first, begun) == ([A], [A, A, C, B])


async def test_at_the_end_nothing_more_is_begun() -> None:
    begun: list[str] = []
    never = asyncio.Event()

    async def act() -> None:
        await never.wait()

    couriers = Couriers(lambda name: Noting(begun, name, act), at_once, "test")
    couriers.push(A)
    await asyncio.sleep(0)
    await couriers.drain(0.0)
    couriers.push(B)
    await until_idle(couriers)

    assert begun == [A]
