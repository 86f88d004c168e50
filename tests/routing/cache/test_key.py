"""What a stored answer belongs to."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from routing.cache.entry import Asked
from routing.cache.key import digest_of, normalised, question_of
from routing.request import Message, Redacted, Role, TenantId, ToolResult
from tests.routing.cache.samples import ALIKE, ANSWER, QUESTION, Shelf, asked

Change = Callable[[Asked], Asked]
CHANGES: dict[str, Change] = {
    "tenant": lambda one: replace(one, request=replace(one.request, tenant=TenantId("other"))),
    "locale": lambda one: replace(one, request=replace(one.request, locale="de")),
    "channel": lambda one: replace(one, request=replace(one.request, channel="sms")),
    "voice": lambda one: replace(one, request=replace(one.request, channel="voice")),
    "new channel": lambda one: replace(one, request=replace(one.request, channel="fax")),
    "prompt": lambda one: replace(one, request=replace(one.request, system=Redacted("Be brief."))),
    "length": lambda one: replace(one, request=replace(one.request, max_output_tokens=50)),
    "policy": lambda one: replace(one, versions=replace(one.versions, policy="policy-2")),
    "knowledge": lambda one: replace(one, versions=replace(one.versions, knowledge="k-2")),
    "redaction": lambda one: replace(one, versions=replace(one.versions, redaction="r-2")),
}
TEXTS = some.text(max_size=12)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("question", [QUESTION, ALIKE])
async def test_no_answer_crosses_a_partition(change: Change, question: str) -> None:
    shelf = Shelf()
    await shelf.cache.learn(asked(QUESTION), ANSWER)

    assert await shelf.cache.lookup(asked(question)) is not None
    assert await shelf.cache.lookup(change(asked(question))) is None


async def test_channels_that_show_the_same_share_answers() -> None:
    shelf = Shelf()
    await shelf.cache.learn(asked(), ANSWER)
    slack = replace(asked(), request=replace(asked().request, channel="slack"))

    assert await shelf.cache.lookup(slack) is not None


@given(some.lists(TEXTS, min_size=7, max_size=7), some.lists(TEXTS, min_size=7, max_size=7))
@settings(max_examples=30, deadline=None)
def test_keys_are_the_same_only_when_every_part_is(one: list[str], other: list[str]) -> None:
    assert (digest_of(*one) == digest_of(*other)) == (one == other)


def test_a_hash_does_not_depend_on_where_its_parts_could_be_cut() -> None:
    assert digest_of("ab", "c") != digest_of("a", "bc")


def test_case_blanks_and_the_end_do_not_matter_but_short_words_in_capitals_do() -> None:
    assert normalised("  Where's my Card \n ?? ") == normalised("where's my card")
    assert normalised("Can I pay in the US?") != normalised("Can I pay us?")
    assert normalised("can I pay in the US") != normalised("can I pay in the us")


def test_several_messages_in_a_row_are_one_question() -> None:
    assert question_of(asked("Hello", "where is my card?").request) == "Hello\nwhere is my card?"


@pytest.mark.parametrize(
    "message",
    [
        Message(Role.BOT, Redacted("Hello!")),
        Message(Role.CUSTOMER, Redacted("x"), results=(ToolResult("1", Redacted("paid")),)),
    ],
)
def test_what_somebody_has_answered_already_is_no_question_of_its_own(message: Message) -> None:
    request = asked().request

    assert question_of(replace(request, messages=(*request.messages, message))) == ""
