"""Calls over real sockets, from the webhook to the end."""

import asyncio
import json
import logging
import random
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.humans.handoff import NobodyListens, Reply
from bot.humans.human import named
from bot.humans.ladder import claimed_facts
from bot.log import Author, MessageEnded, Notice
from bot.privacy.redact import fixed
from bot.stores.base import Owner, ParcelsDue
from bot.voice.calls import CHANNEL, KIND
from bot.voice.speaking.speaking import GREETING
from bot.voice.terms import Transfer, VoiceTerms
from bot.voice.words import Spoken, spoken_text
from channels.voice.speech import SpeechStream
from routing.models.scripted import Hold, Script
from tests.bot.stage import END, says, words
from tests.bot.voice.scene import ACCOUNT, CALLER, Scene, called, taking_calls
from tests.emulators.twilio.relay import Caller

ASKED = "When will my card arrive?"
ANSWER = "Your card arrives in five days. You can follow it in the app."
BY_PHONE = VoiceTerms(transfer=Transfer(number="+15550199"))


def halved(event: asyncio.Event) -> Script:
    first = "Your card arrives in five days. You can "
    return (*words(first), Hold(event), *words("follow it in the app."), END)


async def settled(scene: Scene, caller: Caller) -> None:
    await scene.stage.until_idle()
    assert caller.faults == []


async def test_a_caller_is_greeted_and_told_that_a_machine_speaks(tmp_path: Path) -> None:
    async with taking_calls(tmp_path) as scene, called(scene) as caller:
        heard = await caller.listens()
        notices = [e.body for e in await scene.events(caller) if isinstance(e.body, Notice)]
        head = await scene.head(caller)

        assert heard.count("automated assistant") == 1
        assert [(one.code, one.text) for one in notices] == [(GREETING, heard.strip())]
        assert head.channel == CHANNEL
        assert CALLER not in head.conversation


async def test_a_number_is_no_proof_of_who_calls_and_joins_no_two_calls(tmp_path: Path) -> None:
    async with (
        taking_calls(tmp_path, (says(ANSWER),)) as scene,
        called(scene) as first,
        called(scene) as second,
    ):
        await first.says(ASKED)
        await first.hears_out()
        heads = [await scene.head(first), await scene.head(second)]

        assert [head.customer for head in heads] == ["", ""]
        assert heads[0].conversation != heads[1].conversation
        assert await scene.said(second) == []


async def test_a_human_who_writes_to_a_caller_that_has_hung_up_is_told_so(tmp_path: Path) -> None:
    async with taking_calls(tmp_path) as scene, called(scene) as caller:
        await caller.says("I want to talk to a human")
        await caller.hears_out()
        conversation, dana = scene.conversation(caller), named("Dana")
        await scene.stage.handoffs.claim(conversation, dana)
        await scene.stage.handoffs.reply(conversation, dana, Reply(fixed("Hello, this is Dana.")))
        await caller.hears("this is Dana.")
        await caller.says("Good.")
        await caller.hangs_up()
        before = await scene.head(caller)
        with pytest.raises(NobodyListens):
            await scene.stage.handoffs.reply(conversation, dana, Reply(fixed("Still there?")))
        facts = claimed_facts(await scene.events(caller))
        said = [line.text for line in await scene.lines(caller)]

        assert "Hello, this is Dana." in said
        assert "Still there?" not in said
        assert await scene.head(caller) == before
        assert facts is not None
        assert facts.unanswered_since is not None


async def test_who_hangs_up_in_the_middle_of_an_answer_has_heard_its_first_half(
    tmp_path: Path,
) -> None:
    async with taking_calls(tmp_path, (says(ANSWER),)) as scene, called(scene) as caller:
        await caller.listens()
        await caller.says(ASKED)
        await caller.hears("in five days. You")
        await caller.until(lambda: caller.generations[-1].is_closed)
        await caller.hangs_up()
        await scene.stage.until_idle()
        ended = [e.body for e in await scene.events(caller) if isinstance(e.body, MessageEnded)]

        assert [one.status for one in ended] == ["done", "interrupted"]
        assert ended[-1].text == "Your card arrives in five days."


async def test_operations_see_what_is_ignored_how_long_callers_wait_and_how_calls_end(
    tmp_path: Path,
) -> None:
    async with taking_calls(tmp_path, (says(ANSWER),)) as scene, called(scene) as caller:
        await caller.sends_raw("{")
        await caller.says(ASKED)
        await caller.hears_out()
        await caller.hangs_up()
        async with (
            ClientSession() as client,
            client.post(f"{scene.url}/channels/voice", data={"CallSid": caller.sid}) as refused,
        ):
            assert refused.status == 403
        text = scene.stage.services.metrics.text().decode()

        for line in (
            'copilot_channel_events_total{name="relay_ignored_bad_json"} 1.0',
            'copilot_channel_events_total{name="voice_signature"} 1.0',
            'copilot_voice_calls_total{end="hung_up"} 1.0',
            "copilot_voice_first_token_seconds_count 1.0",
        ):
            assert line in text


@pytest.mark.promise("V33")
async def test_a_question_is_answered_aloud(tmp_path: Path) -> None:
    async with taking_calls(tmp_path, (says(ANSWER),)) as scene, called(scene) as caller:
        await caller.says(ASKED, partials=("When", "When will"))
        heard = await caller.hears_out()
        await settled(scene, caller)

        assert heard == ANSWER
        assert sum(frame.is_last for frame in caller.frames) == 1
        assert len(scene.stage.model.requests) == 1


@pytest.mark.promise("V35")
async def test_a_barge_in_leaves_what_was_heard(tmp_path: Path) -> None:
    scripts = (halved(asyncio.Event()), says("It costs one euro."))
    async with taking_calls(tmp_path, scripts) as scene, called(scene) as caller:
        await caller.says(ASKED)
        cut = await caller.interrupts(after="card arrives")
        await scene.until(lambda: not scene.stage.model.open_streams)
        await caller.says("What does a card cost?")
        heard = await caller.hears_out()
        await settled(scene, caller)
        lines = await scene.lines(caller)

        assert heard == "It costs one euro."
        assert [(line.author, line.text) for line in lines] == [
            (Author.CUSTOMER, ASKED),
            (Author.BOT, "Your card arrives"),
            (Author.CUSTOMER, "What does a card cost?"),
            (Author.BOT, "It costs one euro."),
        ]
        assert cut.late == []


@pytest.mark.promise("V41")
async def test_a_filler_is_displaced_by_the_answer_and_no_part_of_what_was_heard(
    tmp_path: Path,
) -> None:
    event = asyncio.Event()
    scripts: tuple[Script, ...] = ((Hold(event), *words(ANSWER), END),)
    terms = VoiceTerms(filler_after_s=0.05)
    async with taking_calls(tmp_path, scripts, terms) as scene, called(scene) as caller:
        await caller.says(ASKED)
        await caller.hears("one moment, please")
        event.set()
        await caller.interrupts(after="arrives in five")
        await settled(scene, caller)

        assert (await scene.lines(caller))[-1].text == "Your card arrives in five"


@pytest.mark.promise("V45")
async def test_a_lost_socket_comes_back_twice_without_greeting_then_a_human_is_dialled(
    tmp_path: Path,
) -> None:
    async with taking_calls(tmp_path, (says(ANSWER),), BY_PHONE) as scene, called(scene) as caller:
        await caller.listens()
        for _ in range(2):
            await caller.drops()
            await caller.connects_again()
            assert "welcomeGreeting=" not in caller.twiml
        await caller.says(ASKED)
        heard = await caller.hears_out()
        await caller.drops()
        await caller.until(lambda: caller.transferred_to)

        assert heard == ANSWER
        assert caller.transferred_to == "+15550199"
        assert [one.session_status for one in caller.ended] == ["failed"] * 3
        assert (await scene.head(caller)).owner is Owner.HUMAN


@pytest.mark.promise("V45")
async def test_without_anybody_to_dial_the_third_loss_ends_with_an_apology(tmp_path: Path) -> None:
    async with taking_calls(tmp_path) as scene, called(scene) as caller:
        for _ in range(2):
            await caller.drops()
            await caller.connects_again()
        await caller.drops()
        await caller.until(lambda: caller.is_over)

        assert spoken_text(Spoken.NO_HUMAN_NOW, "en") in caller.twiml
        assert "<Hangup" in caller.twiml


@pytest.mark.promise("V46")
async def test_a_transfer_carries_a_reference_and_the_call_goes_to_a_human(tmp_path: Path) -> None:
    async with taking_calls(tmp_path, terms=BY_PHONE) as scene, called(scene) as caller:
        await caller.says("I want to talk to a human")
        heard = await caller.hears_out()
        await caller.until(lambda: caller.transferred_to, within_s=10)
        handoff = json.loads(caller.call.handoffs[0])

        assert "colleague" in heard
        assert handoff == {"reference": scene.conversation(caller)}
        assert caller.transferred_to == "+15550199"


@pytest.mark.promise("V47")
@pytest.mark.parametrize("closes_first", [True, False])
async def test_a_hang_up_stops_the_model_whichever_is_told_first(
    tmp_path: Path, closes_first: bool
) -> None:
    scripts = (halved(asyncio.Event()),)
    async with taking_calls(tmp_path, scripts) as scene, called(scene) as caller:
        await caller.says(ASKED)
        await caller.hears("arrives")
        await caller.hangs_up(closes_first)
        await scene.stage.until_idle()
        ended = [e.body for e in await scene.events(caller) if isinstance(e.body, MessageEnded)]

        assert scene.stage.model.open_streams == 0
        assert [one.status for one in ended] == ["stopped", "interrupted"]
        assert scene.side.active == 0


@pytest.mark.promise("V44")
async def test_a_card_number_read_aloud_is_kept_nowhere(tmp_path: Path) -> None:
    async with taking_calls(tmp_path, (says(ANSWER),)) as scene, called(scene) as caller:
        spoken = "four one one one one one one one one one one one one one one one"
        await caller.says(f"My card number is {spoken}")
        await caller.hears_out()
        await settled(scene, caller)

        assert await scene.said(caller) == ["My card number is [CREDIT_CARD ****1111]"]
        assert not any(spoken in str(one) for one in scene.stage.model.requests)


async def test_who_ends_in_the_middle_of_a_call_lets_the_vendor_ask_again(tmp_path: Path) -> None:
    async with taking_calls(tmp_path, (says(ANSWER),)) as scene, called(scene) as caller:
        await caller.listens()
        await scene.side.drain()
        await caller.until(lambda: caller.ended)
        known = (await scene.cabinet.find(KIND, caller.sid))[0]

        assert caller.ended[0].session_status == "failed"
        assert "ConversationRelay" in caller.twiml
        assert json.loads(known.value)["losses"] == 0


async def test_while_a_process_ends_callers_are_asked_to_wait_for_the_next(tmp_path: Path) -> None:
    async with taking_calls(tmp_path, (says(ANSWER),)) as scene, called(scene) as caller:
        await scene.side.stop_taking()
        lost = {"CallSid": caller.sid, "SessionStatus": "failed", "ErrorCode": "64105"}
        base = f"{ACCOUNT.public_url}/channels/voice"
        again = await caller.call.post(f"{base}/end", lost)
        new = await caller.call.post(base, {"CallSid": "CA" + "8" * 32, "From": CALLER})

        assert f'<Redirect method="POST">{base}/end</Redirect>' in again.body
        assert spoken_text(Spoken.AGAIN, "en") in again.body
        assert f'<Redirect method="POST">{base}</Redirect>' in new.body
        assert "<Pause" in new.body


async def test_humans_are_told_when_the_caller_who_waits_for_them_has_hung_up(
    tmp_path: Path,
) -> None:
    async with taking_calls(tmp_path) as scene, called(scene) as caller:
        await caller.says("I want to talk to a human")
        await caller.hears_out()
        await caller.hangs_up()
        due = await scene.stage.services.store.find(ParcelsDue(scene.stage.services.clock.now()))

        assert any("hung up" in parcel.json for parcel in due)


@pytest.mark.promise("V54")
async def test_operations_are_told_of_a_call_in_which_the_first_word_is_late(
    tmp_path: Path,
) -> None:
    terms = VoiceTerms(budget_s=0.0)
    async with taking_calls(tmp_path, (says(ANSWER),), terms) as scene, called(scene) as caller:
        await caller.says(ASKED)
        await caller.hears_out()
        await caller.hangs_up()
        await scene.side.drain()

        assert await scene.stage.told() == ["voice.slow"]


async def test_no_number_and_no_word_of_a_caller_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with taking_calls(tmp_path, (says(ANSWER),), BY_PHONE) as scene, called(scene) as caller:
        await caller.says("My card number is 4111 1111 1111 1111", partials=("My card 4111",))
        await caller.hears_out()
        await caller.presses("4815#")
        await caller.hears_out()
        for _ in range(3):
            await caller.drops()
            if not caller.transferred_to:
                await caller.connects_again()
        await settled(scene, caller)
        told = [f"{record.getMessage()} {record.__dict__}" for record in caplog.records]
        ours = [one for one in told if "copilot" in one]

        assert not any(secret in one for one in ours for secret in ("4111", "4815", CALLER[1:]))


async def test_whatever_is_posted_with_a_signature_is_never_an_error_of_ours(
    tmp_path: Path,
) -> None:
    chance = random.Random(7)
    names = (
        "CallSid", "SessionStatus", "CallStatus", "HandoffData", "ErrorCode", "QueueResult",
        "DialCallStatus", "TranscriptionSid", "TranscriptionEvent", "SequenceId", "Track",
        "Final", "TranscriptionData", "From", "\x00", "ö",
    )  # fmt: skip
    async with taking_calls(tmp_path, (says(ANSWER),)) as scene, called(scene) as caller:
        values = (
            caller.sid, "CA" + "9" * 32, "", "failed", "ended", "completed", "true", "-1", "1" * 40,
            "GT" + "1" * 32, "inbound_track", "transcription-content", "{", "😀", "64105",
            json.dumps({"transcript": "x"}), "no-answer",
        )  # fmt: skip
        statuses = set()
        for _ in range(200):
            path = chance.choice(("", "/end", "/transcript", "/human"))
            fields = {chance.choice(names): chance.choice(values) for _ in range(8)}
            url = f"{ACCOUNT.public_url}/channels/voice{path}"
            statuses.add((await caller.call.post(url, fields)).status)

        assert statuses <= {200, 400, 404}


async def test_before_the_first_call_everything_is_loaded_that_values_are_made_words_of_with(
    tmp_path: Path,
) -> None:
    made: list[str] = []

    def stream(locale: str) -> SpeechStream:
        made.append(locale)
        return SpeechStream(locale)

    terms = VoiceTerms(languages=("en-US", "de-DE"))
    async with taking_calls(tmp_path, terms=terms) as scene:
        scene.side.parts = replace(scene.side.parts, stream=stream)
        await scene.side.start()

        assert made == ["en-US", "de-DE"]
