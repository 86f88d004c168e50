"""Why a decision is as it is, in plain words."""

from collections.abc import Sequence
from operator import attrgetter

from routing.deciding.score import MARGIN, quality_of
from routing.decision import Candidate, Guess
from routing.policy.policy import OFFLINE, Rule
from routing.request import ModelName


def reasons_of(
    guess: Guess,
    rule: Rule,
    candidates: Sequence[Candidate],
    order: Sequence[ModelName],
    previous: ModelName | None = None,
) -> tuple[str, ...]:
    """Return the reasons of a decision, one sentence each: intent, order, left out.

    Args:
        guess: what the turn is about.
        rule: the policy's, for that.
        candidates: everything that was considered.
        order: what is tried.
        previous: the model that answered the turn before.
    """
    reasons = [intent_reason(guess, rule)]
    possible = {one.model: one for one in candidates if not one.excluded}
    paid = [name for name in order if name != OFFLINE]
    own = set(rule.models)
    chosen = [name for name in paid if name in own]
    if chosen:
        reasons.append(first_reason([possible[name] for name in chosen], previous))
    elif paid:
        reasons.append(f"{paid[0]} first: a fallback, no model of the rule is possible")
    if paid[1:]:
        reasons.append(f"then, if that fails, in this order: {', '.join(paid[1:])}")
    if OFFLINE in possible:
        place = "last" if paid else "alone: no other model is possible"
        reasons.append(f"offline {place}; it answers from the knowledge base, without a vendor")
    reasons.extend(f"{one.model} is left out: {one.excluded}" for one in candidates if one.excluded)
    return tuple(reasons)


def advice_reasons(guess: Guess, rule: Rule, within_s: float | None) -> tuple[str, ...]:
    """Return why a stronger model is asked for advice, or is not although confidence is low.

    Args:
        guess: what the turn is about.
        rule: the policy's, for that.
        within_s: how long a first text may take; None where the customer can wait.
    """
    advisor = rule.advisor
    if advisor is None or guess.confidence >= advisor.when_confidence_below:
        return ()
    if within_s is not None:
        return (f"no advice is asked for: the first text has to come within {within_s:.2g} s",)
    below = f"{guess.confidence:.2f} is below {advisor.when_confidence_below:.2f}"
    return (f"{advisor.model} is asked for advice: a confidence of {below}",)


def intent_reason(guess: Guess, rule: Rule) -> str:
    """Return what the turn is about, and how that is known."""
    if rule.name != guess.intent:
        return f"{guess.intent!r} has no rule: the default rule decides"
    if guess.layer == "none":
        return f"no intent is near enough: the {rule.name} rule decides"
    return f"{guess.intent} by {guess.layer}, with a confidence of {guess.confidence:.2f}"


def first_reason(chosen: Sequence[Candidate], previous: ModelName | None) -> str:
    """Return why the first of the rule's possible models comes before the others."""
    first, others = chosen[0], chosen[1:]
    if not others:
        why = "the only model of the rule that is possible"
    elif first.model == previous:
        why = kept_reason(first, others)
    elif all(first.expected_cost_usd < one.expected_cost_usd for one in others):
        why = "the cheapest that fits"
    elif all(quality_of(first) > quality_of(one) for one in others):
        why = "the best quality that fits"
    else:
        why = "the best balance of cost, quality, latency and reliability"
    before = next((one for one in others if one.model == previous), None)
    if before is not None:
        why += f"; after {before.model}, which it beats by {first.score - before.score:.2f}"
    return f"{first.model} first: {why}"


def kept_reason(first: Candidate, others: Sequence[Candidate]) -> str:
    """Return why the model of the turn before answers again."""
    best = max(others, key=attrgetter("score"))
    if best.score <= first.score:
        return "it answered the turn before, and has the best score"
    if best.score < first.score + MARGIN:
        return (
            f"it answered the turn before; {best.model} is better by "
            f"{best.score - first.score:.2f} only, {MARGIN:.2f} is needed"
        )
    return f"it answered the turn before; {best.model} has the better score but a lower quality"
