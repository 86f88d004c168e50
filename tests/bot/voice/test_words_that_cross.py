"""A caller who speaks, cuts in or hangs up just when something else happens."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.humans.parcels import spoken
from bot.log import Author
from bot.privacy.redact import fixed
from bot.stores.base import Draft, Write
from bot.transcript import lines_of
from bot.voice.call import CustomerCall
from bot.voice.timing.latency import TURN
from channels.base import Act, ConversationId, Stopped
from channels.voice.base import Text
from routing.models.scripted import Hold, Script
from tests.bot.stage import ANSWER, END, says, words
from tests.bot.voice.stage import OnTheLine, on_the_line
from tests.bot.voice.test_call import ASKED, HALF, half_said, held, slow

MORE = "What does a card cost?"


async def cut_turns(call: OnTheLine) -> Sequence[bool]:
    await call.callee.gone(1000)
    turns = sorted(await call.kept(TURN), key=lambda turn: int(turn["turn"]))
    return [turn["was_cut"] for turn in turns]


@pytest.mark.promise("V35", "V41")
async def test_what_was_heard_of_a_filler_is_not_taken_for_what_was_heard_of_the_answer(
    tmp_path: Path,
) -> None:
    event = asyncio.Event()
    script: Script = (Hold(event), *words(HALF), Hold(asyncio.Event()), END)
    async with on_the_line(tmp_path, (script, says("One euro."))) as call:
        await call.says(ASKED)
        await call.clock.advance(0.8)
        await call.cuts_in("One moment")
        event.set()
        await call.until(lambda: "arrives" in call.line.spoken)
        await call.says(MORE)
        await call.answered()
        texts = [line.text for line in lines_of(await call.events())]

        assert texts == [ASKED, "Your card arrives in", MORE, "One euro."]


@pytest.mark.promise("V36", "V54")
async def test_who_cuts_in_while_the_rest_plays_has_cut_that_answer(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, (says(ANSWER), says("One euro."))) as call:
        await call.says(ASKED)
        await call.answered()
        await call.cuts_in("Your card arrives in")
        await call.says(MORE)
        await call.answered(2)

        assert await cut_turns(call) == [True, False]


@pytest.mark.promise("V54")
async def test_who_says_more_before_the_first_word_has_cut_that_turn(tmp_path: Path) -> None:
    scripts = (slow(asyncio.Event()), says("Five days."))
    async with on_the_line(tmp_path, scripts) as call:
        await call.says("When will my")
        await call.stage.until_asked()
        await call.says("new card arrive?")
        await call.answered()

        assert await cut_turns(call) == [True, False]


async def answers_something_earlier(call: OnTheLine) -> None:
    """Have an answer come to something that was said earlier."""
    drafts = tuple(Draft(body, "bot") for body in spoken("b9", Author.BOT, fixed("Earlier.")))
    services = call.stage.services
    await services.scribe.write(Write(call.conversation, services.clock.now(), events=drafts))
    await call.until(lambda: "Earlier." in call.line.spoken)


@pytest.mark.promise("V49", "V54")
async def test_an_answer_to_something_earlier_is_no_answer_to_what_was_said_since(
    tmp_path: Path,
) -> None:
    event = asyncio.Event()
    async with on_the_line(tmp_path, (slow(event),)) as call:
        is_taken = asyncio.Event()

        async def accept_late(conversation: ConversationId, act: Act) -> None:
            await is_taken.wait()
            await call.parts.accept(conversation, act)

        call.callee = CustomerCall(replace(call.parts, accept=accept_late), call.live)
        await call.takes_over("VX" + "4" * 32)
        await call.says(ASKED)
        await answers_something_earlier(call)
        is_taken.set()
        await call.stage.until_asked()
        await call.clock.advance(6.0)
        event.set()
        await call.until(lambda: ANSWER in call.line.spoken)
        await call.callee.gone(1000)
        (turn,) = await call.kept(TURN)

        assert len(call.line.fillers) > 1
        assert turn["first_token_ms"] > 5_000


@pytest.mark.promise("V33")
async def test_a_turn_without_an_answer_ends_its_talk_cycle_too(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, (slow(asyncio.Event()),)) as call:
        await call.says(ASKED)
        await call.clock.advance(0.8)
        await call.stage.act(Stopped(""))
        await call.stage.until_idle()
        await call.clock.advance(1.5)

        assert call.line.lasts == 1
        assert call.line.frames[-1] == Text("", is_last=True)


@pytest.mark.promise("V47")
async def test_who_hangs_up_in_mid_answer_has_heard_what_was_played(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, (held(asyncio.Event()),)) as call:
        await half_said(call)
        await call.told("tokensPlayed", "Your card")
        await call.callee.gone(1000)
        await call.stage.until_idle()

        assert lines_of(await call.events())[-1].text == "Your card"
        assert (await call.ended())[-1].status == "interrupted"
        assert call.stage.model.open_streams == 0


async def test_how_long_the_bot_takes_to_yield_is_measured(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, (held(asyncio.Event()),)) as call:
        await half_said(call)
        await call.cuts_in("Your card")
        await call.stage.until_idle()
        await call.settle()

        metrics = call.stage.services.metrics.text().decode()
        assert "copilot_voice_yield_seconds_count 1.0" in metrics
