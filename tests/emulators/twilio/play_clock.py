"""The time in which a call is played: its own (the default), turned by a test, or the real one.

A `Playback` is worked out from it, so nothing ticks. Who waits for a word `reach`es its moment:

- `OwnClock` goes there at once and no further, whatever the real time is: a caller who interrupts
  after a word does so after exactly that word.
- `TurnedClock` stays until the test has turned it by `advance(seconds)`; its `monotonic` can be
  given to the app, which then lives in the same time.
- `RealClock` sleeps.
"""

import asyncio
import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Protocol

STEP_TURNS = 3
"""Turns of the loop after a step, so that what it woke can be seen to have happened."""


class PlayClock(Protocol):
    """Seconds that never go back."""

    def monotonic(self) -> float: ...

    async def reach(self, moment: float) -> None:
        """Return when it is that moment, or later."""

    def at(self, moment: float, act: Callable[[], None]) -> None:
        """Have something done at that moment, in order, nobody waiting for it."""


@dataclass(order=True, slots=True)
class Due:
    """Something to do later."""

    moment: float
    number: int
    act: Callable[[], None] = field(compare=False)


class OwnClock:
    """A time that goes only where somebody waits for it."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start
        self._due: list[Due] = []
        self._numbers = count()

    def monotonic(self) -> float:
        return self._now

    def at(self, moment: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._due, Due(moment, next(self._numbers), act))
        self._run(self._now)

    async def reach(self, moment: float) -> None:
        """Go there."""
        self._run(moment)
        for _ in range(STEP_TURNS):
            await asyncio.sleep(0)

    def _run(self, moment: float) -> None:
        """Do what is due until then, each at its own moment."""
        while self._due and self._due[0].moment <= moment:
            due = heapq.heappop(self._due)
            self._now = max(self._now, due.moment)
            due.act()
        self._now = max(self._now, moment)


class TurnedClock(OwnClock):
    """A time that goes only as far as a test turns it."""

    async def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._run(self._now + seconds)
        for _ in range(STEP_TURNS):
            await asyncio.sleep(0)

    async def reach(self, moment: float) -> None:
        """Wait until a test has gone there."""
        reached = asyncio.Event()
        self.at(moment, reached.set)
        await reached.wait()


class RealClock:
    """The time of the computer."""

    def monotonic(self) -> float:
        return time.monotonic()

    def at(self, moment: float, act: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(max(0.0, moment - time.monotonic()), act)

    async def reach(self, moment: float) -> None:
        await asyncio.sleep(max(0.0, moment - time.monotonic()))
