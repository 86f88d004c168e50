"""Commits writes and shows what was committed: the only place where both happen."""

import asyncio

from bot.bus import Bus
from bot.stores.base import Committed, Store, Write


class Scribe:
    """Makes things visible only once they are in the log.

    A caller that is cancelled while it waits stops waiting; the write and its showing go on, so
    that a view never misses what is in the log.
    """

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._under_way: set[asyncio.Task[Committed]] = set()

    async def write(self, write: Write) -> Committed:
        """Commit, then show the events to every view of the conversation.

        Raises:
            StaleFence: the conversation has another owner.
            StaleEpoch: the floor has changed hands.
            StoreFailed: the disk failed; nothing was shown.
        """
        task = asyncio.get_running_loop().create_task(self._write(write))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Wait until all that was asked for is written and shown."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _write(self, write: Write) -> Committed:
        committed = await self._store.commit(write)
        if committed.events:
            await self._bus.publish(committed.events)
        return committed
