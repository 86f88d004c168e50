"""The sums behind a decision, written out: what each model may cost, and what the cap leaves."""

from collections.abc import Iterator

from routing.decision import Candidate, Decision
from routing.money.prices import Price, PriceBook, dollars


def sums_of(decision: Decision, prices: PriceBook) -> Iterator[str]:
    """Yield one line for the cap and one for each model that is not local, in the policy's order.

    Raises:
        UnknownModel: the decision was made with another price book.
    """
    basis = decision.basis
    assert basis is not None, "a decision without a basis has no sums"
    left_usd = decision.max_cost_usd - basis.spent_usd
    cap = f"cap {dollars(decision.max_cost_usd)} - spent {dollars(basis.spent_usd)}"
    yield f"{cap} = {dollars(left_usd)} left"
    for one in decision.candidates:
        price = prices.price(one.model, basis.today)
        if not price.is_local:
            sign = "<=" if one.worst_cost_usd <= left_usd else ">"
            yield f"{sum_of(one, price, decision.input_tokens)} {sign} {dollars(left_usd)}"


def sum_of(candidate: Candidate, price: Price, input_tokens: int) -> str:
    """Return how the worst case of one model comes about."""
    prompt = price.prompt_tokens(input_tokens)
    rates = price.rates_for(prompt)
    own = f"{input_tokens} x {price.token_percent} % = " if price.token_percent != 100 else ""
    tokens = f"{own}{prompt} tokens in x {dollars(rates.input)}"
    answer = f"{candidate.max_output_tokens} out x {dollars(rates.output)}"
    worst = dollars(candidate.worst_cost_usd)
    return f"{candidate.model}: ({tokens} + {answer}) / million = {worst}"
