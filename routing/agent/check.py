"""Whether a call that a model asks for may be carried out: pure, before anything happens."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from routing.agent.schema import canonical_arguments, parse_arguments, problems
from routing.agent.step import Step
from routing.agent.terms import Limit, Terms
from routing.agent.tools import Effect, Offer
from routing.request import ToolCall, ToolResult

MOST_PROBLEMS = 5
"""That are told at once; a model that has more to mend starts afresh anyway."""
MOST_NAME_CHARS = 64
Done = tuple[ToolCall, ToolResult]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a run a call stands."""

    run: str
    step: int
    scope: str
    """Within which the same side effect happens once."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A call that may be carried out."""

    call: ToolCall
    offer: Offer
    key: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call that may not."""

    call: ToolCall
    why: str
    """For the model, in a sentence or a few, without values."""


def checked(
    call: ToolCall,
    place: Place,
    terms: Terms,
    offers: Mapping[str, Offer],
    done: Iterable[Done] = (),
) -> Checked | Refusal:
    """Return the call with its key, or why it is refused.

    Args:
        call: as the model wrote it.
        place: where it was asked for.
        terms: what the run may do.
        offers: every tool there is, by name.
        done: the calls of this run that have a result.
    """
    offer = offers.get(call.name)
    if offer is None or call.name not in terms.tools:
        return Refusal(
            call, f"there is no tool {call.name[:MOST_NAME_CHARS]!r}; use one that is offered"
        )
    arguments = parse_arguments(call.arguments)
    if arguments is None:
        return Refusal(call, "the arguments are not one JSON object")
    if offer.schema is not None:
        wrong = tuple(problems(offer.schema, arguments, is_filled=False))
        if wrong:
            return Refusal(call, "; ".join(wrong[:MOST_PROBLEMS]))
    key = key_of(place, call.name, arguments, offer.effect)
    limits = [limit for limit in terms.limits if limit.tool == call.name]
    earlier = earlier_calls(place, offer, done) if limits else {}
    earlier.pop(key, None)
    for limit in limits:
        why = excess(limit, arguments, earlier.values())
        if why:
            return Refusal(call, why)
    return Checked(call, offer, key)


def key_of(place: Place, name: str, arguments: Mapping[str, object], effect: Effect) -> str:
    """Return the idempotency key of a call, hex.

    A side effect has the same key wherever in its scope it is asked for, so that it happens once;
    anything else may be asked again in a later step, when the answer may have changed.
    """
    where = (place.scope,) if effect is Effect.WRITE else (place.run, place.step)
    text = json.dumps((*where, name, canonical_arguments(arguments)))
    return hashlib.sha256(text.encode()).hexdigest()


def earlier_calls(
    place: Place, offer: Offer, done: Iterable[Done]
) -> dict[str, Mapping[str, object]]:
    """Return the arguments of the tool's calls that were carried out; a replay counts once."""
    found: dict[str, Mapping[str, object]] = {}
    for n, (call, result) in enumerate(done):
        arguments = parse_arguments(call.arguments) if call.name == offer.tool.name else None
        if arguments is None or result.is_error:
            continue
        is_write = offer.effect is Effect.WRITE
        key = key_of(place, call.name, arguments, offer.effect) if is_write else str(n)
        found[key] = arguments
    return found


def excess(
    limit: Limit, arguments: Mapping[str, object], earlier: Iterable[Mapping[str, object]]
) -> str:
    """Return how a call goes over a limit, in words, or nothing."""
    amount = amount_in(limit, arguments)
    if amount is None or amount < 0:
        return f"{limit.field}: expected a number that is not negative"
    if amount > limit.most:
        return f"{limit.field}: at most {limit.most} is allowed"
    together = amount + sum((amount_in(limit, each) or Decimal(0) for each in earlier), Decimal(0))
    if together > limit.most_together:
        return f"{limit.field}: at most {limit.most_together} is allowed in all calls together"
    return ""


def amount_in(limit: Limit, arguments: Mapping[str, object]) -> Decimal | None:
    """Return the number that a limit is about; None when there is none."""
    match arguments.get(limit.field):
        case bool():
            return None
        case int() | Decimal() as amount:
            return Decimal(amount)
        case _:
            return None


def done_in(steps: Iterable[Step]) -> tuple[Done, ...]:
    """Return every call of some steps that has a result, with it."""
    return tuple(
        (call, result)
        for step in steps
        for call in step.calls
        for result in step.results
        if result.call_id == call.id
    )
