"""What a policy will cost, and what in it can never happen."""

from datetime import date
from decimal import Decimal

import pytest

from routing.forecast import Forecast, Ticket, forecasts, policy_warnings
from routing.policy import Policy, read_policy
from routing.prices import load_prices
from tests.routing.test_policy import EXAMPLE

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
        "short advice of claude-opus-4.7 costs $0.01225, the cap is $0.001",
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
