"""What changes between two policies."""

from routing.policy.difference import ABSENT, Change, changes
from routing.policy.policy import Policy
from routing.policy.reader import read_policy
from tests.routing.policy.test_policy import EXAMPLE


def read(text: str) -> Policy:
    return read_policy(text, "policy.yaml")


def changed(old: str, new: str) -> tuple[Change, ...]:
    assert old in EXAMPLE
    return changes(read(EXAMPLE), read(EXAMPLE.replace(old, new, 1)))


def test_nothing_changes_between_a_policy_and_itself() -> None:
    assert changes(read(EXAMPLE), read(EXAMPLE + "# the end\n")) == ()


def test_a_value_changes() -> None:
    assert changed("max_cost_usd: 0.001}", "max_cost_usd: 0.002}") == (
        Change("billing-faq", "budget.max_cost_usd", "$0.001", "$0.002"),
    )


def test_what_is_inherited_changes_in_every_rule_that_inherits_it() -> None:
    found = changed("models: [gpt-5.5-instant]\n", "models: [gpt-5.5]\n")

    assert [change.rule for change in found] == ["classifier", "default", "kyc-escalation"]
    assert {(change.field, change.before, change.after) for change in found} == {
        ("models", "gpt-5.5-instant", "gpt-5.5")
    }


def test_examples_and_keywords_change_one_by_one() -> None:
    found = changed('"When is my statement ready?"]', '"What is this fee?"]\n    keywords: [fee]')

    assert found == (
        Change("billing-faq", "examples", "When is my statement ready?", ABSENT),
        Change("billing-faq", "examples", ABSENT, "What is this fee?"),
        Change("billing-faq", "keywords", ABSENT, "fee"),
    )


def test_a_section_that_comes_or_goes_is_absent_on_one_side() -> None:
    advisor = "    advisor: {model: claude-opus-4.7, when_confidence_below: 0.85}\n"
    agent = "    agent: {tools: [lookup_ticket], max_steps: 6, total_budget_usd: 0.05}\n"

    assert changed(advisor, "") == (
        Change("billing-faq", "advisor.model", "claude-opus-4.7", ABSENT),
        Change("billing-faq", "advisor.when_confidence_below", "0.85", ABSENT),
    )
    assert [change.field for change in changed(agent, "")] == [
        "agent.tools",
        "agent.max_steps",
        "agent.total_budget_usd",
        "cache.enabled",
        "cache.similarity",
        "cache.ttl_seconds",
    ]


def test_an_intent_comes_and_another_goes() -> None:
    found = changed("  billing-faq:", "  fees:")

    assert found == (
        Change("billing-faq", "", "present", ABSENT),
        Change("fees", "", ABSENT, "present"),
    )


def test_tenant_and_version_concern_the_whole_policy() -> None:
    assert changed("tenant: aurelis\nversion: 2026-11-24", "tenant: b\nversion: 2") == (
        Change("policy", "tenant", "aurelis", "b"),
        Change("policy", "version", "2026-11-24", "2"),
    )


def test_what_concerns_all_rules_is_compared_too() -> None:
    server = (
        "models:\n  mine: {base_url: 'http://localhost/v1', vendor_id: m, context_tokens: 9, "
        "max_output_tokens: 9, rates: {input: 0, output: 0}}\n  gpt-5.5: {quality: 0.5}\n"
    )
    limits = "budgets: {tenant_day_usd: 5, conversation_usd: 1, intent_day_usd: {default: 2}}\n"
    before, after = read(EXAMPLE), read(EXAMPLE + server + limits)
    found = {change.field: change.after for change in changes(before, after)}

    assert found["budgets.tenant_day_usd"] == "$5"
    assert found["budgets.conversation_usd"] == "$1"
    assert found["budgets.intent_day_usd.default"] == "$2"
    assert found["models.mine.base_url"] == "http://localhost/v1"
    assert found["models.mine.context_tokens"] == "9"
    assert found["models.gpt-5.5.quality"] == "0.5"
    assert {change.rule for change in changes(before, after)} == {"policy"}


def test_new_words_of_a_rule_are_compared() -> None:
    found = changed(
        "    strategy: balanced\n    models",
        "    strategy: balanced\n    hedge: true\n    regions: [eu]\n"
        "    quality: {gpt-5.5: 0.5}\n    models",
    )

    assert found == (
        Change("billing-faq", "hedge", "false", "true"),
        Change("billing-faq", "regions", "", "eu"),
        Change("billing-faq", "quality.gpt-5.5", ABSENT, "0.5"),
    )


def test_the_border_of_the_classifying_model_and_a_native_advisor_are_compared() -> None:
    border = changed(
        "strategy: cost-optimized, budget", "strategy: cost-optimized, ask_below: 0.4, budget"
    )
    native = changed("when_confidence_below: 0.85", "when_confidence_below: 0.85, native: true")

    assert border == (Change("policy", "classifier.ask_below", ABSENT, "0.4"),)
    assert native == (Change("billing-faq", "advisor.native", ABSENT, "true"),)
