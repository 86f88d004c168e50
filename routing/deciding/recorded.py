"""A decision as it is kept, and the same decision made again from what was kept: pure."""

import json
from datetime import date
from decimal import Decimal
from typing import TypedDict

from routing.canonical import canonical_json
from routing.deciding.decide import Features, World, decide
from routing.deciding.score import Outcome
from routing.decision import Decision, Guess
from routing.errors import RecordRefused
from routing.money.prices import PriceBook
from routing.policy.policy import Policy
from routing.request import ModelName, Need, TenantId


class GuessText(TypedDict):
    """A guess as it is kept."""

    intent: str
    confidence: float
    layer: str
    runners_up: list[tuple[str, float]]


class BasisText(TypedDict):
    """What a decision was made from, as it is kept; see `Basis`."""

    tenant: str
    conversation: str
    turn: int
    channel: str
    locale: str
    needs: list[str]
    previous: str | None
    policy: str
    prices: str
    prices_as_of: str
    today: str
    configured: list[str]
    down: list[str]
    latency_s: list[tuple[str, float]]
    failing: list[tuple[str, float]]
    first_text_p95_s: list[tuple[str, float]]
    outcomes: list[tuple[str, str, int, int]]
    spent_usd: str


class RecordText(TypedDict):
    """The part of a kept decision that it is made again from; the rest is for people."""

    guess: GuessText
    input_tokens: int
    basis: BasisText


def as_json(decision: Decision) -> str:
    """Return a decision as canonical JSON: its fields at the top, what it was made from in `basis`.

    The same decision is the same text, byte for byte. Numbers come back as they were.
    """
    return canonical_json(decision)


def replayed(text: str, policy: Policy, prices: PriceBook) -> Decision:
    """Return the decision that a policy makes of a recorded turn.

    Under the policy and the price book of the record it is the recorded decision, byte for byte;
    whether they are the same is told by `basis.policy` and `basis.prices`.

    Args:
        text: made by `as_json`; fields besides a decision's do not matter.
        policy: to decide under, the record's or another one.
        prices: with the policy's own models; see `Policy.priced`.

    Raises:
        RecordRefused: the text is no decision with a basis.
        UnknownModel: the policy names a model that the price book does not know.
        NoModelLeft: no model is possible under this policy.
    """
    features, world = facts_of(text, prices)
    return decide(features, policy, world)


def facts_of(text: str, prices: PriceBook) -> tuple[Features, World]:
    """Return what a recorded decision was made from, in a world with these prices.

    Raises:
        RecordRefused: the text is no decision with a basis.
    """
    try:
        record: RecordText = json.loads(text)
        return features_of(record), world_of(record["basis"], prices)
    except (AttributeError, KeyError, TypeError, ValueError, ArithmeticError):
        raise RecordRefused("not a record of a decision, expected one made by a policy") from None


def features_of(record: RecordText) -> Features:
    """Return what was known about the turn."""
    guess, basis = record["guess"], record["basis"]
    previous = basis["previous"]
    return Features(
        tenant=TenantId(basis["tenant"]),
        conversation=basis["conversation"],
        turn=basis["turn"],
        guess=Guess(
            guess["intent"],
            guess["confidence"],
            guess["layer"],
            tuple((intent, share) for intent, share in guess["runners_up"]),
        ),
        input_tokens=record["input_tokens"],
        channel=basis["channel"],
        locale=basis["locale"],
        needs=frozenset(map(Need, basis["needs"])),
        previous=None if previous is None else ModelName(previous),
    )


def world_of(basis: BasisText, prices: PriceBook) -> World:
    """Return what was true at the moment of the decision."""
    return World(
        prices=prices,
        today=date.fromisoformat(basis["today"]),
        configured=frozenset(map(ModelName, basis["configured"])),
        down=frozenset(map(ModelName, basis["down"])),
        latency_s={ModelName(name): seconds for name, seconds in basis["latency_s"]},
        spent_usd=Decimal(basis["spent_usd"]),
        failing={ModelName(name): share for name, share in basis["failing"]},
        first_text_p95_s={ModelName(name): s for name, s in basis["first_text_p95_s"]},
        outcomes={
            (intent, ModelName(name)): Outcome(good, total)
            for intent, name, good, total in basis["outcomes"]
        },
    )
