"""The body of `POST /v1/chat/completions`: its table, and what it asks for. Pure.

OpenAI's clients send more than we act on. What would change the answer and cannot be done here
(`n` above 1, `stop`, pictures, a forced tool) is refused; `temperature` and the like are ignored.
Source: OpenAI API reference, "Create chat completion".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from bot.api.ask import Ask, AskedCall, AskedMessage, AskedResult, Overrides
from bot.api.errors import BadCall
from bot.api.shapes import MOST_TEXT, Anything, Flag, Never, OneOf, Shape, Text, Whole, plainly
from bot.api.things import Either, ListOf, Pairs, Part, Thing
from routing.request import Role, Tool

AUTO = "auto"
"""Name of the model that stands for the policy's choice."""
MOST_MESSAGES = 400
JSON_ONLY = "Answer with one JSON object and nothing else."
OPENING = "The conversation begins with a message of yours."


def open_thing(*parts: Part) -> Thing:
    """Return an object as OpenAI's clients write it."""
    return Thing(parts, is_open=True, is_camel=False)


CONTENT_PART = open_thing(
    Part("type", OneOf(("text",)), "Only texts are taken.", is_required=True),
    Part("text", Text(), is_required=True),
)
CONTENT = Either(MappingProxyType({str: Text(), list: ListOf(CONTENT_PART, 0, 100)}))
FUNCTION_CALL = open_thing(
    Part("name", Text(1, 64), is_required=True),
    Part("arguments", Text(), "A JSON object, as text.", is_required=True),
)
TOOL_CALL = open_thing(
    Part("id", Text(1, 200), is_required=True),
    Part("type", OneOf(("function",))),
    Part("function", FUNCTION_CALL, is_required=True),
)
MESSAGE = open_thing(
    Part("role", OneOf(("system", "developer", "user", "assistant", "tool")), is_required=True),
    Part("content", CONTENT),
    Part("name", Text(0, 200)),
    Part("tool_calls", ListOf(TOOL_CALL, 0, 32)),
    Part("tool_call_id", Text(1, 200)),
)
FUNCTION = open_thing(
    Part("name", Text(1, 64, "[A-Za-z0-9_-]+"), is_required=True),
    Part("description", Text(0, 4096)),
    Part("parameters", Anything(), "JSON schema of the arguments."),
)
TOOL = open_thing(
    Part("type", OneOf(("function",)), is_required=True),
    Part("function", FUNCTION, is_required=True),
)
JSON_SCHEMA = open_thing(
    Part("name", Text(1, 64)),
    Part("schema", Anything()),
)
RESPONSE_FORMAT = open_thing(
    Part("type", OneOf(("text", "json_object", "json_schema")), is_required=True),
    Part("json_schema", JSON_SCHEMA),
)
CHOICE: Shape = OneOf(("auto", "none"))
ONE: Shape = Whole(1, 1)
CHAT_BODY = open_thing(
    Part(
        "model",
        Text(1, 128),
        "`auto` or an intent of the policy: the policy chooses. A model's name: that model, with "
        "the policy's fallback.",
        is_required=True,
    ),
    Part("messages", ListOf(MESSAGE, 1, MOST_MESSAGES), is_required=True),
    Part("stream", Flag()),
    Part("stream_options", open_thing(Part("include_usage", Flag()))),
    Part("max_tokens", Whole(1, 128_000)),
    Part("max_completion_tokens", Whole(1, 128_000)),
    Part("n", ONE, "More than one answer is refused."),
    Part("tools", ListOf(TOOL, 0, 128)),
    Part("tool_choice", CHOICE, "A forced tool is refused."),
    Part("response_format", RESPONSE_FORMAT),
    Part("stop", Never("none: stop words are not supported")),
    Part("logprobs", Never("false: probabilities are not supported")),
    Part("metadata", Pairs(), "Test keys may ask for `fault`."),
)


@dataclass(frozen=True, slots=True)
class ChatAsk:
    """A call in OpenAI's language."""

    ask: Ask
    model: str
    """As it was sent."""
    wants_usage: bool
    """Of a stream: whether a last chunk tells the usage."""


def chat_ask(value: object) -> ChatAsk:
    """Return what a body asks for; which rule or model its `model` is, the policy knows.

    Raises:
        BadCall: it is not as the table says, or calls and results do not belong together.
    """
    body = CHAT_BODY.read(value, "")
    said = body["messages"]
    messages = messages_of(said)
    wanted: dict[str, Any] = body.get("response_format", {"type": "text"})
    notes = [JSON_ONLY] if wanted["type"] == "json_object" else []
    system = [_text(one) for one in said if one["role"] in ("system", "developer")]
    most = body.get("max_completion_tokens", body.get("max_tokens"))
    tools = () if body.get("tool_choice") == "none" else tools_of(body.get("tools", []))
    schema = _schema(wanted)
    ask = Ask(
        messages=messages,
        system="\n\n".join((*system, *notes)),
        is_stream=body.get("stream", False),
        can_retract=not body.get("stream", False),
        overrides=Overrides(max_output_tokens=most),
        tools=tools,
        answer_schema=schema,
        metadata=tuple(body.get("metadata", {}).items()),
        uses_knowledge=not (tools or schema or notes),
    )
    wants_usage = body.get("stream_options", {}).get("include_usage", False)
    return ChatAsk(ask, body["model"], wants_usage)


def messages_of(said: list[dict[str, Any]]) -> tuple[AskedMessage, ...]:
    """Return the messages in turns: two in a row of one side are one.

    Raises:
        BadCall: a call has no result, a result no call, or the last message is the assistant's.
    """
    messages: list[AskedMessage] = []
    waiting: dict[str, str] = {}
    for n, one in enumerate(said):
        role, where = one["role"], f"messages[{n}]"
        if role in ("system", "developer"):
            continue
        if role == "tool":
            _take_result(one, waiting, f"{where}.tool_call_id")
            result = AskedResult(one["tool_call_id"], _text(one))
            _add(messages, AskedMessage(Role.CUSTOMER, "", results=(result,)))
            continue
        if waiting:
            raise BadCall(where, f"a tool message for {', '.join(waiting)!r} first")
        if role == "user":
            _add(messages, AskedMessage(Role.CUSTOMER, _text(one)))
            continue
        calls = _calls(one, where)
        waiting = {call.id: call.name for call in calls}
        if not messages:
            messages.append(AskedMessage(Role.CUSTOMER, OPENING))
        _add(messages, AskedMessage(Role.BOT, _text(one), calls))
    if not messages or messages[-1].role is Role.BOT:
        raise BadCall("messages", "a last message of the user, or of a tool")
    if waiting:
        raise BadCall("messages", f"a tool message for {', '.join(waiting)!r}")
    return tuple(messages)


def _take_result(one: Mapping[str, Any], waiting: dict[str, str], where: str) -> None:
    if waiting.pop(one.get("tool_call_id", ""), None) is None:
        raise BadCall(where, "the id of a call in the message before")


def _add(messages: list[AskedMessage], new: AskedMessage) -> None:
    last = messages[-1] if messages else None
    if last is None or last.role is not new.role or last.calls:
        messages.append(new)
        return
    text = "\n\n".join(text for text in (last.text, new.text) if text)
    results = last.results + new.results
    messages[-1] = replace(last, text=text, calls=new.calls, results=results)


def _calls(one: Mapping[str, Any], where: str) -> tuple[AskedCall, ...]:
    calls = []
    for n, call in enumerate(one.get("tool_calls", [])):
        function = call["function"]
        path = f"{where}.tool_calls[{n}].function.arguments"
        calls.append(AskedCall(call["id"], function["name"], _arguments(function, path)))
    return tuple(calls)


def _arguments(function: Mapping[str, Any], path: str) -> str:
    try:
        arguments = json.loads(function["arguments"] or "{}")
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        raise BadCall(path, "a JSON object, as text")
    return json.dumps(plainly(arguments, path, 32), ensure_ascii=False)


def _text(one: Mapping[str, Any]) -> str:
    content = one.get("content", "")
    if isinstance(content, list):
        content = "".join(part["text"] for part in content)
    return str(content)[:MOST_TEXT]


def tools_of(tools: list[dict[str, Any]]) -> tuple[Tool, ...]:
    """Return the tools that a model may ask for.

    Raises:
        BadCall: two have one name.
    """
    found: dict[str, Tool] = {}
    for n, one in enumerate(tools):
        function = one["function"]
        name = function["name"]
        if name in found:
            raise BadCall(f"tools[{n}].function.name", "each name once")
        schema = function.get("parameters", {"type": "object", "properties": {}})
        found[name] = Tool(name, function.get("description", ""), json.dumps(schema))
    return tuple(found.values())


def _schema(wanted: Mapping[str, Any]) -> str:
    if wanted["type"] != "json_schema":
        return ""
    schema = wanted.get("json_schema", {}).get("schema")
    if schema is None:
        raise BadCall("response_format.json_schema.schema", "a JSON schema")
    return json.dumps(schema, ensure_ascii=False)
