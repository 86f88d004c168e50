"""What a policy will cost, and what in it can never happen."""

from datetime import date
from decimal import Decimal

import pytest

from routing.models.advisor_pairs import NativeAdvisor, advised_worst
from routing.money.prices import load_prices
from routing.policy.forecast import Counsel, Forecast, Ticket, forecasts, policy_warnings
from routing.policy.policy import Policy
from routing.policy.reader import read_policy
from routing.request import ModelName
from tests.routing.policy.test_policy import EXAMPLE

PRICES = load_prices()
TODAY = date(2026, 11, 24)


def read(text: str) -> Policy:
    return read_policy(text, "policy.yaml", known_models=PRICES.names())


def forecast(lines: str, ticket: Ticket | None = None) -> Forecast:
    """Return the forecast of an intent with these lines."""
    text = f"tenant: a\nversion: 1\nintents:\n  pin:\n    examples: [x]\n{lines}"
    return forecasts(read(text), PRICES, TODAY, ticket or Ticket())[1]


def test_the_forecast_has_default_first_and_the_intents_in_their_order() -> None:
    rules = forecasts(read(EXAMPLE), PRICES, TODAY, Ticket())

    assert [rule.rule for rule in rules] == ["default", "billing-faq", "kyc-escalation"]


def test_expected_is_the_first_model_and_worst_is_every_attempt() -> None:
    found = forecast(
        "    models: [claude-haiku-4.5]\n"
        "    fallback: {models: [claude-sonnet-4.6, gpt-5.4-nano], max_retries: 1}\n"
        "    budget: {max_cost_usd: 1}\n"
    )

    assert found.order == ("claude-haiku-4.5", "claude-sonnet-4.6", "gpt-5.4-nano", "offline")
    assert found.expected_usd == Decimal("0.0025")
    assert found.worst_usd == Decimal("0.0035") + Decimal("0.0105")
    assert found.warnings == ()


def test_worst_is_never_above_the_cap() -> None:
    found = forecast(
        "    models: [claude-haiku-4.5, gpt-5.4-mini]\n    budget: {max_cost_usd: 0.004}\n"
    )

    assert found.worst_usd == found.cap_usd == Decimal("0.004")


def test_a_ticket_may_be_of_another_size() -> None:
    found = forecast(
        "    models: [claude-haiku-4.5]\n    budget: {max_cost_usd: 1}\n", Ticket(1_000, 900)
    )

    assert found.expected_usd == Decimal("0.003"), "an answer is no longer than the rule allows"


def test_an_intent_for_humans_costs_nothing_and_warns_of_nothing() -> None:
    found = forecast("    handoff: true\n    models: [gpt-5.5-pro]\n")

    assert found.goes_to_human
    assert found.expected_usd == found.worst_usd == 0
    assert found.warnings == ()


def test_the_handbooks_example_warns_of_what_its_caps_forbid() -> None:
    default, billing, kyc = forecasts(read(EXAMPLE), PRICES, TODAY, Ticket())

    assert kyc.warnings == (
        "gpt-5.5-pro can never run under the cap of $0.05: "
        "a short answer to 1500 tokens costs $0.063",
    )
    assert billing.warnings == (
        "claude-haiku-4.5 can never run under the cap of $0.001: "
        "a short answer to 1500 tokens costs $0.002",
        "gpt-5.5-instant can never run under the cap of $0.001: "
        "a short answer to 1500 tokens costs $0.0105",
        "only the offline model can answer: no other model can run",
        "this advisor can never run under this cap: "
        "short advice of claude-opus-4.7 costs $0.0053, the cap is $0.001",
    )
    assert default.order == ("claude-haiku-4.5", "offline")


@pytest.mark.parametrize(
    ("lines", "warning"),
    [
        ("    goal: cost\n", "only the offline model can answer: no other model is named"),
        (
            "    models: [text-embedding-3-small, gpt-5.4-nano]\n",
            "text-embedding-3-small can never run: it writes no text",
        ),
        (
            "    models: [gpt-5.4-nano, claude-opus-4.7]\n    budget: {max_cost_usd: 1}\n"
            "    advisor: {model: claude-haiku-4.5}\n",
            "the advisor claude-haiku-4.5 is not stronger than claude-opus-4.7",
        ),
    ],
)
def test_what_makes_no_sense_is_said(lines: str, warning: str) -> None:
    assert forecast(lines).warnings == (warning,)


ADVISED = (
    "    models: [claude-haiku-4.5]\n    budget: {{max_cost_usd: {cap}}}\n"
    "    advisor: {{model: claude-opus-4.7, native: {native}}}\n"
)


def counsel(cap: str, native: str = "false") -> Counsel:
    found = forecast(ADVISED.format(cap=cap, native=native)).counsel
    assert found is not None
    return found


def test_advice_is_priced_beside_the_answer() -> None:
    """1500 tokens in and 160 out of Opus, whose tokens are 130 %; Haiku's answer reads 400 more."""
    found = counsel("0.02")

    assert found.worst_usd == Decimal("0.01375")
    assert found.least_usd == Decimal("0.0053")
    assert found.left_usd == Decimal("0.02") - Decimal("0.0039")
    assert found.why_never == ""


def test_advice_that_the_answer_leaves_no_money_for_can_never_run() -> None:
    poor = counsel("0.009")

    assert counsel("0.0092").why_never == ""
    assert poor.why_never == (
        "short advice of claude-opus-4.7 costs $0.0053, "
        "the answer of claude-haiku-4.5 up to $0.0039, the cap is $0.009"
    )


def test_advice_can_never_run_where_no_model_can() -> None:
    why = counsel("0.0015").why_never
    lines = "    budget: {max_cost_usd: 1}\n    advisor: {model: claude-opus-4.7}\n"

    assert why == "short advice of claude-opus-4.7 costs $0.0053, the cap is $0.0015"
    assert forecast(lines).warnings[-1] == (
        "this advisor can never run under this cap: "
        "no model can run that could be advised, the cap is $1"
    )


def test_the_vendors_own_advice_is_priced_as_the_vendor_bills_it() -> None:
    found, poor = counsel("0.2", "true"), counsel("0.03", "true")
    prices = tuple(PRICES.price(ModelName(name), TODAY) for name in (
        "claude-haiku-4.5", "claude-opus-4.7"))  # fmt: skip
    whole = advised_worst(NativeAdvisor("claude-opus-4-7"), (prices[0], prices[1]), 1_500, 400)

    assert found.worst_usd + prices[0].worst(1_500, 400) == whole
    assert found.why_never == ""
    assert "short advice of claude-opus-4.7 costs $" in poor.why_never


def test_a_rule_without_an_advisor_or_for_humans_has_no_counsel() -> None:
    lines = "    handoff: true\n    advisor: {model: claude-opus-4.7}\n"

    assert forecast("    models: [claude-haiku-4.5]\n").counsel is None
    assert forecast(lines).counsel is None


def test_a_classifier_above_its_cap_is_said() -> None:
    poor = read(EXAMPLE.replace("max_cost_usd: 0.0005", "max_cost_usd: 0.0003"))

    assert policy_warnings(read(EXAMPLE), PRICES, TODAY) == ()
    assert policy_warnings(poor, PRICES, TODAY) == (
        "the classifier can never run under its cap of $0.0003: claude-haiku-4.5 costs $0.00035",
    )


def test_examples_of_two_intents_are_said() -> None:
    policy = read(
        "tenant: a\nversion: 1\nintents:\n"
        "  pin: {examples: [My PIN  is blocked, my pin is blocked]}\n"
        "  card: {examples: [my pin is Blocked, other]}\n"
    )

    assert policy_warnings(policy, PRICES, TODAY) == (
        "'my pin is Blocked' is an example of both pin and card",
    )
