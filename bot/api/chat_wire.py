"""How `POST /v1/chat/completions` answers, in OpenAI's words. Pure.

Source: OpenAI API reference, "The chat completion object" and "The chat completion chunk object".
"""

import json
from dataclasses import dataclass
from typing import assert_never

from bot.api.answer import Answer, Called, Changed, Piece, Said, TakenBack
from bot.api.errors import ApiRefused
from routing.models.base import StopReason

Fields = dict[str, object]
DONE = b"data: [DONE]\n\n"
FINISH = {
    StopReason.END: "stop",
    StopReason.LENGTH: "length",
    StopReason.BUDGET: "length",
    StopReason.REFUSAL: "content_filter",
    StopReason.TOOL_USE: "tool_calls",
}
ERROR_TYPES = {
    401: "authentication_error",
    404: "invalid_request_error",
    409: "invalid_request_error",
    413: "invalid_request_error",
    422: "insufficient_quota",
    429: "rate_limit_error",
}
"""OpenAI's word for a status; 400 is `invalid_request_error`, what is our fault `server_error`."""


def completion_fields(answer: Answer, created: int) -> Fields:
    """Return the whole answer as a chat completion."""
    message: Fields = {
        "role": "assistant",
        "content": answer.text if answer.text or not answer.calls else None,
        "refusal": None,
    }
    if answer.calls:
        message["tool_calls"] = [call_fields(called) for called in answer.calls]
    choice: Fields = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": FINISH[answer.reason],
    }
    return {
        "id": f"chatcmpl-{answer.trace_id}",
        "object": "chat.completion",
        "created": created,
        "model": answer.model,
        "choices": [choice],
        "usage": usage_fields(answer),
        "trace_id": answer.trace_id,
    }


def call_fields(called: Called) -> Fields:
    """Return a call of a tool."""
    function: Fields = {"name": called.call.name, "arguments": called.arguments}
    return {"id": called.call.id, "type": "function", "function": function}


def usage_fields(answer: Answer) -> Fields:
    """Return the usage over all attempts."""
    usage = answer.usage
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": answer.prompt_tokens + usage.output_tokens,
        "prompt_tokens_details": {"cached_tokens": usage.cache_read_tokens},
    }


def error_fields(refused: ApiRefused, trace_id: str) -> Fields:
    """Return an error in OpenAI's shape; `code` is the product's own word for it."""
    usual = "invalid_request_error" if refused.STATUS < 500 else "server_error"
    return {
        "error": {
            "message": refused.message,
            "type": ERROR_TYPES.get(refused.STATUS, usual),
            "param": refused.details.get("path"),
            "code": refused.KIND,
            "trace_id": trace_id,
            **{name: text for name, text in refused.details.items() if name != "path"},
        }
    }


def models_fields(names: tuple[str, ...], created: int) -> Fields:
    """Return the list of models."""
    return {"object": "list", "data": [model_fields(name, created) for name in names]}


def model_fields(name: str, created: int) -> Fields:
    """Return one model of the list."""
    return {"id": name, "object": "model", "created": created, "owned_by": "support-copilot"}


@dataclass(slots=True)
class Chunks:
    """Writes one answer as chunks; what comes before the first text is written with it."""

    trace_id: str
    model: str
    created: int
    wants_usage: bool
    is_begun: bool = False
    calls: int = 0

    def written(self, piece: Piece) -> bytes:
        """Return the chunks of a piece; some pieces have none in this language."""
        match piece:
            case Said(text=text):
                return self._opening() + self._chunk({"content": text})
            case Called():
                called = {"index": self.calls, **call_fields(piece)}
                self.calls += 1
                return self._opening() + self._chunk({"tool_calls": [called]})
            case Changed(next=name):
                self.model = name
                return b""
            case TakenBack():
                return b""
            case Answer():
                return self._opening() + self._end(piece)
            case _ as never:
                assert_never(never)

    def failed(self, refused: ApiRefused) -> bytes:
        """Return an error in the middle of a stream; no `[DONE]` follows."""
        return _data(error_fields(refused, self.trace_id))

    def _opening(self) -> bytes:
        if self.is_begun:
            return b""
        self.is_begun = True
        return self._chunk({"role": "assistant", "content": ""})

    def _end(self, answer: Answer) -> bytes:
        self.model = answer.model
        end = self._chunk({}, FINISH[answer.reason])
        if not self.wants_usage:
            return end + DONE
        usage = {**self._head(), "choices": [], "usage": usage_fields(answer)}
        return end + _data(usage) + DONE

    def _chunk(self, delta: Fields, finish: str | None = None) -> bytes:
        choice: Fields = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        fields: Fields = {**self._head(), "choices": [choice]}
        if self.wants_usage:
            fields["usage"] = None
        return _data(fields)

    def _head(self) -> Fields:
        return {
            "id": f"chatcmpl-{self.trace_id}",
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
        }


def _data(fields: Fields) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return f"data: {text}\n\n".encode()
