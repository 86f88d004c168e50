"""The course of one call by the clock: what happened, what is due, and when."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.voice.parts import Wait
from channels.voice.turn_taking import (
    Call,
    Effect,
    Happened,
    Manners,
    State,
    due,
    filled,
    playing_until,
    said,
    spoke_on,
    step,
    worked,
)

LOOK_S = 3600.0


@dataclass(frozen=True, slots=True)
class Timekeeping:
    """What the course of a call goes by."""

    clock: Clock
    manners: Manners
    wait: Wait


class Course:
    """Tells what must be done when something happens, also when that is that nothing does."""

    def __init__(
        self,
        call: Call,
        time: Timekeeping,
        do: Callable[[Effect], None],
        moved: Callable[[State, State], None],
    ) -> None:
        """Have effects done by `do`, in order; `moved` is told the state before and after."""
        self._call = call
        self._time = time
        self._do = do
        self._moved = moved
        self._changed = asyncio.Event()

    @property
    def state(self) -> State:
        """Where the call stands."""
        return self._call.state

    def happen(self, happened: Happened) -> None:
        """Take what has happened; everything that must be done is done when this returns.

        Raises:
            IllegalMoment: it cannot happen now; nothing was done.
        """
        before = self._call.state
        self._call, effects = step(self._call, happened, self._now)
        for effect in effects:
            self._do(effect)
        self._moved(before, self._call.state)
        self._changed.set()

    @property
    def is_quiet(self) -> bool:
        """Whether all that was sent is played, as we reckon."""
        return playing_until(self._call) <= self._now

    def go_on(self) -> None:
        """The caller waits for the answer to what he has said last, not to anything before."""
        self._call, _ = step(self._call, Happened.SPOKE, self._now)
        self._changed.set()

    def sent(self, chars: int) -> float:
        """Take that words were sent; return until when they play, as we reckon."""
        self._call = said(self._call, chars, self._now, self._time.manners)
        return self._call.firm_until

    def filled(self, chars: int) -> None:
        """Take that a filler was sent."""
        self._call = filled(self._call, chars, self._now, self._time.manners)

    def spoke_on(self, is_speaking: bool) -> None:
        """Take that the vendor says whether we are being heard."""
        self._call = spoke_on(self._call, is_speaking, self._now)
        self._changed.set()

    def worked(self, is_working: bool) -> None:
        """Take that the bot has begun, or stopped, to work on an answer."""
        self._call = worked(self._call, is_working, self._now)
        self._changed.set()

    def wait_for_human(self, is_waiting: bool) -> None:
        """Take that a human was asked for, or is not any more."""
        self._call = replace(self._call, is_waiting=is_waiting)
        self._changed.set()

    async def watch(self, else_at: Callable[[], float | None], do_else: Callable[[], None]) -> None:
        """Have everything happen that is due, until the call is over.

        Args:
            else_at: when something else is to be looked at; None for never.
            do_else: looks at it.
        """
        while not self._call.is_over:
            self._changed.clear()
            next_up = due(self._call, self._time.manners)
            now, other = self._now, else_at()
            at = LOOK_S + now if next_up is None else next_up[0]
            at = at if other is None else min(at, other)
            if at > now and await self._time.wait(self._changed, at - now):
                continue
            do_else()
            next_up = due(self._call, self._time.manners)
            if next_up is not None and next_up[0] <= self._now:
                self.happen(next_up[1])

    def look(self) -> None:
        """Look again when something is due."""
        self._changed.set()

    @property
    def _now(self) -> float:
        return self._time.clock.monotonic()
