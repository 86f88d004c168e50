"""Which model to try next while a decision is carried out: the only place that says so; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from routing.deciding.fit import LEAST_OUTPUT_TOKENS
from routing.decision import Decision
from routing.errors import BudgetExceeded, FailureKind
from routing.models.advisor_pairs import NativeAdvisor, advised_worst, may_advise
from routing.money.budget import most_output_tokens
from routing.money.prices import Price
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
    input_tokens: int = 0
    """Upper estimate of the prompt, in usual tokens."""
    advisor: Price | None = None
    """Of the model that the vendor may ask within the answer; None where it asks nobody."""

    @property
    def model(self) -> ModelName:
        """The logical name in the policy."""
        return self.price.name

    @property
    def worst_usd(self) -> Decimal:
        """The most that the attempt may cost, in US dollars."""
        answer_usd = self.price.worst(self.input_tokens, self.max_output_tokens)
        return answer_usd if self.advisor is None else answer_usd + self.advisor_usd

    @property
    def advisor_usd(self) -> Decimal:
        """The most that the vendor's own advisor may add to it, in US dollars."""
        if self.advisor is None:
            return Decimal(0)
        asked, prices = NativeAdvisor(self.advisor.vendor_id), (self.price, self.advisor)
        whole_usd = advised_worst(asked, prices, self.input_tokens, self.max_output_tokens)
        return whole_usd - self.price.worst(self.input_tokens, self.max_output_tokens)

    def affordable(self, amount_usd: Decimal) -> int:
        """Return how many tokens of answer an amount pays for, besides the advisor's worst case."""
        left_usd = amount_usd if self.advisor is None else amount_usd - self.advisor_usd
        return most_output_tokens(left_usd, self.price, self.input_tokens)

    def refitted(self, input_tokens: int, amount_usd: Decimal) -> "Rung":
        """Return the attempt with a longer prompt, and an answer as long as the money allows."""
        if input_tokens <= self.input_tokens:
            return self
        longer = replace(self, input_tokens=input_tokens)
        limit = min(self.max_output_tokens, longer.affordable(amount_usd))
        return replace(longer, max_output_tokens=limit)


@dataclass(frozen=True, slots=True)
class Failure:
    """What came of the attempt before."""

    kind: FailureKind
    had_text: bool
    is_seam: bool = False
    """It was whole, but did not go on from what the customer had seen: asked anew, it may do."""


@dataclass(frozen=True, slots=True)
class Means:
    """What the next attempt may count on."""

    left_usd: Decimal
    """What may still be reserved of the turn's cap, in US dollars."""
    input_tokens: int
    """Upper estimate of the prompt as it is now, in usual tokens."""
    admits: Callable[[ModelName], bool]
    """Asks the breaker; called last, once per remote attempt that is otherwise possible, since its
    answer is a claim."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a ladder is climbed under."""

    decision: Decision
    prices: Mapping[ModelName, Price]
    """Of every model in the decision's order."""
    configured: frozenset[ModelName]
    """The models that can be asked at all."""
    max_output_tokens: int
    """For a model that the decision names no limit for."""
    advisor: Price | None = None
    """Of the model that vendors who can are to ask within an answer."""


class Ladder:
    """The attempts of one turn, one after another, but for one that may be made beside another.

    Guarantees: attempts of remote models, retries included, are at most `decision.max_attempts`;
    a model is tried at most twice, the second time at once, before text, and only if another
    remote model still has its chance; a remote attempt is offered only when its worst case fits
    what is left, with a shorter answer if need be, but none below `LEAST_OUTPUT_TOKENS`; local
    models are always offered.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        decision = terms.decision
        self._limits = {each.model: each.max_output_tokens for each in decision.candidates}
        self._ahead = [terms.prices[name] for name in reversed(decision.order)]
        self._remote_left = max(decision.max_attempts, 0)
        self._last: Rung | None = None
        self._skipped: list[Skipped] = []
        self._short: BudgetExceeded | None = None
        self._has_paid = False

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """The models that were passed over, with the reason, in order."""
        return tuple(self._skipped)

    @property
    def short(self) -> BudgetExceeded | None:
        """What the cheapest paid attempt needed and what was left, when money allowed none."""
        return None if self._has_paid else self._short

    def climb(self, failure: Failure | None, means: Means) -> Rung | None:
        """Return the next attempt, or None when nothing is left.

        Args:
            failure: of the attempt before; None at the start.
            means: money, prompt and breakers as they are now.
        """
        last = self._last
        if last is not None and failure is not None and self._may_retry(last, failure):
            again, _ = self._rung(last.price, means, is_retry=True)
            if again is not None:
                return self._take(again)
        return self._next(means)

    def refuse(self, short: BudgetExceeded, means: Means) -> Rung | None:
        """Return the attempt after one that a shared budget has no room for: it is not made."""
        refused = self._last
        assert refused is not None, "nothing was offered"
        self._remote_left += not refused.price.is_local
        self._last = None
        self._note_short(short)
        if not refused.is_retry:
            self._skipped.append(Skipped(refused.model, str(short)))
        return self._next(means)

    def begin(self) -> None:
        """Learn that the attempt that was offered is made."""
        if self._last is not None and self._last.price.is_paid:
            self._has_paid = True

    def rival(self, means: Means) -> Rung | None:
        """Return an attempt that may be made beside the one under way, or None.

        The first remote model still ahead that is up, and whose answer fits what is left at full
        length: a shorter one would be worse than to wait. Nothing changes before `race`, but for
        the claim on its breaker.
        """
        if self._remote_left < 1:
            return None
        for price in reversed(self._ahead):
            if price.is_local or price.name not in self._terms.configured:
                continue
            rung = self._whole(price, means, is_retry=False)
            if rung.worst_usd <= means.left_usd and means.admits(price.name):
                return rung
        return None

    def race(self, rival: Rung) -> None:
        """Learn that the rival is made: it counts as any attempt does."""
        self._ahead.remove(rival.price)
        self._remote_left -= 1
        self._has_paid = self._has_paid or rival.price.is_paid

    def follow(self, rung: Rung) -> None:
        """Learn that of two attempts this one goes on alone."""
        self._last = rung

    def _next(self, means: Means) -> Rung | None:
        while self._ahead:
            price = self._ahead.pop()
            rung, why = self._rung(price, means, is_retry=False)
            if rung is not None:
                return self._take(rung)
            self._skipped.append(Skipped(price.name, why))
        return None

    def _take(self, rung: Rung) -> Rung:
        self._last = rung
        self._remote_left -= not rung.price.is_local
        return rung

    def _may_retry(self, last: Rung, failure: Failure) -> bool:
        if last.is_retry or last.price.is_local:
            return False
        if failure.is_seam:
            return self._remote_left >= 1
        if failure.had_text or failure.kind not in MAY_HELP:
            return False
        needed = 2 if any(not price.is_local for price in self._ahead) else 1
        return self._remote_left >= needed

    def _rung(self, price: Price, means: Means, *, is_retry: bool) -> tuple[Rung | None, str]:
        """Return the attempt, or None and why it cannot be made."""
        if price.name not in self._terms.configured:
            return None, "it is not configured"
        rung = self._whole(price, means, is_retry=is_retry)
        if price.is_local:
            return rung, ""
        if self._remote_left <= 0:
            return None, f"{self._terms.decision.max_attempts} attempts were made"
        if rung.worst_usd > means.left_usd:
            affordable = rung.affordable(means.left_usd)
            if affordable < min(LEAST_OUTPUT_TOKENS, rung.max_output_tokens):
                short = self._short_of(rung, means.left_usd)
                self._note_short(short)
                return None, str(short)
            rung = replace(rung, max_output_tokens=affordable)
        if not means.admits(price.name):
            return None, "its circuit is open"
        return rung, ""

    def _short_of(self, rung: Rung, left_usd: Decimal) -> BudgetExceeded:
        least = min(LEAST_OUTPUT_TOKENS, rung.max_output_tokens)
        needed_usd = rung.price.worst(rung.input_tokens, least) + rung.advisor_usd
        return BudgetExceeded(needed_usd, left_usd)

    def _note_short(self, short: BudgetExceeded) -> None:
        if self._short is None or short.needed_usd < self._short.needed_usd:
            self._short = short

    def _whole(self, price: Price, means: Means, *, is_retry: bool) -> Rung:
        """Return an attempt at an answer of full length."""
        advisor = self._terms.advisor
        if advisor is not None and not may_advise(advisor.vendor_id, price.vendor_id):
            advisor = None
        return Rung(price, self._limit(price), is_retry, means.input_tokens, advisor)

    def _limit(self, price: Price) -> int:
        asked = self._limits.get(price.name, self._terms.max_output_tokens)
        return min(asked, price.max_output_tokens) if price.max_output_tokens else asked
