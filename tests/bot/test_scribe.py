"""What is committed is shown, also when whoever asked for it has gone."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from bot.bus_memory import MemoryBus
from bot.log import Event, Notice
from bot.privacy.redact import fixed
from bot.scribe import Scribe
from bot.stores.base import Draft, Head, Write
from bot.stores.sqlite import open_sqlite
from channels.base import ConversationId
from routing.request import TenantId

HERE = ConversationId("c")
AT = datetime(2026, 11, 24, tzinfo=UTC)
CREATE = Write(HERE, AT, create=Head(HERE, TenantId("t"), "web", "", "en"))
SAY = Write(HERE, AT, events=(Draft(Notice("x", fixed("Hello")), "bot"),))


async def test_a_write_whose_caller_was_cancelled_is_shown_all_the_same(tmp_path: Path) -> None:
    store, bus = await open_sqlite(tmp_path / "log.db"), MemoryBus()
    scribe = Scribe(store, bus)
    await scribe.write(CREATE)
    async with asyncio.timeout(5), bus.subscribe(HERE) as following:
        caller = asyncio.get_running_loop().create_task(scribe.write(SAY))
        await asyncio.sleep(0)
        caller.cancel()
        batch = await anext(aiter(following))
    await scribe.close()
    await store.close()

    assert caller.cancelled()
    assert [one.body for one in batch if isinstance(one, Event)] == [SAY.events[0].body]


async def test_a_write_is_shown_once_it_is_in_the_log(tmp_path: Path) -> None:
    store, bus = await open_sqlite(tmp_path / "log.db"), MemoryBus()
    scribe = Scribe(store, bus)
    await scribe.write(CREATE)
    async with asyncio.timeout(5), bus.subscribe(HERE) as following:
        committed = await scribe.write(SAY)
        batch = await anext(aiter(following))
    await scribe.close()
    await store.close()

    assert batch == committed.events
