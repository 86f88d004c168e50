"""What the engine yields while a turn is answered."""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from routing.decision import Attempt
from routing.errors import BudgetExceeded, FailureKind
from routing.models.base import Cited, StopReason, ToolCalled
from routing.request import ModelName, Passage


@dataclass(frozen=True, slots=True)
class Began:
    """An attempt was started."""

    model: ModelName
    number: int


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the reply."""

    text: str


class Mend(Enum):
    """What becomes of the text that a failed attempt had already yielded."""

    UNSEEN = "unseen"
    """There was none."""
    CONTINUE = "continue"
    """It stays; the next deltas go on from it."""
    RETRACT = "retract"
    """The caller takes it back (`message.reset`); the answer begins anew."""
    APOLOGISE = "apologise"
    """It can be neither continued nor taken back: the caller says so, then a new answer begins."""


@dataclass(frozen=True, slots=True)
class FellBack:
    """An attempt failed and the next one follows."""

    failed: ModelName
    next: ModelName
    kind: FailureKind
    mend: Mend
    is_retry: bool
    """The same model again."""


@dataclass(frozen=True, slots=True)
class SeamFailed:
    """The attempt that was to continue did not: from here on `mend` holds, never CONTINUE."""

    mend: Mend


@dataclass(frozen=True, slots=True)
class Advised:
    """The advisor was asked, before the first attempt."""

    model: ModelName
    failed: FailureKind | None
    """None: it gave advice."""


@dataclass(frozen=True, slots=True)
class Hit:
    """The answer comes from the cache: no model is asked."""

    key: str
    """Of the entry, to evict it by."""
    similarity: float
    """1.0 for the same question."""
    passages: tuple[Passage, ...] = ()
    """What the answer rests on, instead of the request's: its `Cited` name these."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A model of the decision that was not tried."""

    model: ModelName
    why: str
    """In words, such as `needs up to $0.004, $0.001 is left`."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The reply is complete; always last unless the engine raises."""

    model: ModelName
    reason: StopReason
    attempts: tuple[Attempt, ...]
    cost_usd: Decimal
    """Sum over all attempts."""
    first_token_s: float | None
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Every model failed; always last."""

    attempts: tuple[Attempt, ...]
    cost_usd: Decimal
    retract: bool
    """What was yielded of an answer is to be taken back; False where the channel cannot."""
    skipped: tuple[Skipped, ...] = ()
    short: BudgetExceeded | None = None
    """What the cheapest attempt needed and what was left, when money allowed none at all."""


Progress = (
    Hit
    | Advised
    | Began
    | Delta
    | Cited
    | ToolCalled
    | FellBack
    | SeamFailed
    | Finished
    | Exhausted
)
