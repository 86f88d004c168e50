"""A conversation's log as it grows: in order, without gaps, with what the bot is doing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from bot.bus import Broadcast, Bus, StatusShown
from bot.log import Event
from bot.stores.base import EventsAfter, Store
from channels.base import ConversationId

MOST_READ = 500
"""Events that are read at once."""


@dataclass(frozen=True, slots=True)
class Grown:
    """What came at once; what one transaction has written is never torn apart by us.

    Empty if all of it was known already, and each time that all that was missed has come.
    """

    events: tuple[Event, ...]
    status: StatusShown | None = None
    """The last one among them."""


class Following:
    """Follows one conversation from a seq on, until the bus is closed.

    A piece of an answer is here as soon as it is committed: the bus does not wait for the disk a
    second time. Whatever the bus has dropped, or another process has written, is read from the log.
    """

    def __init__(self, store: Store, bus: Bus, conversation: ConversationId, seq: int) -> None:
        self._store = store
        self._bus = bus
        self._conversation = conversation
        self.seq = seq
        """Everything up to here was yielded."""

    async def __aiter__(self) -> AsyncIterator[Grown]:
        """Yield what grows.

        Raises:
            StoreFailed: the disk failed.
        """
        has_lagged = True
        while has_lagged:
            async with self._bus.subscribe(self._conversation) as subscription:
                while missed := await self._missed(MOST_READ):
                    yield Grown(missed)
                yield Grown(())
                async for batch in subscription:
                    yield await self._grown(batch)
                has_lagged = subscription.lagged

    async def _grown(self, batch: tuple[Broadcast, ...]) -> Grown:
        events: list[Event] = []
        status: StatusShown | None = None
        for broadcast in batch:
            if isinstance(broadcast, StatusShown):
                status = broadcast
            elif broadcast.seq == self.seq + 1:
                self.seq += 1
                events.append(broadcast)
            elif broadcast.seq > self.seq:
                events.extend(await self._missed(broadcast.seq - self.seq))
        return Grown(tuple(events), status)

    async def _missed(self, most: int) -> tuple[Event, ...]:
        events = await self._store.find(EventsAfter(self._conversation, self.seq, most))
        if events:
            self.seq = events[-1].seq
        return events
