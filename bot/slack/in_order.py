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
    """Turns within one process: of those who wait under a name, the lowest rank is next.

    Who is announced keeps back all higher ranks until he has had his turn, or does not come: what
    is begun in an order ends in that order, however long each is on its way to its turn.
    """

    def __init__(self) -> None:
        self._busy: set[str] = set()
        self._waiting: dict[str, list[Ticket]] = {}
        self._announced: dict[str, list[float]] = {}
        self._numbers = itertools.count()

    @contextmanager
    def announced(self, name: str, rank: float) -> Iterator[None]:
        """Say that somebody is on his way to a turn of this rank."""
        self._announced.setdefault(name, []).append(rank)
        try:
            yield
        finally:
            self._came(name, rank)

    @asynccontextmanager
    async def turn(self, name: str, rank: float = 0.0) -> AsyncIterator[None]:
        """Wait for a turn and have it; equal ranks in the order in which they came."""
        if name in self._busy or self._is_early(name, rank):
            await self._called(name, rank)
        self._busy.add(name)
        try:
            yield
        finally:
            self._busy.discard(name)
            self._came(name, rank)

    async def _called(self, name: str, rank: float) -> None:
        called = asyncio.get_running_loop().create_future()
        heappush(self._waiting.setdefault(name, []), (rank, next(self._numbers), called))
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._busy.discard(name)
                self._next(name)
            raise

    def _is_early(self, name: str, rank: float) -> bool:
        return any(earlier < rank for earlier in self._announced.get(name, ()))

    def _came(self, name: str, rank: float) -> None:
        """Forget that somebody was announced, if he still is, and let the next one go."""
        announced = self._announced.get(name, [])
        if rank in announced:
            announced.remove(rank)
        if not announced:
            self._announced.pop(name, None)
        self._next(name)

    def _next(self, name: str) -> None:
        waiting = self._waiting.get(name, [])
        while waiting and waiting[0][2].done():
            heappop(waiting)
        if not waiting:
            self._waiting.pop(name, None)
        elif name not in self._busy and not self._is_early(name, waiting[0][0]):
            # Busy from now on: nobody may come between the call and the one who is called.
            self._busy.add(name)
            heappop(waiting)[2].set_result(None)


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
