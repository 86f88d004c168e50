"""How `POST /v1/route` answers: one JSON object, or server-sent events. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import assert_never

from bot.api.answer import Answer, Called, Changed, Piece, Said, TakenBack
from bot.api.errors import ApiRefused
from bot.canonical import canonical
from routing.decision import Attempt, Decision
from routing.models.base import StopReason

Fields = dict[str, object]


def answer_fields(answer: Answer) -> Fields:
    """Return the whole answer as it is written in JSON."""
    usage = answer.usage
    return {
        "output": answer.text,
        "finish_reason": answer.reason.value,
        "is_complete": answer.reason is StopReason.END,
        "citations": [asdict(citation) for citation in answer.citations],
        "usage": {
            "input_tokens": answer.prompt_tokens,
            "cached_input_tokens": usage.cache_read_tokens,
            "output_tokens": usage.output_tokens,
            "total_tokens": answer.prompt_tokens + usage.output_tokens,
            "estimated": usage.estimated,
        },
        "routing": {
            "model": answer.model,
            "decision": decision_fields(answer.decision),
            "reasons": list(answer.decision.reasons),
            "attempts": [attempt_fields(attempt) for attempt in answer.attempts],
            "skipped": [{"model": one.model, "why": one.why} for one in answer.skipped],
            "leftOut": list(answer.left_out),
            "costUsd": float(answer.cost_usd),
            "cacheHit": answer.is_cached,
            "firstTokenSeconds": answer.first_token_s,
        },
        "trace_id": answer.trace_id,
    }


def decision_fields(decision: Decision) -> Fields:
    """Return a decision as it is recorded; amounts are texts, exact."""
    fields: Fields = json.loads(canonical(decision))
    return fields


def attempt_fields(attempt: Attempt) -> Fields:
    """Return one attempt as it is recorded; amounts are texts, exact."""
    fields: Fields = json.loads(canonical(attempt))
    return fields


def error_fields(refused: ApiRefused, trace_id: str) -> Fields:
    """Return an error in the product's own shape."""
    about: Fields = {"type": refused.KIND, "message": refused.message, "trace_id": trace_id}
    return {"error": {**about, **refused.details}}


def event(name: str, fields: Mapping[str, object]) -> bytes:
    """Return one server-sent event."""
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {text}\n\n".encode()


def piece_event(piece: Piece) -> bytes:
    """Return a piece of the answer as an event; `done` repeats the whole answer."""
    match piece:
        case Said(text=text):
            return event("delta", {"text": text})
        case Changed():
            return event(
                "fallback",
                {
                    "from": piece.failed,
                    "to": piece.next,
                    "kind": piece.kind,
                    "mend": piece.mend.value,
                },
            )
        case TakenBack():
            return event("retract", {})
        case Called(call=call, arguments=arguments):
            return event("tool_call", {"id": call.id, "name": call.name, "arguments": arguments})
        case Answer():
            return event("done", answer_fields(piece))
        case _ as never:
            assert_never(never)
