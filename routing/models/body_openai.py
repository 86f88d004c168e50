"""A request as the body that OpenAI's Chat Completions, or a server like it, wants: pure.

Source: OpenAI API, "Chat Completions", "Function calling", "Structured outputs".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from routing.models.request_json import object_in
from routing.prompting.lines import Line
from routing.prompting.prompt import prompt_of
from routing.request import Request, Role, Tool

SCHEMA_NAME = "answer"
"""The vendor wants a name for the schema and does not care which."""


class LimitField(Enum):
    """What a server calls the limit of output."""

    NEW = "max_completion_tokens"
    """OpenAI's reasoning models take no other."""
    OLD = "max_tokens"
    """The only one that older compatible servers know."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server differs from OpenAI's own; as it stands, it does not."""

    limit_field: LimitField = LimitField.NEW
    sends_stream_options: bool = True
    """Whether the usage is asked for; without it, it is estimated."""
    reasoning_effort: str = ""
    """Such as `none` or `low`; empty leaves it to the server."""
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with every request besides the SDK's own."""


OPENAI = Dialect()
OLD_SERVER = Dialect(limit_field=LimitField.OLD, sends_stream_options=False)
"""For servers that refuse what they do not know, such as vLLM and llama.cpp of 2024."""


def body_of(
    request: Request, vendor_id: str, max_output_tokens: int, dialect: Dialect = OPENAI
) -> dict[str, Any]:
    """Return the body, all but `stream`.

    Raises:
        ModelFailed: BAD_REQUEST, a schema is no JSON object.
    """
    prompt = prompt_of(request)
    body: dict[str, Any] = {
        "model": vendor_id,
        dialect.limit_field.value: max_output_tokens,
        "messages": [
            {"role": "system", "content": prompt.system},
            *(message for line in prompt.lines for message in _messages(line)),
        ],
    }
    if dialect.sends_stream_options:
        body["stream_options"] = {"include_usage": True}
    if dialect.reasoning_effort:
        body["reasoning_effort"] = dialect.reasoning_effort
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
    if request.answer_schema:
        schema = object_in(request.answer_schema)
        body["response_format"] = {
            "type": "json_schema",
            "json_schema": {"name": SCHEMA_NAME, "strict": True, "schema": schema},
        }
    return body


def _tool(tool: Tool) -> dict[str, Any]:
    function = {
        "name": tool.name,
        "description": tool.description,
        "parameters": object_in(tool.schema),
    }
    return {"type": "function", "function": function}


def _messages(line: Line) -> Iterator[dict[str, Any]]:
    if line.role is Role.BOT:
        yield _of_bot(line)
        return
    for result in line.results:
        # This API has no mark for a failure, so it is said in words.
        text = f"Error: {result.text}" if result.is_error else result.text
        yield {"role": "tool", "tool_call_id": result.call_id, "content": text}
    if line.text:
        yield {"role": "user", "content": line.text}


def _of_bot(line: Line) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": line.text or None}
    if line.calls:
        message["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": call.arguments},
            }
            for call in line.calls
        ]
    return message
