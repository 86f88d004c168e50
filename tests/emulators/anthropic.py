"""Anthropic's Messages API on 127.0.0.1, byte for byte as documented, with faults on demand.

`python -m tests.emulators.anthropic --port 8901 --pace 0.02` runs it in a process of its own.
"""

import argparse
import asyncio
import json
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from tests.emulators.faults import Fault, Plan
from tests.emulators.replies import Advice, Call, Reply
from tests.emulators.rules_anthropic import blocks_of, problems_of
from tests.emulators.server import (
    ANSWER,
    MOST_BODY_BYTES,
    TOKEN,
    Emulator,
    Refused,
    Step,
    compact,
    serve,
)

MOST_BYTES = MOST_BODY_BYTES - 1024 * 1024
VERSIONS = ("2023-06-01", "2026-10-21")
ERRORS: dict[Fault, tuple[int, str, dict[str, str]]] = {
    Fault.AUTH: (401, "authentication_error", {}),
    Fault.BAD_REQUEST: (400, "invalid_request_error", {}),
    Fault.NOT_FOUND: (404, "not_found_error", {}),
    Fault.OVERLOADED: (529, "overloaded_error", {}),
    Fault.QUOTA: (402, "billing_error", {}),
    Fault.RATE_LIMITED: (429, "rate_limit_error", {}),
    Fault.RATE_LIMITED_FOR: (429, "rate_limit_error", {"retry-after": "{seconds:g}"}),
    Fault.SERVER: (500, "api_error", {}),
    Fault.TOO_LARGE: (413, "request_too_large", {}),
}


def event(name: str, body: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {compact({'type': name} | body)}\n\n".encode()


class AnthropicEmulator(Emulator):
    """Speaks `POST /v1/messages`."""

    path = "/v1/messages"

    def headers(self) -> dict[str, str]:
        return {
            "request-id": f"req_{len(self.received):06}",
            "anthropic-ratelimit-requests-limit": "50",
            "anthropic-ratelimit-requests-remaining": "49",
            "anthropic-ratelimit-requests-reset": "2026-11-24T12:00:00Z",
        }

    def refusal(self, fault: Fault, seconds: float, message: str) -> Refused:
        status, kind, headers = ERRORS[fault]
        body = {
            "type": "error",
            "error": {"type": kind, "message": message},
            "request_id": f"req_{len(self.received):06}",
        }
        return Refused(
            status, body, {name: text.format(seconds=seconds) for name, text in headers.items()}
        )

    def check(self, request: web.Request, body: dict[str, Any], size: int) -> None:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        key = bearer or request.headers.get("x-api-key", "")
        if not key or key == "wrong":
            raise self.refusal(Fault.AUTH, 0, "invalid x-api-key")
        if size > MOST_BYTES:
            raise self.refusal(Fault.TOO_LARGE, 0, "Request exceeds the maximum size")
        version = request.headers.get("anthropic-version", "")
        if version not in VERSIONS:
            raise self._bad("anthropic-version: header is required")
        betas = request.headers.get("anthropic-beta", "").split(",")
        for problem in problems_of(body, version, betas):
            raise self._bad(problem)
        if not body["model"].startswith("claude-"):
            raise self.refusal(Fault.NOT_FOUND, 0, f"model: {body['model']}")

    def _bad(self, message: str) -> Refused:
        return self.refusal(Fault.BAD_REQUEST, 0, message)

    def _usage(self, output_tokens: int) -> dict[str, Any]:
        return {
            "input_tokens": len(self.received[-1]) // 4,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": output_tokens,
        }

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        wanted = (body.get("output_config") or {}).get("format") or {}
        schema: dict[str, Any] | None = wanted.get("schema")
        return schema

    def asked(self, body: dict[str, Any]) -> str:
        return "".join(block.get("text", "") for block in blocks_of(body["messages"][-1]))

    def whole(self, body: dict[str, Any], reply: Reply) -> dict[str, Any]:
        text = [{"type": "text", "text": reply.text}] if reply.text and body["max_tokens"] else []
        calls = [tool_use(call) | {"input": json.loads(call.arguments)} for call in reply.calls]
        return {
            "id": f"msg_{len(self.received):06}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [*text, *calls],
            "stop_reason": "tool_use" if calls else "end_turn",
            "stop_sequence": None,
            "stop_details": None,
            "usage": self._usage(len(reply.text.split())),
        }

    def opening(self, body: dict[str, Any], plan: Plan) -> bytes:
        message = {
            "id": f"msg_{len(self.received):06}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
        }
        if plan.fault is not Fault.NO_USAGE:
            message["usage"] = self._usage(1)
        block = {"index": 0, "content_block": {"type": "text", "text": ""}}
        return b"".join(
            (
                event("message_start", {"message": message}),
                self.ping(),
                event("content_block_start", block),
            )
        )

    def token(self, body: dict[str, Any], text: str) -> bytes:
        return text_delta(0, text)

    def steps(self, body: dict[str, Any], reply: Reply) -> Sequence[Step]:
        if reply.advice is None:
            return super().steps(body, reply)
        return [
            *(text_delta(0, token) for token in TOKEN.findall(reply.advice.before)),
            *advised(reply.advice, self.ping()),
            *(text_delta(3, token) for token in TOKEN.findall(reply.text)),
        ]

    def ending(self, body: dict[str, Any], plan: Plan, reply: Reply) -> bytes:
        reasons = {Fault.REFUSAL: "refusal", Fault.LENGTH: "max_tokens"}
        reason = reasons.get(plan.fault, "tool_use" if reply.calls else "end_turn")
        ended: dict[str, Any] = {"delta": {"stop_reason": reason, "stop_sequence": None}}
        if plan.fault is not Fault.NO_USAGE:
            ended["usage"] = self._usage(len(TOKEN.findall(reply.text)))
        if reply.advice is not None and "usage" in ended:
            ended["usage"]["iterations"] = self._iterations(reply, reply.advice)
        last = 3 if reply.advice else 0
        return b"".join(
            (
                event("content_block_stop", {"index": last}),
                *(called(last + n, call) for n, call in enumerate(reply.calls, 1)),
                event("message_delta", ended),
                event("message_stop", {}),
            )
        )

    def _iterations(self, reply: Reply, advice: Advice) -> list[dict[str, Any]]:
        advisor = {"type": "advisor_message", "model": advice.model}
        before, after = (len(TOKEN.findall(text)) for text in (advice.before, reply.text))
        return [
            {"type": "message"} | self._usage(before),
            advisor | self._usage(advice.output_tokens),
            {"type": "message"} | self._usage(after),
        ]

    def error_event(self) -> bytes:
        return event("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}})

    def malformed(self) -> bytes:
        return b'event: content_block_delta\ndata: {"type":"content_block_delta","index":\n\n'

    def unknown(self) -> bytes:
        return event("hologram_start", {"index": 0, "hologram": {"type": "hologram"}})

    def ping(self) -> bytes:
        return event("ping", {})


def text_delta(index: int, text: str) -> bytes:
    delta = {"index": index, "delta": {"type": "text_delta", "text": text}}
    return event("content_block_delta", delta)


def tool_use(call: Call) -> dict[str, Any]:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": {}}


def called(index: int, call: Call) -> bytes:
    """Return the frames of a call, whose arguments come in fragments, the first one empty."""
    half = len(call.arguments) // 2
    deltas = [
        {"index": index, "delta": {"type": "input_json_delta", "partial_json": part}}
        for part in ("", call.arguments[:half], call.arguments[half:])
    ]
    return b"".join(
        (
            event("content_block_start", {"index": index, "content_block": tool_use(call)}),
            *(event("content_block_delta", delta) for delta in deltas),
            event("content_block_stop", {"index": index}),
        )
    )


def advised(advice: Advice, ping: bytes) -> list[Step]:
    """Return the vendor's advisor at work: asked, silent but for pings, and answered at once."""
    asked = {"type": "server_tool_use", "id": "srvtoolu_1", "name": "advisor", "input": {}}
    said = {"type": "advisor_result", "text": "Never to be seen.", "stop_reason": "end_turn"}
    failed = {"type": "advisor_tool_result_error", "error_code": advice.error}
    content = failed if advice.error else said
    result = {"type": "advisor_tool_result", "tool_use_id": "srvtoolu_1", "content": content}
    text = {"type": "text", "text": ""}
    return [
        event("content_block_stop", {"index": 0}),
        event("content_block_start", {"index": 1, "content_block": asked}),
        event("content_block_stop", {"index": 1}),
        *([ping] * advice.pings),
        *([advice.gate] if advice.gate else []),
        event("content_block_start", {"index": 2, "content_block": result}),
        event("content_block_stop", {"index": 2}),
        event("content_block_start", {"index": 3, "content_block": text}),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pace", type=float, default=0.0, help="seconds between tokens")
    parser.add_argument("--tokens", type=int, default=0, help="length of the answer")
    chosen = parser.parse_args()
    words = "word " * chosen.tokens or ANSWER
    asyncio.run(serve(AnthropicEmulator(words, chosen.pace, chosen.port)))
