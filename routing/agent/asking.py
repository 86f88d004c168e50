"""One question to the engine within a run: what it says is passed on, what it asks for is kept."""

from collections.abc import AsyncIterator
from typing import assert_never

from routing.errors import BudgetExceeded
from routing.execution.engine import Run
from routing.models.base import Cited, StopReason, ToolCalled
from routing.progress import (
    Advised,
    Began,
    Delta,
    Exhausted,
    FellBack,
    Finished,
    Hit,
    Mend,
    SeamFailed,
)
from routing.request import ToolCall

Passed = Hit | Advised | Began | Delta | Cited | FellBack | SeamFailed


class Asking(AsyncIterator[Passed]):
    """What comes of one run of the engine; iterate it, then read what it came to.

    The calls of an attempt that breaks never happened: the next attempt asks again.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.stop: StopReason | None = None
        """Why the model ended; None until it has, or when every one failed."""
        self.must_retract = False
        self.short: BudgetExceeded | None = None
        """What was needed and left, when money allowed no attempt."""
        self._text: list[str] = []
        self._calls: dict[str, ToolCall] = {}

    @property
    def text(self) -> str:
        """What belongs to the answer of this step so far."""
        return "".join(self._text)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """What is asked for; of two calls with one id the first counts."""
        return tuple(self._calls.values()) if self.stop is not None else ()

    async def __anext__(self) -> Passed:
        while True:
            progress = await anext(self.run)
            match progress:
                case Delta():
                    self._text.append(progress.text)
                    return progress
                case ToolCalled(call=call):
                    self._calls.setdefault(call.id, call)
                case FellBack() | SeamFailed():
                    self._begin_again(progress)
                    return progress
                case Finished():
                    self.stop = progress.reason
                case Exhausted():
                    self.must_retract = progress.retract
                    self.short = progress.short
                    self._calls.clear()
                case Hit() | Advised() | Began() | Cited():
                    return progress
                case _ as never:
                    assert_never(never)

    def _begin_again(self, progress: FellBack | SeamFailed) -> None:
        self._calls.clear()
        if progress.mend is not Mend.CONTINUE:
            self._text.clear()
