"""What was spent, on what: read from the records of turns; pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from bot.stores.base import Record
from routing.decision import Purpose
from routing.money.accounts import conversation_key, intent_key, tenant_key
from routing.policy.policy import Policy
from routing.request import TenantId

NONE = "none"
"""Stands for the model of a turn that no model was asked for, and for what is not recorded."""


class By(StrEnum):
    """What a bill can be split by."""

    TENANT = "tenant"
    MODEL = "model"
    CHANNEL = "channel"
    INTENT = "intent"
    DAY = "day"
    """Of the end of the turn, in UTC."""
    PURPOSE = "purpose"


@dataclass(frozen=True, slots=True)
class Spent:
    """What the attempts of one purpose came to."""

    purpose: Purpose
    attempts: int
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill."""

    group: tuple[tuple[By, str], ...]
    """What the line is about, in the order in which the bill is split; empty for the total."""
    turns: int
    """How many turns have something in this line; one that used two models is in both of theirs."""
    attempts: int
    failed: int
    """How many of the attempts failed; they are paid for all the same."""
    input_tokens: int
    """Neither read from nor written to a vendor's cache."""
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_usd: Decimal
    spent: tuple[Spent, ...]
    """The same by purpose; purposes without attempts are left out."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt, as it is billed."""

    model: str
    purpose: Purpose
    is_failed: bool
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class BilledTurn:
    """One turn, as it is billed."""

    tenant: str
    conversation: str
    channel: str
    intent: str
    day: str
    is_sandbox: bool
    """Made with a test key: simulated, so nobody pays for it."""
    tries: tuple[Try, ...]


@dataclass(slots=True)
class _Sum:
    """A line being added up."""

    turns: int = 0
    tries: list[Try] = field(default_factory=list)


def bill(records: Iterable[Record], by: Sequence[By]) -> tuple[Line, ...]:
    """Return a line for every group, the dearest first; simulated turns are left out.

    Without anything in `by` it is the total, in one line; without a record it is empty.
    """
    sums: dict[tuple[tuple[By, str], ...], _Sum] = {}
    for turn in map(billed_turn, records):
        if turn.is_sandbox:
            continue
        groups: dict[tuple[tuple[By, str], ...], list[Try]] = {}
        for one in turn.tries or (None,):
            key = tuple((each, _value(each, turn, one)) for each in by)
            groups.setdefault(key, []).extend(() if one is None else (one,))
        for key, tries in groups.items():
            total = sums.setdefault(key, _Sum())
            total.turns += 1
            total.tries += tries
    lines = [_line(key, total) for key, total in sums.items()]
    lines.sort(key=lambda line: (-line.cost_usd, -line.turns, line.group))
    return tuple(lines)


def line_fields(line: Line) -> dict[str, object]:
    """Return a line as it is written in JSON; amounts are texts, exact."""
    return {
        **{by.value: value for by, value in line.group},
        "turns": line.turns,
        "attempts": line.attempts,
        "failed": line.failed,
        "input_tokens": line.input_tokens,
        "output_tokens": line.output_tokens,
        "cache_read_tokens": line.cache_read_tokens,
        "cache_write_tokens": line.cache_write_tokens,
        "cost_usd": f"{line.cost_usd:f}",
        "by_purpose": {
            one.purpose.value: {"attempts": one.attempts, "cost_usd": f"{one.cost_usd:f}"}
            for one in line.spent
        },
    }


def spent_on(records: Iterable[Record], policy: Policy, day: date) -> Mapping[str, Decimal]:
    """Return what a tenant's turns of a day have cost, by the keys of the shared budgets."""
    spent: dict[str, Decimal] = {}
    for turn in map(billed_turn, records):
        cost_usd = sum((one.cost_usd for one in turn.tries), Decimal(0))
        is_meant = turn.day == str(day) and turn.tenant in (policy.tenant, NONE)
        if not is_meant or turn.is_sandbox or not cost_usd:
            continue
        for key in _keys(policy, turn, day):
            spent[key] = spent.get(key, Decimal(0)) + cost_usd
    return spent


def _keys(policy: Policy, turn: BilledTurn, day: date) -> Iterator[str]:
    tenant = TenantId(policy.tenant)
    yield tenant_key(tenant, day)
    yield intent_key(tenant, day, policy.rule_for(turn.intent).name)
    yield conversation_key(tenant, day, turn.conversation)


def billed_turn(record: Record) -> BilledTurn:
    """Return what a record of a turn says of its cost.

    Records of earlier versions have no tenant and no purposes: the one is `none`, and every
    attempt was an answer.
    """
    fields = json.loads(record.json)
    return BilledTurn(
        tenant=str(fields.get("tenant") or NONE),
        conversation=str(record.conversation),
        channel=str(fields.get("channel") or NONE),
        intent=str(fields.get("intent") or NONE),
        day=str(record.at.date()),
        is_sandbox=bool(fields.get("is_sandbox", False)),
        tries=tuple(map(_try, fields.get("attempts", ()))),
    )


def _try(fields: Mapping[str, object]) -> Try:
    usage = fields["usage"]
    assert isinstance(usage, dict), f"{usage!r} is no usage"
    return Try(
        model=str(fields["model"]),
        purpose=Purpose(fields.get("purpose", Purpose.ANSWER.value)),
        is_failed=fields["failed"] is not None,
        input_tokens=usage["input_tokens"],
        output_tokens=usage["output_tokens"],
        cache_read_tokens=usage["cache_read_tokens"],
        cache_write_tokens=usage["cache_write_tokens"] + usage["cache_write_1h_tokens"],
        cost_usd=Decimal(str(fields["cost_usd"])),
    )


def _value(by: By, turn: BilledTurn, one: Try | None) -> str:
    match by:
        case By.TENANT:
            return turn.tenant
        case By.CHANNEL:
            return turn.channel
        case By.INTENT:
            return turn.intent
        case By.DAY:
            return turn.day
        case By.MODEL:
            return NONE if one is None else one.model
        case By.PURPOSE:
            return NONE if one is None else one.purpose.value


def _line(group: tuple[tuple[By, str], ...], total: _Sum) -> Line:
    tries = total.tries
    spent = (
        Spent(purpose, len(own), sum((one.cost_usd for one in own), Decimal(0)))
        for purpose in Purpose
        if (own := [one for one in tries if one.purpose is purpose])
    )
    return Line(
        group=group,
        turns=total.turns,
        attempts=len(tries),
        failed=sum(one.is_failed for one in tries),
        input_tokens=sum(one.input_tokens for one in tries),
        output_tokens=sum(one.output_tokens for one in tries),
        cache_read_tokens=sum(one.cache_read_tokens for one in tries),
        cache_write_tokens=sum(one.cache_write_tokens for one in tries),
        cost_usd=sum((one.cost_usd for one in tries), Decimal(0)),
        spent=tuple(spent),
    )
