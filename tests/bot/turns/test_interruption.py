"""A customer who speaks into a message: the log says what he has heard of it."""

import asyncio
from pathlib import Path

import pytest

from bot.log import Author, MessageDelta, MessageEnded
from bot.transcript import SPOKEN_TYPES, lines_of
from bot.turns.conversation import Pace
from bot.turns.medium import SMS, VOICE
from channels.base import Interrupted
from routing.models.scripted import Hold, Script
from tests.bot.stage import ANSWER, END, Stage, says, staged, words

LATER: Script = (*words("A new PIN comes by post."), END)


async def transcript(stage: Stage) -> list[tuple[str, str]]:
    events = [event for event in await stage.events() if event.body.TYPE in SPOKEN_TYPES]
    return [(line.author.value, line.text) for line in lines_of(events)]


async def started(stage: Stage) -> str:
    events = await stage.until(MessageDelta.TYPE)
    return next(e.body.message_id for e in reversed(events) if isinstance(e.body, MessageDelta))


async def until_interrupted(stage: Stage, count: int = 2) -> MessageEnded:
    return (await stage.answers(count))[-1]


async def test_an_interrupted_answer_is_cancelled_and_says_what_was_heard(tmp_path: Path) -> None:
    never = asyncio.Event()
    script: Script = (*words("Your card arrives in five days"), Hold(never))
    async with staged(tmp_path, [script, LATER]) as stage:
        await stage.say("When will my card arrive?")
        message_id = await started(stage)
        await stage.act(Interrupted(message_id, "Your card"))
        ended = await until_interrupted(stage)
        await stage.say("And the PIN?")
        await stage.answers(3)
        await stage.until_idle()

        assert (ended.message_id, ended.text, ended.status) == (
            message_id,
            "Your card",
            "interrupted",
        )
        assert stage.model.open_streams == 0
        assert await transcript(stage) == [
            ("customer", "When will my card arrive?"),
            ("bot", "Your card"),
            ("customer", "And the PIN?"),
            ("bot", "A new PIN comes by post."),
        ]
        assert [m.text for m in stage.model.requests[1].messages] == [
            "When will my card arrive?",
            "Your card",
            "And the PIN?",
        ]


async def test_an_answer_that_is_out_whole_is_truncated_although_it_was_cited(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]
        await stage.act(Interrupted(answer.message_id, "Your card arrives"))
        ended = await until_interrupted(stage)

        assert (ended.text, ended.author, ended.citations) == ("Your card arrives", Author.BOT, ())
        assert ended.trace_id == answer.trace_id


async def test_what_was_heard_stands_before_what_was_said_into_it(tmp_path: Path) -> None:
    """The customer's words may be in the log before the correction is."""
    async with staged(tmp_path, [says(ANSWER), LATER]) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]
        await stage.until_idle()
        await stage.say("And the PIN?")
        await stage.answers(2)
        await stage.act(Interrupted(answer.message_id, "Your card"))
        await until_interrupted(stage, 3)

        assert (await transcript(stage))[1:3] == [
            ("bot", "Your card"),
            ("customer", "And the PIN?"),
        ]


@pytest.mark.parametrize("heard", ["", "   "])
async def test_of_a_message_of_which_nothing_was_heard_nothing_is_left(
    tmp_path: Path, heard: str
) -> None:
    async with staged(tmp_path, [says(ANSWER), LATER]) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]
        await stage.act(Interrupted(answer.message_id, heard))
        await until_interrupted(stage)

        assert await transcript(stage) == [("customer", "When will my card arrive?")]


async def test_what_the_vendor_says_was_heard_is_redacted_like_anything(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]
        await stage.act(
            Interrupted(answer.message_id, "Write to dana@example.com or 4111111111111111")
        )
        ended = await until_interrupted(stage)

        assert ended.text == "Write to [EMAIL_1] or [CREDIT_CARD ****1111]"


async def test_an_unknown_message_is_left_alone(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?")
        await stage.answers()
        before = await stage.until_idle()
        await stage.act(Interrupted("b99-none", "Your card"))

        assert await stage.until_idle() == before


@pytest.mark.parametrize(("channel", "style"), [("sms", SMS), ("voice", VOICE)])
async def test_a_model_is_told_of_the_medium(tmp_path: Path, channel: str, style: str) -> None:
    async with staged(tmp_path, channel=channel) as stage:
        await stage.say("When will my card arrive?")
        await stage.answers()

        assert style in stage.model.requests[0].system
        assert stage.model.requests[0].can_retract is (channel == "sms")


def test_each_medium_has_its_own_quiet() -> None:
    pace = Pace()

    assert (pace.on("sms").quiet_s, pace.on("sms").longest_s) == (3.0, 8.0)
    assert pace.on("voice").quiet_s == 0.0
    assert pace.on("web") == pace
