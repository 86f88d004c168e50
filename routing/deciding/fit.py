"""What one model could do for one turn: how long an answer, at what price."""

from dataclasses import dataclass
from decimal import Decimal

from routing.models.advisor_pairs import NativeAdvisor, advised_worst, may_advise
from routing.money.prices import MILLION, Price
from routing.policy.policy import Rule

LEAST_OUTPUT_TOKENS = 100
"""A shorter answer is of no use: a model that cannot afford it is left out."""
EXPECTED_OUTPUT_TOKENS = 200
"""What a support answer usually has; expected costs are priced with it."""


@dataclass(slots=True)
class Fit:
    """One model of a chain, before it is scored; changed by nobody outside of this file.

    Not declared frozen: making a frozen one takes eight times as long, and a decision makes many.
    """

    price: Price
    output_tokens: int
    """The longest answer that the money and the context allow; else the shortest useful one."""
    worst_cost_usd: Decimal
    expected_cost_usd: Decimal
    is_cramped: bool
    """The context has no room for a useful answer."""


def fit_of(price: Price, input_tokens: int, rule: Rule, left_usd: Decimal) -> Fit:
    """Return what a model could do for a turn under a rule, with what is left of its cap."""
    prompt = input_tokens if price.token_percent == 100 else price.prompt_tokens(input_tokens)
    rates = price.tiers[0].rates if len(price.tiers) == 1 else price.rates_for(prompt)
    wanted = rule.max_output_tokens
    useful = wanted if wanted < LEAST_OUTPUT_TOKENS else LEAST_OUTPUT_TOKENS
    room = price.context_tokens - prompt
    room = room if room < price.max_output_tokens else price.max_output_tokens
    output = wanted if wanted < room else room
    # Written out rather than asked of `rates.worst`, twice: this runs for every model of a chain.
    prompt_cost, per_token = prompt * rates.input, rates.output
    worst = (prompt_cost + output * per_token) / MILLION
    if output < useful or worst > left_usd:
        affordable = min(output, rates.most_output_tokens(left_usd, prompt))
        shortest = min(useful, price.max_output_tokens)
        output = max(affordable, shortest)
        worst = (prompt_cost + output * per_token) / MILLION
    expected = worst
    if output > EXPECTED_OUTPUT_TOKENS:
        expected = (prompt_cost + EXPECTED_OUTPUT_TOKENS * per_token) / MILLION
    return Fit(price, output, worst, expected, room < useful)


def native_fit_of(
    price: Price, advisor: Price, input_tokens: int, rule: Rule, left_usd: Decimal
) -> Fit:
    """Return what a model could do whose vendor asks an advisor within the answer.

    The advisor's worst case is taken from what is left before the answer is given its length, so
    that both together stay below the cap. Models of other vendors ask nobody.
    """
    if not may_advise(advisor.vendor_id, price.vendor_id):
        return fit_of(price, input_tokens, rule, left_usd)
    asked, most = NativeAdvisor(advisor.vendor_id), rule.max_output_tokens
    whole = advised_worst(asked, (price, advisor), input_tokens, most)
    extra_usd = whole - price.worst(input_tokens, most)
    fit = fit_of(price, input_tokens, rule, left_usd - extra_usd)
    fit.worst_cost_usd += extra_usd
    return fit
