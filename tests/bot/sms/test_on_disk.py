"""The same on a disk: what one process has kept, the next one goes on with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.sms.parts import Keeping
from bot.stores.cabinet_sqlite import open_cabinet
from bot.stores.sqlite import open_sqlite
from routing.models.scripted import Hold, Script
from tests.bot.sms.stage import OURS, PUBLIC_URL, SAM, Fast, Scene, Shared, prepared, process
from tests.bot.stage import ANSWER, END, KEY, says, words
from tests.emulators.twilio import TwilioServer, twilio_running

SAID = "Your card arrives in five working days. You can follow it in the app."


@asynccontextmanager
async def on_disk(
    folder: Path, server: TwilioServer, time: Fast, script: Script
) -> AsyncIterator[Scene]:
    """Run a process on the files of a folder."""
    store = await open_sqlite(folder / "log.db")
    cabinet = await open_cabinet(folder / "cabinet.db", KEY, time.now)

    def keeping(kept: Keeping) -> Keeping:
        return cabinet

    shared = Shared(time, store, cabinet)
    try:
        async with process(folder, server, shared, [script] * 3, keeping=keeping) as here:
            server.deliver_to(here.url, PUBLIC_URL)
            yield here
    finally:
        await cabinet.close()


async def test_what_a_process_leaves_on_the_disk_is_done_by_the_next_one(tmp_path: Path) -> None:
    async with twilio_running() as server, AsyncExitStack() as stack:
        time = Fast()
        prepared(server, Shared(time))
        held: Script = (Hold(asyncio.Event()), *words(ANSWER), END)
        async with on_disk(tmp_path, server, time, held) as first:
            await first.texts()
            await first.stage.until_asked()
        there = await stack.enter_async_context(on_disk(tmp_path, server, time, says(ANSWER)))
        await there.stage.manager.recover()
        await there.rest()
        await server.texts(SAM, OURS, "STOP")
        await server.texts(SAM, OURS, "Hello?")
        await there.rest()

        assert there.sam.received == [SAID]
        kept = written_in(tmp_path)
        assert len(kept) >= 2
        assert not any(SAM[1:].encode() in one for one in kept)


def written_in(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
