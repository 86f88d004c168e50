"""A live view of one conversation: what was published, in the order of the log, without gaps."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType

from bot.bus import Broadcast, Bus, StatusShown, Subscription
from bot.errors import StoreFailed
from bot.log import Event
from bot.reception.frames import Reveal, frame_of, status_frame
from bot.stores.base import EventsAfter, Store
from channels.base import ConversationId, Frame
from channels.errors import ChannelBusy

RETRY_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a view begins."""

    reveal: Reveal
    """What this reader sees of redacted text."""
    head_seq: int
    """Of the log, read before anything is followed: what comes after it is shown, or filled in."""


class View:
    """Implements `channels.base.Watch` over the bus; for one reader.

    Two writers may publish in another order than they committed, and a process may publish
    nothing at all: whatever is missing before an event is read from the log.
    """

    def __init__(
        self,
        store: Store,
        subscription: Subscription,
        conversation: ConversationId,
        standing: Standing,
    ) -> None:
        self._store = store
        self._subscription = subscription
        self._conversation = conversation
        self._reveal = standing.reveal
        self._seen = standing.head_seq

    @property
    def lagged(self) -> bool:
        """True once it could not be kept up with."""
        return self._subscription.lagged

    async def __aiter__(self) -> AsyncIterator[tuple[Frame, ...]]:
        async for batch in self._subscription:
            frames = await self._frames(batch)
            if frames:
                yield frames

    async def _frames(self, batch: tuple[Broadcast, ...]) -> tuple[Frame, ...]:
        frames: list[Frame] = []
        for broadcast in batch:
            if isinstance(broadcast, StatusShown):
                frames.append(status_frame(broadcast))
                continue
            if broadcast.seq == self._seen + 1:
                self._seen += 1
                frames.append(frame_of(broadcast, self._reveal))
            elif broadcast.seq > self._seen:
                events = await self._up_to(broadcast)
                frames.extend(frame_of(event, self._reveal) for event in events)
        return tuple(frames)

    async def _up_to(self, event: Event) -> tuple[Event, ...]:
        """Return an event with what was missed before it, from the log."""
        query = EventsAfter(self._conversation, self._seen, event.seq - self._seen)
        try:
            missing = await self._store.find(query)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        self._seen = event.seq
        return missing


class Viewing:
    """The context of a `View`: it follows from the moment it is entered."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        conversation: ConversationId,
        standing: Callable[[], Awaitable[Standing]],
    ) -> None:
        self._store = store
        self._conversation = conversation
        self._standing = standing
        self._following = bus.subscribe(conversation)

    async def __aenter__(self) -> View:
        standing = await self._standing()
        subscription = await self._following.__aenter__()
        return View(self._store, subscription, self._conversation, standing)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._following.__aexit__(kind, error, trace)
