"""What a run with tools yields while it goes on."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from routing.agent.step import Step
from routing.agent.tools import Effect
from routing.decision import Attempt
from routing.models.base import Cited
from routing.progress import Advised, Began, Delta, FellBack, Hit, SeamFailed
from routing.request import ToolCall, ToolResult


class Ending(Enum):
    """Why a run is over, or waits."""

    DONE = "done"
    """The model gave its answer."""
    MAX_STEPS = "max_steps"
    """The answer was asked for without tools, since the steps were used up."""
    BUDGET = "budget"
    """No model fits what is left; the text so far stays."""
    FAILED = "failed"
    """Every model failed, or calls went wrong too often; `why` says which."""
    CANCELLED = "cancelled"
    """The caller stopped it, or it was not current any more."""
    NEEDS_CONFIRMATION = "needs_confirmation"
    """Side effects are pending: start the run again and say which are agreed to."""
    NEEDS_RESULTS = "needs_results"
    """The caller's own tools are pending: start the run again with their results."""


@dataclass(frozen=True, slots=True)
class StepBegan:
    """A model is about to be asked; the deltas until the next one are one paragraph."""

    number: int
    """From 1."""
    has_tools: bool
    """False the last time: a plain answer is asked for."""


@dataclass(frozen=True, slots=True)
class ToolAsked:
    """The model asks for a tool; nothing was checked yet."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class ToolAnswered:
    """A call has its result."""

    call: ToolCall
    result: ToolResult
    key: str
    """Idempotency key; empty for a call that was refused by a check."""
    was_replayed: bool = False
    """It was done before: the tool was not asked again."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A call that somebody else has to agree to, or to carry out."""

    key: str
    """What to name it by when the run is started again."""
    call: ToolCall
    effect: Effect


@dataclass(frozen=True, slots=True)
class AgentFinished:
    """The run is over for now; always last."""

    ending: Ending
    steps: tuple[Step, ...]
    """The trace, earlier starts of the run included."""
    cost_usd: Decimal
    """Sum over all steps."""
    why: str = ""
    """In words, when it is not DONE; without personal data."""
    pending: tuple[Pending, ...] = ()
    must_retract: bool = False
    """Text of the last step was yielded that no model finished: take it back or excuse it."""

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt of every step, in order."""
        return tuple(attempt for step in self.steps for attempt in step.attempts)


AgentProgress = (
    StepBegan
    | ToolAsked
    | ToolAnswered
    | Hit
    | Advised
    | Began
    | Delta
    | Cited
    | FellBack
    | SeamFailed
    | AgentFinished
)
