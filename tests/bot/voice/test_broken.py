"""A call in which something of ours breaks: the caller is told, and never left in silence."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.voice.call import CustomerCall
from bot.voice.terms import Transfer, VoiceTerms
from bot.voice.words import Spoken, spoken_text
from channels.base import Act, ConversationId
from tests.bot.voice.scene import ACCOUNT, called, taking_calls
from tests.bot.voice.stage import FailingCabinet, OnTheLine, on_the_line
from tests.bot.voice.test_call import ASKED

BY_PHONE = VoiceTerms(transfer=Transfer(queue="support"))
TROUBLE = spoken_text(Spoken.TROUBLE, "en")


async def connected_again(call: OnTheLine) -> None:
    await call.takes_over("VX" + "4" * 32)


async def test_a_call_ends_although_nobody_can_write_down_why(tmp_path: Path) -> None:
    cabinet = FailingCabinet()
    async with on_the_line(tmp_path, terms=BY_PHONE, cabinet=cabinet) as call:
        await call.says("I want to talk to a human")
        await call.answered()
        cabinet.puts_left = 0
        await call.clock.advance(15.0)
        cabinet.puts_left = None

        assert call.line.handoff


async def test_an_application_that_breaks_is_told_to_the_caller_and_the_call_ends(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with on_the_line(tmp_path, terms=BY_PHONE) as call:

        async def breaks(_: ConversationId, __: Act) -> None:
            raise ZeroDivisionError("my card is 4111 1111 1111 1111")

        call.callee = CustomerCall(replace(call.parts, accept=breaks), call.live)
        await connected_again(call)
        await call.says(ASKED)
        told = call.line.spoken
        await call.clock.advance(10.0)

        assert told == TROUBLE
        assert call.line.handoff
        assert "voice.act_broke" in [record.message for record in caplog.records]
        assert "4111" not in caplog.text


@pytest.mark.parametrize("breaks_at", [1, 2])
async def test_a_call_whose_clock_breaks_is_ended_after_an_apology(
    tmp_path: Path, breaks_at: int
) -> None:
    async with on_the_line(tmp_path) as call:
        waits = 0

        async def wait(event: asyncio.Event, seconds: float) -> bool:
            nonlocal waits
            waits += 1
            if waits == breaks_at:
                raise ZeroDivisionError
            return await call.clock.wait(event, seconds)

        call.callee = CustomerCall(replace(call.parts, wait=wait), call.live)
        await connected_again(call)
        await call.says(ASKED)
        await call.clock.advance(20.0)

        assert TROUBLE in call.line.spoken
        assert call.line.handoff == ""


@pytest.mark.parametrize(("path", "puts"), [("", 0), ("/human", 0), ("/human", 1), ("/end", 0)])
async def test_a_disk_that_is_full_has_the_vendor_ask_again(
    tmp_path: Path, path: str, puts: int
) -> None:
    cabinet = FailingCabinet()
    async with (
        taking_calls(tmp_path, terms=BY_PHONE, cabinet=cabinet) as scene,
        called(scene) as caller,
    ):
        call = caller.sid if path == "/end" else "CA" + "1" * 32
        fields = {"CallSid": call, "SessionStatus": "completed", "CallStatus": "completed"}
        cabinet.puts_left = puts
        answer = await caller.call.post(f"{ACCOUNT.public_url}/channels/voice{path}", fields)
        cabinet.puts_left = None

        assert answer.status == 503
