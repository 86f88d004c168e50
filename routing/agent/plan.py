"""What the next step may spend, and on which models; pure."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from routing.deciding.fit import LEAST_OUTPUT_TOKENS
from routing.decision import Candidate, Decision
from routing.money.budget import most_output_tokens
from routing.money.prices import Price
from routing.request import ModelName


def planned(
    decision: Decision, input_tokens: int, left_usd: Decimal, price_of: Callable[[ModelName], Price]
) -> Decision | None:
    """Return the decision of a run for its next step; None when no model fits what is left.

    Local models do not count, since they know nothing of tools: a run that began with others ends
    rather than fall back to them for want of money. Answers are made no longer than what is left
    can pay for, and a model whose context has no room for a useful one is left out.
    """
    known = {each.model: each for each in decision.candidates}
    prices = [price_of(name) for name in decision.order]
    order: list[ModelName] = []
    candidates: dict[ModelName, Candidate] = dict(known)
    for price in prices:
        candidate = known[price.name]
        most = most_output(price, candidate.max_output_tokens, input_tokens, left_usd)
        if not price.is_local and most < min(LEAST_OUTPUT_TOKENS, candidate.max_output_tokens):
            continue
        order.append(price.name)
        candidates[price.name] = replace(
            candidate,
            max_output_tokens=most,
            worst_cost_usd=price.worst(input_tokens, most),
        )
    hosted = {price.name for price in prices if not price.is_local}
    if hosted and not hosted & set(order):
        return None
    return replace(
        decision,
        order=tuple(order),
        candidates=tuple(candidates[each.model] for each in decision.candidates),
        max_cost_usd=left_usd,
        input_tokens=input_tokens,
    )


def most_output(price: Price, wanted: int, input_tokens: int, left_usd: Decimal) -> int:
    """Return how many tokens of answer both the money and the context allow."""
    if price.is_local:
        return wanted
    room = price.context_tokens - price.prompt_tokens(input_tokens)
    return max(0, min(wanted, room, most_output_tokens(left_usd, price, input_tokens)))


def beginning_with(decision: Decision, model: ModelName) -> Decision:
    """Return the decision with one of its models first: the one that knows the run already."""
    if model not in decision.order:
        return decision
    others = tuple(name for name in decision.order if name != model)
    return replace(decision, order=(model, *others))
