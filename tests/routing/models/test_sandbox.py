"""The simulated model: the same words for the same turn, and faults on demand."""

import asyncio
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.models.base import Piece, Stopped, StopReason, Text, ToolCalled
from routing.models.sandbox import (
    NEVER_BEGINS,
    NOTHING_KNOWN,
    Fault,
    SandboxModel,
    answer_of,
    fault_of,
)
from routing.request import Message, Passage, Redacted, Request, Role, Tool, ToolCall, ToolResult
from tests.routing.samples import CARD_PASSAGE, GPT, HAIKU, request


async def answered(asked: Request, limit: int = 400) -> tuple[str, Stopped | None]:
    words = ""
    async for piece in SandboxModel(HAIKU).stream(asked, limit):
        match piece:
            case Text(text=text):
                words += text
            case Stopped():
                return words, piece
    return words, None


async def test_it_answers_with_the_first_sentences_of_the_passages_and_their_marks() -> None:
    words, stopped = await answered(request(passages=[CARD_PASSAGE, CARD_PASSAGE, CARD_PASSAGE]))

    sentence = "A new card arrives within five working days."
    assert words == f"{sentence} [1] {sentence} [2]"
    assert stopped is not None
    assert stopped.reason is StopReason.END
    assert stopped.usage.input_tokens > 0
    assert stopped.usage.output_tokens > 0


async def test_without_passages_it_says_that_it_does_not_know() -> None:
    assert (await answered(request()))[0] == NOTHING_KNOWN


async def test_the_same_request_gets_the_same_answer() -> None:
    asked = request(passages=[CARD_PASSAGE])

    assert await answered(asked) == await answered(asked)


async def test_the_limit_of_output_cuts_the_answer_and_says_so() -> None:
    words, stopped = await answered(request(), limit=3)

    assert words == "I could not "
    assert stopped is not None
    assert stopped.reason is StopReason.LENGTH


@pytest.mark.parametrize("word", NEVER_BEGINS)
async def test_faults_at_the_start_are_failures_of_their_kind(word: str) -> None:
    with pytest.raises(ModelFailed) as failed:
        await answered(request(fault=word))

    assert (failed.value.kind, failed.value.status) == NEVER_BEGINS[word]


async def test_a_rate_limit_may_say_how_long() -> None:
    with pytest.raises(ModelFailed) as failed:
        await answered(request(fault="rate_limited_30"))

    assert failed.value.retry_after_s == 30.0


async def test_a_cut_ends_the_stream_without_its_marker() -> None:
    assert await answered(request(fault="cut_after_2")) == ("I could ", None)
    assert await answered(request(fault="cut_after_0")) == ("", None)
    assert await answered(request(fault="cut_after_999")) == (NOTHING_KNOWN, None)


@pytest.mark.parametrize(
    ("fault", "kind"),
    [("error_after_2", K.SERVER), ("malformed_after_2", K.MALFORMED), ("reset_after_2", K.CUT)],
)
async def test_faults_in_the_middle_come_after_so_many_pieces(fault: str, kind: K) -> None:
    pieces: list[Piece] = []

    async def read() -> None:
        async for piece in SandboxModel(HAIKU).stream(request(fault=fault), 400):
            pieces.append(piece)  # noqa: PERF401 - what came before the failure is kept

    with pytest.raises(ModelFailed) as failed:
        await read()

    assert pieces == [Text("I "), Text("could ")]
    assert failed.value.kind is kind


@pytest.mark.parametrize("fault", ["stall_before", "stall_after_2"])
async def test_a_stall_lasts_until_the_stream_is_closed(fault: str) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await answered(request(fault=fault))


async def test_a_refusal_has_no_text() -> None:
    words, stopped = await answered(request(fault="refuse"))

    assert words == ""
    assert stopped is not None
    assert stopped.reason is StopReason.REFUSAL


async def test_usage_may_be_left_out() -> None:
    _, stopped = await answered(request(fault="no_usage"))

    assert stopped is not None
    assert stopped.usage.estimated


@pytest.mark.parametrize(
    ("value", "for_haiku", "for_gpt"),
    [
        ("", Fault(), Fault()),
        ("cut_after_3", Fault("cut_after", 3), Fault("cut_after", 3)),
        ("claude-haiku-4.5:auth", Fault("auth"), Fault()),
        ("claude-haiku-4.5:auth, overloaded", Fault("auth"), Fault("overloaded")),
        ("gpt-5.5-instant:slow_first_1,quota", Fault("quota"), Fault("slow_first", 1)),
        ("NOT A FAULT", Fault(), Fault()),
    ],
)  # fmt: skip
def test_a_fault_may_be_for_one_model_only(value: str, for_haiku: Fault, for_gpt: Fault) -> None:
    assert fault_of(request(fault=value), HAIKU) == for_haiku
    assert fault_of(request(fault=value), GPT) == for_gpt


async def test_a_pace_and_a_slow_start_only_take_time() -> None:
    asked = request(fault="slow_first_0")
    pieces = [piece async for piece in SandboxModel(HAIKU, pace_s=0.0001).stream(asked, 3)]

    assert pieces[:3] == [Text("I "), Text("could "), Text("not ")]


LOOK = Tool("look", "Looks an order up.", '{"type": "object"}')
ASKED = replace(request(), tools=(LOOK,), metadata=(("tool", 'look:{"order": 4}'),))
CALL = ToolCall("call_1", "look", Redacted('{"order": 4}'))
FOUND = Message(
    Role.CUSTOMER, Redacted(""), results=(ToolResult("call_1", Redacted("On its way.")),)
)


async def test_it_calls_the_tool_that_it_is_told_to_and_then_says_what_came_of_it() -> None:
    pieces = [piece async for piece in SandboxModel(HAIKU).stream(ASKED, 400)]
    asked_for = Message(Role.BOT, Redacted(""), calls=(CALL,))
    told = replace(ASKED, messages=(*ASKED.messages, asked_for, FOUND))

    assert pieces[0] == ToolCalled(CALL)
    assert isinstance(pieces[1], Stopped)
    assert pieces[1].reason is StopReason.TOOL_USE
    assert (await answered(told))[0] == "On its way."


async def test_results_of_an_earlier_turn_do_not_keep_it_from_calling() -> None:
    asked_for = Message(Role.BOT, Redacted(""), calls=(CALL,))
    again = replace(ASKED, messages=(*ASKED.messages, asked_for, FOUND, *ASKED.messages))
    pieces = [piece async for piece in SandboxModel(HAIKU).stream(again, 400)]

    assert pieces[0] == ToolCalled(CALL)


@pytest.mark.parametrize("value", ["find:{}", "look:{", "", "look:[]"])
async def test_a_tool_that_is_not_there_is_not_called(value: str) -> None:
    assert (await answered(replace(ASKED, metadata=(("tool", value),))))[0] == NOTHING_KNOWN


@given(st.integers(0, 200))
async def test_it_goes_on_exactly_where_it_was(cut: int) -> None:
    asked = request(passages=[CARD_PASSAGE, CARD_PASSAGE])
    whole = answer_of(asked)
    begun = replace(asked, said=Redacted(whole[:cut]))

    assert whole[:cut] + (await answered(begun))[0] == whole


async def test_an_answer_that_somebody_else_began_is_begun_anew() -> None:
    begun = replace(request(), said=Redacted("Dear customer, "))

    assert (await answered(begun))[0] == NOTHING_KNOWN


@pytest.mark.parametrize(("metadata", "intent"), [((), "a"), ((("intent", "b"),), "b")])
async def test_it_follows_a_schema(metadata: tuple[tuple[str, str], ...], intent: str) -> None:
    schema = {
        "type": "object",
        "properties": {"intent": {"enum": ["a", "b"]}},
        "required": ["intent"],
        "additionalProperties": False,
    }
    shaped = replace(request(), answer_schema=json.dumps(schema), metadata=metadata)

    assert json.loads((await answered(shaped))[0]) == {"intent": intent}


def test_an_article_of_steps_alone_is_quoted_without_its_heading() -> None:
    steps = Passage("p", "PIN", "", Redacted("## What to do\n1. Tap Cards.\n2. Tap PIN."), 1.0)

    assert not answer_of(replace(request(), passages=(steps,))).startswith("#")
