"""A request as the body that each vendor wants."""

from dataclasses import replace

import pytest

from routing.errors import FailureKind, ModelFailed
from routing.models.body_anthropic import body_of as claude_body
from routing.models.body_openai import OLD_SERVER, Dialect, LimitField
from routing.models.body_openai import body_of as gpt_body
from routing.prompting.prompt import prompt_of
from routing.request import Message, Redacted, Request, Role, Tool, ToolCall, ToolResult
from tests.routing.samples import request

C, B = Role.CUSTOMER, Role.BOT
TOOL = Tool("look", "Looks an order up.", '{"type": "object", "properties": {}}')
CALLS = (
    ToolCall("a", "look", Redacted('{"order": 1}')),
    ToolCall("b", "look", Redacted("{}")),
)
RESULTS = (
    ToolResult("b", Redacted("No such order."), is_error=True),
    ToolResult("a", Redacted("On its way.")),
)
SCHEMA = '{"type": "object", "properties": {}, "required": [], "additionalProperties": false}'


def asked() -> Request:
    messages = (
        Message(C, Redacted("Where is it?")),
        Message(B, Redacted("One moment."), calls=CALLS),
        Message(C, Redacted(""), results=RESULTS),
        Message(C, Redacted("Well?")),
    )
    return replace(request(), messages=messages, tools=(TOOL,))


def test_anthropic_gets_tools_calls_and_results_as_blocks() -> None:
    body = claude_body(asked(), "claude-haiku-4-5", 300)

    assert body == {
        "model": "claude-haiku-4-5",
        "max_tokens": 300,
        "system": prompt_of(asked()).system,
        "messages": [
            {"role": "user", "content": "Where is it?"},
            {
                "role": "assistant",
                "content": [
                    {"type": "text", "text": "One moment."},
                    {"type": "tool_use", "id": "a", "name": "look", "input": {"order": 1}},
                    {"type": "tool_use", "id": "b", "name": "look", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "a",
                        "content": "On its way.",
                        "is_error": False,
                    },
                    {
                        "type": "tool_result",
                        "tool_use_id": "b",
                        "content": "No such order.",
                        "is_error": True,
                    },
                    {"type": "text", "text": "Well?"},
                ],
            },
        ],
        "tools": [
            {
                "name": "look",
                "description": "Looks an order up.",
                "input_schema": {"type": "object", "properties": {}},
            }
        ],
    }


def test_openai_gets_calls_as_calls_and_each_result_as_a_message() -> None:
    body = gpt_body(asked(), "chat-latest", 300)

    assert body["messages"][1:] == [
        {"role": "user", "content": "Where is it?"},
        {
            "role": "assistant",
            "content": "One moment.",
            "tool_calls": [
                {
                    "id": "a",
                    "type": "function",
                    "function": {"name": "look", "arguments": '{"order": 1}'},
                },
                {"id": "b", "type": "function", "function": {"name": "look", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "On its way."},
        {"role": "tool", "tool_call_id": "b", "content": "Error: No such order."},
        {"role": "user", "content": "Well?"},
    ]
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "look",
                "description": "Looks an order up.",
                "parameters": {"type": "object", "properties": {}},
            },
        }
    ]


def test_results_alone_are_followed_by_no_empty_message() -> None:
    waiting = replace(asked(), messages=asked().messages[:3])

    assert gpt_body(waiting, "m", 300)["messages"][-1]["role"] == "tool"
    assert [each["type"] for each in claude_body(waiting, "m", 300)["messages"][-1]["content"]] == [
        "tool_result", "tool_result"
    ]  # fmt: skip


def test_a_plain_request_has_no_key_too_many() -> None:
    assert claude_body(request(), "m", 300).keys() == {"model", "max_tokens", "system", "messages"}
    assert gpt_body(request(), "m", 300).keys() == {
        "model", "max_completion_tokens", "messages", "stream_options"
    }  # fmt: skip


def test_a_schema_is_sent_as_each_vendor_wants_it() -> None:
    shaped = replace(request(), answer_schema=SCHEMA)
    schema = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}

    assert claude_body(shaped, "m", 300)["output_config"] == {
        "format": {"type": "json_schema", "schema": schema}
    }
    assert gpt_body(shaped, "m", 300)["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "strict": True, "schema": schema},
    }


def test_a_dialect_says_how_a_server_differs() -> None:
    old = gpt_body(request(), "m", 300, OLD_SERVER)
    thrifty = gpt_body(request(), "m", 300, Dialect(LimitField.NEW, reasoning_effort="none"))

    assert old.keys() == {"model", "max_tokens", "messages"}
    assert old["max_tokens"] == 300
    assert thrifty["reasoning_effort"] == "none"
    assert thrifty["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"'])
def test_a_schema_that_is_no_object_is_refused_before_anything_is_sent(text: str) -> None:
    wrong = [replace(request(), tools=(Tool("look", "", text),))]
    if text:
        wrong.append(replace(request(), answer_schema=text))
    for body_of in (claude_body, gpt_body):
        for each in wrong:
            with pytest.raises(ModelFailed) as failed:
                body_of(each, "m", 300)

            assert failed.value.kind is FailureKind.BAD_REQUEST
