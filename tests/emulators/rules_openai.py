"""What OpenAI's Chat Completions answers 400 to, as documented."""

import re
from collections.abc import Iterator
from typing import Any

from tests.emulators.rules_anthropic import objects_in

TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
ROLES = ("system", "developer", "user", "assistant", "tool")
REASONING = ("gpt-5", "gpt-6", "chat-latest")


def problems_of(body: dict[str, Any]) -> list[str]:
    """Return what the vendor answers 400 to."""
    problems = [
        f"you must provide a {name} parameter"
        for name in ("model", "messages")
        if not body.get(name)
    ]
    if problems:
        return problems
    is_reasoning = str(body["model"]).startswith(REASONING)
    if is_reasoning and "max_tokens" in body:
        problems.append("use 'max_completion_tokens' instead")
    has_samplers = {"temperature", "top_p", "logprobs"} & body.keys()
    if is_reasoning and has_samplers and body.get("reasoning_effort") != "none":
        problems.append("Unsupported parameter for this model")
    if "stream_options" in body and not body.get("stream"):
        problems.append("stream_options is only allowed when stream is set")
    problems += tool_problems(body)
    problems += format_problems(body)
    return [*problems, *message_problems(body["messages"])]


def tool_problems(body: dict[str, Any]) -> Iterator[str]:
    if "tools" in body and not body["tools"]:
        yield "tools: empty array"
    for tool in body.get("tools", ()):
        function = tool.get("function") or {}
        if tool.get("type") != "function" or not TOOL_NAME.fullmatch(function.get("name", "")):
            yield "tools: invalid function"
        if (function.get("parameters") or {"type": "object"}).get("type") != "object":
            yield "tools: parameters must be an object"


def format_problems(body: dict[str, Any]) -> Iterator[str]:
    wanted = body.get("response_format") or {"type": "text"}
    if wanted["type"] != "json_schema":
        return
    inner = wanted.get("json_schema") or {}
    if not inner.get("name") or not isinstance(inner.get("schema"), dict):
        yield "response_format: json_schema needs a name and a schema"
        return
    for each in objects_in(inner["schema"]) if inner.get("strict") else ():
        if each.get("additionalProperties") is not False:
            yield "response_format: 'additionalProperties' is required to be false"
        if set(each.get("required", ())) != set(each.get("properties", ())):
            yield "response_format: 'required' must include every key in properties"


def message_problems(messages: list[dict[str, Any]]) -> Iterator[str]:
    """Yield what is wrong with the messages: each call wants its result before anything else."""
    open_ids: set[str] = set()
    for message in messages:
        role, calls = message["role"], message.get("tool_calls") or []
        if role not in ROLES:
            yield f"messages: unknown role {role}"
        if role == "tool":
            if message.get("tool_call_id") not in open_ids:
                yield "messages: 'tool' must answer a preceding message with 'tool_calls'"
            open_ids.discard(message.get("tool_call_id", ""))
        elif open_ids:
            yield "messages: 'tool_calls' must be followed by tool messages"
            open_ids = set()
        if not isinstance(message.get("content"), str) and not calls:
            yield "messages: content must be a string"
        if any(not isinstance(call["function"]["arguments"], str) for call in calls):
            yield "messages: arguments must be a string"
        open_ids |= {call["id"] for call in calls}
    if open_ids:
        yield "messages: 'tool_calls' must be followed by tool messages"
