"""When a piece of a transcript is written down: not before its turn, and not never."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.humans.human import named
from bot.log import Author
from bot.stores.cabinet import Entry, MemoryCabinet
from bot.transcript import lines_of
from bot.voice.after.transcripts import PIECE, Transcripts
from bot.voice.calls import Leaving
from channels.voice.endings import TranscriptionEvent, TranscriptionKind
from tests.bot.voice.stage import CALL, OnTheLine, on_the_line

SID = "GT" + "1" * 32
CUSTOMER, AGENT = "inbound_track", "outbound_track"


def heard(sequence: int, text: str, track: str = CUSTOMER) -> TranscriptionEvent:
    return TranscriptionEvent(
        kind=TranscriptionKind.CONTENT,
        sid=SID,
        call=CALL,
        sequence=sequence,
        track=track,
        at=None,
        is_final=True,
        text=text,
        confidence=0.9,
        stability=None,
        language="en-US",
        error_code=None,
    )


@asynccontextmanager
async def put_through(folder: Path) -> AsyncIterator[OnTheLine]:
    async with on_the_line(folder) as call:
        await call.parts.calls.change(CALL, leaving=Leaving.TRANSFER)
        yield call


def made(call: OnTheLine) -> Transcripts:
    return Transcripts(call.parts, call.stage.handoffs, call.cabinet)


async def said(call: OnTheLine) -> list[str]:
    lines = lines_of(await call.events())
    return [line.text for line in lines if line.author is not Author.SYSTEM]


@pytest.mark.promise("V52")
async def test_a_piece_waits_a_moment_for_the_one_before_it(tmp_path: Path) -> None:
    async with put_through(tmp_path) as call:
        transcripts = made(call)
        running = asyncio.get_running_loop().create_task(transcripts.run())
        await transcripts.take(heard(2, "my card?"))
        await call.clock.advance(0.6)
        early = await said(call)
        await transcripts.take(heard(1, "Where is"))
        await call.clock.advance(0.6)
        then = await said(call)
        await transcripts.take(heard(3, "Hello?"))
        await call.clock.advance(1.2)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        assert early == []
        assert then == ["Where is", "my card?"]
        assert await said(call) == ["Where is", "my card?", "Hello?"]


async def test_what_a_process_has_left_is_written_by_the_next(tmp_path: Path) -> None:
    async with put_through(tmp_path) as call:
        await made(call).take(heard(1, "Where is my card?"))
        following = made(call)
        await following.recover()
        await following.write(is_all=False)
        early = await said(call)
        await call.clock.advance(1.1)
        await following.write(is_all=False)

        assert early == []
        assert await said(call) == ["Where is my card?"]
        assert await call.cabinet.find(PIECE) == ()


class CountingCabinet(MemoryCabinet):
    """Knows how often it was asked, and is asked for ever by nobody."""

    finds = 0

    async def find(self, kind: str, key: str | None = None) -> Sequence[Entry]:
        self.finds += 1
        assert self.finds < 100, "expected to be left alone"
        return await super().find(kind, key)


async def test_what_another_process_has_written_down_is_waited_for_no_more(
    tmp_path: Path,
) -> None:
    async with put_through(tmp_path) as call:
        shared = CountingCabinet()
        ours, theirs = (Transcripts(call.parts, call.stage.handoffs, shared) for _ in range(2))
        await ours.take(heard(1, "Where is my card?"))
        await theirs.write()
        running = asyncio.get_running_loop().create_task(ours.run())
        await call.clock.advance(4.0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        assert await said(call) == ["Where is my card?"]
        assert shared.finds < 10


async def test_a_human_who_has_claimed_the_call_keeps_it(tmp_path: Path) -> None:
    async with put_through(tmp_path) as call:
        await call.stage.handoffs.claim(call.conversation, named("Dana"))
        transcripts = made(call)
        await transcripts.take(heard(1, "Hello.", AGENT))
        await transcripts.take(heard(2, "Hi."))
        await transcripts.write()

        assert await said(call) == ["Hello.", "Hi."]
        assert (await call.head()).human == "Dana"
