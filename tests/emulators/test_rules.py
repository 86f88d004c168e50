"""The emulators refuse what the vendors document as refused: over sockets, without the SDKs."""

from typing import Any

import aiohttp
import pytest

from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.replies import Call, Habit, Manner, Reply, delivered_in, rest_of
from tests.emulators.rules_anthropic import ADVISOR, ADVISOR_BETA
from tests.emulators.rules_anthropic import problems_of as claude_problems
from tests.emulators.rules_openai import problems_of as gpt_problems
from tests.emulators.server import ANSWER, Emulator

NEW, OLD = "2026-10-21", "2023-06-01"
HAIKU, SONNET, OPUS = "claude-haiku-4-5", "claude-sonnet-4-6", "claude-opus-4-7"
USER = {"role": "user", "content": "Hello"}
BOT = {"role": "assistant", "content": "Well"}


def claude(model: str = HAIKU, **more: object) -> dict[str, Any]:
    return {"model": model, "max_tokens": 2000, "messages": [USER], **more}


def thinking(kind: str, budget: int = 0) -> dict[str, object]:
    return {"type": kind, "budget_tokens": budget} if budget else {"type": kind}


RULES: list[tuple[dict[str, Any], str, bool]] = [
    (claude(), NEW, True),
    (claude(temperature=0.5), OLD, True),
    (claude(temperature=0.5), NEW, False),
    (claude(top_p=1), NEW, False),
    (claude(top_k=1), NEW, False),
    (claude(messages=[USER, BOT]), NEW, True),
    (claude(SONNET, messages=[USER, BOT]), NEW, False),
    (claude(OPUS, messages=[USER, BOT]), NEW, False),
    (claude(messages=[]), NEW, False),
    (claude(messages=[{"role": "system", "content": "x"}]), NEW, False),
    (claude(max_tokens=None), NEW, False),
    (claude(max_tokens=0), NEW, True),
    (claude(thinking=thinking("enabled", 1024)), NEW, True),
    (claude(thinking=thinking("enabled", 1023)), NEW, False),
    (claude(thinking=thinking("enabled", 2000)), NEW, False),
    (claude(thinking=thinking("adaptive")), NEW, False),
    (claude(SONNET, thinking=thinking("enabled", 1024)), NEW, True),
    (claude(SONNET, thinking=thinking("adaptive")), NEW, True),
    (claude(OPUS, thinking=thinking("enabled", 1024)), NEW, False),
    (claude(OPUS, thinking=thinking("adaptive")), NEW, True),
    (claude(messages=[{"role": "assistant", "content": [{"type": "document"}]}, USER]), NEW, False),
    (claude(messages=[{"role": "user", "content": [{"type": "text", "text": "x"}]}]), NEW, True),
    (claude(messages=[{"role": "user", "content": [
        {"type": "text", "text": "x", "citations": [1]}]}]), NEW, False),
]  # fmt: skip


@pytest.mark.parametrize(("body", "version", "is_taken"), RULES)
def test_anthropics_documented_refusals(body: dict[str, Any], version: str, is_taken: bool) -> None:
    assert (claude_problems(body, version) == []) is is_taken


TOOL = {"name": "look", "input_schema": {"type": "object"}}
USE = {"role": "assistant", "content": [
    {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}]}  # fmt: skip
RESULT = {"role": "user", "content": [
    {"type": "tool_result", "tool_use_id": "toolu_1", "content": "x"}]}  # fmt: skip
CONSULTED = {"role": "assistant", "content": [
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "advisor", "input": {}}]}  # fmt: skip


def consulting(advisor: str, **more: object) -> dict[str, object]:
    return {"type": ADVISOR, "name": "advisor", "model": f"claude-{advisor}", **more}


def shaped(**schema: object) -> dict[str, object]:
    return {"format": {"type": "json_schema", "schema": {"type": "object", **schema}}}


MORE_RULES: list[tuple[dict[str, Any], bool]] = [
    (claude(tools=[TOOL]), True),
    (claude(tools=[TOOL, TOOL]), False),
    (claude(tools=[{"name": "look at", "input_schema": {"type": "object"}}]), False),
    (claude(tools=[{"name": "look", "input_schema": {}}]), False),
    (claude(tools=[{"type": "hologram", "name": "look"}]), False),
    (claude(tool_choice={"type": "any"}), False),
    (claude(tools=[TOOL], messages=[USER, USE, RESULT]), True),
    (claude(messages=[USER, USE, RESULT]), False),
    (claude(tools=[TOOL], messages=[USER, USE, USER]), False),
    (claude(tools=[TOOL], messages=[USER, USE]), False),
    (claude(tools=[TOOL], messages=[USER, RESULT]), False),
    (
        claude(
            tools=[TOOL],
            messages=[
                USER,
                USE,
                {"role": "user", "content": [{"type": "text", "text": "x"}, *RESULT["content"]]},
            ],
        ),
        False,
    ),
    (claude(messages=[{"role": "user", "content": " "}]), False),
    (claude(output_config=shaped(additionalProperties=False)), True),
    (claude(output_config=shaped()), False),
    (claude(output_config={"format": {"type": "json_object"}}), False),
    (claude(tools=[consulting("opus-4-7")]), True),
    (claude(tools=[consulting("opus-4-7", max_tokens=1024, max_uses=1)]), True),
    (claude(tools=[consulting("opus-4-7", max_tokens=1023)]), False),
    (claude(tools=[consulting("opus-4-7", max_uses=0)]), False),
    (claude(tools=[consulting("haiku-4-5")]), False),
    (claude(OPUS, tools=[consulting("sonnet-4-6")]), False),
    (claude(messages=[USER, CONSULTED, USER]), False),
    (claude(messages=[USER, CONSULTED, USER], tools=[consulting("opus-5")]), True),
]


@pytest.mark.parametrize(("body", "is_taken"), MORE_RULES)
def test_anthropics_rules_for_tools_schemas_and_its_advisor(
    body: dict[str, Any], is_taken: bool
) -> None:
    assert (claude_problems(body, NEW, [ADVISOR_BETA]) == []) is is_taken


def test_anthropics_advisor_is_a_beta() -> None:
    assert claude_problems(claude(tools=[consulting("opus-4-7")]), NEW) != []


def gpt(**more: object) -> dict[str, Any]:
    return {"model": "chat-latest", "messages": [USER], **more}


GPT_TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
GPT_CALL = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
GPT_USE = {"role": "assistant", "content": None, "tool_calls": [GPT_CALL]}
GPT_RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "x"}


def strict(**schema: object) -> dict[str, object]:
    inner = {"name": "answer", "strict": True, "schema": {"type": "object", **schema}}
    return {"type": "json_schema", "json_schema": inner}


GPT_RULES: list[tuple[dict[str, Any], bool]] = [
    (gpt(tools=[GPT_TOOL]), True),
    (gpt(tools=[]), False),
    (gpt(tools=[TOOL]), False),
    (gpt(tools=[{"type": "function", "function": {"name": "look at"}}]), False),
    (gpt(messages=[USER, GPT_USE, GPT_RESULT]), True),
    (gpt(messages=[USER, GPT_USE, GPT_RESULT, USER]), True),
    (gpt(messages=[USER, GPT_USE, USER]), False),
    (gpt(messages=[USER, GPT_USE]), False),
    (gpt(messages=[USER, GPT_RESULT]), False),
    (gpt(messages=[{"role": "narrator", "content": "x"}]), False),
    (gpt(messages=[{"role": "user", "content": None}]), False),
    (gpt(response_format=strict(additionalProperties=False)), True),
    (gpt(response_format=strict()), False),
    (gpt(response_format=strict(additionalProperties=False, properties={"a": {}})), False),
    (gpt(response_format={"type": "json_schema", "json_schema": {"schema": {}}}), False),
    (gpt(stream_options={"include_usage": True}), False),
]


@pytest.mark.parametrize(("body", "is_taken"), GPT_RULES)
def test_openais_rules_for_tools_and_schemas(body: dict[str, Any], is_taken: bool) -> None:
    assert (gpt_problems(body) == []) is is_taken


BEGUN = "Your new card is on"
HABITS = [
    (Habit(), " its way."),
    (Habit(Manner.RESTART), "Your new card is on its way."),
    (Habit(Manner.OVERLAP, words=2), "is on its way."),
    (Habit(Manner.OVERLAP, words=9), "Your new card is on its way."),
    (Habit(Manner.NEW, other="Hi."), "Hi."),
]


@pytest.mark.parametrize(("habit", "rest"), HABITS)
def test_a_model_goes_on_as_its_habit_is(habit: Habit, rest: str) -> None:
    assert rest_of("Your new card is on its way.", BEGUN, habit) == rest


def test_what_was_delivered_is_found_to_the_character() -> None:
    text = "Q\n\n<delivered_answer_2>a <delivered_answer>\n b </delivered_answer_2>\n\nGo on."

    assert delivered_in(text) == "a <delivered_answer>\n b "
    assert delivered_in("Where is my card?") is None


async def post(
    vendor: Emulator, body: object, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(vendor.url + vendor.path, json=body, headers=headers) as answer,
    ):
        return answer.status, await answer.text()


CLAUDE_HEADERS = {"x-api-key": "key", "anthropic-version": NEW}
GPT_HEADERS = {"authorization": "Bearer key"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (claude(), CLAUDE_HEADERS, 200),
        (claude(), {"authorization": "Bearer key", "anthropic-version": OLD}, 200),
        (claude(), {"anthropic-version": NEW}, 401),
        (claude(), {"x-api-key": "key"}, 400),
        (claude("gpt-5.5"), CLAUDE_HEADERS, 404),
        (claude(temperature=1), CLAUDE_HEADERS, 400),
        (claude(stream=True), CLAUDE_HEADERS | {"x-emulator-fault": "overloaded"}, 529),
    ],
)
async def test_anthropic_answers_with_the_documented_status(
    body: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    async with AnthropicEmulator() as vendor:
        got, text = await post(vendor, body, headers)

    assert got == status
    assert (ANSWER if status == 200 else '"type": "error"') in text
    assert vendor.bodies == [body]
    assert b"Hello" in vendor.received[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "headers", "status"),
    [
        ({}, GPT_HEADERS, 200),
        ({}, {}, 401),
        ({"model": "gpt-5.1-chat-latest"}, GPT_HEADERS, 404),
        ({"max_tokens": 5}, GPT_HEADERS, 400),
        ({"temperature": 1}, GPT_HEADERS, 400),
        ({"temperature": 1, "reasoning_effort": "none"}, GPT_HEADERS, 200),
        ({"messages": []}, GPT_HEADERS, 400),
    ],
)
async def test_openai_answers_with_the_documented_status(
    more: dict[str, Any], headers: dict[str, str], status: int
) -> None:
    async with OpenAIEmulator() as vendor:
        got, text = await post(
            vendor, {"model": "chat-latest", "messages": [USER], **more}, headers
        )

    assert got == status
    assert (ANSWER if status == 200 else '"code":') in text


@pytest.mark.slow
async def test_openai_sends_usage_only_when_asked() -> None:
    body: dict[str, Any] = {"model": "chat-latest", "messages": [USER], "stream": True}
    async with OpenAIEmulator() as vendor:
        _, without = await post(vendor, body, GPT_HEADERS)
        _, asked = await post(
            vendor, body | {"stream_options": {"include_usage": True}}, GPT_HEADERS
        )

    assert '"usage"' not in without
    assert '"choices":[],"usage":{"prompt_tokens":' in asked
    assert asked.endswith("data: [DONE]\n\n")


@pytest.mark.slow
async def test_anthropic_streams_byte_for_byte_as_documented() -> None:
    async with AnthropicEmulator("Hello") as vendor:
        _, text = await post(vendor, claude(stream=True), CLAUDE_HEADERS)

    size = len(vendor.received[0]) // 4
    usage = (
        f'"usage":{{"input_tokens":{size},"cache_creation_input_tokens":0,'
        '"cache_read_input_tokens":0,"output_tokens":1}'
    )
    assert text == (
        'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_000001",'
        '"type":"message","role":"assistant","model":"claude-haiku-4-5","content":[],'
        f'"stop_reason":null,"stop_sequence":null,{usage}}}}}\n\n'
        'event: ping\ndata: {"type":"ping"}\n\n'
        'event: content_block_start\ndata: {"type":"content_block_start","index":0,'
        '"content_block":{"type":"text","text":""}}\n\n'
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,'
        '"delta":{"type":"text_delta","text":"Hello"}}\n\n'
        'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
        'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn",'
        f'"stop_sequence":null}},{usage}}}\n\n'
        'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    )


@pytest.mark.slow
async def test_a_tool_is_called_in_fragments() -> None:
    tool = {"name": "lookup_ticket", "input_schema": {"type": "object"}}
    async with AnthropicEmulator() as vendor:
        vendor.replies.append(Reply("", (Call("lookup_ticket", '{"id":1}', "toolu_1"),)))
        _, text = await post(vendor, claude(stream=True, tools=[tool]), CLAUDE_HEADERS)

    assert '"content_block":{"type":"tool_use","id":"toolu_1","name":"lookup_ticket"' in text
    assert '"partial_json":""' in text
    assert '"stop_reason":"tool_use"' in text
