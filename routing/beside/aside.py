"""A small capped call of one model beside the turn: to sort a message, or for advice."""

import asyncio
from collections import OrderedDict
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from decimal import Decimal

from routing.decision import Attempt, Candidate, Decision, Guess, Purpose
from routing.errors import FailureKind
from routing.execution.engine import Engine, Parts, Run
from routing.execution.health import Health
from routing.money.prices import Price
from routing.progress import Delta, Finished
from routing.prompting.prompt import prompt_tokens
from routing.request import NOTHING, ModelName, Need, Redacted, Request, derived

CLOSING_S = 0.25
"""A connection that is not given back so soon is left to itself: the turn waits for the call."""
MOST_UNCLAIMED = 256
"""Turns whose cancelled calls are remembered; of more than that the oldest is forgotten."""
Turn = tuple[str, str, int]
"""Tenant, conversation and number."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one call."""

    text: Redacted
    """What the model wrote about redacted text; empty unless it came to its end."""
    attempts: tuple[Attempt, ...]
    """The call, if one was made, under the purpose that it was made for."""
    failed: FailureKind | None
    skipped: str = ""
    """Why no call was made, in words; empty when one was."""


class Aside:
    """Asks single models beside the turns that an engine carries out.

    Guarantees: one attempt without a retry; never one whose worst case is above the cap; it ends
    `CLOSING_S` after its time at the latest, with its stream closed; a model that fails or is slow
    is reported, never raised. It keeps breakers of its own, so that impatience with a model here
    does not count against it where it answers; a model that is down there is not asked here either.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._health = Health()
        self._unclaimed: OrderedDict[Turn, list[Attempt]] = OrderedDict()

    def unclaimed(self, request: Request) -> tuple[Attempt, ...]:
        """Return, once, the calls of a turn whose caller was cancelled: they belong on its bill."""
        return tuple(self._unclaimed.pop(_turn_of(request), ()))

    def price(self, model: ModelName) -> Price | None:
        """Return what a model costs today; None for one that nobody knows the price of."""
        if model not in self._parts.prices.models:
            return None
        return self._parts.prices.price(model, self._parts.clock.today())

    def obstacle(self, model: ModelName) -> str:
        """Return why a model cannot be asked now, in words; empty when it can."""
        price, now = self.price(model), self._parts.clock.monotonic()
        if price is None:
            return "it has no price"
        if price.is_local:
            return "it is no model to ask"
        if model not in self._parts.models:
            return "it is not configured"
        if model in self._parts.health.down(now) or model in self._health.down(now):
            return "its circuit is open"
        return ""

    def has(self, model: ModelName, need: Need) -> bool:
        """Tell whether a model has an ability."""
        price = self.price(model)
        return price is not None and need in price.abilities

    def worst_usd(self, model: ModelName, request: Request) -> Decimal | None:
        """Return the most that a call may cost; None for a model without a price."""
        price = self.price(model)
        if price is None:
            return None
        return price.worst(prompt_tokens(request), request.max_output_tokens)

    async def ask(
        self, model: ModelName, request: Request, cap_usd: Decimal, most_s: float, purpose: Purpose
    ) -> Asked:
        """Return what one model answers to a request, within a cap and a time.

        Args:
            model: whom to ask.
            request: what to ask; the answer is as long as its `max_output_tokens` at most.
            cap_usd: most that the call may cost, in US dollars.
            most_s: most that it may take, in seconds.
            purpose: what it is for, noted on the attempt.
        """
        why = self.obstacle(model)
        if why:
            return Asked(NOTHING, (), None, why)
        hasty = replace(
            self._parts.timeouts,
            first_token_s=most_s,
            idle_s=most_s,
            total_s=most_s,
            closing_s=CLOSING_S,
        )
        engine = Engine(replace(self._parts, timeouts=hasty, health=self._health))
        run = engine.run(decision_of(model, request, cap_usd, purpose), request)
        try:
            text = await _text_of(run, most_s)
        except asyncio.CancelledError:
            self._leave(request, [replace(each, purpose=purpose) for each in run.attempts])
            raise
        attempts = tuple(_noted(attempt, purpose) for attempt in run.attempts)
        if not attempts:
            return Asked(NOTHING, (), None, "; ".join(each.why for each in run.skipped))
        failed = attempts[-1].failed
        return Asked(text if failed is None else NOTHING, attempts, failed)

    def _leave(self, request: Request, attempts: list[Attempt]) -> None:
        """Keep what a cancelled caller cannot be told any more."""
        self._unclaimed.setdefault(_turn_of(request), []).extend(attempts)
        while len(self._unclaimed) > MOST_UNCLAIMED:
            self._unclaimed.popitem(last=False)


def decision_of(model: ModelName, request: Request, cap_usd: Decimal, purpose: Purpose) -> Decision:
    """Return the decision to ask one model once, whatever comes of it."""
    only = Candidate(
        model=model,
        worst_cost_usd=cap_usd,
        expected_cost_usd=cap_usd,
        score=1.0,
        parts=(),
        excluded="",
        max_output_tokens=request.max_output_tokens,
    )
    return Decision(
        guess=Guess("default", 0.0, "none"),
        rule=purpose.value,
        goal="cost",
        strategy="cost-optimized",
        policy_version="",
        order=(model,),
        candidates=(only,),
        max_cost_usd=cap_usd,
        max_attempts=1,
        input_tokens=prompt_tokens(request),
        wants_advisor=False,
        seed="",
        propensity=1.0,
        reasons=(f"{model} alone is asked, to {purpose.value}",),
    )


async def _text_of(run: Run, most_s: float) -> Redacted:
    """Return the whole answer of a run; empty when it has none or takes too long."""
    # The watchdog of the attempt comes first; this is for what is waited for around the attempt.
    with suppress(TimeoutError):
        async with asyncio.timeout(most_s + CLOSING_S), aclosing(run):
            return await _whole(run)
    return NOTHING


async def _whole(run: Run) -> Redacted:
    parts: list[str] = []
    async for step in run:
        if isinstance(step, Delta):
            parts.append(step.text)
        elif isinstance(step, Finished):
            return derived("".join(parts))
    return NOTHING


def _turn_of(request: Request) -> Turn:
    return (request.tenant, request.conversation, request.turn)


def _noted(attempt: Attempt, purpose: Purpose) -> Attempt:
    """Return an attempt under its purpose; nobody but its time has closed it early."""
    is_late = attempt.failed is FailureKind.CANCELLED
    failed = FailureKind.TIMEOUT_TOTAL if is_late else attempt.failed
    return replace(attempt, purpose=purpose, failed=failed)
