"""Tools, schemas, begun answers and the advisor: both vendors' SDKs over real sockets."""

import asyncio
import gc
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from routing.errors import FailureKind, ModelFailed
from routing.models.advisor_pairs import BETA
from routing.models.anthropic import AnthropicModel
from routing.models.base import Model, Piece, Stopped, StopReason, Text, Thinking, ToolCalled
from routing.models.body_openai import OLD_SERVER, Dialect
from routing.models.openai import OpenAIModel
from routing.request import Message, Redacted, Request, Role, Tool, ToolCall, ToolResult, Usage
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.openai import OldServerEmulator, OpenAIEmulator
from tests.emulators.replies import Advice, Call, Habit, Manner, Reply
from tests.emulators.server import ANSWER, Emulator
from tests.routing.samples import GPT, HAIKU, request

pytestmark = pytest.mark.slow

VENDORS = ["anthropic", "openai"]
LOOK = Tool("look", "Looks an order up.", '{"type": "object", "properties": {}}')
SCHEMA = json.dumps(
    {
        "type": "object",
        "properties": {"intent": {"enum": ["cards", "fees"]}},
        "required": ["intent"],
        "additionalProperties": False,
    }
)


@asynccontextmanager
async def asking(vendor: str) -> AsyncIterator[tuple[Emulator, Model]]:
    """Run a vendor and a model of it."""
    if vendor == "anthropic":
        async with AnthropicEmulator() as claude:
            haiku = AnthropicModel(HAIKU, "claude-haiku-4-5", "key", claude.url)
            yield claude, haiku
            await haiku.close()
    else:
        async with OpenAIEmulator() as openai:
            gpt = OpenAIModel(GPT, "chat-latest", "key", f"{openai.url}/v1")
            yield openai, gpt
            await gpt.close()


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_left_unclosed() -> Iterator[None]:
    """What was not closed warns when it is collected, and a warning is a failure."""
    yield
    gc.collect()


async def answered(model: Model, asked: Request) -> tuple[str, list[Piece]]:
    """Return the text and the pieces that are none."""
    text = ""
    others: list[Piece] = []
    async with asyncio.timeout(20):
        async for piece in model.stream(asked, 400):
            if isinstance(piece, Text):
                text += piece.text
            else:
                others.append(piece)
    return text, others


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_tool_is_called_and_its_result_is_taken(vendor: str) -> None:
    calls = (Call("look", '{"order":"[ACCOUNT_1]"}', "id_1"), Call("look", "{}", "id_2"))
    async with asking(vendor) as (place, model):
        place.replies.append(Reply("One moment.", calls))
        asked = replace(request(), tools=(LOOK,))
        text, pieces = await answered(model, asked)
        made = tuple(piece.call for piece in pieces if isinstance(piece, ToolCalled))
        results = tuple(ToolResult(call.id, Redacted("On its way.")) for call in made)
        told = (
            *asked.messages,
            Message(Role.BOT, Redacted(text), calls=made),
            Message(Role.CUSTOMER, Redacted(""), results=results),
        )
        after, _ = await answered(model, replace(asked, messages=told))

    assert text == "One moment."
    assert made == (
        ToolCall("id_1", "look", Redacted('{"order":"[ACCOUNT_1]"}')),
        ToolCall("id_2", "look", Redacted("{}")),
    )
    assert isinstance(pieces[-1], Stopped)
    assert pieces[-1].reason is StopReason.TOOL_USE
    assert after == ANSWER
    assert "On its way." in json.dumps(place.bodies[1]["messages"][-1])


@pytest.mark.parametrize("vendor", VENDORS)
async def test_an_answer_follows_its_schema(vendor: str) -> None:
    async with asking(vendor) as (_, model):
        text, _ = await answered(model, replace(request(), answer_schema=SCHEMA))

    assert json.loads(text) == {"intent": "cards"}


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_schema_that_is_none_is_refused_and_never_sent(vendor: str) -> None:
    async with asking(vendor) as (place, model):
        with pytest.raises(ModelFailed) as failed:
            await answered(model, replace(request(), answer_schema="{"))

        assert failed.value.kind is FailureKind.BAD_REQUEST
        assert place.received == []


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("cut", [1, 8, 11, 40, len(ANSWER) - 1])
async def test_an_answer_that_was_begun_is_continued_to_the_character(
    vendor: str, cut: int
) -> None:
    async with asking(vendor) as (place, model):
        rest, _ = await answered(model, replace(request(), said=Redacted(ANSWER[:cut])))

        assert ANSWER[:cut] + rest == ANSWER
        assert place.bodies[0]["messages"][-1]["role"] == "user"


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("manner", "rest"),
    [
        (Manner.RESTART, ANSWER),
        (Manner.OVERLAP, ANSWER[9:]),
        (Manner.NEW, Habit().other),
    ],
)
async def test_models_that_do_not_continue_say_something_else(
    vendor: str, manner: Manner, rest: str
) -> None:
    async with asking(vendor) as (place, model):
        place.habit = Habit(manner, words=2)

        assert (await answered(model, replace(request(), said=Redacted(ANSWER[:16]))))[0] == rest


async def test_an_old_compatible_server_without_a_key_is_understood() -> None:
    async with OldServerEmulator() as server:
        modern = OpenAIModel(GPT, "any-model", "", f"{server.url}/v1")
        with pytest.raises(ModelFailed):
            await answered(modern, request())
        old = OpenAIModel(GPT, "any-model", "", f"{server.url}/v1", OLD_SERVER)
        text, pieces = await answered(old, replace(request(), tools=(LOOK,)))
        await asyncio.gather(modern.close(), old.close())

    assert text == ANSWER
    assert pieces == [Stopped(StopReason.END, Usage(estimated=True), "chatcmpl-2")]
    assert server.bodies[1].keys() == {"messages", "max_tokens", "model", "stream", "tools"}


async def test_a_dialect_sends_its_headers() -> None:
    async with OpenAIEmulator() as server:
        dialect = Dialect(headers=(("x-team", "support"),))
        model = OpenAIModel(GPT, "chat-latest", "key", f"{server.url}/v1", dialect)
        await answered(model, request())
        await model.close()

    assert b"x-team: support" in server.received[0].lower()


ADVISED = replace(request(), counsel="claude-opus-4-7")


async def test_the_advisors_silence_is_thinking_and_its_words_are_nobodys() -> None:
    async with asking("anthropic") as (place, model):
        gate = asyncio.Event()
        place.replies.append(Reply("You can.", advice=Advice("Let me see. ", pings=2, gate=gate)))
        pieces: list[Piece] = []
        async with asyncio.timeout(20):
            async for piece in model.stream(ADVISED, 400):
                pieces.append(piece)
                if pieces.count(Thinking()) == 3:
                    gate.set()

    size = len(place.received[0]) // 4
    assert "".join(each.text for each in pieces if isinstance(each, Text)) == "Let me see. You can."
    assert pieces[-1] == Stopped(
        StopReason.END,
        Usage(2 * size, 5),
        "msg_000001",
        (("claude-opus-4-7", Usage(size, 1500)),),
    )
    assert place.bodies[0]["tools"] == [
        {"type": "advisor_20260301", "name": "advisor", "model": "claude-opus-4-7",
         "max_uses": 1, "max_tokens": 1024}
    ]  # fmt: skip
    assert f"anthropic-beta: {BETA}".encode() in place.received[0].lower()


async def test_an_advisor_that_fails_does_not_fail_the_answer() -> None:
    async with asking("anthropic") as (place, model):
        place.replies.append(Reply("You can.", advice=Advice(error="overloaded")))

        assert (await answered(model, ADVISED))[0] == "You can."


async def test_nothing_of_the_advisor_is_ever_sent_back() -> None:
    """The vendor wants its blocks back whole or not at all; we keep none, so it is never."""
    async with asking("anthropic") as (place, model):
        place.replies.append(Reply("You can.", advice=Advice("Let me see. ")))
        text, _ = await answered(model, ADVISED)
        again = (*request().messages, Message(Role.BOT, Redacted(text)), *request().messages)
        async with asking("anthropic") as (other, plain):
            await answered(plain, replace(request(), messages=again))
        await answered(model, replace(ADVISED, messages=again))

        for messages in (place.bodies[1]["messages"], other.bodies[0]["messages"]):
            assert [each["content"] for each in messages] == [
                "Where is my new card?", "Let me see. You can.", "Where is my new card?"
            ]  # fmt: skip


async def test_an_advisor_the_vendor_does_not_allow_is_a_bad_request() -> None:
    async with asking("anthropic") as (_, model):
        with pytest.raises(ModelFailed) as failed:
            await answered(model, replace(ADVISED, counsel="claude-haiku-4-5"))

        assert failed.value.kind is FailureKind.BAD_REQUEST


async def test_closing_while_the_advisor_thinks_closes_the_connection() -> None:
    async with asking("anthropic") as (place, model):
        place.replies.append(Reply("You can.", advice=Advice(gate=asyncio.Event())))
        stream = model.stream(ADVISED, 400)
        assert isinstance(stream, AsyncGenerator)
        async for piece in stream:
            if piece == Thinking():
                break
        await stream.aclose()
        await asyncio.wait_for(place.left_early.wait(), 5)
