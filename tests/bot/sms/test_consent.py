"""Customers who want no more messages: nothing is sent to them, whoever wants to."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.humans.handoff import Reply
from bot.privacy.redact import fixed
from channels.sms.words import OptOutWords, words_of
from routing.models.scripted import Hold
from tests.bot.sms.stage import DANA, OURS, SAM, SERVICE, TERMS, scene
from tests.bot.stage import ANSWER, END, says, words
from tests.emulators.twilio import Fault

SAID = "Your card arrives in five working days. You can follow it in the app."


@pytest.mark.promise("S12")
@pytest.mark.parametrize("word", ["STOP", "  stop ", "Unsubscribe", "sToPaLl", "CANCEL"])
async def test_who_says_stop_is_sent_nothing_more(tmp_path: Path, word: str) -> None:
    held = asyncio.Event()
    async with scene(tmp_path, [(Hold(held), *words(ANSWER), END)]) as here:
        await here.texts()
        await here.stage.until_asked()
        await here.texts(word)
        held.set()
        await here.rest()
        await here.says("One more thing")
        await here.rest()

        assert here.sam.received == []
        assert here.server.called("send") == []
        assert set(await here.states()) == {"cancelled"}


@pytest.mark.promise("S12")
async def test_what_waits_for_twilio_is_cancelled_by_stop(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.server.faults.add(Fault("send", "busy", times=0, retry_after_s=600))
        await here.texts()
        await here.until(lambda: len(here.server.called("send")) == 1)
        here.server.faults.clear()
        await here.texts("stop")
        await here.rest()

        assert await here.states() == ["cancelled"]
        assert len(here.server.called("send")) == 1


@pytest.mark.promise("S12")
async def test_start_brings_messages_back_and_help_changes_nothing(tmp_path: Path) -> None:
    async with scene(tmp_path, [says(ANSWER)] * 3) as here:
        await here.texts("STOP")
        await here.texts("HELP")
        await here.texts("help ")
        await here.texts("Are you there?")
        await here.rest()
        silent = (list(here.sam.received), len(here.stage.model.requests))
        await here.texts("Start")
        await here.texts("INFO")
        await here.texts()
        await here.rest()

        assert silent == ([], 0)
        assert here.sam.received == [SAID]


@pytest.mark.promise("S12")
async def test_a_stop_covers_the_service_and_no_other_number(tmp_path: Path) -> None:
    async with scene(tmp_path, [says(ANSWER)] * 3) as here:
        here.server.service(SERVICE, OURS, "+15550101")
        here.server.number("+15550102")
        await here.texts("STOP")
        await here.texts(to="+15550101")
        await here.texts(to="+15550102")
        await here.rest()

        assert [message.sender for message in here.sam.messages] == ["+15550102"]
        assert len(here.stage.model.requests) == 1


@pytest.mark.promise("S13")
async def test_what_twilio_says_of_a_text_counts_more_than_the_text(tmp_path: Path) -> None:
    async with scene(tmp_path, [says(ANSWER)] * 3) as here:
        await here.texts("no more of this", OptOutType="STOP")
        await here.texts()
        await here.rest()
        nothing = list(here.sam.received)
        await here.texts("go on", OptOutType="START")
        await here.texts("please stop sending reminders")
        await here.rest()

        assert nothing == []
        assert here.sam.received == [SAID]


@pytest.mark.promise("S13")
async def test_yes_is_an_answer_of_who_has_not_opted_out(tmp_path: Path) -> None:
    async with scene(tmp_path, [says(ANSWER)] * 3) as here:
        await here.texts("YES")
        await here.rest()
        answered = len(here.sam.received)
        await here.texts("STOP")
        await here.texts("yes")
        await here.texts()
        await here.rest()

        assert answered == 1
        assert len(here.sam.received) == 2


@pytest.mark.promise("S13")
async def test_the_words_are_those_of_the_policy(tmp_path: Path) -> None:
    own = OptOutWords(words_of(["basta"]), words_of(["dale"]), words_of(["ayuda"]))
    terms = replace(TERMS, words_of={OURS: own})
    async with scene(tmp_path, [says(ANSWER)] * 3, terms=terms) as here:
        here.server.number("+15550101")
        await here.texts("Basta")
        await here.texts()
        await here.texts("basta", to="+15550101")
        await here.rest()

        assert [message.sender for message in here.sam.messages] == ["+15550101"]


@pytest.mark.promise("S14")
async def test_an_opt_out_that_only_twilio_knows_is_learned_and_told_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        await here.stage.handoffs.claim(here.conversation, DANA)
        here.server.opted_out.add((OURS, SAM))
        for text in ("First", "Second"):
            await here.says(text)
            await here.rest()

        assert [call.outcome for call in here.server.called("send")] == ["400"]
        assert await here.told() == ["sms.opt_out_found"]
        assert await here.states() == ["failed", "cancelled"]
        [line] = set(await here.lines())
        assert line.startswith("Not sent: the customer has opted out")


async def test_a_human_who_replies_after_a_stop_is_told_that_nothing_went_out(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        await here.texts()
        await here.rest()
        await here.texts("STOP")
        await here.rest()
        await here.stage.handoffs.claim(here.conversation, DANA)
        await here.stage.handoffs.reply(here.conversation, DANA, Reply(fixed("May I help?")))
        await here.texts("I meant it")
        await here.rest()

        assert here.sam.received == [SAID]
        assert await here.lines() == [
            "Not sent: the customer has opted out of text messages (STOP). Please go another way."
        ]
        said = [line.text for line in here.stage.desk.lines if line.author == "customer"]
        assert said == ["I meant it"]


async def test_a_human_who_has_the_conversation_is_told_of_the_stop(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await here.meets()
        await here.stage.handoffs.claim(here.conversation, DANA)
        await here.texts("STOP")
        await here.texts("stop")
        await here.rest()

        [line] = await here.lines()
        assert line.startswith("The customer has opted out")
