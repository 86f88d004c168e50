"""Which models are tried for a turn, in which order, and why."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import pytest

from routing.deciding.decide import Features, World, decide, needs_of
from routing.decision import Candidate, Decision, Guess
from routing.errors import NoModelLeft, UnknownModel
from routing.models.advisor_pairs import NativeAdvisor, advised_worst
from routing.money.prices import load_prices
from routing.policy.policy import OFFLINE, Advisor, Goal, Policy, Rule, Strategy
from routing.policy.reader import read_policy
from routing.request import ModelName, Need, TenantId, Tool
from tests.routing.policy.test_policy import EXAMPLE
from tests.routing.samples import request

PRICES = load_prices()
TODAY = date(2026, 11, 24)
ALL = frozenset(PRICES.names())
WORLD = World(PRICES, TODAY, ALL)
HAIKU = ModelName("claude-haiku-4.5")
SONNET = ModelName("claude-sonnet-4.6")
OPUS = ModelName("claude-opus-4.7")
INSTANT = ModelName("gpt-5.5-instant")
PRO = ModelName("gpt-5.5-pro")
NANO = ModelName("gpt-5.4-nano")
RULE = Rule(
    "pin",
    ("I forgot my PIN",),
    goal=Goal.COST,
    models=(SONNET, HAIKU),
    fallback_models=(INSTANT, NANO),
    max_retries=2,
    max_cost_usd=Decimal("0.05"),
)


def decided(
    rule: Rule = RULE, world: World = WORLD, input_tokens: int = 1_500, confidence: float = 0.9
) -> Decision:
    return decide(features(input_tokens, confidence), policy_of(rule), world)


def features(input_tokens: int = 1_500, confidence: float = 0.9) -> Features:
    guess = Guess("pin", confidence, "linear")
    return Features(TenantId("a"), "c1", 1, guess, input_tokens)


def asked(*needs: Need, rule: Rule = RULE, world: World = WORLD) -> Decision:
    """Return the decision of a turn that asks for more than text."""
    return decide(replace(features(), needs=frozenset(needs)), policy_of(rule), world)


def book_with(name: ModelName, abilities: frozenset[Need], region: str = "global") -> World:
    """Return a world in which one model can do just this, and runs there."""
    editions = tuple(
        replace(one, price=replace(one.price, abilities=abilities, region=region))
        for one in PRICES.models[name]
    )
    return replace(WORLD, prices=PRICES.with_models({name: editions}))


def policy_of(rule: Rule) -> Policy:
    default = Rule("default", models=(NANO,))
    return Policy(TenantId("a"), "1", replace(default, name="classifier"), default, (rule,), "d")


def by_name(decision: Decision) -> Mapping[ModelName, Candidate]:
    return {candidate.model: candidate for candidate in decision.candidates}


def test_the_rules_models_come_by_score_then_fallbacks_as_written_then_offline() -> None:
    decision = decided()

    assert decision.order == (HAIKU, SONNET, INSTANT, NANO, OFFLINE)
    assert [one.model for one in decision.candidates] == [SONNET, HAIKU, INSTANT, NANO, OFFLINE]


@pytest.mark.parametrize(
    ("goal", "strategy", "first"),
    [
        (Goal.COST, Strategy.COST_OPTIMIZED, HAIKU),
        (Goal.COST, Strategy.BALANCED, HAIKU),
        (Goal.COST, Strategy.LATENCY_OPTIMIZED, HAIKU),
        (Goal.STABILITY, Strategy.LATENCY_OPTIMIZED, HAIKU),
        (Goal.STABILITY, Strategy.QUALITY_FIRST, OPUS),
        (Goal.QUALITY, Strategy.BALANCED, OPUS),
        (Goal.QUALITY, Strategy.QUALITY_FIRST, OPUS),
        (Goal.QUALITY, Strategy.COST_OPTIMIZED, HAIKU),
    ],
)
def test_goal_and_strategy_decide_who_is_first(
    goal: Goal, strategy: Strategy, first: ModelName
) -> None:
    rule = replace(RULE, goal=goal, strategy=strategy, models=(OPUS, HAIKU))

    assert decided(rule).order[0] == first


def test_a_model_without_a_key_is_left_out() -> None:
    decision = decided(world=replace(WORLD, configured=ALL - {HAIKU}))

    assert decision.order == (SONNET, INSTANT, NANO, OFFLINE)
    assert by_name(decision)[HAIKU].excluded == "not configured: no key is set for it"
    assert by_name(decision)[HAIKU].score == 0
    assert by_name(decision)[HAIKU].parts == ()


def test_a_model_whose_circuit_is_open_is_left_out() -> None:
    decision = decided(world=replace(WORLD, down=frozenset({HAIKU, OFFLINE})))

    assert decision.order == (SONNET, INSTANT, NANO, OFFLINE)
    assert by_name(decision)[HAIKU].excluded == "down: its circuit is open after failures"


def test_a_model_above_the_cap_is_left_out() -> None:
    decision = decided(replace(RULE, models=(PRO, HAIKU)))

    assert PRO not in decision.order
    assert by_name(decision)[PRO].excluded == (
        "even a short answer could cost $0.063, $0.05 of the cap is left"
    )


def test_the_answer_shrinks_to_what_the_cap_pays_for() -> None:
    rule = replace(RULE, models=(HAIKU,), max_cost_usd=Decimal("0.0026"))
    candidate = by_name(decided(rule))[HAIKU]

    assert candidate.max_output_tokens == 220
    assert candidate.worst_cost_usd == Decimal("0.0026")
    assert candidate.expected_cost_usd == Decimal("0.0025")


def test_an_answer_is_not_shrunk_below_what_is_useful() -> None:
    just = replace(RULE, models=(HAIKU,), fallback_models=(), max_cost_usd=Decimal("0.002"))
    short = replace(just, max_cost_usd=Decimal("0.001999"))

    assert by_name(decided(just))[HAIKU].max_output_tokens == 100
    assert decided(just).order == (HAIKU, OFFLINE)
    assert decided(short).order == (OFFLINE,)


def test_a_rule_may_ask_for_less_than_a_short_answer() -> None:
    rule = replace(RULE, models=(HAIKU,), max_output_tokens=20, max_cost_usd=Decimal("0.0016"))

    assert by_name(decided(rule))[HAIKU].max_output_tokens == 20


def test_what_was_spent_is_no_longer_left() -> None:
    decision = decided(world=replace(WORLD, spent_usd=Decimal("0.0499")))
    broke = decided(world=replace(WORLD, spent_usd=Decimal("0.06")))

    assert decision.order == (OFFLINE,)
    assert "$0.0001 of the cap is left" in by_name(decision)[HAIKU].excluded
    assert "$0 of the cap is left" in by_name(broke)[HAIKU].excluded


def test_a_prompt_that_does_not_fit_leaves_a_model_out() -> None:
    rule = replace(RULE, models=(HAIKU, SONNET), max_cost_usd=Decimal(10))
    decision = decided(rule, input_tokens=199_950)

    assert decision.order[0] == SONNET
    assert by_name(decision)[HAIKU].excluded == (
        "its context of 200000 tokens is too small for the prompt"
    )


def test_a_prompt_that_nearly_fits_leaves_less_room_for_the_answer() -> None:
    rule = replace(RULE, models=(HAIKU,), max_cost_usd=Decimal(10))

    assert by_name(decided(rule, input_tokens=199_800))[HAIKU].max_output_tokens == 200


def test_a_model_that_writes_no_text_is_left_out() -> None:
    embedding = ModelName("text-embedding-3-small")
    decision = decided(replace(RULE, models=(embedding, HAIKU)))

    assert by_name(decision)[embedding].excluded == "it writes no text"


def test_offline_named_among_the_models_is_still_last() -> None:
    rule = replace(RULE, models=(OFFLINE, HAIKU), fallback_models=())

    assert decided(rule).order == (HAIKU, OFFLINE)


def test_offline_answers_alone_when_nothing_else_can() -> None:
    decision = decided(world=replace(WORLD, configured=frozenset({OFFLINE})))

    assert decision.order == (OFFLINE,)
    assert decision.reasons[1] == (
        "offline alone: no other model is possible; "
        "it answers from the knowledge base, without a vendor"
    )


def test_without_offline_the_paid_models_still_answer() -> None:
    decision = decided(world=replace(WORLD, configured=frozenset({HAIKU})))

    assert decision.order == (HAIKU,)
    assert by_name(decision)[OFFLINE].excluded == "not configured"


def test_no_model_is_left_only_when_offline_is_not_configured_either() -> None:
    with pytest.raises(NoModelLeft, match=r"no model is left for rule 'pin' .*offline: not config"):
        decided(world=replace(WORLD, configured=frozenset()))


def test_a_model_without_a_price_is_refused() -> None:
    with pytest.raises(UnknownModel, match="'gpt-7' has no price"):
        decided(replace(RULE, models=(ModelName("gpt-7"),)))


def test_the_measured_latency_replaces_the_prior() -> None:
    rule = replace(RULE, goal=Goal.STABILITY, strategy=Strategy.LATENCY_OPTIMIZED)
    slow = replace(WORLD, latency_s=MappingProxyType({HAIKU: 60.0}))

    assert decided(rule).order[0] == HAIKU
    assert decided(rule, slow).order[0] == SONNET


def test_a_model_that_often_fails_comes_later() -> None:
    rule = replace(RULE, goal=Goal.STABILITY)
    shaky = replace(WORLD, failing=MappingProxyType({HAIKU: 0.5}))

    assert decided(rule, shaky).order[0] == SONNET
    assert by_name(decided(rule, shaky))[HAIKU].parts[3] == ("reliability", 0.5)


def test_equal_scores_are_ordered_by_name() -> None:
    twins = (ModelName("text-b"), ModelName("text-a"))
    haiku = PRICES.models[HAIKU]
    models = {name: tuple(replace(one, price=replace(one.price, name=name)) for one in haiku)
              for name in twins}  # fmt: skip
    prices = replace(PRICES, models={**PRICES.models, **models})
    world = World(prices, TODAY, frozenset(prices.names()))

    assert decided(replace(RULE, models=twins), world).order[:2] == ("text-a", "text-b")


@pytest.mark.parametrize(("confidence", "asks"), [(0.69, True), (0.7, False), (0.71, False)])
def test_the_advisor_is_wanted_below_the_threshold(confidence: float, asks: bool) -> None:
    decision = decided(replace(RULE, advisor=Advisor(OPUS, 0.7)), confidence=confidence)

    assert decision.wants_advisor is asks
    assert any("is asked for advice" in reason for reason in decision.reasons) is asks


def test_a_rule_without_an_advisor_wants_none() -> None:
    assert decided(confidence=0.0).wants_advisor is False


def test_a_decision_says_what_it_rests_on() -> None:
    decision = decided()

    assert (decision.rule, decision.goal, decision.strategy) == ("pin", "cost", "balanced")
    assert (decision.policy_version, decision.max_attempts) == ("1", 3)
    assert (decision.input_tokens, decision.max_cost_usd) == (1_500, Decimal("0.05"))
    assert decision.propensity == 1.0
    assert len(decision.seed) == 64


def test_a_model_that_cannot_do_what_is_asked_is_left_out() -> None:
    no_tools = book_with(HAIKU, frozenset({Need.JSON}))
    nothing = book_with(HAIKU, frozenset())

    assert asked(Need.TOOLS, Need.JSON).order == decided().order[:-1]
    assert by_name(asked(Need.TOOLS, world=no_tools))[HAIKU].excluded == "it cannot use tools"
    assert asked(Need.JSON, world=no_tools).order[0] == HAIKU
    assert by_name(asked(*Need, world=nothing))[HAIKU].excluded == (
        "it cannot use tools or see pictures or follow a JSON schema"
    )


def test_offline_answers_a_turn_with_tools_but_never_in_json() -> None:
    assert asked(Need.TOOLS, Need.VISION).order[-1] == OFFLINE
    assert by_name(asked(Need.JSON))[OFFLINE].excluded == "it does not write JSON"
    with pytest.raises(NoModelLeft):
        asked(Need.JSON, world=replace(WORLD, configured=frozenset({OFFLINE})))


def test_what_a_request_needs_is_read_from_it() -> None:
    plain = request()
    tool = Tool("find", "Finds.", "{}")

    assert needs_of(plain) == frozenset()
    assert needs_of(replace(plain, tools=(tool,))) == {Need.TOOLS}
    assert needs_of(replace(plain, answer_schema="{}")) == {Need.JSON}
    assert needs_of(replace(plain, tools=(tool,), answer_schema="{}")) == {Need.TOOLS, Need.JSON}


def test_only_models_in_the_rules_regions_are_tried() -> None:
    rule = replace(RULE, regions=("eu", "ch"))
    world = book_with(HAIKU, frozenset(), "eu")
    nowhere = book_with(SONNET, frozenset(), "")

    assert decided(rule, world).order == (HAIKU, OFFLINE)
    assert by_name(decided(rule, world))[SONNET].excluded == (
        "it runs in 'global', the rule allows eu and ch"
    )
    assert by_name(decided(rule, nowhere))[SONNET].excluded == (
        "it runs nobody knows where, the rule allows eu and ch"
    )


def test_an_answer_leaves_room_for_the_advice_that_its_vendor_asks_for() -> None:
    rule = replace(RULE, models=(HAIKU,), advisor=Advisor(OPUS, 1.0, native=True))
    rich = by_name(decided(replace(rule, max_cost_usd=Decimal(1))))
    prices = (PRICES.price(HAIKU, TODAY), PRICES.price(OPUS, TODAY))
    whole = advised_worst(NativeAdvisor("claude-opus-4-7"), prices, 1_500, 400)

    assert rich[HAIKU].worst_cost_usd == whole
    assert rich[HAIKU].max_output_tokens == 400
    assert (
        by_name(decided(replace(rule, max_cost_usd=whole - Decimal("0.0005"))))[
            HAIKU
        ].max_output_tokens
        == 300
    )
    assert by_name(decided(rule))[INSTANT].worst_cost_usd == Decimal("0.0195")
    assert HAIKU not in decided(replace(rule, max_cost_usd=Decimal("0.04"))).order


def test_the_policy_of_the_design_decides_each_of_its_intents() -> None:
    """Design, part 4: kyc-escalation names no models, so it inherits those of the default."""
    policy = read_policy(EXAMPLE, "policy.yaml", known_models=PRICES.names())
    billing, kyc, default = (
        decide(replace(features(), guess=Guess(intent, 0.9, "linear")), policy, WORLD)
        for intent in ("billing-faq", "kyc-escalation", "default")
    )

    assert (billing.order, billing.max_cost_usd) == ((OFFLINE,), Decimal("0.001"))
    assert (kyc.order, kyc.max_cost_usd) == ((INSTANT, OPUS, OFFLINE), Decimal("0.05"))
    assert (default.order, default.max_cost_usd) == ((HAIKU, OFFLINE), Decimal("0.005"))


def test_the_seed_is_that_of_conversation_turn_and_policy() -> None:
    turn = features()
    policy = policy_of(RULE)
    seeds = {
        decide(turn, policy, WORLD).seed,
        decide(replace(turn, conversation="c2"), policy, WORLD).seed,
        decide(replace(turn, turn=2), policy, WORLD).seed,
        decide(turn, replace(policy, digest="other"), WORLD).seed,
    }

    assert len(seeds) == 4
    assert decide(turn, policy, WORLD).seed in seeds
