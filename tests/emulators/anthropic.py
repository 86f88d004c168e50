"""Anthropic's Messages API on 127.0.0.1, byte for byte as documented, with faults on demand.

`python -m tests.emulators.anthropic --port 8901 --pace 0.02` runs it in a process of its own.
"""

import argparse
import asyncio
import re
from typing import Any

from aiohttp import web

from tests.emulators.faults import Fault, Plan
from tests.emulators.server import ANSWER, MOST_BODY_BYTES, Emulator, Refused, compact, serve

MOST_BYTES = MOST_BODY_BYTES - 1024 * 1024
VERSIONS = ("2023-06-01", "2026-10-21")
VERSION = re.compile(r"-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$")
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


def version_of(model: str) -> tuple[int, int]:
    """Return (4, 6) for `claude-sonnet-4-6`."""
    match = VERSION.search(model)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


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
        for problem in problems_of(body, version):
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

    def whole(self, body: dict[str, Any]) -> dict[str, Any]:
        text = [{"type": "text", "text": self.answer}] if body["max_tokens"] else []
        return {
            "id": f"msg_{len(self.received):06}",
            "type": "message",
            "role": "assistant",
            "model": body["model"],
            "content": text,
            "stop_reason": "end_turn",
            "stop_sequence": None,
            "stop_details": None,
            "usage": self._usage(len(self.answer.split())),
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
        delta = {"index": 0, "delta": {"type": "text_delta", "text": text}}
        return event("content_block_delta", delta)

    def ending(self, body: dict[str, Any], plan: Plan, tokens: int) -> bytes:
        reasons = {Fault.REFUSAL: "refusal", Fault.LENGTH: "max_tokens"}
        reason = reasons.get(plan.fault, "end_turn")
        ended: dict[str, Any] = {"delta": {"stop_reason": reason, "stop_sequence": None}}
        if plan.fault is not Fault.NO_USAGE:
            ended["usage"] = self._usage(tokens)
        return b"".join(
            (
                event("content_block_stop", {"index": 0}),
                event("message_delta", ended),
                event("message_stop", {}),
            )
        )

    def error_event(self) -> bytes:
        return event("error", {"error": {"type": "overloaded_error", "message": "Overloaded"}})

    def malformed(self) -> bytes:
        return b'event: content_block_delta\ndata: {"type":"content_block_delta","index":\n\n'

    def unknown(self) -> bytes:
        return event("hologram_start", {"index": 0, "hologram": {"type": "hologram"}})

    def ping(self) -> bytes:
        return event("ping", {})


class ToolCallingEmulator(AnthropicEmulator):
    """Answers with a call of the first tool of the request."""

    arguments = '{"order": "[ACCOUNT_1]"}'

    def token(self, body: dict[str, Any], text: str) -> bytes:
        return b""

    def ending(self, body: dict[str, Any], plan: Plan, tokens: int) -> bytes:
        tool = {"type": "tool_use", "id": "toolu_1", "name": body["tools"][0]["name"], "input": {}}
        half = len(self.arguments) // 2
        parts = ["", self.arguments[:half], self.arguments[half:]]
        deltas = [
            {"index": 1, "delta": {"type": "input_json_delta", "partial_json": part}}
            for part in parts
        ]
        ended = {"delta": {"stop_reason": "tool_use", "stop_sequence": None}}
        return b"".join(
            (
                event("content_block_stop", {"index": 0}),
                event("content_block_start", {"index": 1, "content_block": tool}),
                *(event("content_block_delta", delta) for delta in deltas),
                event("content_block_stop", {"index": 1}),
                event("message_delta", ended | {"usage": self._usage(12)}),
                event("message_stop", {}),
            )
        )


def problems_of(body: dict[str, Any], version: str) -> list[str]:
    """Return what the vendor answers 400 to."""
    problems = [f"{key}: Field required" for key in ("model", "messages") if not body.get(key)]
    if not isinstance(body.get("max_tokens"), int):
        problems.append("max_tokens: Field required")
    if problems:
        return problems
    messages = body["messages"]
    if any(message["role"] not in ("user", "assistant") for message in messages):
        problems.append("messages: unexpected role")
    if version == "2026-10-21":
        problems += [
            f"{key}: not supported" for key in ("temperature", "top_p", "top_k") if key in body
        ]
        problems += [problem for message in messages for problem in block_problems(message)]
    model = version_of(body["model"])
    if messages[-1]["role"] == "assistant" and model >= (4, 6):
        problems.append("This model does not support assistant message prefill.")
    return problems + thinking_problems(body, model)


def block_problems(message: dict[str, Any]) -> list[str]:
    blocks = message["content"] if isinstance(message["content"], list) else []
    problems = []
    for block in blocks:
        if message["role"] == "assistant" and block["type"] == "document":
            problems.append("messages: document blocks are not allowed in assistant messages")
        if message["role"] == "user" and block["type"] == "text" and block.get("citations"):
            problems.append("messages: citations are not allowed on user text blocks")
    return problems


def thinking_problems(body: dict[str, Any], model: tuple[int, int]) -> list[str]:
    thinking = body.get("thinking") or {"type": "disabled"}
    if thinking["type"] == "enabled":
        budget = thinking.get("budget_tokens", 0)
        if model >= (4, 7) or not 1024 <= budget < body["max_tokens"]:
            return ["thinking: budget_tokens is not supported here"]
    if thinking["type"] == "adaptive" and model <= (4, 5):
        return ["thinking: adaptive is not supported on this model"]
    return []


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pace", type=float, default=0.0, help="seconds between tokens")
    parser.add_argument("--tokens", type=int, default=0, help="length of the answer")
    chosen = parser.parse_args()
    words = "word " * chosen.tokens or ANSWER
    asyncio.run(serve(AnthropicEmulator(words, chosen.pace, chosen.port)))
