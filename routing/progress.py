"""What the engine yields while a turn is answered."""

from dataclasses import dataclass
from decimal import Decimal

from routing.decision import Attempt
from routing.errors import FailureKind
from routing.models.base import Cited, StopReason
from routing.request import ModelName


@dataclass(frozen=True, slots=True)
class Began:
    """An attempt was started."""

    model: ModelName
    number: int


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of the reply."""

    text: str


@dataclass(frozen=True, slots=True)
class FellBack:
    """An attempt failed and the next one follows.

    `retract` says that text of the failed attempt was already yielded as `Delta`: the caller takes
    it back (`message.reset`) or apologises, as the channel can.
    """

    failed: ModelName
    next: ModelName
    kind: FailureKind
    retract: bool
    is_retry: bool
    """The same model again."""


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
    """Every model failed; always last. `retract` as in `FellBack`."""

    attempts: tuple[Attempt, ...]
    cost_usd: Decimal
    retract: bool
    skipped: tuple[Skipped, ...] = ()


Progress = Began | Delta | Cited | FellBack | Finished | Exhausted
