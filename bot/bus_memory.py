"""The bus of the embedded deployment: mailboxes and fan-out within one process."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType

from bot.bus import Broadcast, Letter
from channels.base import ConversationId

MOST_WAITING = 256
"""Broadcasts that may wait in one subscription."""


@dataclass(slots=True)
class _Mailbox:
    """The letters of a conversation that has an owner."""

    letters: deque[Letter] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


class MemorySubscription:
    """A live view of one conversation; implements `bot.bus.Subscription`. For one reader.

    At most `most_waiting` broadcasts wait in it. One more and all are dropped, `lagged` is True
    and the iteration ends: the reader starts again from the log.
    """

    def __init__(self, most_waiting: int) -> None:
        self._most = most_waiting
        self._waiting: deque[Broadcast] = deque()
        self._changed = asyncio.Event()
        self._has_ended = False
        self._has_lagged = False

    @property
    def lagged(self) -> bool:
        """True once more than the bound was waiting."""
        return self._has_lagged

    def __aiter__(self) -> AsyncIterator[tuple[Broadcast, ...]]:
        return self

    async def __anext__(self) -> tuple[Broadcast, ...]:
        """Return everything that waits; cancelling it loses nothing."""
        while not self._waiting:
            if self._has_ended:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        batch = tuple(self._waiting)
        self._waiting.clear()
        return batch

    def push(self, broadcast: Broadcast) -> None:
        """Add one broadcast, or end the view when it is full."""
        if self._has_ended:
            return
        if len(self._waiting) >= self._most:
            self._has_lagged = True
            self._waiting.clear()
            self.end()
            return
        self._waiting.append(broadcast)
        self._changed.set()

    def end(self) -> None:
        """Let the reader have what waits, then end the iteration."""
        self._has_ended = True
        self._changed.set()


class _Following:
    """The context in which a subscription is fed."""

    def __init__(self, bus: "MemoryBus", conversation: ConversationId) -> None:
        self._bus = bus
        self._conversation = conversation
        self._subscription = MemorySubscription(bus.most_waiting)

    async def __aenter__(self) -> MemorySubscription:
        self._bus.attach(self._conversation, self._subscription)
        return self._subscription

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bus.detach(self._conversation, self._subscription)


class MemoryBus:
    """Implements `bot.bus.Bus` for one process; all calls come from one event loop.

    It has no task of its own. A mailbox exists exactly as long as its conversation has an owner.
    Mailboxes have no bound: their letters are a few words each, the channels limit how fast a
    customer makes them, and the owner takes all at once.
    """

    def __init__(self, most_waiting: int = MOST_WAITING) -> None:
        self.most_waiting = most_waiting
        self._mailboxes: dict[ConversationId, _Mailbox] = {}
        self._following: dict[ConversationId, list[MemorySubscription]] = {}
        self._is_closed = False

    async def submit(self, conversation: ConversationId, letter: Letter) -> bool:
        """Put a letter into the mailbox; True when the caller must start its owner."""
        mailbox = self._mailboxes.get(conversation)
        is_new = mailbox is None
        if mailbox is None:
            mailbox = self._mailboxes[conversation] = _Mailbox()
        mailbox.letters.append(letter)
        mailbox.arrived.set()
        return is_new

    async def receive(
        self, conversation: ConversationId, timeout_s: float | None
    ) -> tuple[Letter, ...]:
        """As the owner: take all letters; see `Bus.receive`. Cancelling it loses none."""
        mailbox = self._mailboxes.get(conversation)
        assert mailbox is not None, f"{conversation!r} has no owner, only its owner may receive"
        if not mailbox.letters:
            if timeout_s is None:
                del self._mailboxes[conversation]
                return ()
            await _arrival(mailbox, timeout_s)
        letters = tuple(mailbox.letters)
        mailbox.letters.clear()
        return letters

    async def publish(self, broadcasts: tuple[Broadcast, ...]) -> None:
        """Show broadcasts to every subscription of their conversation; never waits."""
        if not self._following:
            return
        for broadcast in broadcasts:
            for subscription in self._following.get(broadcast.conversation, ()):
                subscription.push(broadcast)

    def subscribe(self, conversation: ConversationId) -> _Following:
        """Follow a conversation from the moment the context is entered."""
        return _Following(self, conversation)

    async def close(self) -> None:
        """End every subscription once its reader has what waits; letters can still be handled."""
        self._is_closed = True
        for subscriptions in self._following.values():
            for subscription in subscriptions:
                subscription.end()

    def attach(self, conversation: ConversationId, subscription: MemorySubscription) -> None:
        """Feed a subscription from now on; on a closed bus it ends at once."""
        if self._is_closed:
            subscription.end()
        self._following.setdefault(conversation, []).append(subscription)

    def detach(self, conversation: ConversationId, subscription: MemorySubscription) -> None:
        """Stop feeding a subscription."""
        others = self._following[conversation]
        others.remove(subscription)
        if not others:
            del self._following[conversation]


async def _arrival(mailbox: _Mailbox, timeout_s: float) -> None:
    """Wait for a letter, or until the time is over."""
    mailbox.arrived.clear()
    try:
        async with asyncio.timeout(timeout_s):
            await mailbox.arrived.wait()
    except TimeoutError:
        return
