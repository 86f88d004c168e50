"""Which model to try next while a decision is carried out: the only place that says so; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from routing.decision import Decision
from routing.errors import FailureKind
from routing.prices import Price
from routing.progress import Skipped
from routing.request import ModelName

MAY_HELP = frozenset(
    {
        FailureKind.CONNECTION,
        FailureKind.SERVER,
        FailureKind.OVERLOADED,
        FailureKind.CUT,
    }
)
"""What the same model may get over at once; only before text was yielded."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One attempt to be made."""

    price: Price
    max_output_tokens: int
    is_retry: bool
    """The same model again."""

    @property
    def model(self) -> ModelName:
        """The logical name in the policy."""
        return self.price.name


@dataclass(frozen=True, slots=True)
class Failure:
    """What came of the attempt before."""

    kind: FailureKind
    had_text: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """What a ladder is climbed under."""

    decision: Decision
    prices: Mapping[ModelName, Price]
    """Of every model in the decision's order."""
    configured: frozenset[ModelName]
    """The models that can be asked at all."""
    input_tokens: int
    """Upper estimate of the prompt, in usual tokens."""
    max_output_tokens: int
    """For a model that the decision names no limit for."""


class Ladder:
    """The attempts of one turn, one after another.

    Guarantees: paid attempts, retries included, are at most `decision.max_attempts`; a model is
    tried at most twice, the second time at once, before text, and only if another paid model still
    has its chance; a paid attempt is offered only when its worst case fits what is left of
    `decision.max_cost_usd`; local models are always offered.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        decision = terms.decision
        self._limits = {each.model: each.max_output_tokens for each in decision.candidates}
        self._ahead = [terms.prices[name] for name in reversed(decision.order)]
        self._paid_left = max(decision.max_attempts, 0)
        self._last: Rung | None = None
        self._skipped: list[Skipped] = []

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The models that were passed over, with the reason, in order."""
        return tuple(self._skipped)

    def climb(
        self, failure: Failure | None, spent_usd: Decimal, admits: Callable[[ModelName], bool]
    ) -> Rung | None:
        """Return the next attempt, or None when nothing is left.

        Args:
            failure: of the attempt before; None at the start.
            spent_usd: what the turn has cost so far.
            admits: asks the breaker; called last, once per paid attempt that is otherwise
                possible, since its answer is a claim.
        """
        last = self._last
        if last is not None and failure is not None and self._may_retry(last, failure):
            again = Rung(last.price, last.max_output_tokens, is_retry=True)
            if not self._obstacle(again, spent_usd, admits):
                return self._take(again)
        while self._ahead:
            price = self._ahead.pop()
            rung = Rung(price, self._limit(price), is_retry=False)
            why = self._obstacle(rung, spent_usd, admits)
            if not why:
                return self._take(rung)
            self._skipped.append(Skipped(price.name, why))
        return None

    def _take(self, rung: Rung) -> Rung:
        self._last = rung
        self._paid_left -= rung.price.is_paid
        return rung

    def _may_retry(self, last: Rung, failure: Failure) -> bool:
        if last.is_retry or failure.had_text or failure.kind not in MAY_HELP:
            return False
        needed = 2 if any(price.is_paid for price in self._ahead) else 1
        return last.price.is_paid and self._paid_left >= needed

    def _obstacle(self, rung: Rung, spent_usd: Decimal, admits: Callable[[ModelName], bool]) -> str:
        if rung.model not in self._terms.configured:
            return "it is not configured"
        if not rung.price.is_paid:
            return ""
        if self._paid_left <= 0:
            return f"{self._terms.decision.max_attempts} attempts were made"
        worst_usd = rung.price.worst(self._terms.input_tokens, rung.max_output_tokens)
        left_usd = self._terms.decision.max_cost_usd - spent_usd
        if worst_usd > left_usd:
            return f"needs up to ${worst_usd}, ${left_usd} is left"
        return "" if admits(rung.model) else "its circuit is open"

    def _limit(self, price: Price) -> int:
        asked = self._limits.get(price.name, self._terms.max_output_tokens)
        return min(asked, price.max_output_tokens) if price.max_output_tokens else asked
