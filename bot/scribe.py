"""Commits writes and shows what was committed: the only place where both happen."""

import asyncio
from collections.abc import Callable

from bot.bus import Bus
from bot.errors import StoreFailed
from bot.stores.base import Committed, EventsAfter, Head, Store, Write
from channels.base import ConversationId

MOST_MISSED = 50
"""Events that are shown again after a cancellation; views drop what they have seen."""


class Scribe:
    """Makes things visible only once they are in the log.

    A caller that is cancelled while it waits stops waiting, but the write goes on: what came of it
    is then shown from the log, so that a view never misses what is in there. A task around every
    write would do that, too, and costs a tenth of all that a written piece costs.
    """

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self.pushes: dict[str, Callable[[ConversationId], None]] = {}
        """By channel: is told, without waiting, that a conversation's log has grown. A medium that
        is pushed to, as Slack is, then reads the log; one that pulls, as web chat does, watches."""
        self._catching_up: set[asyncio.Task[None]] = set()

    async def write(self, write: Write) -> Committed:
        """Commit, then show the events to every view of the conversation.

        Raises:
            StaleFence: the conversation has another owner.
            StaleEpoch: the floor has changed hands.
            StoreFailed: the disk failed; nothing was shown.
        """
        try:
            committed = await self._store.commit(write)
        except asyncio.CancelledError:
            self._catch_up(write)
            raise
        if committed.events:
            await self._bus.publish(committed.events)
            self._push(committed.head)
        return committed

    async def close(self) -> None:
        """Wait until all that was cut off is shown."""
        if self._catching_up:
            await asyncio.wait(self._catching_up)

    def _catch_up(self, write: Write) -> None:
        showing = self._show_last(write.conversation, write)
        task = asyncio.get_running_loop().create_task(showing)
        self._catching_up.add(task)
        task.add_done_callback(self._catching_up.discard)

    async def _show_last(self, conversation: ConversationId, write: Write) -> None:
        """Show the end of the log; commits are in order, so after an empty one all are done."""
        try:
            head = (await self._store.commit(Write(conversation, write.at))).head
            after = max(0, head.head_seq - MOST_MISSED)
            events = await self._store.find(EventsAfter(conversation, after))
            await self._bus.publish(events)
        except StoreFailed:
            return
        self._push(head)

    def _push(self, head: Head) -> None:
        push = self.pushes.get(head.channel)
        if push is not None:
            push(head.conversation)
