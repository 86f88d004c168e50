"""What is kept of a turn, as JSON without personal data: the decision before, the outcome after."""

from datetime import datetime
from decimal import Decimal

from bot.canonical import canonical, fields_of
from bot.stores.base import AuditDraft, Record
from bot.turns.brief import Brief
from bot.turns.remembered import DECISION, GAP, TURN
from routing.decision import Attempt


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
                **fields_of(brief.decision),
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


def turn_audits(
    brief: Brief, outcome: str, attempts: tuple[Attempt, ...]
) -> tuple[AuditDraft, ...]:
    """Return the audit entries of a turn: one for each attempt, then one for the whole."""
    tried = (_attempt_audit(brief, attempt) for attempt in attempts)
    return (*tried, _turn_audit(brief, outcome, attempts))


def _attempt_audit(brief: Brief, attempt: Attempt) -> AuditDraft:
    """Return the audit entry of an attempt: who was asked what for, and what it cost."""
    usage = attempt.usage
    fields = {
        "conversation": brief.head.conversation,
        "turn": brief.number,
        "trace_id": brief.trace_id,
        "number": attempt.number,
        "model": attempt.model,
        "vendor_id": attempt.vendor_id,
        "purpose": attempt.purpose,
        "failed": attempt.failed,
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cache_read_tokens
        + usage.cache_write_tokens
        + usage.cache_write_1h_tokens,
        "output_tokens": usage.output_tokens,
        "cost_usd": attempt.cost_usd,
    }
    return AuditDraft(brief.head.tenant, "attempt", canonical(fields))


def _turn_audit(brief: Brief, outcome: str, attempts: tuple[Attempt, ...]) -> AuditDraft:
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
