"""What Anthropic's Messages API answers 400 to, as documented."""

import re
from collections.abc import Collection, Iterator
from typing import Any

VERSION = re.compile(r"-(\d{1,2})(?:-(\d{1,2}))?(?:-\d{8})?$")
TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
ADVISOR, ADVISOR_BETA = "advisor_20260301", "advisor-tool-2026-03-01"
ADVISOR_BLOCKS = ("server_tool_use", "advisor_tool_result")
STRONG = ("opus-4-7", "opus-4-8", "opus-5", "fable-5", "mythos-5")
ADVISORS = {
    "claude-haiku-4-5": ("sonnet-4-6", "sonnet-5", "opus-4-6", *STRONG),
    "claude-sonnet-4-6": ("sonnet-4-6", "sonnet-5", "opus-4-6", *STRONG),
    "claude-opus-4-7": STRONG,
}


def version_of(model: str) -> tuple[int, int]:
    """Return (4, 6) for `claude-sonnet-4-6`."""
    match = VERSION.search(model)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)


def problems_of(body: dict[str, Any], version: str, betas: Collection[str] = ()) -> list[str]:
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
    problems += thinking_problems(body, model)
    problems += tool_problems(body, betas)
    problems += format_problems(body)
    return [*problems, *pairing_problems(body)]


def blocks_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def block_problems(message: dict[str, Any]) -> list[str]:
    problems = []
    for block in blocks_of(message):
        if message["role"] == "assistant" and block["type"] == "document":
            problems.append("messages: document blocks are not allowed in assistant messages")
        if message["role"] == "user" and block["type"] == "text" and block.get("citations"):
            problems.append("messages: citations are not allowed on user text blocks")
        if block["type"] == "text" and not block["text"].strip():
            problems.append("messages: text content blocks must contain non-whitespace text")
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


def tool_problems(body: dict[str, Any], betas: Collection[str]) -> Iterator[str]:
    tools = body.get("tools") or []
    names = [tool.get("name", "") for tool in tools]
    if len(set(names)) < len(names):
        yield "tools: Tool names must be unique."
    if "tool_choice" in body and not tools:
        yield "tool_choice: may only be specified while providing tools"
    for tool in tools:
        if tool.get("type", "custom") == ADVISOR:
            yield from advisor_problems(tool, body["model"], betas)
        elif tool.get("type", "custom") != "custom":
            yield f"tools: unknown type {tool['type']}"
        elif not TOOL_NAME.fullmatch(tool.get("name", "")):
            yield "tools: name does not match"
        elif (tool.get("input_schema") or {}).get("type") != "object":
            yield "tools: input_schema.type: Field required"


def advisor_problems(tool: dict[str, Any], model: str, betas: Collection[str]) -> Iterator[str]:
    if ADVISOR_BETA not in betas:
        yield f"tools: {ADVISOR} needs the beta"
    if tool["model"].removeprefix("claude-") not in ADVISORS.get(model, ()):
        yield f"tools: {tool['model']} cannot advise {model}"
    if tool.get("max_tokens", 1024) < 1024 or tool.get("max_uses", 1) < 1:
        yield "tools: advisor limits are too small"


def format_problems(body: dict[str, Any]) -> Iterator[str]:
    wanted = (body.get("output_config") or {}).get("format")
    if wanted is None:
        return
    if wanted.get("type") != "json_schema" or not isinstance(wanted.get("schema"), dict):
        yield "output_config.format: expected a json_schema"
    elif any(each.get("additionalProperties") is not False for each in objects_in(wanted)):
        yield "output_config.format: 'additionalProperties' must be explicitly set to false"


def objects_in(schema: object) -> Iterator[dict[str, Any]]:
    """Yield every object schema at any depth."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for each in schema.values():
            yield from objects_in(each)


def pairing_problems(body: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with calls: each wants its result in the next message."""
    kinds = [tool.get("type", "custom") for tool in body.get("tools") or []]
    open_ids: list[str] = []
    for message in body["messages"]:
        blocks = blocks_of(message)
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if sorted(results) != sorted(open_ids):
            yield "messages: each tool_use must have its tool_result in the next message"
        if any(block["type"] != "tool_result" for block in blocks[: len(results)]):
            yield "messages: tool_result blocks must come first"
        open_ids = [block["id"] for block in blocks if block["type"] == "tool_use"]
        if (open_ids or results) and "custom" not in kinds:
            yield "messages: tool blocks need tools"
        if any(each["type"] in ADVISOR_BLOCKS for each in blocks) and ADVISOR not in kinds:
            yield "messages: advisor blocks need the advisor tool"
    if open_ids:
        yield "messages: tool_use without tool_result"
