"""Which models are worth trying for one turn, in which order, and why: a pure function."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import compress
from math import inf
from operator import attrgetter
from types import MappingProxyType

from routing.decision import Candidate, Decision, Guess
from routing.errors import NoModelLeft
from routing.fit import Fit, fit_of
from routing.policy import OFFLINE, Goal, Policy, Rule, Strategy
from routing.prices import PriceBook, dollars
from routing.reasons import reasons_of
from routing.request import ModelName, TenantId

PARTS = ("cost", "quality", "latency", "reliability")
NO_PARTS: tuple[tuple[str, float], ...] = ()
GOAL_WEIGHTS: Mapping[Goal, tuple[float, float, float, float]] = MappingProxyType(
    {
        Goal.COST: (0.6, 0.2, 0.1, 0.1),
        Goal.STABILITY: (0.2, 0.2, 0.2, 0.4),
        Goal.QUALITY: (0.1, 0.6, 0.1, 0.2),
    }
)
STRATEGY_WEIGHTS: Mapping[Strategy, tuple[float, float, float, float]] = MappingProxyType(
    {
        Strategy.COST_OPTIMIZED: (3.0, 1.0, 1.0, 1.0),
        Strategy.BALANCED: (1.0, 1.0, 1.0, 1.0),
        Strategy.QUALITY_FIRST: (1.0, 3.0, 1.0, 1.0),
        Strategy.LATENCY_OPTIMIZED: (1.0, 1.0, 3.0, 1.0),
    }
)


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


def decide(features: Features, policy: Policy, world: World) -> Decision:
    """Return the models to try for one turn, best first, with everything that was considered.

    The rule's models come by score, then its fallback models in the file's order, then the offline
    model, which nothing but its absence excludes. The same arguments give the same decision, byte
    for byte.

    Raises:
        UnknownModel: the policy names a model that the price book does not know.
        NoModelLeft: no paid model is possible and the offline model is not configured.
    """
    rule = policy.rule_for(features.guess.intent)
    left_usd = rule.cap_usd - world.spent_usd
    input_tokens, today, price_of = features.input_tokens, world.today, world.prices.price
    considered = []
    for name in rule.chain:
        fit = fit_of(price_of(name, today), input_tokens, rule, left_usd)
        considered.append((fit, obstacle(fit, left_usd, world)))
    candidates = tuple(scored(considered, rule, world))
    order = order_of(rule, candidates)
    if not order:
        left_out = "; ".join(f"{one.model}: {one.excluded}" for one in candidates)
        raise NoModelLeft(f"no model is left for rule {rule.name!r} ({left_out})")
    advisor = rule.advisor
    wants_advisor = (
        advisor is not None and features.guess.confidence < advisor.when_confidence_below
    )
    return Decision(
        guess=features.guess,
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
        reasons=reasons_of(features.guess, rule, candidates, order),
    )


def seed_of(features: Features, policy: Policy) -> str:
    """Return the hash that stands for this turn under this policy."""
    text = f"{features.conversation}|{features.turn}|{policy.digest}"
    return hashlib.sha256(text.encode()).hexdigest()


def weights_of(goal: Goal, strategy: Strategy) -> tuple[float, float, float, float]:
    """Return the weights of cost, quality, latency and reliability; their sum is 1."""
    pairs = zip(GOAL_WEIGHTS[goal], STRATEGY_WEIGHTS[strategy], strict=True)
    cost, quality, latency, reliability = (base * factor for base, factor in pairs)
    total = cost + quality + latency + reliability
    return (cost / total, quality / total, latency / total, reliability / total)


def obstacle(fit: Fit, left_usd: Decimal, world: World) -> str:
    """Return why a model is left out, in words, or nothing; the first reason counts."""
    price = fit.price
    if price.name not in world.configured:
        return "not configured: no key is set for it" if price.is_paid else "not configured"
    if not price.is_paid:
        return ""
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


def scored(considered: Sequence[tuple[Fit, str]], rule: Rule, world: World) -> list[Candidate]:
    """Return the candidates with their scores, in the order in which they were considered.

    Cost and latency are measured against the best paid model that is possible.
    """
    measured, failing = world.latency_s, world.failing
    latencies = [measured.get(fit.price.name, fit.price.first_token_s) for fit, _ in considered]
    costs = [float(fit.expected_cost_usd) for fit, _ in considered]
    possible = [not excluded and fit.price.is_paid for fit, excluded in considered]
    cheapest = min(compress(costs, possible), default=inf)
    fastest = min(compress(latencies, possible), default=inf)
    of_cost, of_quality, of_latency, of_reliability = weights_of(rule.goal, rule.strategy)
    candidates = []
    for (fit, excluded), cost_usd, latency_s in zip(considered, costs, latencies, strict=True):
        price = fit.price
        score, parts = 0.0, NO_PARTS
        if not excluded:
            cost, latency = nearness(cost_usd, cheapest), nearness(latency_s, fastest)
            quality, reliability = price.quality, 1.0 - failing.get(price.name, 0.0)
            score = cost * of_cost + quality * of_quality
            score += latency * of_latency + reliability * of_reliability
            parts = (
                ("cost", cost),
                ("quality", quality),
                ("latency", latency),
                ("reliability", reliability),
            )
        candidates.append(
            Candidate(
                price.name,
                fit.worst_cost_usd,
                fit.expected_cost_usd,
                score,
                parts,
                excluded,
                fit.output_tokens,
            )
        )
    return candidates


def nearness(value: float, best: float) -> float:
    """Return 1 at the best value or below, 0.5 at ten times it, and towards 0 beyond.

    Only the four basic operations: another machine comes to the same bits.
    """
    if value <= best:
        return 1.0
    if best <= 0:
        return 0.0
    return 9.0 / (8.0 + value / best)


def order_of(rule: Rule, candidates: Sequence[Candidate]) -> tuple[ModelName, ...]:
    """Return what is possible: the rule's models by score, its fallbacks as written, offline."""
    own = set(rule.models) - {OFFLINE}
    possible = [one for one in candidates if not one.excluded]
    chosen = [one for one in possible if one.model in own]
    chosen.sort(key=attrgetter("model"))
    chosen.sort(key=attrgetter("score"), reverse=True)
    later = [one for one in possible if one.model not in own]
    return tuple(one.model for one in (*chosen, *later))
