"""What a policy will cost, and what in it can never happen: a pure reading of policy and prices."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from routing.beside.advisor import MOST_ADVICE_TOKENS, MOST_AROUND_TOKENS, MOST_OUTPUT_TOKENS
from routing.deciding.decide import Features, World, decide
from routing.decision import Candidate, Decision, Guess
from routing.models.advisor_pairs import NativeAdvisor, advised_worst
from routing.money.prices import Price, PriceBook, dollars
from routing.policy.policy import OFFLINE, Policy, Rule
from routing.request import ModelName

LEAST_QUESTION_TOKENS = 200
"""What an advisor is told to do, and a short question."""
LEAST_VERDICT_TOKENS = 10
"""A classifying model answers with one intent and a number."""
VERDICT_INPUT_TOKENS = 300


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one question usually takes."""

    input_tokens: int = 1500
    output_tokens: int = 200


@dataclass(frozen=True, slots=True)
class Counsel:
    """What it costs to ask a rule's advisor, and whether there can ever be money for it."""

    model: ModelName
    native: bool
    worst_usd: Decimal
    """Most that a call costs which shows the advisor the whole prompt."""
    least_usd: Decimal
    """Most that a call costs which shows it no more than the question."""
    left_usd: Decimal
    """What the worst case of the answer leaves of the cap; 0 when it leaves nothing."""
    why_never: str
    """Empty when it can be asked."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one rule will do and cost."""

    rule: str
    order: tuple[ModelName, ...]
    """What is tried when every model has a key and is up, best first."""
    expected_usd: Decimal
    """Of a ticket that the first model answers."""
    worst_usd: Decimal
    """Of a ticket whose every attempt fails at its end; never above the cap."""
    cap_usd: Decimal
    goes_to_human: bool
    warnings: tuple[str, ...]
    counsel: Counsel | None = None
    """None for a rule without an advisor, and for one that goes to a human."""


def forecasts(
    policy: Policy, prices: PriceBook, today: date, ticket: Ticket
) -> tuple[Forecast, ...]:
    """Return the forecast of the default rule and of every intent, in the file's order.

    Raises:
        UnknownModel: the policy names a model that the price book does not know.
    """
    world = World(prices, today, frozenset(prices.names()))
    rules = (policy.default, *policy.intents)
    return tuple(forecast_of(rule, policy, world, ticket) for rule in rules)


def forecast_of(rule: Rule, policy: Policy, world: World, ticket: Ticket) -> Forecast:
    """Return the forecast of one rule."""
    guess = Guess(rule.name, 1.0, "rules")
    features = Features(policy.tenant, "forecast", 1, guess, ticket.input_tokens)
    decision = decide(features, policy, world)
    possible = {one.model: one for one in decision.candidates}
    tried = [possible[name] for name in decision.order if name != OFFLINE]
    tried = tried[: decision.max_attempts]
    expected = Decimal(0)
    if tried:
        output = min(ticket.output_tokens, tried[0].max_output_tokens)
        expected = world.prices.worst(tried[0].model, ticket.input_tokens, output, world.today)
    worst = sum((one.worst_cost_usd for one in tried), Decimal(0))
    counsel = None if rule.handoff else counsel_of(rule, decision, world)
    warnings = tuple(warnings_of(rule, decision.candidates, world, ticket, counsel))
    return Forecast(
        rule=rule.name,
        order=decision.order,
        expected_usd=Decimal(0) if rule.handoff else expected,
        worst_usd=Decimal(0) if rule.handoff else min(worst, rule.cap_usd),
        cap_usd=rule.cap_usd,
        goes_to_human=rule.handoff,
        warnings=() if rule.handoff else warnings,
        counsel=counsel,
    )


def warnings_of(
    rule: Rule,
    candidates: tuple[Candidate, ...],
    world: World,
    ticket: Ticket,
    counsel: Counsel | None,
) -> Iterator[str]:
    """Yield what in one rule can never happen, or makes little sense."""
    cap = dollars(rule.cap_usd)
    excluded = [one for one in candidates if one.excluded]
    for one in excluded:
        if one.worst_cost_usd > rule.cap_usd:
            needs = f"a short answer to {ticket.input_tokens} tokens costs"
            yield (
                f"{one.model} can never run under the cap of {cap}: "
                f"{needs} {dollars(one.worst_cost_usd)}"
            )
        else:
            yield f"{one.model} can never run: {one.excluded}"
    if len(excluded) == len(candidates) - 1:
        why = "no other model can run" if excluded else "no other model is named"
        yield f"only the offline model can answer: {why}"
    if counsel is not None:
        yield from advisor_warnings(rule, counsel, world)


def advisor_warnings(rule: Rule, counsel: Counsel, world: World) -> Iterator[str]:
    """Yield why a rule's advisor is of no use."""
    if counsel.why_never:
        yield f"this advisor can never run under this cap: {counsel.why_never}"
    price = world.prices.price(counsel.model, world.today)
    for name in rule.models:
        if world.prices.price(name, world.today).quality >= price.quality:
            yield f"the advisor {counsel.model} is not stronger than {name}"


def counsel_of(rule: Rule, decision: Decision, world: World) -> Counsel | None:
    """Return what asking the advisor costs besides the answer of the first model."""
    advisor = rule.advisor
    if advisor is None:
        return None
    first = world.prices.price(decision.order[0], world.today)
    output = next(
        one.max_output_tokens for one in decision.candidates if one.model == decision.order[0]
    )
    price = world.prices.price(advisor.model, world.today)
    tokens = decision.input_tokens
    if advisor.native:
        asked = NativeAdvisor(price.vendor_id)
        answer = first.worst(tokens, output)
        worst = least = advised_worst(asked, (first, price), tokens, output) - answer
    else:
        answer = first.worst(tokens + MOST_ADVICE_TOKENS + MOST_AROUND_TOKENS, output)
        worst = price.worst(tokens, MOST_OUTPUT_TOKENS)
        least = price.worst(min(tokens, LEAST_QUESTION_TOKENS), MOST_OUTPUT_TOKENS)
    return Counsel(
        model=advisor.model,
        native=advisor.native,
        worst_usd=worst,
        least_usd=least,
        left_usd=max(Decimal(0), rule.cap_usd - answer),
        why_never=why_never(rule, first, least, answer),
    )


def why_never(rule: Rule, first: Price, least_usd: Decimal, answer_usd: Decimal) -> str:
    """Return in words why there is never money for an advisor; empty when there is."""
    assert rule.advisor is not None
    needs = f"short advice of {rule.advisor.model} costs {dollars(least_usd)}"
    cap = f"the cap is {dollars(rule.cap_usd)}"
    if least_usd > rule.cap_usd:
        return f"{needs}, {cap}"
    if first.is_local:
        return f"no model can run that could be advised, {cap}"
    if least_usd + answer_usd > rule.cap_usd:
        return f"{needs}, the answer of {first.name} up to {dollars(answer_usd)}, {cap}"
    return ""


def policy_warnings(policy: Policy, prices: PriceBook, today: date) -> tuple[str, ...]:
    """Return what concerns more than one rule: the classifier, and examples told twice."""
    return (*classifier_warnings(policy.classifier, prices, today), *repeated_examples(policy))


def classifier_warnings(rule: Rule, prices: PriceBook, today: date) -> Iterator[str]:
    """Yield that no model of the classifier can run, when it is so."""
    costs = [
        (prices.worst(name, VERDICT_INPUT_TOKENS, LEAST_VERDICT_TOKENS, today), name)
        for name in rule.chain
        if name != OFFLINE
    ]
    if costs and min(costs)[0] > rule.cap_usd:
        needs, name = min(costs)
        yield (
            f"the classifier can never run under its cap of {dollars(rule.cap_usd)}: "
            f"{name} costs {dollars(needs)}"
        )


def repeated_examples(policy: Policy) -> Iterator[str]:
    """Yield every example that stands in two intents, or twice in one."""
    owners: dict[str, str] = {}
    for rule in policy.intents:
        for example in rule.examples:
            plain = " ".join(example.casefold().split())
            owner = owners.setdefault(plain, rule.name)
            if owner != rule.name:
                yield f"{example!r} is an example of both {owner} and {rule.name}"
