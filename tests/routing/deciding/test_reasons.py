"""A decision explains itself in plain words."""

from dataclasses import replace

from routing.deciding.decide import Features, decide
from routing.decision import Guess
from routing.policy.policy import Advisor, Goal, Rule
from routing.request import TenantId
from tests.routing.deciding.test_decide import (
    ALL,
    HAIKU,
    INSTANT,
    OPUS,
    RULE,
    SONNET,
    WORLD,
    decided,
    policy_of,
)
from tests.routing.deciding.test_score import STEADY, after


def reasons_of(guess: Guess, rule: Rule = RULE) -> tuple[str, ...]:
    features = Features(TenantId("a"), "c1", 1, guess, 1_500)
    return decide(features, policy_of(rule), WORLD).reasons


def test_every_part_of_a_decision_has_its_reason() -> None:
    rule = replace(RULE, advisor=Advisor(OPUS, 0.95))
    world = replace(WORLD, configured=ALL - {INSTANT})

    assert decided(rule, world).reasons == (
        "pin by linear, with a confidence of 0.90",
        "claude-haiku-4.5 first: the cheapest that fits",
        "then, if that fails, in this order: claude-sonnet-4.6, gpt-5.4-nano",
        "offline last; it answers from the knowledge base, without a vendor",
        "gpt-5.5-instant is left out: not configured: no key is set for it",
        "claude-opus-4.7 is asked for advice: a confidence of 0.90 is below 0.95",
    )


def test_the_only_possible_model_is_first_for_that_reason() -> None:
    assert decided(replace(RULE, models=(HAIKU,))).reasons[1] == (
        "claude-haiku-4.5 first: the only model of the rule that is possible"
    )


def test_the_best_model_is_first_for_its_quality() -> None:
    rule = replace(RULE, goal=Goal.QUALITY, models=(HAIKU, OPUS))

    assert decided(rule).reasons[1] == "claude-opus-4.7 first: the best quality that fits"


def test_a_model_in_the_middle_is_first_for_its_balance() -> None:
    rule = replace(RULE, goal=Goal.STABILITY, models=(HAIKU, SONNET, OPUS))
    world = replace(WORLD, failing={HAIKU: 0.9, OPUS: 0.9})

    assert decided(rule, world).reasons[1] == (
        "claude-sonnet-4.6 first: the best balance of cost, quality, latency and reliability"
    )


def test_a_fallback_is_first_when_the_rules_models_are_out() -> None:
    world = replace(WORLD, down=frozenset({HAIKU, SONNET}))

    assert decided(world=world).reasons[1] == (
        "gpt-5.5-instant first: a fallback, no model of the rule is possible"
    )


def test_the_reason_of_an_intent_names_how_it_is_known() -> None:
    unsure = reasons_of(Guess("default", 0.2, "none"))[0]
    unknown = reasons_of(Guess("weather", 0.9, "linear"))[0]

    assert unsure == "no intent is near enough: the default rule decides"
    assert unknown == "'weather' has no rule: the default rule decides"


def test_the_model_of_the_turn_before_is_first_for_that_reason() -> None:
    slower = replace(WORLD, latency_s={HAIKU: 1.0, SONNET: 3.0})

    assert after(SONNET, STEADY).reasons[1] == (
        "claude-sonnet-4.6 first: it answered the turn before, and has the best score"
    )
    assert after(SONNET, STEADY, slower).reasons[1] == (
        "claude-sonnet-4.6 first: it answered the turn before; "
        "claude-haiku-4.5 is better by 0.02 only, 0.05 is needed"
    )
    assert after(SONNET).reasons[1] == (
        "claude-sonnet-4.6 first: it answered the turn before; "
        "claude-haiku-4.5 has the better score but a lower quality"
    )


def test_a_model_that_takes_over_says_by_how_much_it_is_better() -> None:
    rule = replace(RULE, goal=Goal.QUALITY, models=(OPUS, HAIKU))

    assert after(HAIKU, rule).reasons[1] == (
        "claude-opus-4.7 first: the best quality that fits; "
        "after claude-haiku-4.5, which it beats by 0.07"
    )


def test_without_offline_no_reason_speaks_of_it() -> None:
    reasons = decided(world=replace(WORLD, configured=frozenset({HAIKU}))).reasons

    assert "offline is left out: not configured" in reasons
    assert not any(reason.startswith("offline last") for reason in reasons)
