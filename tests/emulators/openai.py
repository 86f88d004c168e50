"""OpenAI's Chat Completions API on 127.0.0.1, as documented, with faults on demand.

`python -m tests.emulators.openai --port 8902 --pace 0.02` runs it in a process of its own.
"""

import argparse
import asyncio
from typing import Any

from aiohttp import web

from tests.emulators.faults import Fault, Plan
from tests.emulators.replies import Call, Reply
from tests.emulators.rules_openai import problems_of
from tests.emulators.server import ANSWER, TOKEN, Emulator, Refused, compact, serve

RETIRED = ("gpt-5.1-chat-latest", "gpt-5.2-chat-latest", "gpt-5.3-chat-latest")
ERRORS: dict[Fault, tuple[int, str, str | None, dict[str, str]]] = {
    Fault.AUTH: (401, "invalid_request_error", "invalid_api_key", {}),
    Fault.BAD_REQUEST: (400, "invalid_request_error", None, {}),
    Fault.NOT_FOUND: (404, "invalid_request_error", "model_not_found", {}),
    Fault.OVERLOADED: (503, "server_error", "server_overloaded", {}),
    Fault.QUOTA: (429, "insufficient_quota", "insufficient_quota", {}),
    Fault.RATE_LIMITED: (429, "requests", "rate_limit_exceeded", {}),
    Fault.RATE_LIMITED_FOR: (
        429,
        "requests",
        "rate_limit_exceeded",
        {"retry-after": "{seconds:g}"},
    ),
    Fault.SERVER: (500, "server_error", None, {}),
    Fault.TOO_LARGE: (400, "invalid_request_error", "context_length_exceeded", {}),
}


class OpenAIEmulator(Emulator):
    """Speaks `POST /v1/chat/completions`; its base URL is `url + "/v1"`."""

    path = "/v1/chat/completions"

    def headers(self) -> dict[str, str]:
        return {
            "x-request-id": f"req_{len(self.received):06}",
            "x-ratelimit-limit-requests": "500",
            "x-ratelimit-remaining-requests": "499",
            "x-ratelimit-reset-requests": "120ms",
        }

    def refusal(self, fault: Fault, seconds: float, message: str) -> Refused:
        status, kind, code, headers = ERRORS[fault]
        body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
        return Refused(
            status, body, {name: text.format(seconds=seconds) for name, text in headers.items()}
        )

    def check(self, request: web.Request, body: dict[str, Any], size: int) -> None:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not key or key == "wrong":
            raise self.refusal(Fault.AUTH, 0, "Incorrect API key provided")
        for problem in problems_of(body):
            raise self.refusal(Fault.BAD_REQUEST, 0, problem)
        model = str(body["model"])
        if model in RETIRED or not model.startswith(("gpt-", "chat-")):
            raise self.refusal(Fault.NOT_FOUND, 0, f"The model {model!r} does not exist")

    def _usage(self, output_tokens: int) -> dict[str, Any]:
        input_tokens = len(self.received[-1]) // 4
        return {
            "prompt_tokens": input_tokens,
            "completion_tokens": output_tokens,
            "total_tokens": input_tokens + output_tokens,
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 0},
        }

    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        wanted = (body.get("response_format") or {}).get("json_schema") or {}
        schema: dict[str, Any] | None = wanted.get("schema")
        return schema

    def asked(self, body: dict[str, Any]) -> str:
        return str(body["messages"][-1].get("content") or "")

    def whole(self, body: dict[str, Any], reply: Reply) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": None}
        if reply.calls:
            message["tool_calls"] = [tool_call(call) for call in reply.calls]
        reason = "tool_calls" if reply.calls else "stop"
        return {
            "id": f"chatcmpl-{len(self.received)}",
            "object": "chat.completion",
            "created": 1,
            "model": body["model"],
            "choices": [
                {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
            ],
            "usage": self._usage(len(reply.text.split())),
        }

    def _chunk(self, body: dict[str, Any], choices: list[dict[str, Any]], usage: object) -> bytes:
        chunk = {
            "id": f"chatcmpl-{len(self.received)}",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": body.get("model", ""),
            "choices": choices,
        }
        if usage is not None:
            chunk["usage"] = usage
        return f"data: {compact(chunk)}\n\n".encode()

    def _delta(self, body: dict[str, Any], delta: object, reason: str | None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        return self._chunk(body, [choice], None)

    def opening(self, body: dict[str, Any], plan: Plan) -> bytes:
        return self._delta(body, {"role": "assistant", "content": ""}, None)

    def token(self, body: dict[str, Any], text: str) -> bytes:
        return self._delta(body, {"content": text}, None)

    def ending(self, body: dict[str, Any], plan: Plan, reply: Reply) -> bytes:
        reasons = {Fault.REFUSAL: "content_filter", Fault.LENGTH: "length"}
        reason = reasons.get(plan.fault, "tool_calls" if reply.calls else "stop")
        frames = [
            self._delta(body, {"tool_calls": [fragment]}, None)
            for n, call in enumerate(reply.calls)
            for fragment in fragments(n, call)
        ]
        frames.append(self._delta(body, {}, reason))
        wants_usage = (body.get("stream_options") or {}).get("include_usage")
        if wants_usage and plan.fault is not Fault.NO_USAGE:
            frames.append(self._chunk(body, [], self._usage(len(TOKEN.findall(reply.text)))))
        return b"".join((*frames, b"data: [DONE]\n\n"))

    def error_event(self) -> bytes:
        error = {"message": "The server had an error", "type": "server_error", "code": None}
        return f"data: {compact({'error': error})}\n\n".encode()

    def malformed(self) -> bytes:
        return b'data: {"id":"chatcmpl-1","choices":[{"index":0,"delta":\n\n'

    def unknown(self) -> bytes:
        frame = {"object": "hologram.chunk", "choices": [], "hologram": {"x": 1}}
        return f"data: {compact(frame)}\n\n".encode()

    def ping(self) -> bytes:
        return b": keep-alive\n\n"


class OldServerEmulator(OpenAIEmulator):
    """A compatible server of a few years ago: no key, any model, and no field it does not know."""

    known = frozenset({"max_tokens", "messages", "model", "response_format", "stream", "tools"})

    def check(self, request: web.Request, body: dict[str, Any], size: int) -> None:
        for name in body.keys() - self.known:
            raise self.refusal(Fault.BAD_REQUEST, 0, f"{name}: Extra inputs are not permitted")


def tool_call(call: Call) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": function}


def fragments(index: int, call: Call) -> list[dict[str, Any]]:
    """Return a call as it is streamed: first its name, then its arguments in two parts."""
    half = len(call.arguments) // 2
    parts = (call.arguments[:half], call.arguments[half:])
    begun = tool_call(Call(call.name, "", call.id))
    return [
        {"index": index, **begun},
        *({"index": index, "function": {"arguments": part}} for part in parts),
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--pace", type=float, default=0.0, help="seconds between tokens")
    parser.add_argument("--tokens", type=int, default=0, help="length of the answer")
    chosen = parser.parse_args()
    words = "word " * chosen.tokens or ANSWER
    asyncio.run(serve(OpenAIEmulator(words, chosen.pace, chosen.port)))
