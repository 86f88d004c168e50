"""The emulators refuse what the vendors document as refused: over sockets, without the SDKs."""

from typing import Any

import aiohttp
import pytest

from tests.emulators.anthropic import AnthropicEmulator, ToolCallingEmulator, problems_of
from tests.emulators.openai import OpenAIEmulator
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
    assert (problems_of(body, version) == []) is is_taken


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
    async with ToolCallingEmulator() as vendor:
        _, text = await post(vendor, claude(stream=True, tools=[tool]), CLAUDE_HEADERS)

    assert '"content_block":{"type":"tool_use","id":"toolu_1","name":"lookup_ticket"' in text
    assert '"partial_json":""' in text
    assert '"stop_reason":"tool_use"' in text
