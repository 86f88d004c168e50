"""Which of Anthropic's models may advise which, and what it may cost."""

from datetime import date
from decimal import Decimal

import pytest

from routing.models.advisor_pairs import (
    PAIRS,
    NativeAdvisor,
    advised_worst,
    may_advise,
    problem_of,
)
from routing.money.prices import load_prices
from tests.emulators.rules_anthropic import ADVISOR_BETA
from tests.emulators.rules_anthropic import problems_of as claude_problems
from tests.routing.samples import HAIKU, OPUS

MODELS = [
    f"claude-{each}"
    for each in (
        "haiku-4-5", "haiku-5-5", "sonnet-4-6", "sonnet-5", "opus-4-6", "opus-4-7", "opus-4-8",
        "opus-5", "opus-5-5", "fable-5", "mythos-5",
    )
]  # fmt: skip


@pytest.mark.parametrize("executor", MODELS)
@pytest.mark.parametrize("advisor", MODELS)
def test_what_we_allow_is_what_the_vendor_takes(executor: str, advisor: str) -> None:
    native = NativeAdvisor(advisor)
    body = {
        "model": executor,
        "max_tokens": 400,
        "messages": [{"role": "user", "content": "Hello"}],
        "tools": [native.tool()],
    }
    is_taken = claude_problems(body, "2026-10-21", [ADVISOR_BETA]) == []

    assert may_advise(advisor, executor) is is_taken
    assert (problem_of(native, executor) == "") is is_taken


def test_a_model_that_is_advised_may_be_as_strong_as_its_advisor_but_not_stronger() -> None:
    assert may_advise("claude-opus-4-7", "claude-opus-4-7")
    assert not may_advise("claude-sonnet-4-6", "claude-opus-4-7")
    assert "claude-opus-4-7" in PAIRS["claude-haiku-4-5"]


@pytest.mark.parametrize(
    ("advisor", "word"),
    [
        (NativeAdvisor("claude-opus-4-7", max_tokens=1023), "max_tokens is 1023"),
        (NativeAdvisor("claude-opus-4-7", max_uses=0), "max_uses is 0"),
        (NativeAdvisor("claude-haiku-4-5"), "'claude-haiku-4-5' cannot advise"),
    ],
)
def test_a_problem_says_what_is_wrong(advisor: NativeAdvisor, word: str) -> None:
    assert word in problem_of(advisor, "claude-haiku-4-5")


def test_the_worst_case_has_every_reading_of_both_models() -> None:
    today = date(2026, 11, 24)
    prices = (load_prices().price(HAIKU, today), load_prices().price(OPUS, today))
    worst = advised_worst(NativeAdvisor("claude-opus-4-7"), prices, 1_000, 400)

    # The answering model reads 2,100 tokens and again 3,124, and writes 400; the advisor makes
    # 2,730 tokens of the 2,100 and writes 1,024.
    assert worst == Decimal(2_100 + 3_124 + 400 * 5 + 2_730 * 5 + 1_024 * 25) / 1_000_000


def test_every_further_call_costs_more_than_the_one_before() -> None:
    today = date(2026, 11, 24)
    prices = (load_prices().price(HAIKU, today), load_prices().price(OPUS, today))
    one, two, three = (
        advised_worst(NativeAdvisor("claude-opus-4-7", max_uses=uses), prices, 1_000, 400)
        for uses in (1, 2, 3)
    )

    assert three - two > two - one > 0
