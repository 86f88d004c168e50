"""Which models are worth trying for one turn, in which order, and why: a pure function."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from operator import attrgetter

from routing.deciding.fit import Fit, fit_of, native_fit_of
from routing.deciding.reasons import advice_reasons, reasons_of
from routing.deciding.score import Outcome, ordered, scored
from routing.decision import Basis, Decision, Guess
from routing.errors import NoModelLeft
from routing.money.prices import LOCAL, Price, PriceBook, dollars
from routing.policy.policy import Policy, Rule
from routing.request import ModelName, Need, Request, TenantId

NO_NEEDS: frozenset[Need] = frozenset()


@dataclass(frozen=True, slots=True)
class Features:
    """What is known about one turn before a model is asked."""

    tenant: TenantId
    conversation: str
    turn: int
    """From 1."""
    guess: Guess
    input_tokens: int
    """Upper estimate of the whole prompt; see `budget.estimate_tokens`."""
    channel: str = "web"
    locale: str = "en"
    needs: frozenset[Need] = NO_NEEDS
    """What the request asks for besides text; see `needs_of`."""
    previous: ModelName | None = None
    """The model that answered the turn before in this conversation."""


@dataclass(frozen=True, slots=True)
class World:
    """What is true at the moment of the decision, whatever the turn is about."""

    prices: PriceBook
    today: date
    configured: frozenset[ModelName]
    """Models that can be called: a key is set, or they are local."""
    down: frozenset[ModelName] = frozenset()
    """Models whose circuit is open."""
    latency_s: Mapping[ModelName, float] = field(default_factory=dict)
    """Measured seconds to the first text; a model without one has its prior."""
    spent_usd: Decimal = Decimal(0)
    """Already spent on this turn."""
    failing: Mapping[ModelName, float] = field(default_factory=dict)
    """Share of recent attempts that failed, in [0, 1]; a model without one has none."""
    outcomes: Mapping[tuple[str, ModelName], Outcome] = field(default_factory=dict)
    """How answers turned out, by the name of a rule and the model that wrote them."""
    first_text_p95_s: Mapping[ModelName, float] = field(default_factory=dict)
    """P95 of the seconds to the first text, lately; a model without one has its prior."""


def needs_of(request: Request) -> frozenset[Need]:
    """Return what a request asks of a model besides text."""
    if not request.tools and not request.answer_schema:
        return NO_NEEDS
    needs = {Need.TOOLS} if request.tools else set()
    return frozenset(needs | {Need.JSON} if request.answer_schema else needs)


def decide(features: Features, policy: Policy, world: World) -> Decision:
    """Return the models to try for one turn, best first, with everything that was considered.

    The rule's models come by score, then its fallback models in the file's order, then the offline
    model, which nothing excludes but its absence and a wish for JSON. The same arguments give the
    same decision, byte for byte.

    Raises:
        UnknownModel: the policy names a model that the price book does not know.
        NoModelLeft: no paid model is possible and the offline model is not configured.
    """
    guess, rule = features.guess, policy.rule_for(features.guess.intent)
    advisor = rule.advisor
    within_s = policy.first_text_within_s.get(features.channel)
    wants_advisor = (
        within_s is None
        and advisor is not None
        and guess.confidence < advisor.when_confidence_below
    )
    native: Price | None = None
    if advisor is not None and wants_advisor and advisor.native:
        native = world.prices.price(advisor.model, world.today)
    considered = considered_of(features, rule, world, native)
    if within_s is not None:
        considered = [(fit, why or late(fit, within_s, world)) for fit, why in considered]
    candidates = tuple(scored(considered, rule, world.latency_s, world.failing, world.outcomes))
    order = ordered(rule, candidates, features.previous)
    if not order:
        left_out = "; ".join(f"{one.model}: {one.excluded}" for one in candidates)
        raise NoModelLeft(f"no model is left for rule {rule.name!r} ({left_out})")
    reasons = reasons_of(guess, rule, candidates, order, features.previous)
    return Decision(
        guess=guess,
        rule=rule.name,
        goal=rule.goal.value,
        strategy=rule.strategy.value,
        policy_version=policy.version,
        order=order,
        candidates=candidates,
        max_cost_usd=rule.cap_usd,
        max_attempts=rule.max_retries + 1,
        input_tokens=features.input_tokens,
        wants_advisor=wants_advisor,
        seed=seed_of(features, policy),
        propensity=1.0,
        reasons=(*reasons, *advice_reasons(guess, rule, within_s)),
        basis=basis_of(features, policy, rule, world),
        hedge=rule.hedge,
        native_advisor=None if native is None else native.name,
    )


def considered_of(
    features: Features, rule: Rule, world: World, native: Price | None
) -> list[tuple[Fit, str]]:
    """Return what each model of the rule could do, and what is in its way.

    Args:
        features: of the turn.
        rule: of its intent.
        world: as it is now.
        native: the advisor that the vendor asks by itself; an answer leaves money for it.
    """
    left_usd = rule.cap_usd - world.spent_usd
    input_tokens, today, price_of = features.input_tokens, world.today, world.prices.price
    considered = []
    for name in rule.chain:
        price = price_of(name, today)
        if native is None:
            fit = fit_of(price, input_tokens, rule, left_usd)
        else:
            fit = native_fit_of(price, native, input_tokens, rule, left_usd)
        considered.append((fit, obstacle(fit, rule, features.needs, left_usd, world)))
    return considered


def basis_of(features: Features, policy: Policy, rule: Rule, world: World) -> Basis:
    """Return what a decision is made from, in an order that does not depend on chance."""
    configured = tuple(sorted(world.configured))
    intents = sorted({rule.name, policy.default.name, features.guess.intent})
    outcomes = [
        (intent, name, outcome.good, outcome.total)
        for intent in (intents if world.outcomes else ())
        for name in configured
        if (outcome := world.outcomes.get((intent, name))) is not None
    ]
    return Basis(
        tenant=features.tenant,
        conversation=features.conversation,
        turn=features.turn,
        channel=features.channel,
        locale=features.locale,
        needs=tuple(sorted(features.needs, key=attrgetter("value"))),
        previous=features.previous,
        policy=policy.digest,
        prices=world.prices.digest,
        prices_as_of=world.prices.as_of,
        today=world.today,
        configured=configured,
        down=tuple(sorted(world.down)),
        latency_s=tuple(sorted(world.latency_s.items())),
        failing=tuple(sorted(world.failing.items())),
        first_text_p95_s=(
            tuple(sorted(world.first_text_p95_s.items()))
            if features.channel in policy.first_text_within_s
            else ()
        ),
        outcomes=tuple(outcomes),
        spent_usd=world.spent_usd,
    )


def seed_of(features: Features, policy: Policy) -> str:
    """Return the hash that stands for this turn under this policy."""
    text = f"{features.conversation}|{features.turn}|{policy.digest}"
    return hashlib.sha256(text.encode()).hexdigest()


def obstacle(fit: Fit, rule: Rule, needs: frozenset[Need], left_usd: Decimal, world: World) -> str:
    """Return why a model is left out, in words, or nothing; the first reason counts."""
    price = fit.price
    if price.name not in world.configured:
        return (
            "not configured" if price.provider == LOCAL else "not configured: no key is set for it"
        )
    if price.provider == LOCAL:
        # Tools may be left unused, and a picture unseen: there is an answer in the articles still.
        return "it does not write JSON" if Need.JSON in needs else ""
    if needs and not needs <= price.abilities:
        return lacking(needs - price.abilities)
    if rule.regions and price.region not in rule.regions:
        where = f"in {price.region!r}" if price.region else "nobody knows where"
        return f"it runs {where}, the rule allows {' and '.join(rule.regions)}"
    if price.name in world.down:
        return "down: its circuit is open after failures"
    if not price.max_output_tokens:
        return "it writes no text"
    if fit.worst_cost_usd > left_usd:
        left = dollars(max(Decimal(0), left_usd))
        costs = dollars(fit.worst_cost_usd)
        return f"even a short answer could cost {costs}, {left} of the cap is left"
    if fit.is_cramped:
        return f"its context of {price.context_tokens} tokens is too small for the prompt"
    return ""


def late(fit: Fit, within_s: float, world: World) -> str:
    """Return why a model is too slow for a channel that does not wait, or nothing."""
    price = fit.price
    if price.provider == LOCAL:
        return ""
    measured_s = world.first_text_p95_s.get(price.name)
    expected_s = price.first_token_s if measured_s is None else measured_s
    if expected_s <= within_s:
        return ""
    known = "as a rule" if measured_s is None else "in 5 of 100 cases lately"
    return f"its first text takes {expected_s:.2g} s or more {known}, {within_s:.2g} s are allowed"


def lacking(needs: frozenset[Need]) -> str:
    """Return in words what a model cannot do."""
    words = {
        Need.TOOLS: "use tools",
        Need.VISION: "see pictures",
        Need.JSON: "follow a JSON schema",
    }
    return f"it cannot {' or '.join(words[need] for need in Need if need in needs)}"
