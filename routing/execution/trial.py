"""One attempt under way: a model's stream, its watchdog, its meter and its place in the table."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass

from routing.decision import Purpose
from routing.errors import FailureKind, ModelFailed
from routing.execution.ladder import Rung
from routing.execution.seam import Seam
from routing.execution.stage import OVER, Sign, Stage, after
from routing.execution.watchdog import Timeouts, Watchdog
from routing.models.base import Piece, Text
from routing.money.fuse import Fuse
from routing.money.meter import Meter
from routing.money.purse import Earmark

GIVEN_UP = ModelFailed(FailureKind.CANCELLED)


@dataclass(frozen=True, slots=True)
class Start:
    """What an attempt begins with."""

    rung: Rung
    number: int
    earmark: Earmark
    said: str
    """What it is to go on from; empty for a new answer."""
    most_bytes: int
    """Of text, before the answer must end for want of money."""
    before_s: float = 0.0
    """How long the turn had taken before, in seconds."""


class Trial:
    """Reads one attempt, one piece at a time: with `read`, or with a task of its own.

    Close it however it ended; nothing is read afterwards.
    """

    def __init__(
        self,
        start: Start,
        pieces: AsyncIterator[Piece],
        watchdog: Watchdog,
        monotonic: Callable[[], float],
    ) -> None:
        purpose = Purpose.CONTINUE if start.said else Purpose.ANSWER
        self.rung = start.rung
        self.number = start.number
        self.earmark = start.earmark
        self.said = start.said
        self.before_s = start.before_s
        self.stage = Stage.OPENING
        self.seam = Seam(start.said) if start.said else None
        """None once the text goes on, and for a new answer."""
        self.is_flowing = False
        """Its text goes straight to the caller: VISIBLE, and nothing is kept back."""
        self.fuse = Fuse(start.most_bytes)
        self.meter = Meter(start.rung, start.number, monotonic, purpose)
        self.gaps_s: list[float] = []
        """How long each text but the first was waited for, in seconds."""
        self.watchdog = watchdog
        self._pieces = pieces
        self._next = pieces.__anext__
        self._reading: asyncio.Task[Piece | ModelFailed] | None = None

    async def read(self) -> Piece | ModelFailed:
        """Return the next piece, or why there is none."""
        try:
            with self.watchdog:
                piece = await self._next()
        except StopAsyncIteration:
            return ModelFailed(FailureKind.CUT)
        except ModelFailed as failure:
            return failure
        if type(piece) is Text:
            # Written flat: it runs once per token.
            watchdog = self.watchdog
            if watchdog.is_settled:
                self.gaps_s.append(watchdog.time() - watchdog.last_at)
            else:
                watchdog.saw_text()
                self.meter.saw_first_text()
            self.meter.parts.append(piece.text)
        else:
            self.meter.saw(piece)
        return piece

    @property
    def has_news(self) -> bool:
        """Tell whether a task has read what nobody has taken yet."""
        return self._reading is not None and self._reading.done()

    def begin_read(self) -> "asyncio.Task[Piece | ModelFailed]":
        """Return the task that reads the next piece, the same one until `end_read`."""
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self.read())
        return self._reading

    def end_read(self) -> Piece | ModelFailed:
        """Return, once, what the task has read; it is done."""
        read, self._reading = self._reading, None
        assert read is not None, "nothing was read"
        return read.result()

    def given_up(self) -> ModelFailed:
        """Return why it ends although nobody waits for it: it has failed unheard, or is left."""
        if self.has_news:
            piece = self.end_read()
            if isinstance(piece, ModelFailed):
                return piece
        return GIVEN_UP

    def see(self, sign: Sign) -> None:
        """Go on to the next stage; called when something may change, not for every piece."""
        self.stage = after(self.stage, sign)

    @property
    def is_over(self) -> bool:
        """Tell whether it has ended in the table."""
        return self.stage in OVER

    async def close(self, timeouts: Timeouts) -> None:
        """Close the model's stream; one that cannot let go in time is left to itself."""
        self.watchdog.stop()
        if self._reading is not None:
            reading, self._reading = self._reading, None
            reading.cancel()
            _, hanging = await asyncio.wait({reading}, timeout=timeouts.closing_s)
            if hanging:
                return
            if not reading.cancelled():
                reading.exception()  # nobody asks any more, and asyncio wants it to be asked
        if not isinstance(self._pieces, AsyncGenerator):
            return
        with suppress(TimeoutError, ModelFailed):
            async with asyncio.timeout(timeouts.closing_s):
                await self._pieces.aclose()
