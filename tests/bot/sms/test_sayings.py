"""What is sent of the log, and what an answer to it means."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.humans.escalation import OFFERS
from bot.humans.handoff import Reply
from bot.log import (
    Attachment,
    Author,
    Body,
    Choice,
    ChoicesOffered,
    ConversationClosed,
    Escalation,
    Event,
    MessageAccepted,
    MessageDelta,
    MessageEnded,
    MessageStarted,
    Notice,
    SurveyAnswered,
    SurveyAsked,
)
from bot.privacy.redact import fixed
from bot.sms.sayings import Told, act_for, told_of
from bot.sms.words import ENGLISH, words_for
from channels.base import Act, Chose, ConversationId, Said, Surveyed
from tests.bot.sms.stage import DANA, scene

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
OFFER = (Choice(next(iter(OFFERS)), "Yes, please"), Choice("bot", "No, thanks"))
WAYS = (Choice("wait", "Keep waiting"), Choice("go_on", "Go on with the bot"))


def ended(text: str, author: Author = Author.BOT) -> MessageEnded:
    return MessageEnded("m", fixed(text), "done", author)


def log_of(*commits: Sequence[Body]) -> list[Event]:
    events: list[Event] = []
    for number, commit in enumerate(commits):
        at = AT + timedelta(seconds=number)
        for body in commit:
            seq = len(events) + 1
            events.append(Event(ConversationId("sms-1"), seq, at, "bot", 1, 1, "", body))
    return events


def told(*commits: Sequence[Body]) -> Told | None:
    return told_of(log_of(*commits), ENGLISH, str)


def test_what_one_commit_brings_is_one_message() -> None:
    offered = ChoicesOffered(OFFER)

    assert told([ended("Shall I?"), offered], [ended("Later")]) == Told(
        1, 2, "Shall I?\nReply YES or NO."
    )


def test_what_two_commits_bring_is_two_messages() -> None:
    assert told([ended("One")], [ended("Two")]) == Told(1, 1, "One")


@pytest.mark.parametrize(
    "body",
    [
        MessageAccepted("c", "m", fixed("hello")),
        MessageStarted("m", Author.BOT),
        MessageDelta("m", 0, fixed("half")),
        Escalation("joined", name="Dana"),
        Notice("contact_left", fixed("my number")),
        ConversationClosed("idle"),
        SurveyAnswered(1, 5, fixed("")),
        ended(""),
    ],
)
def test_what_is_not_for_the_phone_is_passed_over(body: Body) -> None:
    assert told([body]) == Told(0, 1, "")
    assert told([body], [ended("One")]) == Told(2, 2, "One")


def test_the_end_of_the_log_says_nothing() -> None:
    assert told() is None


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (ended("Hello", Author.HUMAN), "Hello"),
        (ended("Hello", Author.SYSTEM), "Hello"),
        (Notice("leave_contact", fixed("Leave your number")), "Leave your number"),
        (SurveyAsked(1), ENGLISH.survey),
        (
            ChoicesOffered(WAYS),
            "Reply with a number:\n1 - Keep waiting\n2 - Go on with the bot",
        ),
    ],
)
def test_everything_else_is_said(body: Body, text: str) -> None:
    assert told([body]) == Told(1, 1, text)


@pytest.mark.parametrize(
    ("text", "last", "act"),
    [
        ("4", SurveyAsked(1), Surveyed(4, key="SM1")),
        ("6", SurveyAsked(1), None),
        ("four", SurveyAsked(1), None),
        ("2", ChoicesOffered(WAYS), Chose("go_on", "SM1")),
        (" keep WAITING", ChoicesOffered(WAYS), Chose("wait", "SM1")),
        ("3", ChoicesOffered(WAYS), None),
        ("0", ChoicesOffered(WAYS), None),
        ("1", ChoicesOffered(OFFER), Said("SM1", "Yes, please")),
        ("YES", ChoicesOffered(OFFER), None),
        ("2", ended("Two cards or one?"), None),
        ("2", None, None),
    ],
)
def test_an_answer_is_understood_by_what_was_asked(
    text: str, last: Body | None, act: Act | None
) -> None:
    said = Said("SM1", text)

    assert act_for(said, log_of([last] if last else [])) == (act or said)


def test_a_file_is_no_answer_to_a_survey() -> None:
    said = Said("SM1", "5", ("f-1",))

    assert act_for(said, log_of([SurveyAsked(1)])) == said


def test_words_are_there_in_the_customers_language() -> None:
    assert words_for("de-AT") != ENGLISH
    assert words_for("xx") == ENGLISH


async def test_a_survey_is_answered_by_a_number(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        await here.stage.handoffs.claim(here.conversation, DANA)
        await here.stage.handoffs.resolve(here.conversation, DANA)
        await here.rest()
        await here.texts("5")
        await here.rest()

        [asked] = here.sam.received
        assert asked.endswith(ENGLISH.survey)
        [answer] = [one.body for one in await here.events() if isinstance(one.body, SurveyAnswered)]
        assert answer.score == 5
        assert here.stage.model.requests == []


async def test_a_file_of_a_human_is_left_out_and_he_is_told(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        await here.stage.handoffs.claim(here.conversation, DANA)
        file = Attachment("f-" + "1" * 24, fixed("terms.pdf"), "application/pdf", 10)
        reply = Reply(fixed("Here it is"), (file,))
        await here.stage.handoffs.reply(here.conversation, DANA, reply)
        await here.rest()

        assert here.sam.received == ["Here it is"]
        assert any(line.startswith("A file was not sent") for line in await here.lines())
