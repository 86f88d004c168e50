"""Transcripts of calls that humans handle: in order, once, redacted, and only where they belong."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.log import Author, MessageAccepted, MessageEnded
from bot.stores.base import Owner
from bot.voice.after.aligned import Sentence
from bot.voice.after.transcripts import PIECE, QUARANTINE
from tests.bot.voice.scene import ACCOUNT, Scene, called, taking_calls, with_a_human
from tests.emulators.twilio.relay import Caller

TOLD = f"{ACCOUNT.public_url}/channels/voice/transcript"
SID = "GT" + "1" * 32
CUSTOMER, AGENT = "inbound_track", "outbound_track"
CARD = "4111 1111 1111 1111"


async def tells(
    caller: Caller, sequence: int, track: str, text: str, *, final: bool = True, sid: str = SID
) -> int:
    fields = {
        "AccountSid": ACCOUNT.account,
        "CallSid": caller.sid,
        "TranscriptionSid": sid,
        "TranscriptionEvent": "transcription-content",
        "SequenceId": str(sequence),
        "Track": track,
        "Final": str(final).lower(),
        "TranscriptionData": json.dumps({"transcript": text, "confidence": 0.9}),
    }
    return (await caller.call.post(TOLD, fields)).status


async def stops(caller: Caller, sequence: int) -> int:
    fields = {
        "AccountSid": ACCOUNT.account,
        "CallSid": caller.sid,
        "TranscriptionSid": SID,
        "TranscriptionEvent": "transcription-stopped",
        "SequenceId": str(sequence),
    }
    return (await caller.call.post(TOLD, fields)).status


async def after_transfer(scene: Scene, caller: Caller) -> list[tuple[Author, str]]:
    """Return what was said by people."""
    lines = await scene.lines(caller)
    return [(line.author, line.text) for line in lines if line.author is not Author.SYSTEM]


async def set_aside(scene: Scene) -> Sequence[str]:
    found = await scene.cabinet.find(QUARANTINE)
    return [json.loads(one.value)["text"] for one in found]


async def test_who_is_put_through_is_written_down_from_there(tmp_path: Path) -> None:
    async with with_a_human(tmp_path) as (scene, caller):
        names = [one.name for one in caller.verbs]

        assert "Transcription" in caller.twiml
        assert "Enqueue" in names
        assert (await scene.head(caller)).owner is Owner.HUMAN


@pytest.mark.promise("V52")
async def test_events_in_any_order_and_twice_are_one_transcript(tmp_path: Path) -> None:
    async with with_a_human(tmp_path) as (scene, caller):
        asked = len(scene.stage.model.requests)
        for sequence, track, text in (
            (4, AGENT, "Let me look."),
            (2, CUSTOMER, "Where is my card?"),
            (4, AGENT, "Let me look."),
            (1, AGENT, "Hello, how can I help?"),
            (6, CUSTOMER, "Thank you."),
            (2, CUSTOMER, "Where is my card?"),
        ):
            assert await tells(caller, sequence, track, text) == 200
        assert await tells(caller, 5, CUSTOMER, "Thank", final=False) == 200
        await scene.side.transcripts.write()
        await tells(caller, 4, AGENT, "Let me look.")
        await scene.side.transcripts.write()

        assert await after_transfer(scene, caller) == [
            (Author.HUMAN, "Hello, how can I help?"),
            (Author.CUSTOMER, "Where is my card?"),
            (Author.HUMAN, "Let me look."),
            (Author.CUSTOMER, "Thank you."),
        ]
        assert len(scene.stage.model.requests) == asked
        assert await scene.cabinet.find(PIECE) == ()


@pytest.mark.promise("V55")
async def test_what_is_personal_in_a_transcript_is_redacted_and_partials_are_kept_nowhere(
    tmp_path: Path,
) -> None:
    async with with_a_human(tmp_path) as (scene, caller):
        await tells(caller, 1, CUSTOMER, f"It is {CARD[:9]}", final=False)
        await tells(caller, 2, CUSTOMER, f"It is {CARD}")
        await tells(caller, 3, AGENT, f"So {CARD}.")
        await scene.side.transcripts.write()
        bodies = [event.body for event in await scene.events(caller)]
        texts = [one.text for one in bodies if isinstance(one, MessageAccepted | MessageEnded)]

        assert "It is [CREDIT_CARD ****1111]" in texts
        assert "So [CREDIT_CARD ****1111]." in texts
        assert not any("4111" in text for text in texts)
        assert await set_aside(scene) == []


@pytest.mark.promise("V53")
async def test_what_comes_after_the_end_is_set_aside(tmp_path: Path) -> None:
    async with with_a_human(tmp_path) as (scene, caller):
        await tells(caller, 1, AGENT, "Goodbye.")
        statuses = [await stops(caller, 3), await tells(caller, 9, AGENT, "Too late.")]
        statuses.append(await tells(caller, 2, CUSTOMER, "Bye."))
        await scene.side.transcripts.write()

        assert statuses == [200, 200, 200]
        assert await set_aside(scene) == ["Too late."]
        assert await after_transfer(scene, caller) == [
            (Author.HUMAN, "Goodbye."),
            (Author.CUSTOMER, "Bye."),
        ]


@pytest.mark.promise("V53")
async def test_a_transcript_of_a_call_that_we_do_not_know_is_set_aside(tmp_path: Path) -> None:
    async with taking_calls(tmp_path) as scene, called(scene) as caller:
        fields = {
            "AccountSid": ACCOUNT.account,
            "CallSid": "CA" + "9" * 32,
            "TranscriptionSid": SID,
            "TranscriptionEvent": "transcription-content",
            "SequenceId": "1",
            "Track": CUSTOMER,
            "Final": "true",
            "TranscriptionData": json.dumps({"transcript": "Who are you?"}),
        }
        unknown = await caller.call.post(TOLD, fields)
        with_the_bot = await tells(caller, 1, CUSTOMER, "Where is my card?")
        broken = await caller.call.post(TOLD, {"AccountSid": ACCOUNT.account})
        await scene.side.transcripts.write()

        assert [unknown.status, with_the_bot, broken.status] == [200, 200, 200]
        assert sorted(await set_aside(scene)) == ["Where is my card?", "Who are you?"]
        assert await scene.said(caller) == []


async def test_a_transcript_made_after_the_call_is_written_down_once(tmp_path: Path) -> None:
    async with with_a_human(tmp_path) as (scene, caller):
        told = [Sentence(1, True, "Where is it?"), Sentence(2, False, "On its way.")]
        for _ in range(2):
            await scene.side.transcripts.take_sentences(caller.sid, "GT" + "2" * 32, told)
            await scene.side.transcripts.write()

        assert await after_transfer(scene, caller) == [
            (Author.CUSTOMER, "Where is it?"),
            (Author.HUMAN, "On its way."),
        ]


async def test_a_transfer_that_is_over_closes_the_conversation(tmp_path: Path) -> None:
    async with with_a_human(tmp_path) as (scene, caller):
        await tells(caller, 1, AGENT, "Hello.")
        ended = f"{ACCOUNT.public_url}/channels/voice/end"
        fields = {"CallSid": caller.sid, "CallStatus": "completed", "QueueResult": "bridged"}
        answer = await caller.call.post(ended, {"AccountSid": ACCOUNT.account, **fields})
        head = await scene.head(caller)

        assert answer.status == 200
        assert (head.owner, head.is_open) == (Owner.BOT, False)
        assert (Author.HUMAN, "Hello.") in await after_transfer(scene, caller)


@pytest.mark.promise("V44")
async def test_digits_that_are_spoken_to_a_human_are_hidden_like_typed_ones(
    tmp_path: Path,
) -> None:
    spoken = "four one one one one one one one one one one one one one one one"
    async with with_a_human(tmp_path) as (scene, caller):
        await tells(caller, 1, CUSTOMER, f"My card is {spoken}.")
        await tells(caller, 2, AGENT, f"So your card is {spoken}.")
        await scene.side.transcripts.write()
        told = [text for _, text in await after_transfer(scene, caller)]

        assert all("[CREDIT_CARD ****1111]" in text for text in told)
        assert not any("one one" in text for text in told)


async def test_a_piece_that_is_late_begins_nothing_anew(tmp_path: Path) -> None:
    async with with_a_human(tmp_path) as (scene, caller):
        await tells(caller, 1, CUSTOMER, "Thank you.")
        known = await scene.side.parts.calls.find(caller.sid)
        assert known is not None
        await scene.side.parts.calls.end(known)
        await scene.side.transcripts.write()
        await scene.stage.until_idle()
        head = await scene.head(caller)

        assert await after_transfer(scene, caller) == [(Author.CUSTOMER, "Thank you.")]
        assert head.asked_seq == 0
        assert scene.stage.model.requests == []
