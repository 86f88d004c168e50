"""Calls and steps of runs as JSON, there and back; without personal data, and pure."""

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from bot.canonical import canonical
from bot.privacy.redact import stored
from channels.base import ConversationId
from routing.agent.step import Step
from routing.decision import Attempt, Purpose
from routing.errors import FailureKind
from routing.models.base import StopReason
from routing.request import ModelName, ToolCall, ToolResult, Usage


@dataclass(frozen=True, slots=True)
class KeptCall:
    """What is known of one call."""

    name: str
    tries: int
    """How often it was begun; more than once only after it was certain not to have been done."""
    is_free: bool = False
    """It was not done and may be begun anew."""
    result: ToolResult | None = None


def call_json(kept: KeptCall) -> str:
    """Return a call for the store."""
    return canonical(
        {
            "name": kept.name,
            "tries": kept.tries,
            "is_free": kept.is_free,
            "result": None if kept.result is None else _result(kept.result),
        }
    )


def read_call(text: str) -> KeptCall:
    """Return a call from the store."""
    fields = json.loads(text)
    result = fields["result"]
    return KeptCall(
        fields["name"],
        fields["tries"],
        fields["is_free"],
        None if result is None else _read_result(result),
    )


def tool_audit(conversation: ConversationId, key: str, kept: KeptCall) -> str:
    """Return the audit entry of a call that is over: that it was made, never what it said."""
    is_error = kept.result is None or kept.result.is_error
    fields = {"conversation": conversation, "key": key, "tool": kept.name, "is_error": is_error}
    return canonical(fields)


def step_json(run: str, step: Step) -> str:
    """Return a step for the store."""
    return canonical(
        {
            "run": run,
            "number": step.number,
            "text": step.text,
            "calls": [[call.id, call.name, call.arguments] for call in step.calls],
            "results": [_result(result) for result in step.results],
            "attempts": step.attempts,
            "stop": step.stop,
        }
    )


def read_step(text: str) -> tuple[str, Step]:
    """Return a step from the store, and the run that it belongs to."""
    fields = json.loads(text)
    step = Step(
        number=fields["number"],
        text=stored(fields["text"]),
        calls=tuple(ToolCall(id_, name, stored(raw)) for id_, name, raw in fields["calls"]),
        results=tuple(_read_result(each) for each in fields["results"]),
        attempts=tuple(_read_attempt(each) for each in fields["attempts"]),
        stop=None if fields["stop"] is None else StopReason(fields["stop"]),
    )
    return fields["run"], step


def _result(result: ToolResult) -> list[object]:
    return [result.call_id, result.text, result.is_error]


def _read_result(fields: list[Any]) -> ToolResult:
    call_id, text, is_error = fields
    return ToolResult(call_id, stored(text), is_error)


def _read_attempt(fields: dict[str, Any]) -> Attempt:
    failed = fields["failed"]
    return Attempt(
        model=ModelName(fields["model"]),
        number=fields["number"],
        usage=Usage(**fields["usage"]),
        cost_usd=Decimal(fields["cost_usd"]),
        failed=None if failed is None else FailureKind(failed),
        first_token_s=fields["first_token_s"],
        total_s=fields["total_s"],
        chars=fields["chars"],
        vendor_id=fields["vendor_id"],
        purpose=Purpose(fields["purpose"]),
    )
