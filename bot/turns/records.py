"""What is kept of a turn, as JSON without personal data: the decision before, the outcome after."""

import json
from datetime import date, datetime
from decimal import Decimal
from enum import Enum

from bot.stores.base import AuditDraft, Record
from bot.turns.brief import Brief
from bot.turns.remembered import DECISION, GAP, TURN
from routing.decision import Attempt, Basis, Candidate, Decision, Guess
from routing.request import Usage


def canonical(fields: object) -> str:
    """Return JSON that is the same for the same content: sorted keys, no spaces.

    Decimals become strings, enum members their values. Source: in the spirit of RFC 8785.
    """
    return json.dumps(
        fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
    )


def decision_record(brief: Brief, at: datetime) -> Record:
    """Return the decision of a turn with everything that it was made from."""
    assert brief.decision is not None
    return Record(
        DECISION,
        brief.trace_id,
        brief.head.conversation,
        at,
        canonical(
            {
                "turn": brief.number,
                "is_sandbox": brief.is_sandbox,
                "left_out": brief.left_out,
                **_fields(brief.decision),
            }
        ),
    )


def turn_record(
    brief: Brief, outcome: str, reason: str, attempts: tuple[Attempt, ...], at: datetime
) -> Record:
    """Return how a turn ended, with every attempt, its usage and its cost."""
    fields = {
        "tenant": brief.head.tenant,
        "is_sandbox": brief.is_sandbox,
        "turn": brief.number,
        "episode": brief.head.episode,
        "channel": brief.head.channel,
        "intent": brief.guess.intent if brief.guess else "",
        "confidence": brief.guess.confidence if brief.guess else 0.0,
        "policy_version": brief.decision.policy_version if brief.decision else "",
        "outcome": outcome,
        "reason": reason,
        "reused": brief.reused,
        "attempts": attempts,
        "cost_usd": sum((attempt.cost_usd for attempt in attempts), Decimal(0)),
    }
    return Record(TURN, brief.trace_id, brief.head.conversation, at, canonical(fields))


def gap_record(brief: Brief, at: datetime) -> Record:
    """Return the question that the knowledge base did not answer, redacted as it is in the log."""
    fields = {"question": brief.question, "turn": brief.number, "locale": brief.head.locale}
    return Record(GAP, brief.trace_id, brief.head.conversation, at, canonical(fields))


def turn_audit(brief: Brief, outcome: str, attempts: tuple[Attempt, ...]) -> AuditDraft:
    """Return the audit entry of a turn: what was decided and what came of it."""
    decision = brief.decision
    fields = {
        "conversation": brief.head.conversation,
        "turn": brief.number,
        "trace_id": brief.trace_id,
        "seed": decision.seed if decision else "",
        "policy_version": decision.policy_version if decision else "",
        "order": decision.order if decision else (),
        "models": [attempt.model for attempt in attempts],
        "failed": [attempt.failed for attempt in attempts],
        "cost_usd": sum((attempt.cost_usd for attempt in attempts), Decimal(0)),
        "outcome": outcome,
    }
    return AuditDraft(brief.head.tenant, "turn", canonical(fields))


def _fields(value: Decision | Basis | Candidate | Guess | Attempt | Usage) -> dict[str, object]:
    """Return the fields of a value; unlike `asdict` it copies nothing, which is the cost of it."""
    return {name: getattr(value, name) for name in value.__slots__}


def _plain(value: object) -> object:
    match value:
        case Decision() | Basis() | Candidate() | Guess() | Attempt() | Usage():
            return _fields(value)
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case _:
            raise TypeError(f"{type(value).__name__} cannot be recorded")
