from datetime import UTC, datetime

from bot.log import (
    Author,
    Body,
    Event,
    MessageAccepted,
    MessageDelta,
    MessageEnded,
    MessageReset,
    MessageStarted,
    Notice,
)
from bot.transcript import (
    burst_of,
    earlier_answers,
    last_question_of_bot,
    lines_of,
    messages_of,
    open_message,
    recap,
    said_before,
)
from channels.base import ConversationId
from routing.request import Redacted, Role

AT = datetime(2026, 11, 24, tzinfo=UTC)


def log(*bodies: tuple[Body, int] | Body) -> list[Event]:
    events = []
    for seq, one in enumerate(bodies, 1):
        body, episode = one if isinstance(one, tuple) else (one, 1)
        events.append(Event(ConversationId("c"), seq, AT, "x", 1, episode, "", body))
    return events


def said(text: str) -> MessageAccepted:
    return MessageAccepted("k", f"c-{text}", Redacted(text))


def told(text: str, author: Author = Author.BOT) -> MessageEnded:
    message_id = text if text in ("b1", "h") else f"b-{text}"
    return MessageEnded(message_id, Redacted(text), "done", author)


def test_only_what_was_really_said_is_in_the_transcript() -> None:
    lines = lines_of(log(said("a"), MessageStarted("b", Author.BOT), told("b"), told("")))

    assert [(line.author, line.text) for line in lines] == [
        (Author.CUSTOMER, "a"),
        (Author.BOT, "b"),
    ]


def test_a_model_sees_its_own_episode_beginning_with_the_customer() -> None:
    lines = lines_of(
        log((said("old"), 1), (told("go on"), 2), (said("new"), 2), (told("h", Author.HUMAN), 2),
            (told("s", Author.SYSTEM), 2))
    )  # fmt: skip

    assert [(m.role, m.text) for m in messages_of(lines, 2)] == [
        (Role.CUSTOMER, "new"),
        (Role.BOT, "h"),
    ]


def test_the_burst_is_what_no_turn_has_covered() -> None:
    lines = lines_of(log(said("a"), told("b"), said("c"), said("d")))

    assert [line.text for line in burst_of(lines, 1)] == ["c", "d"]


def test_what_was_said_before_is_the_customers_and_of_this_episode() -> None:
    lines = lines_of(log((said("old"), 1), (said("q"), 2), (told("a"), 2), (said("and why?"), 2)))

    assert said_before(lines, 2, 2) == "q"
    assert said_before(lines, 1, 2) == ""


def test_the_last_question_is_the_last_that_was_not_the_customers() -> None:
    assert last_question_of_bot(lines_of(log(told("Your ZIP?"), said("12345")))) == "Your ZIP?"
    assert last_question_of_bot(lines_of(log(said("Hi")))) is None


def test_earlier_answers_are_compared_without_case_and_spacing() -> None:
    lines = lines_of(log((told("Old one"), 1), (told("The  Answer\nis"), 2), (said("x"), 2)))

    assert earlier_answers(lines, 2) == {"the answer is"}


def test_the_open_message_is_the_last_that_was_begun_and_not_ended() -> None:
    begun = MessageStarted("b1", Author.BOT)
    piece = MessageDelta("b1", 0, Redacted("x"))

    assert open_message(log(begun, told("b1"))) is None
    assert open_message(log(MessageStarted("h", Author.HUMAN))) is None
    found = open_message(log(begun, piece))
    assert found is not None
    assert (found.message_id, found.text) == ("b1", "x")
    again = open_message(log(begun, piece, MessageReset("b1"), Notice("x", Redacted("y"))))
    assert again is not None
    assert again.text == ""
    human = MessageStarted("h", Author.HUMAN)
    assert open_message(log(begun, piece, human, told("h", Author.HUMAN))) == found


def test_the_recap_is_the_last_question_and_answer_of_the_time_before() -> None:
    lines = lines_of(log((said("q1"), 1), (told("a1"), 1), (said("q2"), 2)))

    assert recap(lines, 2) == ("q1", "a1")
    assert recap(lines, 1) is None
