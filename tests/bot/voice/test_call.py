"""A call as the caller hears it: answers, interruptions, fillers, silence."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.fixed.texts import Said as Fixed
from bot.fixed.texts import text_for
from bot.log import Author, MessageAccepted, MessageEnded
from bot.stores.base import Owner
from bot.transcript import lines_of
from bot.voice.call import CustomerCall
from bot.voice.speaking.aloud import aloud
from bot.voice.terms import VoiceTerms
from bot.voice.timing.latency import CALL as CALL_KIND
from bot.voice.timing.latency import TURN
from bot.voice.words import FILLERS, Spoken, spoken_text
from channels.base import Act, ConversationId, Said
from channels.errors import ChannelBusy
from channels.voice.base import Language, Text
from routing.errors import FailureKind, ModelFailed
from routing.models.scripted import Hold, Script
from tests.bot.stage import ANSWER, END, says, words
from tests.bot.voice.stage import OnTheLine, on_the_line

ASKED = "When will my card arrive?"
SPOKEN = ANSWER
HALF, REST = "Your card arrives in five ", "working days [1]. You can follow it in the app."


def held(event: asyncio.Event, half: str = HALF, rest: str = REST) -> Script:
    return (*words(half), Hold(event), *words(rest), END)


def slow(event: asyncio.Event) -> Script:
    return (Hold(event), *words(ANSWER), END)


async def half_said(call: OnTheLine) -> None:
    await call.says(ASKED)
    await call.until(lambda: "arrives" in call.line.spoken)


@pytest.mark.promise("V33")
async def test_the_tokens_are_the_answer_and_one_last_token_ends_it(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says(ASKED)
        await call.answered()

        assert call.line.spoken == SPOKEN
        assert call.line.lasts == 1
        assert call.line.frames[-1] == Text("", is_last=True)


@pytest.mark.promise("V32")
async def test_only_the_final_prompt_asks_a_model_and_once(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says(ASKED, partials=("When", "When will", ASKED))
        await call.answered()

        assert len(call.stage.model.requests) == 1


@pytest.mark.promise("V55")
async def test_partial_words_are_kept_nowhere(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says(ASKED, partials=("my number is 4111 1111 1111 1111",))
        await call.answered()
        said = [e.body.text for e in await call.events() if isinstance(e.body, MessageAccepted)]

        assert said == [ASKED]


@pytest.mark.promise("V34")
async def test_an_interruption_stops_the_model_and_no_word_of_that_answer_follows(
    tmp_path: Path,
) -> None:
    event = asyncio.Event()
    async with on_the_line(tmp_path, (held(event),)) as call:
        await half_said(call)
        before = len(call.line.frames)
        await call.cuts_in("Your card")
        await call.until(lambda: not call.stage.model.open_streams)
        event.set()
        await call.stage.until_idle()
        await call.settle()

        assert len(call.line.frames) == before


@pytest.mark.promise("V35")
async def test_the_log_keeps_what_was_heard_before_what_the_caller_said_then(
    tmp_path: Path,
) -> None:
    async with on_the_line(tmp_path, (held(asyncio.Event()), says("One euro."))) as call:
        await half_said(call)
        await call.cuts_in("your CARD arrives")
        await call.says("What does a card cost?")
        await call.answered()
        lines = lines_of(await call.events())

        assert [(line.author, line.text) for line in lines] == [
            (Author.CUSTOMER, ASKED),
            (Author.BOT, "Your card arrives"),
            (Author.CUSTOMER, "What does a card cost?"),
            (Author.BOT, "One euro."),
        ]
        assert "interrupted" in [ended.status for ended in await call.ended()]


@pytest.mark.promise("V35")
async def test_of_an_answer_that_was_not_heard_at_all_nothing_is_left(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, (held(asyncio.Event()),)) as call:
        await half_said(call)
        await call.cuts_in("")
        await call.stage.until_idle()

        assert [line.text for line in lines_of(await call.events())] == [ASKED]


@pytest.mark.promise("V36")
async def test_an_answer_that_is_all_sent_and_still_playing_is_truncated_too(
    tmp_path: Path,
) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says(ASKED)
        await call.answered()
        await call.cuts_in("Your card arrives in")
        await call.stage.until_idle()

        assert lines_of(await call.events())[-1].text == "Your card arrives in"


@pytest.mark.promise("V39")
async def test_who_says_more_before_the_answer_has_one_answer_to_both(tmp_path: Path) -> None:
    event = asyncio.Event()
    async with on_the_line(tmp_path, (slow(event), says("Five days."))) as call:
        await call.says("When will my")
        await call.stage.until_asked()
        await call.says("new card arrive?")
        await call.answered()
        event.set()
        await call.stage.until_idle()

        assert call.line.spoken == "Five days."
        assert len([one for one in await call.ended() if one.text]) == 1


@pytest.mark.promise("V39")
async def test_a_second_sentence_while_the_first_is_answered_cuts_that_answer(
    tmp_path: Path,
) -> None:
    event = asyncio.Event()
    async with on_the_line(tmp_path, (held(event), says("One euro."))) as call:
        await half_said(call)
        await call.clock.advance(1.0)
        await call.says("What does a card cost?")
        await call.answered()
        event.set()
        await call.stage.until_idle()
        texts = [line.text for line in lines_of(await call.events())]

        assert call.line.spoken == "Your card arrives in One euro."
        assert texts == [ASKED, "Your card arrives in", "What does a card cost?", "One euro."]


async def test_who_is_not_interrupted_is_heard_whole_however_fast_the_next_question_comes(
    tmp_path: Path,
) -> None:
    async with on_the_line(tmp_path, (says(ANSWER), says("One euro."))) as call:
        await call.says(ASKED)
        await call.answered()
        await call.says("What does a card cost?")
        await call.answered(2)

        assert [one.status for one in await call.ended()] == ["done", "done"]
        assert lines_of(await call.events())[1].text == ANSWER


async def test_an_answer_that_begins_just_after_the_caller_has_gone_on_is_not_said(
    tmp_path: Path,
) -> None:
    """The application shows the first word while the next sentence is on its way to it."""
    async with on_the_line(tmp_path, (held(asyncio.Event()), says("One euro."))) as call:
        await half_said(call)
        before = len(call.line.texts)
        await call.stage.act(Said("elsewhere:1", "What does a card cost?"))
        await call.until(lambda: "One euro." in call.line.spoken)
        await call.stage.until_idle()

        assert call.line.texts[before].token.startswith("One")
        assert call.line.lasts == 1


@pytest.mark.promise("V49")
async def test_a_failing_model_is_a_spoken_apology_and_a_human(tmp_path: Path) -> None:
    failing: Script = (ModelFailed(FailureKind.SERVER),)
    async with on_the_line(tmp_path, (failing,)) as call:
        await call.says("What is the airspeed of a swallow?")
        await call.answered()

        assert call.line.spoken.startswith(aloud(text_for(Fixed.OUTAGE, "en"), "en", False))
        assert call.line.lasts == 1
        assert (await call.head()).owner is Owner.QUEUE


async def test_an_application_that_takes_nothing_is_said_to_be_in_trouble(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:

        async def refuses(_: ConversationId, __: Act) -> None:
            raise ChannelBusy(0.1)

        call.callee = CustomerCall(replace(call.parts, accept=refuses), call.live)
        await call.takes_over("VX" + "4" * 32)
        await call.says(ASKED)
        await call.clock.advance(1.0)
        told = call.line.spoken
        await call.clock.advance(10.0)

        assert told == spoken_text(Spoken.TROUBLE, "en")
        assert call.line.handoff == ""


@pytest.mark.promise("V41")
async def test_a_slow_model_has_a_filler_that_is_no_part_of_the_answer(tmp_path: Path) -> None:
    event = asyncio.Event()
    async with on_the_line(tmp_path, (slow(event),)) as call:
        await call.says(ASKED)
        await call.clock.advance(0.65)
        early = len(call.line.fillers)
        await call.clock.advance(0.1)
        event.set()
        await call.answered()

        assert early == 0
        assert call.line.fillers == [FILLERS["en"][0]]
        assert call.line.spoken == SPOKEN
        assert [one.text for one in await call.ended()] == [ANSWER]


@pytest.mark.promise("V49")
async def test_there_is_always_something_to_hear_within_three_seconds(tmp_path: Path) -> None:
    event = asyncio.Event()
    async with on_the_line(tmp_path, (slow(event),)) as call:
        asked_at = call.clock.at
        await call.says(ASKED)
        await call.clock.advance(12.0)
        heard, longest_s = asked_at, 0.0
        for at, text in zip(call.line.at, call.line.texts, strict=True):
            longest_s = max(longest_s, at - heard)
            heard = max(heard, at) + len(text.token) / call.parts.manners.chars_per_s

        assert len(call.line.fillers) > 2
        assert longest_s < 3.0


@pytest.mark.promise("V50")
async def test_a_silent_caller_is_asked_once_and_then_told_goodbye(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says(ASKED)
        await call.answered()
        await call.clock.advance(27.0)
        asked = call.line.spoken.removeprefix(SPOKEN)
        await call.clock.advance(24.0)
        told = call.line.spoken.removeprefix(SPOKEN + asked)
        early = call.line.handoff
        await call.clock.advance(5.0)

        assert asked == spoken_text(Spoken.STILL_THERE, "en")
        assert told == spoken_text(Spoken.GOODBYE, "en")
        assert (early, call.line.handoff) == (None, "")
        assert await call.notices() == ["voice_still_there", "voice_goodbye"]


@pytest.mark.promise("V51")
async def test_another_language_is_switched_to_before_the_next_word(tmp_path: Path) -> None:
    terms = VoiceTerms(languages=("en-US", "de-DE"))
    async with on_the_line(tmp_path, terms=terms) as call:
        await call.says("Wann kommt meine Karte?", "de-AT")
        await call.answered()
        frames, head = call.line.frames, await call.head()

        assert frames[0] == Language("de-DE", "de-DE")
        assert call.line.others == [Language("de-DE", "de-DE")]
        assert head.locale == "de-DE"


@pytest.mark.promise("V51")
async def test_one_word_in_another_language_changes_nothing_two_in_a_row_do(
    tmp_path: Path,
) -> None:
    terms = VoiceTerms(languages=("en-US", "de-DE"))
    scripts = (says("One euro."), says("Two euros."), says("Drei Euro."))
    async with on_the_line(tmp_path, scripts, terms) as call:
        await call.says("Karte?", "de-DE")
        await call.until(lambda: "One euro." in call.line.spoken)
        await call.says("What does it cost then?", "en-US")
        await call.until(lambda: "Two euros." in call.line.spoken)
        await call.says("Kosten?", "de-DE")
        early = list(call.line.others)
        await call.says("Wie viel?", "de-DE")
        await call.until(lambda: "Drei Euro." in call.line.spoken)

        assert early == []
        assert call.line.others == [Language("de-DE", "de-DE")]


@pytest.mark.promise("V51")
async def test_a_language_that_we_do_not_speak_changes_nothing(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says("Quando arriva la mia carta?", "it-IT")
        await call.answered()

        assert call.line.others == []
        assert (await call.head()).locale == "en-US"


@pytest.mark.promise("V41")
async def test_who_speaks_into_a_filler_still_has_his_answer(tmp_path: Path) -> None:
    event = asyncio.Event()
    async with on_the_line(tmp_path, (slow(event),)) as call:
        await call.says(ASKED)
        await call.clock.advance(0.8)
        await call.cuts_in("One moment")
        event.set()
        await call.answered()

        assert call.line.spoken == SPOKEN
        assert [one.status for one in await call.ended()] == ["done"]


async def test_who_speaks_while_he_is_told_goodbye_stays_on_the_line(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        goodbye = spoken_text(Spoken.GOODBYE, "en")
        while goodbye not in call.line.spoken:
            await call.clock.advance(1.0)
        await call.says(ASKED)
        await call.answered(3)
        await call.clock.advance(10.0)

        assert ANSWER in call.line.spoken
        assert call.line.handoff is None


@pytest.mark.promise("V54")
async def test_the_time_to_the_first_word_is_kept_and_told_when_it_is_too_long(
    tmp_path: Path,
) -> None:
    event = asyncio.Event()
    async with on_the_line(tmp_path, (slow(event),)) as call:
        await call.says(ASKED)
        await call.clock.advance(2.0)
        event.set()
        await call.answered()
        await call.callee.gone(1000)
        turns, calls = await call.kept(TURN), await call.kept(CALL_KIND)

        assert turns[0]["first_token_ms"] == pytest.approx(2000.0)
        assert turns[0]["fillers"] == 1
        assert calls[0]["p95_first_token_ms"] == pytest.approx(2000.0)
        assert calls[0]["is_over"]
        assert call.slow[0].p95_s == pytest.approx(2.0)


@pytest.mark.promise("V54")
async def test_a_call_within_its_budget_alarms_nobody(tmp_path: Path) -> None:
    async with on_the_line(tmp_path) as call:
        await call.says(ASKED)
        await call.answered()
        await call.callee.gone(1000)

        assert call.slow == []
        assert not (await call.kept(CALL_KIND))[0]["is_over"]


@pytest.mark.promise("V47")
async def test_a_hang_up_stops_the_model_and_the_turn_is_abandoned(tmp_path: Path) -> None:
    async with on_the_line(tmp_path, (held(asyncio.Event()),)) as call:
        await half_said(call)
        await call.callee.gone(1000)
        await call.stage.until_idle()
        ended = [one.body for one in await call.events() if isinstance(one.body, MessageEnded)]

        assert call.stage.model.open_streams == 0
        assert [one.status for one in ended] == ["stopped"]
        assert [turn["outcome"] for turn in await call.stage.turns()] == ["stopped"]
