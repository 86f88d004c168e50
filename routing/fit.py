"""What one model could do for one turn: how long an answer, at what price."""

from dataclasses import dataclass
from decimal import Decimal

from routing.policy import Rule
from routing.prices import Price

LEAST_OUTPUT_TOKENS = 100
"""A shorter answer is of no use: a model that cannot afford it is left out."""
EXPECTED_OUTPUT_TOKENS = 200
"""What a support answer usually has; expected costs are priced with it."""


@dataclass(slots=True)
class Fit:
    """One model of a chain, before it is scored; changed by nobody.

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
    prompt = price.prompt_tokens(input_tokens)
    rates = price.rates_for(prompt)
    wanted = rule.max_output_tokens
    useful = wanted if wanted < LEAST_OUTPUT_TOKENS else LEAST_OUTPUT_TOKENS
    room = price.context_tokens - prompt
    room = room if room < price.max_output_tokens else price.max_output_tokens
    output = wanted if wanted < room else room
    worst = rates.worst(prompt, output)
    if output < useful or worst > left_usd:
        affordable = min(output, rates.most_output_tokens(left_usd, prompt))
        shortest = min(useful, price.max_output_tokens)
        output = max(affordable, shortest)
        worst = rates.worst(prompt, output)
    expected = worst
    if output > EXPECTED_OUTPUT_TOKENS:
        expected = rates.worst(prompt, EXPECTED_OUTPUT_TOKENS)
    return Fit(price, output, worst, expected, room < useful)
