"""A line that is lost, twice told, or followed by another before its end is written."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.humans.handoff import Reply
from bot.humans.human import named
from bot.privacy.redact import fixed
from bot.voice.call import CustomerCall
from bot.voice.terms import Transfer, VoiceTerms
from bot.voice.words import Spoken, spoken_text
from channels.base import Act, ConversationId
from tests.bot.stage import ANSWER, says
from tests.bot.voice.stage import CALL, SESSION, OnTheLine, on_the_line
from tests.bot.voice.test_call import ASKED

WANTED = "I want to talk to a human"
AGAIN = "VX" + "3" * 32
BY_PHONE = VoiceTerms(transfer=Transfer(queue="support"))
DANA = named("Dana")


async def was_answered(call: OnTheLine) -> None:
    await call.says(ASKED)
    await call.answered()
    await call.clock.advance(10.0)


@pytest.mark.promise("V45")
async def test_who_is_connected_again_before_we_know_of_the_loss_hears_nothing_twice(
    tmp_path: Path,
) -> None:
    async with on_the_line(tmp_path) as call:
        await was_answered(call)
        await call.picks_up(AGAIN, is_second=True)
        await call.clock.advance(1.0)

        assert ANSWER not in call.line.spoken


@pytest.mark.promise("V45")
async def test_the_next_line_waits_until_all_is_written_that_was_said_on_the_last(
    tmp_path: Path,
) -> None:
    async with on_the_line(tmp_path, (says(ANSWER), says("One euro."))) as call:
        goes_on = asyncio.Event()

        async def accept(conversation: ConversationId, act: Act) -> object:
            await goes_on.wait()
            return await call.parts.accept(conversation, act)

        call.callee = CustomerCall(replace(call.parts, accept=accept), call.live)
        await call.takes_over("VX" + "4" * 32)
        goes_on.set()
        await was_answered(call)
        goes_on.clear()
        await call.says("What does a card cost?")
        loop = asyncio.get_running_loop()
        ending = loop.create_task(call.callee.gone(1006))
        await asyncio.sleep(0)
        again = loop.create_task(call.picks_up(AGAIN, is_second=True))
        await asyncio.sleep(0)
        await call.settle()
        goes_on.set()
        await ending
        await again
        await call.answered()

        assert call.line.spoken == "One euro."


@pytest.mark.promise("V45")
async def test_what_a_human_has_said_is_not_said_again_on_the_next_line(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says(WANTED)
        await call.answered()
        await call.stage.handoffs.claim(call.conversation, DANA)
        for text in ("Hello, this is Dana.", "I see it."):
            await call.stage.handoffs.reply(call.conversation, DANA, Reply(fixed(text)))
            await call.until(lambda: text in call.line.spoken)  # noqa: B023 - awaited here
            await call.clock.advance(10.0)
        await call.stage.handoffs.reply(call.conversation, DANA, Reply(fixed("Your card is on")))
        await call.until(lambda: "card is on" in call.line.spoken)
        await call.callee.gone(1006)
        await call.picks_up(AGAIN, is_second=True)
        await call.until(lambda: "card is on" in call.line.spoken)

        assert call.line.spoken == "Your card is on"


@pytest.mark.promise("V45", "V46")
async def test_a_line_that_is_lost_on_the_way_to_a_human_still_leads_to_him(
    tmp_path: Path,
) -> None:
    async with on_the_line(tmp_path, terms=BY_PHONE) as call:
        await call.says(WANTED)
        await call.answered()
        await call.says("Thank you, and hurry.")
        await call.callee.gone(1006)
        await call.picks_up(AGAIN, is_second=True)
        await call.clock.advance(10.0)

        assert spoken_text(Spoken.PUTTING_THROUGH, "en") in call.line.spoken
        assert call.line.handoff


@pytest.mark.promise("V45")
async def test_a_loss_that_is_told_twice_counts_once(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        calls = call.parts.calls
        for session in (SESSION, SESSION, AGAIN):
            known = await calls.find(CALL)
            assert known is not None
            await calls.lost(known, session)
        known = await calls.find(CALL)

        assert known is not None
        assert known.losses == 2
