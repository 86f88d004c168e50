"""The policy file: what it may say, and what a rule inherits."""

from dataclasses import replace
from decimal import Decimal

import pytest

from routing.money.prices import load_prices
from routing.policy.policy import (
    OFFLINE,
    Advisor,
    AgentRule,
    BudgetRule,
    Cache,
    Goal,
    Policy,
    Rule,
    Strategy,
)
from routing.policy.reader import read_policy
from routing.request import ModelName, TenantId

EXAMPLE = """\
tenant: aurelis
version: 2026-11-24
classifier: {goal: cost, strategy: cost-optimized, budget: {max_cost_usd: 0.0005}}
default:
  goal: quality
  strategy: balanced
  models: [gpt-5.5-instant]
  fallback: {models: [claude-haiku-4.5], max_retries: 1}
  budget: {max_cost_usd: 0.005}
  cache: {enabled: true}
intents:
  billing-faq:
    examples: ["Why was I charged twice?", "When is my statement ready?"]
    goal: stability
    strategy: balanced
    models: [claude-haiku-4.5]
    advisor: {model: claude-opus-4.7, when_confidence_below: 0.85}
    fallback: {models: [gpt-5.5-instant], max_retries: 2}
    budget: {max_cost_usd: 0.001}
    cache: {enabled: true, similarity: 0.94, ttl_seconds: 86400}
  kyc-escalation:
    examples: ["You locked my account until I prove who I am"]
    agent: {tools: [lookup_ticket], max_steps: 6, total_budget_usd: 0.05}
    goal: quality
    strategy: quality-first
    fallback: {models: [claude-opus-4.7, gpt-5.5-pro]}
"""
HAIKU = ModelName("claude-haiku-4.5")
INSTANT = ModelName("gpt-5.5-instant")


def read(text: str) -> Policy:
    return read_policy(text, "policy.yaml", known_models=load_prices().names())


def with_intent(lines: str, default: str = "") -> Rule:
    """Return the rule of an intent with these lines, under a default with those."""
    text = f"tenant: a\nversion: 1\n{default}\nintents:\n  pin:\n    examples: [x]\n{lines}"
    return read(text).rule_for("pin")


def test_the_example_of_the_handbook_loads_as_written() -> None:
    policy = read(EXAMPLE)

    assert (policy.tenant, policy.version) == (TenantId("aurelis"), "2026-11-24")
    assert [rule.name for rule in policy.intents] == ["billing-faq", "kyc-escalation"]
    assert policy.rule_for("billing-faq") == Rule(
        name="billing-faq",
        examples=("Why was I charged twice?", "When is my statement ready?"),
        goal=Goal.STABILITY,
        strategy=Strategy.BALANCED,
        models=(HAIKU,),
        fallback_models=(INSTANT,),
        max_retries=2,
        max_cost_usd=Decimal("0.001"),
        advisor=Advisor(ModelName("claude-opus-4.7"), 0.85),
        cache=Cache(enabled=True, similarity=0.94, ttl_seconds=86_400),
    )


def test_a_rule_inherits_from_default_what_it_does_not_say() -> None:
    rule = read(EXAMPLE).rule_for("kyc-escalation")

    assert rule.models == (INSTANT,)
    assert rule.max_cost_usd == Decimal("0.005")
    assert rule.max_retries == 1
    assert rule.fallback_models == (ModelName("claude-opus-4.7"), ModelName("gpt-5.5-pro"))
    assert rule.agent == AgentRule(("lookup_ticket",), 6, Decimal("0.05"))


def test_the_cap_of_an_agent_is_its_total_budget() -> None:
    policy = read(EXAMPLE)

    assert policy.rule_for("kyc-escalation").cap_usd == Decimal("0.05")
    assert policy.rule_for("billing-faq").cap_usd == Decimal("0.001")


def test_the_classifier_inherits_models_but_no_extras() -> None:
    classifier = read(EXAMPLE).classifier

    assert classifier.goal is Goal.COST
    assert classifier.models == (INSTANT,)
    assert classifier.max_cost_usd == Decimal("0.0005")
    assert (classifier.advisor, classifier.cache, classifier.agent) == (None, None, None)


def test_an_unknown_intent_has_the_default_rule() -> None:
    policy = read(EXAMPLE)

    assert policy.rule_for("weather") is policy.default


def test_answers_about_one_customer_are_not_cached_unless_the_rule_says_so() -> None:
    default = "default: {cache: {enabled: true, similarity: 0.9}}"

    assert with_intent("", default).cache == Cache(enabled=True, similarity=0.9)
    assert with_intent("    agent: {tools: [t]}\n", default).cache is None
    assert with_intent("    handoff: true\n", default).cache is None
    asked = with_intent("    agent: {tools: [t]}\n    cache: {enabled: true}\n", default).cache
    assert asked == Cache(enabled=True)


def test_an_advisor_is_inherited_key_by_key() -> None:
    default = "default: {advisor: {model: claude-opus-4.7, when_confidence_below: 0.5}}"
    rule = with_intent("    advisor: {when_confidence_below: 0.9}\n", default)

    assert rule.advisor == Advisor(ModelName("claude-opus-4.7"), 0.9)
    assert with_intent("", default).advisor == Advisor(ModelName("claude-opus-4.7"), 0.5)


def test_an_agent_and_a_handoff_are_not_inherited() -> None:
    rule = with_intent("", "default: {agent: {tools: [t]}, handoff: true}")

    assert (rule.agent, rule.handoff) == (None, False)


def test_the_smallest_policy_answers_offline() -> None:
    policy = read("tenant: a\nversion: 1\n")

    assert policy.default.chain == (OFFLINE,)
    assert policy.intents == ()


def test_the_chain_names_each_model_once_and_offline_last() -> None:
    rule = Rule("pin", models=(OFFLINE, HAIKU), fallback_models=(HAIKU, INSTANT))

    assert rule.chain == (HAIKU, INSTANT, OFFLINE)


def test_money_is_exact_and_words_stay_words() -> None:
    rule = with_intent('    budget: {max_cost_usd: 1e-3}\n    keywords: [yes, "42"]\n')

    assert rule.max_cost_usd == Decimal("0.001")
    assert rule.keywords == ("yes", "42")


def test_names_of_models_are_not_checked_without_a_price_book() -> None:
    policy = read_policy("tenant: a\nversion: 1\ndefault: {models: [made-up]}", "policy.yaml")

    assert policy.default.models == (ModelName("made-up"),)


def test_sections_of_others_are_let_through() -> None:
    text = "tenant: a\nversion: 1\nbrand: {name: A}\n"

    assert read_policy(text, "policy.yaml", frozenset({"brand"})).tenant == "a"


SAME = [
    EXAMPLE.replace("aurelis", '"aurelis"  # the bank'),
    EXAMPLE.replace("0.005}", "0.00500}"),
    EXAMPLE.replace("models: [gpt-5.5-instant]\n", "models:\n  - gpt-5.5-instant\n"),
    EXAMPLE.replace("    goal: quality\n    strategy: quality-first\n",
                    "    strategy: quality-first\n    goal: quality\n"),
    EXAMPLE.replace("cache: {enabled: true}\n",
                    "cache: {enabled: true, similarity: 0.95}\n"),
]  # fmt: skip
OTHER = [
    EXAMPLE.replace("aurelis", "borealis"),
    EXAMPLE.replace("2026-11-24", "2026-11-25"),
    EXAMPLE.replace("0.005}", "0.0051}"),
    EXAMPLE.replace("charged twice", "charged thrice"),
    EXAMPLE.replace("[claude-opus-4.7, gpt-5.5-pro]", "[gpt-5.5-pro, claude-opus-4.7]"),
    EXAMPLE + "budgets: {tenant_day_usd: 5}\n",
    EXAMPLE + "budgets: {intent_day_usd: {billing-faq: 5}}\n",
    EXAMPLE.replace("strategy: balanced\n  models", "strategy: balanced\n  hedge: true\n  models"),
    EXAMPLE.replace("cost-optimized, budget", "cost-optimized, ask_below: 0.5, budget"),
]


@pytest.mark.parametrize("text", SAME)
def test_form_and_comments_do_not_change_the_digest(text: str) -> None:
    assert text != EXAMPLE
    assert read(text).digest == read(EXAMPLE).digest


@pytest.mark.parametrize("text", OTHER)
def test_content_changes_the_digest(text: str) -> None:
    assert text != EXAMPLE
    assert read(text).digest != read(EXAMPLE).digest


def test_a_digest_is_not_part_of_itself() -> None:
    policy = read(EXAMPLE)

    assert len(policy.digest) == 64
    assert replace(policy, digest="") != policy


def test_budgets_of_many_turns_are_read_exactly_and_may_be_left_out() -> None:
    intent = "intents:\n  pin: {examples: [x]}\n"
    limits = "{tenant_day_usd: 50, conversation_usd: 0.50, intent_day_usd: {pin: 5, default: 9}}"
    budgets = read(f"tenant: a\nversion: 1\nbudgets: {limits}\n{intent}").budgets

    assert budgets.tenant_day_usd == Decimal(50)
    assert budgets.conversation_usd == Decimal("0.5")
    assert budgets.intent_day_usd == {"pin": Decimal(5), "default": Decimal(9)}
    assert read("tenant: a\nversion: 1\n").budgets == BudgetRule()


def test_hedging_regions_and_qualities_are_inherited() -> None:
    default = (
        "default: {hedge: true, regions: [eu], quality: {claude-haiku-4.5: 0.8, gpt-5.5: 0.7}}"
    )
    same = with_intent("", default)
    other = with_intent("    hedge: false\n    regions: []\n    quality: {gpt-5.5: 0.9}\n", default)

    assert (same.hedge, same.regions) == (True, ("eu",))
    assert dict(same.quality) == {HAIKU: 0.8, ModelName("gpt-5.5"): 0.7}
    assert (other.hedge, other.regions) == (False, ())
    assert dict(other.quality) == {HAIKU: 0.8, ModelName("gpt-5.5"): 0.9}


def test_a_native_advisor_is_read() -> None:
    rule = with_intent(
        "    models: [claude-haiku-4.5]\n    advisor: {model: claude-opus-4.7, native: true}\n"
    )

    assert rule.advisor == Advisor(ModelName("claude-opus-4.7"), 0.7, native=True)


def test_the_border_of_the_classifying_model_is_read() -> None:
    text = "tenant: a\nversion: 1\nclassifier: {ask_below: 0.4}\n"

    assert read(text).ask_below == 0.4
    assert read(EXAMPLE).ask_below is None
