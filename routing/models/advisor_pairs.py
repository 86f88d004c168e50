"""Anthropic's own advisor: which model may advise which, and what that may cost: pure.

Source: Anthropic API, "Advisor tool", beta `advisor-tool-2026-03-01`, as of 24 November 2026.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from routing.money.prices import Price
from routing.prompting.prompt import TOKENS_FOR_TOOLS

BETA = "advisor-tool-2026-03-01"
LEAST_TOKENS = 1024
_ABOVE_OPUS_4_7 = frozenset(
    {
        "claude-opus-4-7",
        "claude-opus-4-8",
        "claude-opus-5",
        "claude-fable-5",
        "claude-mythos-5",
    }
)
_ABOVE_SONNET_4_6 = _ABOVE_OPUS_4_7 | {"claude-sonnet-4-6", "claude-sonnet-5", "claude-opus-4-6"}
PAIRS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "claude-haiku-4-5": _ABOVE_SONNET_4_6,
        "claude-sonnet-4-6": _ABOVE_SONNET_4_6,
        "claude-opus-4-7": _ABOVE_OPUS_4_7,
    }
)
"""Vendor's id of the answering model -> those of its possible advisors; all others are refused."""


@dataclass(frozen=True, slots=True)
class NativeAdvisor:
    """An advisor that the vendor asks by itself, in the middle of an answer."""

    model: str
    """The vendor's id."""
    max_uses: int = 1
    """Calls per request; the answering model chooses whether and when."""
    max_tokens: int = LEAST_TOKENS
    """Most that one call writes, its thinking included; at least 1024."""

    def tool(self) -> dict[str, Any]:
        """Return it as the tool that the vendor knows."""
        return {
            "type": "advisor_20260301",
            "name": "advisor",
            "model": self.model,
            "max_uses": self.max_uses,
            "max_tokens": self.max_tokens,
        }


def may_advise(advisor: str, executor: str) -> bool:
    """Tell whether the vendor lets one model advise the other, both by the vendor's id."""
    return advisor in PAIRS.get(executor, frozenset())


def problem_of(advisor: NativeAdvisor, executor: str) -> str:
    """Return in words why the vendor would refuse this advisor; empty when it would not."""
    if executor not in PAIRS:
        return f"{executor!r} takes no advisor of the vendor's, expected one of {sorted(PAIRS)}"
    if not may_advise(advisor.model, executor):
        return f"{advisor.model!r} cannot advise {executor!r}, expected {sorted(PAIRS[executor])}"
    if advisor.max_tokens < LEAST_TOKENS:
        return f"max_tokens is {advisor.max_tokens}, expected at least {LEAST_TOKENS}"
    if advisor.max_uses < 1:
        return f"max_uses is {advisor.max_uses}, expected at least 1"
    return ""


def advised_worst(
    advisor: NativeAdvisor, prices: tuple[Price, Price], input_tokens: int, max_output_tokens: int
) -> Decimal:
    """Return the most that an advised answer may cost, in US dollars, when no cache is written.

    Each call has the advisor read everything up to there, and then the answering model read it
    again, with the advice.

    Args:
        advisor: as it is configured.
        prices: of the answering model and of its advisor, in that order.
        input_tokens: of the prompt, as `prompt_tokens` counts.
        max_output_tokens: of the answer, over all its parts.
    """
    executor_price, advisor_price = prices
    so_far = input_tokens + TOKENS_FOR_TOOLS + max_output_tokens
    total = Decimal(0)
    for _ in range(advisor.max_uses):
        total += executor_price.worst(so_far, 0)
        total += advisor_price.worst(so_far, advisor.max_tokens)
        so_far += advisor.max_tokens
    return total + executor_price.worst(so_far, max_output_tokens)
