"""The attempts that can be made next, each with the money for it."""

from dataclasses import dataclass
from decimal import Decimal

from routing.decision import Decision
from routing.errors import BudgetExceeded, FailureKind
from routing.execution.ladder import Failure, Ladder, Means, Rung, Terms
from routing.execution.parts import Parts
from routing.money.purse import Earmark, Purse
from routing.request import ModelName, Request


@dataclass(frozen=True, slots=True)
class Offer:
    """An attempt to be made, with the money for it."""

    rung: Rung
    earmark: Earmark
    is_rival: bool = False
    """It is made beside another one, not after it."""


class Offers:
    """Climbs the ladder of a turn, and sets money aside for each attempt before it is made.

    One offer at a time: it is accepted or withdrawn, and then another may be made.
    """

    def __init__(self, parts: Parts, terms: Terms, purse: Purse) -> None:
        self.ladder = Ladder(terms)
        self.pending: Offer | None = None
        """Made, and neither accepted nor withdrawn."""
        self._purse = purse
        self._health = parts.health
        self._monotonic = parts.clock.monotonic
        self._claimed: ModelName | None = None

    async def climb(self, failure: Failure | None, input_tokens: int) -> Offer | None:
        """Return the next attempt; None when nothing is left.

        Args:
            failure: of the attempt before; None at the start.
            input_tokens: upper estimate of the prompt as it is now.
        """
        means = self._means(input_tokens)
        rung = self.ladder.climb(failure, means)
        while rung is not None:
            try:
                return await self._reserve(rung, is_rival=False)
            except BudgetExceeded as short:
                rung = self.ladder.refuse(short, means)
        return None

    async def rival(self, input_tokens: int) -> Offer | None:
        """Return an attempt to be made beside the one under way; None when none is possible.

        Both worst cases are set aside then. The ladder is as before until the offer is accepted.
        """
        rung = self.ladder.rival(self._means(input_tokens))
        if rung is None:
            return None
        try:
            return await self._reserve(rung, is_rival=True)
        except BudgetExceeded:
            return None

    def accept(self, offer: Offer) -> None:
        """Learn that the attempt is made: its money and its probe are now its own."""
        self.pending = self._claimed = None
        if offer.is_rival:
            self.ladder.race(offer.rung)
        else:
            self.ladder.begin()

    async def withdraw(self) -> None:
        """Give back what was set aside for an attempt that is not made; harmless without one."""
        offer, self.pending = self.pending, None
        self._give_claim_back()
        if offer is not None:
            await self._purse.settle(offer.earmark, Decimal(0))

    async def _reserve(self, rung: Rung, *, is_rival: bool) -> Offer:
        self._claimed = None if rung.price.is_local else rung.model
        try:
            earmark = await self._purse.reserve(rung.worst_usd)
        except BudgetExceeded:
            self._give_claim_back()
            raise
        self.pending = Offer(rung, earmark, is_rival)
        return self.pending

    def _means(self, input_tokens: int) -> Means:
        return Means(self._purse.left_usd, input_tokens, self._admits)

    def _admits(self, model: ModelName) -> bool:
        return self._health.admits(model, self._monotonic())

    def _give_claim_back(self) -> None:
        """Let go of a probe that was granted for an attempt that never began."""
        if self._claimed is not None:
            self._health.record(self._claimed, FailureKind.CANCELLED, self._monotonic())
            self._claimed = None


def terms_of(parts: Parts, decision: Decision, request: Request) -> Terms:
    """Return what the ladder of a turn is climbed under, at the prices of today.

    Raises:
        UnknownModel: the decision names a model without a price.
    """
    today, native = parts.clock.today(), decision.native_advisor
    return Terms(
        decision=decision,
        prices={name: parts.prices.price(name, today) for name in decision.order},
        configured=frozenset(parts.models),
        max_output_tokens=request.max_output_tokens,
        advisor=None if native is None else parts.prices.price(native, today),
    )
