"""The caller of the emulated ConversationRelay: what is said, heard and interrupted."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from tests.emulators.relay_app import App, Sent, on_the_phone, relay_twiml, words
from tests.emulators.twilio.relay import (
    Account,
    RealClock,
    TurnedClock,
    Vendor,
    calling,
)

ANSWER = "A card costs one euro and comes in five days."
CALLERS = 100


def answering(frame: Mapping[str, Any]) -> list[Sent]:
    return words(ANSWER) if frame["type"] == "prompt" and frame["last"] else []


async def test_a_call_is_answered_connected_and_set_up() -> None:
    app = App(relay_twiml(inside='<Parameter name="token" value="t-1"/>'))
    async with on_the_phone(app) as caller:
        await caller.until(lambda: app.heard)

        assert app.calls[0]["CallStatus"] == "ringing"
        assert app.calls[0]["CallSid"] == caller.sid
        assert app.hosts == ["bank.example"]
        assert app.heard[0]["type"] == "setup"
        assert app.heard[0]["customParameters"] == {"token": "t-1"}
        assert app.heard[0]["callStatus"] == "RINGING"
        assert app.heard[0]["from"] == "+15550123"


async def test_an_answer_is_heard_as_far_as_somebody_listens() -> None:
    async with on_the_phone(App(answers=answering)) as caller:
        await caller.says("What does a card cost?")
        heard = await caller.hears("ONE  euro")

        assert heard == "A card costs one euro"
        assert caller.spoken == heard
        assert caller.first_token_after_s is not None
        assert await caller.hears_out() == " and comes in five days. "
        assert caller.queued == ""
        assert [one.text for one in caller.generations] == [ANSWER + " "]
        assert caller.generations[0].is_closed


async def test_words_count_once() -> None:
    async with on_the_phone(App(answers=answering)) as caller:
        await caller.says("What does a card cost?")
        await caller.hears("one euro")

        with pytest.raises(AssertionError, match="'one euro' was not heard"):
            await caller.hears("one euro", within_s=0.05)


async def test_partials_are_cumulative_and_sent_only_where_they_are_asked_for() -> None:
    for more, expected in (("", 0), ('partialPrompts="true"', 2)):
        app = App(relay_twiml(more=more), answers=answering)
        async with on_the_phone(app) as caller:
            await caller.says("What does it cost?", partials=("What", "What does"))
            await caller.hears("euro")
            prompts = app.of("prompt")

            assert [prompt["last"] for prompt in prompts] == [False] * expected + [True]
            assert prompts[-1]["voicePrompt"] == "What does it cost?"
            assert prompts[-1]["lang"] == "en-US"


async def test_an_interruption_reports_what_was_heard_and_purges_the_rest() -> None:
    app = App(answers=answering)
    async with on_the_phone(app) as caller:
        await caller.says("What does a card cost?")
        await caller.until(lambda: caller.generations and caller.generations[0].is_closed)
        cut = await caller.interrupts(after="one")
        await caller.waits(60.0)
        await caller.until(lambda: app.of("interrupt"))

        assert cut.heard == cut.utterance == caller.spoken == "A card costs one"
        assert cut.lost == " euro and comes in five days. "
        assert app.of("interrupt")[0]["utteranceUntilInterrupt"] == "A card costs one"
        assert app.of("interrupt")[0]["durationUntilInterruptMs"] == round(16 / 15 * 1000)
        assert caller.generations[0].is_interrupted


async def test_a_word_that_is_cut_short_is_not_heard() -> None:
    async with on_the_phone(App(answers=answering)) as caller:
        await caller.says("What does a card cost?")
        await caller.hears("costs")
        await caller.waits(2 / 15)
        assert caller.spoken == "A card costs o"
        cut = await caller.interrupts()

        assert cut.heard == "A card costs"
        assert caller.spoken == "A card costs "


async def test_an_interruption_before_a_word_was_heard_has_no_words() -> None:
    app = App(answers=answering)
    async with on_the_phone(app) as caller:
        await caller.says("What does a card cost?")
        await caller.interrupts()
        await caller.until(lambda: app.of("interrupt"))

        assert app.of("interrupt")[0]["utteranceUntilInterrupt"] == ""
        assert app.of("interrupt")[0]["durationUntilInterruptMs"] == 0


async def test_the_vendor_may_write_what_was_heard_in_its_own_way() -> None:
    vendor = Vendor(True, True, True, False, duration_as_text=True)
    app = App(answers=answering)
    async with on_the_phone(app, vendor) as caller:
        await caller.says("What does a card cost?")
        cut = await caller.interrupts(after="euro")
        await caller.until(lambda: app.of("interrupt"))

        assert cut.heard == "A card costs one euro"
        assert app.of("interrupt")[0]["utteranceUntilInterrupt"] == "a  card  costs  1  euro"
        assert app.of("interrupt")[0]["durationUntilInterruptMs"] == "1400"


async def test_what_comes_after_an_interruption_is_late_until_something_new_is_said() -> None:
    def goes_on(frame: Mapping[str, Any]) -> list[Sent]:
        return words("and on and on") if frame["type"] == "interrupt" else answering(frame)

    async with on_the_phone(App(answers=goes_on)) as caller:
        await caller.says("What does a card cost?")
        cut = await caller.interrupts(after="one")
        await caller.until(lambda: len(cut.late) == 4)
        await caller.says("And two?")
        await caller.hears("A card costs")

        assert [frame.token for frame in cut.late] == ["and ", "on ", "and ", "on "]
        assert cut.last_frame_after_s > 0


async def test_a_greeting_is_played_and_can_be_made_uninterruptible() -> None:
    for value, may in (("none", False), ("any", True), ("dtmf", False)):
        more = f'welcomeGreetingInterruptible="{value}" dtmfDetection="true"'
        app = App(relay_twiml("Hello, how can I help?", more))
        async with on_the_phone(app) as caller:
            assert caller.may_interrupt() is may
            assert caller.may_interrupt("dtmf") is (value != "none")
            await caller.hears("Hello, how")
            if may:
                assert (await caller.interrupts()).heard == "Hello, how"


async def test_a_message_says_itself_what_may_interrupt_it() -> None:
    def firm(frame: Mapping[str, Any]) -> list[Sent]:
        return words("This call is recorded.", interruptible=False)

    async with on_the_phone(App(answers=firm)) as caller:
        with pytest.raises(AssertionError, match="cannot be interrupted"):
            await caller.interrupts(after="call")


async def test_keys_interrupt_and_come_one_by_one() -> None:
    app = App(relay_twiml("Hello, how can I help?", 'dtmfDetection="true"'))
    async with on_the_phone(app) as caller:
        await caller.hears("Hello,")
        await caller.presses("12#")
        await caller.until(lambda: len(app.heard) == 5)

        assert [frame["type"] for frame in app.heard] == ["setup", "interrupt"] + ["dtmf"] * 3
        assert [frame["digit"] for frame in app.of("dtmf")] == ["1", "2", "#"]


async def test_keys_that_the_twiml_does_not_ask_for_are_not_there() -> None:
    async with on_the_phone(App()) as caller:
        with pytest.raises(AssertionError, match="does not ask for keys"):
            await caller.presses("1")


async def test_a_preemptible_filler_is_displaced_by_the_answer() -> None:
    def filled(frame: Mapping[str, Any]) -> list[Sent]:
        if frame["type"] != "prompt":
            return []
        filler = {"type": "text", "token": "One moment please. ", "preemptible": True}
        return [filler, *words(ANSWER)]

    async with on_the_phone(App(answers=filled)) as caller:
        await caller.says("What does a card cost?")

        assert await caller.hears_out() == ANSWER + " "


async def test_a_filler_that_was_heard_out_is_not_displaced() -> None:
    filler = {"type": "text", "token": "One moment please. ", "preemptible": True}
    app = App(answers=lambda frame: [filler] if frame["type"] == "prompt" else [])
    async with on_the_phone(app) as caller:
        await caller.says("What does a card cost?")
        await caller.hears("moment")
        await app.say(*words("A card costs one euro."))
        await caller.hears_out()

        assert caller.spoken == "One moment" + "A card costs one euro. "


async def test_the_app_may_ask_to_be_told_what_is_played_and_who_speaks() -> None:
    app = App(relay_twiml(more='events="speaker-events tokens-played"'), answers=answering)
    async with on_the_phone(app) as caller:
        await caller.says("What does a card cost?")
        await caller.hears_out()
        await caller.until(lambda: len(app.of("info")) == 5)
        told = [(frame["name"], frame["value"]) for frame in app.of("info")]

        assert told == [
            ("clientSpeaking", "on"),
            ("clientSpeaking", "off"),
            ("agentSpeaking", "on"),
            ("tokensPlayed", ANSWER),
            ("agentSpeaking", "off"),
        ]


async def test_clauses_are_told_one_by_one_and_none_that_was_cut() -> None:
    text = "It costs $29.50 today, plus one euro. Anything else?"
    app = App(relay_twiml(more='events="tokens-played"'), answers=lambda frame: words(text))
    async with on_the_phone(app) as caller:
        await caller.interrupts(after="Anything")
        await caller.waits(10.0)
        await caller.until(lambda: len(app.of("info")) == 2)
        await caller.until(lambda: app.of("interrupt"))

        assert [frame["value"] for frame in app.of("info")] == [
            "It costs $29.50 today,",
            "plus one euro.",
        ]


async def test_a_language_frame_changes_what_prompts_say() -> None:
    frames: list[Sent] = [{"type": "language", "transcriptionLanguage": "es-ES"}]
    app = App(answers=lambda frame: frames if frame["type"] == "setup" else [])
    async with on_the_phone(app) as caller:
        await caller.until(lambda: caller.frames)
        await caller.says("Hola")
        await caller.until(lambda: app.of("prompt"))

        assert app.of("prompt")[0]["lang"] == "es-ES"
        assert caller.faults == []


async def test_a_turned_clock_plays_only_when_it_is_turned() -> None:
    clock = TurnedClock()
    app = App(answers=answering)
    async with (
        app.running(),
        calling(Account(), app.url, "+15550123", "+15550100", clock=clock) as caller,
    ):
        await caller.says("What does a card cost?")
        hearing = asyncio.ensure_future(caller.hears("one euro"))
        await caller.until(lambda: caller.generations and caller.generations[0].is_closed)
        await clock.advance(0.5)
        assert not hearing.done()
        await clock.advance(1.0)

        assert await hearing == "A card costs one euro"


async def test_a_real_clock_takes_real_time() -> None:
    app = App(answers=answering)
    loop = asyncio.get_running_loop()
    async with (
        app.running(),
        calling(
            Account(), app.url, "+15550123", "+15550100", clock=RealClock(), chars_per_s=500.0
        ) as caller,
    ):
        await caller.says("What does a card cost?")
        began = loop.time()
        await caller.hears("five days")

        assert loop.time() - began >= len("A card costs one euro and comes in") / 500.0


async def test_a_hundred_callers_talk_at_once() -> None:
    app = App(answers=answering)

    async def talk(number: int) -> str:
        async with calling(Account(), app.url, f"+1555{number:07}", "+15550100") as caller:
            await caller.says("What does a card cost?")
            return await caller.hears_out()

    async with app.running():
        heard = await asyncio.gather(*(talk(number) for number in range(CALLERS)))

    assert heard == [ANSWER + " "] * CALLERS
    assert len({call["CallSid"] for call in app.calls}) == CALLERS
