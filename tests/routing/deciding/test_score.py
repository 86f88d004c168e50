"""How models are scored and ordered, and when one stays for a whole conversation."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.deciding.decide import World, decide
from routing.deciding.score import MARGIN, Outcome, nearness, weights_of
from routing.decision import Decision
from routing.policy.policy import OFFLINE, Goal, Rule, Strategy
from routing.request import ModelName
from tests.routing.deciding.test_decide import (
    HAIKU,
    INSTANT,
    NANO,
    OPUS,
    PRO,
    RULE,
    SONNET,
    WORLD,
    by_name,
    decided,
    features,
    policy_of,
)

STEADY = replace(RULE, goal=Goal.STABILITY, strategy=Strategy.QUALITY_FIRST, models=(SONNET, HAIKU))


def after(previous: ModelName, rule: Rule = RULE, world: World = WORLD) -> Decision:
    """Return the decision of a turn after one that this model answered."""
    return decide(replace(features(), previous=previous), policy_of(rule), world)


def test_the_model_of_the_turn_before_stays_when_another_is_hardly_better() -> None:
    slower = replace(WORLD, latency_s=MappingProxyType({HAIKU: 1.0, SONNET: 3.0}))
    first, second = decided(STEADY, slower).order[:2]
    scores = {one.model: one.score for one in decided(STEADY, slower).candidates}

    assert (first, second) == (HAIKU, SONNET)
    assert 0 < scores[HAIKU] - scores[SONNET] < MARGIN
    assert after(SONNET, STEADY, slower).order == (SONNET, HAIKU, INSTANT, NANO, OFFLINE)
    assert after(HAIKU, STEADY, slower).order == decided(STEADY, slower).order


def test_a_better_model_takes_over_only_upwards() -> None:
    cheap = replace(RULE, models=(SONNET, HAIKU))
    best = replace(RULE, goal=Goal.QUALITY, models=(OPUS, HAIKU))

    assert decided(cheap).order[0] == HAIKU
    assert after(SONNET, cheap).order[0] == SONNET, "haiku is cheaper, but not as good"
    assert after(HAIKU, best).order[0] == OPUS, "opus is better by more than the margin"


def test_a_model_that_the_rule_does_not_name_or_that_is_out_does_not_stay() -> None:
    down = replace(WORLD, down=frozenset({SONNET}))

    assert after(PRO).order == decided().order
    assert after(INSTANT).order == decided().order, "a fallback does not stay"
    assert after(OFFLINE).order == decided().order
    assert after(SONNET, world=down).order == decided(world=down).order


def test_a_turn_without_measurements_has_the_prior_quality() -> None:
    quality = dict(by_name(decided())[HAIKU].parts)["quality"]

    assert quality == 0.72
    assert Outcome(0, 0).shrunk(0.72) == pytest.approx(0.72)


def test_measured_outcomes_of_the_intent_move_the_quality() -> None:
    outcomes = {("pin", SONNET): Outcome(1, 60), ("other", HAIKU): Outcome(0, 60)}
    rule = replace(RULE, goal=Goal.QUALITY, models=(HAIKU, SONNET))
    measured = replace(WORLD, outcomes=MappingProxyType(outcomes))

    assert decided(rule).order[0] == SONNET
    assert decided(rule, measured).order[0] == HAIKU
    assert dict(by_name(decided(rule, measured))[SONNET].parts)["quality"] == pytest.approx(
        (0.86 * 20 + 1) / 80
    )
    assert dict(by_name(decided(rule, measured))[HAIKU].parts)["quality"] == 0.72


def test_a_rule_may_know_the_quality_better_than_the_book() -> None:
    rule = replace(RULE, goal=Goal.QUALITY, models=(HAIKU, SONNET), quality=((HAIKU, 0.95),))

    assert decided(rule).order[0] == HAIKU
    assert dict(by_name(decided(rule))[HAIKU].parts)["quality"] == 0.95


@given(good=st.integers(0, 1000), bad=st.integers(0, 1000), prior=st.floats(0, 1))
def test_a_shrunk_quality_is_between_prior_and_measurement(
    good: int, bad: int, prior: float
) -> None:
    measured = good / (good + bad) if good + bad else prior
    low, high = sorted((prior, measured))

    assert low - 1e-9 <= Outcome(good, good + bad).shrunk(prior) <= high + 1e-9


def test_weights_add_up_to_one() -> None:
    for goal in Goal:
        for strategy in Strategy:
            assert sum(weights_of(goal, strategy)) == pytest.approx(1)


@pytest.mark.parametrize(("times", "expected"), [(1, 1), (4, 0.75), (10, 0.5), (82, 0.1)])
def test_ten_times_the_best_is_half_as_near(times: float, expected: float) -> None:
    assert nearness(times) == expected


def test_a_first_text_that_takes_no_time_is_the_fastest() -> None:
    at_once = replace(WORLD, latency_s={HAIKU: 0.0, SONNET: 0.01})
    latency = {one.model: dict(one.parts)["latency"] for one in decided(world=at_once).candidates}

    assert (latency[HAIKU], latency[SONNET]) == (1.0, 0.5)
