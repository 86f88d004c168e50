"""The API under clients that were written for somebody else, over real sockets: OpenAI's SDK, and
Hugging Face's, which does not wrap it."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from huggingface_hub import AsyncInferenceClient
from openai import (
    APIError,
    AsyncOpenAI,
    AuthenticationError,
    BadRequestError,
    NotFoundError,
    RateLimitError,
    UnprocessableEntityError,
)
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from bot.api.routes import ApiTerms
from channels.limits import Rate
from routing.errors import FailureKind, ModelFailed
from routing.models.base import Stopped, StopReason, ToolCalled
from routing.models.scripted import Script
from routing.request import Redacted, ToolCall, Usage
from tests.bot.api.front import QUESTION, Front, fronted
from tests.bot.stage import ANSWER, says, words

pytestmark = pytest.mark.slow

EMAIL = "jane.doe@example.org"
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]
LONG: list[ChatCompletionMessageParam] = [{"role": "user", "content": "and so on " * 19_000}]
TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "find_card",
        "description": "Finds a card.",
        "parameters": {
            "type": "object",
            "properties": {"email": {"type": "string"}},
            "required": ["email"],
        },
    },
}
CALL = ToolCall("call_1", "find_card", Redacted('{"email": "[EMAIL_1]"}'))
CALLS: Script = (ToolCalled(CALL), Stopped(StopReason.TOOL_USE, Usage(50, 9)))


@asynccontextmanager
async def openai_at(
    folder: Path, scripts: tuple[Script, ...] = (says(ANSWER),), **more: ApiTerms
) -> AsyncIterator[tuple[AsyncOpenAI, Front]]:
    """Open the API and point OpenAI's SDK at it."""
    async with (
        fronted(folder, scripts, more.get("terms")) as front,
        AsyncOpenAI(api_key=front.live, base_url=f"{front.url}/v1", max_retries=0) as client,
    ):
        yield client, front


async def test_openais_sdk_gets_an_answer_with_its_usage(tmp_path: Path) -> None:
    async with openai_at(tmp_path) as (client, _):
        answer = await client.chat.completions.create(model="auto", messages=ASKED)

        assert answer.choices[0].message.content == ANSWER
        assert answer.choices[0].finish_reason == "stop"
        assert answer.model == "claude-haiku-4.5"
        assert answer.usage is not None
        assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (100, 20)


async def test_openais_sdk_streams_and_gets_the_usage_in_the_last_chunk(tmp_path: Path) -> None:
    async with openai_at(tmp_path) as (client, _):
        stream = await client.chat.completions.create(
            model="auto",
            messages=ASKED,
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])

        assert text == ANSWER
        assert chunks[0].choices[0].delta.role == "assistant"
        assert chunks[-2].choices[0].finish_reason == "stop"
        assert chunks[-1].usage is not None
        assert chunks[-1].usage.total_tokens == 120
        assert {chunk.id for chunk in chunks} == {chunks[0].id}


@pytest.mark.parametrize("is_stream", [False, True])
async def test_openais_sdk_calls_a_tool_with_the_customers_own_value_and_tells_the_result(
    tmp_path: Path, is_stream: bool
) -> None:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": f"Where is my card? I am {EMAIL}"}
    ]
    async with openai_at(tmp_path, (CALLS, says("It is on its way."))) as (client, front):
        call_id, name, arguments = await called(client, messages, is_stream)
        messages += [
            {
                "role": "assistant",
                "tool_calls": [
                    {
                        "id": call_id,
                        "type": "function",
                        "function": {"name": name, "arguments": arguments},
                    }
                ],
            },
            {"role": "tool", "tool_call_id": call_id, "content": f'{{"owner": "{EMAIL}"}}'},
        ]
        answer = await client.chat.completions.create(model="auto", messages=messages, tools=[TOOL])
        seen = front.model.requests[1].messages

        assert (call_id, name) == ("call_1", "find_card")
        assert json.loads(arguments) == {"email": EMAIL}
        assert front.model.requests[0].tools[0].name == "find_card"
        assert seen[1].calls == (CALL,)
        assert seen[2].results[0].text == '{"owner": "[EMAIL_1]"}'
        assert answer.choices[0].message.content == "It is on its way."


async def called(
    client: AsyncOpenAI, messages: list[ChatCompletionMessageParam], is_stream: bool
) -> tuple[str, str, str]:
    """Return id, name and arguments of the call that a model makes."""
    if not is_stream:
        whole = await client.chat.completions.create(model="auto", messages=messages, tools=[TOOL])
        assert whole.choices[0].finish_reason == "tool_calls"
        call = (whole.choices[0].message.tool_calls or [])[0]
        assert call.type == "function"
        return call.id, call.function.name, call.function.arguments
    async with client.chat.completions.stream(
        model="auto", messages=messages, tools=[TOOL]
    ) as stream:
        final = await stream.get_final_completion()
    parsed = (final.choices[0].message.tool_calls or [])[0]
    return parsed.id, parsed.function.name, parsed.function.arguments


async def test_a_schema_for_the_answer_reaches_the_model(tmp_path: Path) -> None:
    async with openai_at(tmp_path, (says('{"ok": true}'),)) as (client, front):
        schema: dict[str, object] = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
        answer = await client.chat.completions.create(
            model="claude-haiku-4.5",
            messages=ASKED,
            max_completion_tokens=50,
            response_format={
                "type": "json_schema",
                "json_schema": {"name": "ok", "schema": schema, "strict": True},
            },
        )

        assert answer.choices[0].message.content == '{"ok": true}'
        assert json.loads(front.model.requests[0].answer_schema) == schema
        assert front.model.requests[0].max_output_tokens == 50
        assert front.model.requests[0].passages == ()


async def test_the_models_are_auto_those_of_the_policy_and_its_intents(tmp_path: Path) -> None:
    async with openai_at(tmp_path) as (client, _):
        names = [model.id async for model in client.models.list()]
        one = await client.models.retrieve("auto")

        assert names == ["auto", "claude-haiku-4.5", "offline", "card-delivery", "complaint"]
        assert one.id == "auto"


async def test_an_intents_name_as_the_model_takes_its_rule(tmp_path: Path) -> None:
    async with openai_at(tmp_path) as (client, front):
        await client.chat.completions.create(model="complaint", messages=ASKED)
        _, page = await front.get("/v1/decisions")

        assert page["items"][0]["rule"] == "complaint"


async def test_openais_sdk_raises_its_own_errors(tmp_path: Path) -> None:
    terms = ApiTerms(rate=Rate(burst=4, per_s=0.001))
    async with openai_at(tmp_path, terms=terms) as (client, _):
        create = client.chat.completions.create
        with pytest.raises(BadRequestError) as bad:
            await create(model="auto", messages=ASKED, n=2)
        with pytest.raises(BadRequestError, match="stop words"):
            await create(model="auto", messages=ASKED, stop=["x"])
        with pytest.raises(NotFoundError):
            await create(model="gpt-9", messages=ASKED)
        with pytest.raises(UnprocessableEntityError) as dear:
            await create(model="claude-haiku-4.5", messages=LONG)
        with pytest.raises(RateLimitError) as often:
            await create(model="auto", messages=ASKED)
        with pytest.raises(AuthenticationError):
            await client.with_options(api_key="sk_live_x").models.list()

    assert (bad.value.param, bad.value.type) == ("n", "invalid_request_error")
    assert dear.value.code == "router.budget_exceeded"
    assert int(often.value.response.headers["Retry-After"]) > 0


async def test_a_stream_that_fails_in_the_middle_raises_in_openais_sdk(tmp_path: Path) -> None:
    script: Script = (*words("The first half of"), ModelFailed(FailureKind.CUT))
    async with openai_at(tmp_path, (script,)) as (client, _):
        stream = await client.chat.completions.create(
            model="claude-haiku-4.5", messages=ASKED, stream=True
        )
        with pytest.raises(APIError, match="had an answer"):
            async for _ in stream:
                pass


async def test_what_cannot_be_taken_back_is_apologised_for_and_the_answer_begins_anew(
    tmp_path: Path,
) -> None:
    script: Script = (*words("The first half of"), ModelFailed(FailureKind.CUT))
    async with openai_at(tmp_path, (script,)) as (client, front):
        stream = await client.chat.completions.create(model="auto", messages=ASKED, stream=True)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
        _, page = await front.get("/v1/decisions?limit=1")
        _, said = await front.get(f"/v1/conversations/{page['items'][0]['conversation']}")

        assert text.startswith("The first half …\n\nI am sorry, I was interrupted.")
        assert text.endswith("[1]")
        assert said["lines"][-1]["text"] == text


async def test_hugging_faces_client_gets_answers_and_streams(tmp_path: Path) -> None:
    async with fronted(tmp_path) as front:
        client = AsyncInferenceClient(base_url=f"{front.url}/v1", api_key=front.live)
        whole = await client.chat_completion([{"role": "user", "content": QUESTION}], model="auto")
        pieces = [
            chunk.choices[0].delta.content or ""
            async for chunk in await client.chat_completion(
                [{"role": "user", "content": QUESTION}], model="auto", stream=True
            )
        ]
        await client.close()  # type: ignore[no-untyped-call]  # it is not typed

        assert whole.choices[0].message.content == ANSWER
        assert "".join(pieces) == ANSWER
