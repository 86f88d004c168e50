"""Where a customer cannot wait for the first text, slow models are left out."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from routing.deciding.decide import World, decide
from routing.deciding.recorded import as_json, replayed
from routing.decision import Decision
from routing.execution.health import FIRST_TEXT_COUNTS_S, LEAST_FOR_P95, Health
from routing.policy.policy import Advisor, Policy
from routing.policy.reader import read_policy
from routing.request import ModelName
from tests.routing.deciding.test_decide import (
    HAIKU,
    INSTANT,
    OPUS,
    PRICES,
    RULE,
    SONNET,
    WORLD,
    features,
    policy_of,
)

SLOW = replace(WORLD, first_text_p95_s={HAIKU: 0.74, INSTANT: 0.76})


def on(channel: str, world: World = SLOW, policy: Policy | None = None) -> Decision:
    turn = replace(features(confidence=0.6), channel=channel)
    return decide(turn, policy or policy_of(RULE), world)


def left_out(decision: Decision) -> dict[ModelName, str]:
    return {one.model: one.excluded for one in decision.candidates if one.excluded}


def test_a_voice_turn_has_only_models_whose_p95_is_within_the_limit() -> None:
    decision = on("voice")

    assert HAIKU in decision.order
    assert INSTANT not in decision.order
    assert left_out(decision)[INSTANT] == (
        "its first text takes 0.76 s or more in 5 of 100 cases lately, 0.75 s are allowed"
    )


def test_a_model_that_was_not_measured_lately_is_judged_by_its_prior() -> None:
    prior_s = PRICES.price(SONNET, WORLD.today).first_token_s
    assert prior_s > 0.75

    assert left_out(on("voice"))[SONNET] == (
        f"its first text takes {prior_s:.2g} s or more as a rule, 0.75 s are allowed"
    )


def test_other_channels_wait() -> None:
    assert not left_out(on("web"))


def test_the_local_model_is_left_where_every_other_is_too_slow() -> None:
    world = replace(WORLD, first_text_p95_s=dict.fromkeys(RULE.chain, 2.0))

    assert on("voice", world).order == (ModelName("offline"),)


@pytest.mark.parametrize("native", [False, True])
def test_nobody_is_asked_for_advice_before_the_first_text_of_a_voice_turn(native: bool) -> None:
    advised = policy_of(replace(RULE, advisor=Advisor(OPUS, 0.85, native=native)))

    spoken, written = on("voice", policy=advised), on("web", policy=advised)

    assert (spoken.wants_advisor, spoken.native_advisor) == (False, None)
    assert spoken.reasons[-1] == (
        "no advice is asked for: the first text has to come within 0.75 s"
    )
    assert written.wants_advisor


def test_the_record_of_a_voice_turn_replays_byte_for_byte() -> None:
    policy = policy_of(RULE)
    text = as_json(on("voice", policy=policy))

    assert as_json(replayed(text, policy, PRICES)) == text
    assert '"first_text_p95_s":[["claude-haiku-4.5",0.74]' in text


def test_the_limits_are_the_policys() -> None:
    text = "tenant: a\nversion: '1'\n"
    usual = read_policy(text, "p.yaml")
    other = read_policy(f"{text}first_text_within_s: {{voice: 0, web: 1.5}}\n", "p.yaml")

    assert usual.first_text_within_s == MappingProxyType({"voice": 0.75})
    assert other.first_text_within_s == MappingProxyType({"web": 1.5})
    assert usual.digest != other.digest


def test_a_model_that_was_too_slow_is_tried_again_after_ten_minutes() -> None:
    health = Health()
    for _ in range(LEAST_FOR_P95):
        health.record(HAIKU, None, now=5.0, first_token_s=2.0)

    assert health.first_text_p95_s(5.0) == {HAIKU: 2.0}
    assert not health.first_text_p95_s(5.0 + FIRST_TEXT_COUNTS_S)


def test_one_slow_first_text_of_a_few_leaves_no_model_out() -> None:
    health = Health()
    for first_s in [0.4] * (LEAST_FOR_P95 - 2) + [3.0]:
        health.record(HAIKU, None, now=5.0, first_token_s=first_s)
    early = health.first_text_p95_s(5.0)
    health.record(HAIKU, None, now=5.0, first_token_s=0.4)

    assert not early
    assert health.first_text_p95_s(5.0) == {HAIKU: 0.4}
