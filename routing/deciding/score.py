"""How good each model of a chain is for one turn: four parts in [0, 1], weighed; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from math import inf
from operator import attrgetter
from types import MappingProxyType

from routing.deciding.fit import Fit
from routing.decision import Candidate
from routing.money.prices import LOCAL
from routing.policy.policy import OFFLINE, Goal, Rule, Strategy
from routing.request import ModelName

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


LEAST_COST_USD = 0.00001
"""What costs less counts as that much: a server that is free does not make all others equal."""
LEAST_FIRST_S = 0.001
"""As above, for the seconds until the first text."""
MARGIN = 0.05
"""By so much another model's score must be better for it to take over a conversation."""
QUALITY = 1
"""Where quality stands among a candidate's parts."""
PRIOR_ANSWERS = 20
"""A prior counts as so many answers that were measured."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a model's answers to one intent turned out."""

    good: int
    """Answers that helped: not rated badly, not followed by a human."""
    total: int
    """Answers about which that is known."""

    def shrunk(self, prior: float) -> float:
        """Return the quality in [0, 1] that prior and measurement come to together."""
        return (prior * PRIOR_ANSWERS + self.good) / (PRIOR_ANSWERS + self.total)


def weights_of(goal: Goal, strategy: Strategy) -> tuple[float, float, float, float]:
    """Return the weights of cost, quality, latency and reliability; their sum is 1."""
    pairs = zip(GOAL_WEIGHTS[goal], STRATEGY_WEIGHTS[strategy], strict=True)
    cost, quality, latency, reliability = (base * factor for base, factor in pairs)
    total = cost + quality + latency + reliability
    return (cost / total, quality / total, latency / total, reliability / total)


def scored(
    considered: Sequence[tuple[Fit, str]],
    rule: Rule,
    latency_s: Mapping[ModelName, float],
    failing: Mapping[ModelName, float],
    outcomes: Mapping[tuple[str, ModelName], Outcome],
) -> list[Candidate]:
    """Return the candidates with their scores, in the order in which they were considered.

    Cost and latency are measured against the best remote model that is possible. What was measured
    is as in a `World`; each model comes with why it is left out, or nothing.
    """
    latencies = [latency_s.get(fit.price.name, fit.price.first_token_s) for fit, _ in considered]
    costs = [float(fit.expected_cost_usd) for fit, _ in considered]
    possible = [not excluded and fit.price.provider != LOCAL for fit, excluded in considered]
    cheapest = max(LEAST_COST_USD, min(compress(costs, possible), default=inf))
    fastest = max(LEAST_FIRST_S, min(compress(latencies, possible), default=inf))
    of_cost, of_quality, of_latency, of_reliability = weights_of(rule.goal, rule.strategy)
    given = dict(rule.quality)
    candidates = []
    for (fit, excluded), cost_usd, first_s in zip(considered, costs, latencies, strict=True):
        price = fit.price
        name = price.name
        score, parts = 0.0, NO_PARTS
        if not excluded:
            cost = 1.0 if cost_usd <= cheapest else nearness(cost_usd / cheapest)
            latency = 1.0 if first_s <= fastest else nearness(first_s / fastest)
            quality = given.get(name, price.quality) if given else price.quality
            if outcomes and (outcome := outcomes.get((rule.name, name))) is not None:
                quality = outcome.shrunk(quality)
            reliability = 1.0 - failing.get(name, 0.0)
            score = cost * of_cost + quality * of_quality
            score += latency * of_latency + reliability * of_reliability
            parts = (
                ("cost", cost),
                ("quality", quality),
                ("latency", latency),
                ("reliability", reliability),
            )
        worst_usd, expected_usd = fit.worst_cost_usd, fit.expected_cost_usd
        one = Candidate(name, worst_usd, expected_usd, score, parts, excluded, fit.output_tokens)
        candidates.append(one)
    return candidates


def nearness(times: float) -> float:
    """Return 1 at the best value, 0.5 at ten times it, and towards 0 beyond.

    Only the four basic operations: another machine comes to the same bits.
    """
    return 9.0 / (8.0 + times)


def ordered(
    rule: Rule, candidates: Sequence[Candidate], previous: ModelName | None
) -> tuple[ModelName, ...]:
    """Return what is possible: the rule's models by score, its fallbacks as written, offline.

    The model that answered the turn before comes first for as long as the rule names it among its
    models and no other one deserves to replace it: see `successor`.
    """
    own = set(rule.models) - {OFFLINE}
    possible = [one for one in candidates if not one.excluded]
    chosen = [one for one in possible if one.model in own]
    chosen.sort(key=attrgetter("model"))
    chosen.sort(key=attrgetter("score"), reverse=True)
    if previous is not None:
        first = successor(chosen, previous)
        if first is not None:
            chosen.remove(first)
            chosen.insert(0, first)
    later = [one for one in possible if one.model not in own]
    return tuple(one.model for one in (*chosen, *later))


def successor(chosen: Sequence[Candidate], previous: ModelName) -> Candidate | None:
    """Return who answers after a model that answered the turn before; None when it is out.

    Another model replaces it when its score is better by `MARGIN` and its quality at least as good:
    within a conversation the way is only upwards, and a customer does not see it go to and fro.

    Args:
        chosen: the rule's models that are possible, the best score first.
        previous: the model that answered before.
    """
    for before in chosen:
        if before.model == previous:
            break
    else:
        return None
    better = (
        one
        for one in chosen
        if one.score >= before.score + MARGIN and quality_of(one) >= quality_of(before)
    )
    return next(better, before)


def quality_of(candidate: Candidate) -> float:
    """Return the quality in [0, 1] that a possible candidate was scored with."""
    return candidate.parts[QUALITY][1]
