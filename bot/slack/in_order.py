"""Lets one at a time do something under a name, those who wait in their order."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from heapq import heappop, heappush

from channels.errors import ChannelBusy

Ticket = tuple[float, int, asyncio.Future[None]]
AGAIN_S = 1.0
FORGOTTEN_S = 150.0
"""Longer than the queue's longest pause: what has not come again by then does not come any more."""


class InOrder:
    """Turns within one process: of those who wait under a name, the lowest rank is next."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Ticket]] = {}
        self._numbers = itertools.count()

    @asynccontextmanager
    async def turn(self, name: str, rank: float = 0.0) -> AsyncIterator[None]:
        """Wait for a turn and have it; equal ranks in the order in which they came."""
        waiting = self._waiting.get(name)
        if waiting is None:
            self._waiting[name] = []
        else:
            await self._called(name, waiting, rank)
        try:
            yield
        finally:
            self._next(name)

    async def _called(self, name: str, waiting: list[Ticket], rank: float) -> None:
        called = asyncio.get_running_loop().create_future()
        heappush(waiting, (rank, next(self._numbers), called))
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._next(name)
            raise

    def _next(self, name: str) -> None:
        waiting = self._waiting[name]
        while waiting:
            called = heappop(waiting)[2]
            if not called.done():
                called.set_result(None)
                return
        del self._waiting[name]


class Backlog:
    """Lets nothing go before something earlier that has failed and will come again."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failed: dict[str, dict[float, float]] = {}

    @contextmanager
    def trying(self, name: str, rank: float) -> Iterator[None]:
        """Try something; what raises, or is too early, holds back what is later.

        Raises:
            ChannelBusy: something earlier has to come first.
        """
        is_done = False
        try:
            self._check(name, rank)
            yield
            is_done = True
        finally:
            failed = self._failed.setdefault(name, {})
            failed.pop(rank, None)
            if not is_done:
                failed[rank] = self._monotonic() + FORGOTTEN_S
            if not failed:
                del self._failed[name]

    def _check(self, name: str, rank: float) -> None:
        now = self._monotonic()
        failed = self._failed.get(name, {})
        if any(earlier < rank and now < until for earlier, until in failed.items()):
            raise ChannelBusy(AGAIN_S)
        for old in [one for one, until in failed.items() if until <= now]:
            del failed[old]
