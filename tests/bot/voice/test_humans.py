"""A call and humans: transfers, who answers in writing, offers, and lines that are lost."""

import asyncio
import json
from pathlib import Path

import pytest

from bot.humans.handoff import Reply
from bot.humans.human import named
from bot.privacy.redact import fixed
from bot.stores.base import Owner
from bot.voice.calls import Leaving
from bot.voice.terms import Transfer, VoiceTerms
from bot.voice.words import Spoken, spoken_text
from channels.base import WantsHuman
from routing.models.scripted import Hold, Script
from tests.bot.stage import ANSWER, END, says, words
from tests.bot.voice.stage import CALL, SESSION, on_the_line

WANTED = "I want to talk to a human"
BY_PHONE = VoiceTerms(transfer=Transfer(queue="support"))
DANA = named("Dana")


@pytest.mark.promise("V46")
async def test_a_transfer_is_told_to_its_end_and_carries_a_reference_only(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, terms=BY_PHONE) as call:
        await call.says(WANTED)
        await call.answered()
        told, early = call.line.spoken, call.line.handoff
        await call.clock.advance(1.0)
        still = call.line.handoff
        await call.clock.advance(len(told) / call.parts.manners.chars_per_s + 1.0)
        known = await call.parts.calls.find(CALL)

        assert "colleague" in told
        assert (early, still) == (None, None)
        assert json.loads(call.line.handoff or "") == {"reference": call.conversation}
        assert known is not None
        assert known.leaving is Leaving.TRANSFER
        assert (await call.head()).owner is Owner.QUEUE


async def test_without_a_transfer_the_call_stays_and_who_waits_hears_something(
    tmp_path: Path,
) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says(WANTED)
        await call.answered()
        before = call.line.spoken
        await call.clock.advance(80.0)

        assert call.line.handoff is None
        assert spoken_text(Spoken.HOLD, "en") in call.line.spoken.removeprefix(before)


async def test_what_a_human_writes_is_spoken_and_the_bot_is_silent(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says(WANTED)
        await call.answered()
        await call.stage.handoffs.claim(call.conversation, DANA)
        reply = Reply(fixed("Hello, this is Dana."))
        await call.stage.handoffs.reply(call.conversation, DANA, reply)
        await call.until(lambda: "Dana." in call.line.spoken)
        asked = len(call.stage.model.requests)
        await call.says("When will my card arrive?")
        await call.stage.until_idle()
        await call.clock.advance(5.0)

        assert len(call.stage.model.requests) == asked
        assert call.line.fillers == []


async def test_a_human_who_claims_stops_the_bot(tmp_path: Path) -> None:
    script: Script = (*words("Your card arrives in five "), Hold(asyncio.Event()), END)
    async with on_the_line(tmp_path, (script,)) as call:
        await call.says("When will my card arrive?")
        await call.until(lambda: "arrives" in call.line.spoken)
        await call.stage.handoffs.claim(call.conversation, DANA)
        await call.stage.until_idle()
        await call.clock.advance(6.0)

        assert call.line.fillers == []
        assert call.line.handoff is None


@pytest.mark.parametrize(("answer", "owner"), [("Yes, please.", Owner.QUEUE), ("No.", Owner.BOT)])
async def test_an_offer_is_answered_in_words(tmp_path: Path, answer: str, owner: Owner) -> None:
    async with on_the_line(tmp_path, keyless=True) as call:
        await call.says("What is the airspeed of a swallow?")
        await call.answered()
        await call.says(answer)
        await call.answered(2)
        await call.stage.until_idle()

        assert (await call.head()).owner is owner


@pytest.mark.promise("V45")
async def test_a_lost_line_goes_on_with_the_answer_and_without_greeting(tmp_path: Path) -> None:
    event = asyncio.Event()
    script: Script = (*words("Your card arrives in five "), Hold(event), *words("days."), END)
    async with on_the_line(tmp_path, (script,)) as call:
        await call.says("When will my card arrive?")
        await call.until(lambda: "arrives" in call.line.spoken)
        await call.callee.gone(1006)
        known = await call.parts.calls.find(CALL)
        assert known is not None
        await call.parts.calls.lost(known, SESSION)
        event.set()
        await call.stage.until_idle()
        await call.picks_up("VX" + "3" * 32, is_second=True)
        await call.answered()

        assert call.line.spoken == "Your card arrives in five days."
        assert [one.status for one in await call.ended()] == ["done"]


@pytest.mark.promise("V45")
async def test_what_was_heard_is_not_said_again_after_the_line_was_lost(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, (says(ANSWER), says("One euro."))) as call:
        await call.says("When will my card arrive?")
        await call.answered()
        await call.clock.advance(10.0)
        await call.callee.gone(1006)
        await call.picks_up("VX" + "3" * 32, is_second=True)
        await call.says("What does a card cost?")
        await call.answered()

        assert call.line.spoken == "One euro."


@pytest.mark.promise("V45")
async def test_a_second_socket_of_a_call_takes_over_from_one_that_is_half_dead(
    tmp_path: Path,
) -> None:
    event = asyncio.Event()
    script: Script = (*words("Your card arrives in five "), Hold(event), *words("days."), END)
    async with on_the_line(tmp_path, (script,)) as call:
        await call.says("When will my card arrive?")
        await call.until(lambda: "arrives" in call.line.spoken)
        old, old_callee = call.line, call.callee
        before = len(old.frames)
        await call.picks_up("VX" + "3" * 32, is_second=True)
        event.set()
        await call.answered()
        await old_callee.gone(1006)

        assert call.line.spoken == "Your card arrives in five days."
        assert len(old.frames) == before
        assert call.live.find(CALL) is not None


async def test_a_button_at_the_desk_reaches_a_call_too(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, terms=BY_PHONE) as call:
        await call.stage.act(WantsHuman())
        await call.until(lambda: "colleague" in call.line.spoken)
        await call.clock.advance(40.0)

        assert call.line.handoff is not None
