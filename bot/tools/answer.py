"""A run with tools in the place of a plain answer: the reply of a turn is made from it."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from typing import assert_never

from bot.privacy.redact import stored
from routing.agent.progress import AgentFinished, Ending, StepBegan, ToolAnswered, ToolAsked
from routing.agent.run import AgentRun
from routing.decision import Attempt
from routing.models.base import Cited, StopReason
from routing.progress import (
    Advised,
    Began,
    Delta,
    Exhausted,
    FellBack,
    Finished,
    Hit,
    Mend,
    Progress,
    SeamFailed,
)
from routing.request import Redacted

GAP = "\n\n"
"""Between what a model says before it looks something up and what it says after."""


class ToolAnswer(AsyncIterator[Progress]):
    """What `routing.execution.run.Run` is for a plain answer, over all steps of a run with tools.

    Guarantees: the last thing yielded is `Finished` or `Exhausted`, and the first only if the last
    step has text that may stand. Calls that wait for somebody are `Exhausted`: a human goes on.
    """

    def __init__(self, run: AgentRun) -> None:
        self.run = run
        self._has_text = False
        self._needs_gap = False
        self._step = 1
        self._kept_from = 1
        """The first step of which anything stands in the reply."""
        self._progress = self._told()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt of every step that is over."""
        return self.run.report.attempts

    def shown(self, text: Redacted) -> None:
        """Tell what the customer has really seen of the reply; see `Run.shown`."""
        if self.run.answering is None:
            return
        self.run.answering.shown(stored(text.removeprefix(self._before())))

    def __aiter__(self) -> "ToolAnswer":
        return self

    def __anext__(self) -> Awaitable[Progress]:
        return self._progress.__anext__()

    async def aclose(self) -> None:
        """Stop; see `AgentRun.aclose`."""
        await self._progress.aclose()
        await self.run.aclose()

    async def _told(self) -> AsyncGenerator[Progress, None]:
        async with aclosing(self.run) as run:
            async for progress in run:
                match progress:
                    case StepBegan(number=number):
                        self._step = number
                        self._needs_gap = self._has_text
                    case Delta(text=text):
                        yield Delta(GAP + text) if self._needs_gap else progress
                        self._has_text, self._needs_gap = True, False
                    case FellBack(mend=mend) | SeamFailed(mend=mend):
                        self._mended(mend)
                        yield progress
                    case Hit() | Advised() | Began() | Cited():
                        yield progress
                    case ToolAsked() | ToolAnswered():
                        pass
                    case AgentFinished():
                        yield ended(progress)
                    case _ as never:
                        assert_never(never)

    def _mended(self, mend: Mend) -> None:
        if mend in (Mend.RETRACT, Mend.APOLOGISE):
            self._kept_from = self._step
            self._has_text = self._needs_gap = False

    def _before(self) -> str:
        """Return what the steps before the present one have put into the reply."""
        steps = self.run.report.steps[self._kept_from - 1 : self._step - 1]
        return "".join(f"{step.text}{GAP}" for step in steps if step.text)


def ended(finished: AgentFinished) -> Finished | Exhausted:
    """Return the end of a run as the end of an answer."""
    last = finished.steps[-1] if finished.steps else None
    attempts, cost_usd = finished.attempts, finished.cost_usd
    match finished.ending:
        case Ending.DONE | Ending.MAX_STEPS | Ending.BUDGET:
            if last is not None and last.model is not None and last.text and not last.calls:
                reason = last.stop or StopReason.END
                first_s = first_token_s(attempts)
                return Finished(last.model, reason, attempts, cost_usd, first_s)
        case Ending.FAILED | Ending.CANCELLED | Ending.NEEDS_CONFIRMATION | Ending.NEEDS_RESULTS:
            pass
        case _ as never:
            assert_never(never)
    return Exhausted(attempts, cost_usd, finished.must_retract)


def first_token_s(attempts: tuple[Attempt, ...]) -> float | None:
    """Return the seconds that models took until the first text; tools are not counted."""
    before_s = 0.0
    for attempt in attempts:
        if attempt.first_token_s is not None:
            return before_s + attempt.first_token_s
        before_s += attempt.total_s
    return None
