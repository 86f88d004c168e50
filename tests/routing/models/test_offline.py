from dataclasses import replace

import pytest

from routing.errors import FailureKind, ModelFailed
from routing.models.base import Cited, Piece, Stopped, StopReason, Text
from routing.models.offline import OfflineModel, asked_in
from routing.request import (
    Message,
    Passage,
    Redacted,
    Request,
    Role,
    TenantId,
    ToolCall,
    ToolResult,
    Usage,
)

PIN = Passage(
    "pin#0",
    "Change your PIN",
    "https://help.example.org/pin",
    Redacted("Change your PIN in the app:\n\n1. Tap **Cards**.\n2. Tap **Change PIN**."),
    0.9,
)


def request(*said: str, passages: tuple[Passage, ...] = (PIN,)) -> Request:
    """Ask; a text that begins with `<` is the bot's."""
    messages = tuple(
        Message(Role.BOT if text.startswith("<") else Role.CUSTOMER, Redacted(text))
        for text in said
    )
    return Request(TenantId("aurelis"), "c1", 1, Redacted(""), messages, passages)


async def pieces(asked: Request, max_output_tokens: int = 300) -> list[Piece]:
    model = OfflineModel()
    found = [piece async for piece in model.stream(asked, max_output_tokens)]
    await model.close()
    return found


def text_of(found: list[Piece]) -> str:
    return "".join(piece.text for piece in found if isinstance(piece, Text))


async def test_the_answer_is_the_article_s_own_text_with_a_mark() -> None:
    found = await pieces(request("How do I change my PIN?"))

    assert text_of(found) == "Change your PIN in the app:\n1. Tap Cards.\n2. Tap Change PIN. [1]"


async def test_the_citation_and_the_end_come_last_and_cost_nothing() -> None:
    *texts, cited, stopped = await pieces(request("How do I change my PIN?"))

    assert all(isinstance(piece, Text) for piece in texts)
    assert cited == Cited(1, "pin#0", "Change your PIN in the app:")
    assert stopped == Stopped(StopReason.END, Usage())


async def test_the_text_comes_word_by_word() -> None:
    texts = [p.text for p in await pieces(request("change my PIN")) if isinstance(p, Text)]

    assert all(len(text.split()) == 1 for text in texts)
    assert len(texts) > 10


@pytest.mark.parametrize("question", ["who won the football match", "asdf", "", "hello"])
async def test_without_an_answer_it_says_so_and_says_nothing_else(question: str) -> None:
    with pytest.raises(ModelFailed) as failed:
        await pieces(request(question))

    assert failed.value.kind is FailureKind.UNGROUNDED


async def test_without_passages_or_messages_there_is_no_answer() -> None:
    with pytest.raises(ModelFailed):
        await pieces(request("change my PIN", passages=()))
    with pytest.raises(ModelFailed):
        await pieces(request())


async def test_an_answer_that_is_longer_than_allowed_stops_after_a_whole_line() -> None:
    found = await pieces(request("How do I change my PIN?"), max_output_tokens=11)

    assert text_of(found) == "Change your PIN in the app:\n1. Tap Cards. [1]"
    assert found[-1] == Stopped(StopReason.LENGTH, Usage())


async def test_a_follow_up_is_read_with_the_question_before() -> None:
    found = await pieces(request("I forgot my PIN", "< Anything else?", "how can I change it?"))

    assert "Tap Change PIN." in text_of(found)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (("one",), ("one", "")),
        (("one", "two"), ("one\ntwo", "")),
        (("one", "< bot", "two", "three"), ("two\nthree", "one")),
        (("one", "two", "< bot", "< bot", "three"), ("three", "one\ntwo")),
        (("one", "< bot"), ("one", "")),
        (("< bot",), ("", "")),
        ((), ("", "")),
    ],
)
def test_a_burst_is_one_question_and_the_burst_before_it_its_context(
    said: tuple[str, ...], asked: tuple[str, str]
) -> None:
    assert asked_in(request(*said).messages) == asked


async def test_the_same_request_always_has_the_same_answer() -> None:
    asked = request("How do I change my PIN?")

    assert await pieces(asked) == await pieces(asked)


def test_its_name_is_the_last_rung_of_every_policy() -> None:
    assert OfflineModel().name == "offline"


def test_results_of_tools_are_not_taken_for_the_question() -> None:
    call = ToolCall("call_1", "look", Redacted("{}"))
    messages = (
        *request("Hello", "< Hi", "How do I change my PIN?").messages,
        Message(Role.BOT, Redacted(""), calls=(call,)),
        Message(Role.CUSTOMER, Redacted(""), results=(ToolResult("call_1", Redacted("x")),)),
    )

    assert asked_in(messages) == ("How do I change my PIN?", "Hello")


async def test_it_cannot_follow_a_schema_and_says_so() -> None:
    with pytest.raises(ModelFailed) as failed:
        await pieces(replace(request("How do I change my PIN?"), answer_schema="{}"))

    assert failed.value.kind is FailureKind.UNGROUNDED
