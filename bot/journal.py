"""One reply on its way into the log: visible means journalled.

The first piece is written at once, later ones are gathered for `GATHER_S`, so that a crash can
never know less than the customer saw and the disk is not asked for every word.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import StaleWrite, StoreFailed
from bot.log import Author, Body, Citation, MessageDelta, MessageEnded, MessageReset, MessageStarted
from bot.redact import joined
from bot.scribe import Scribe
from bot.stores.base import AuditDraft, Draft, HeadChange, Parcel, Record, Sealed, Write
from bot.vault import Vault
from channels.base import ConversationId
from routing.request import Redacted

GATHER_S = 0.05
"""How long pieces after the first are gathered."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a turn writes, and under whose authority."""

    conversation: ConversationId
    fence: int
    epoch: int
    """The floor it was decided under: once it has moved, every write is refused."""
    trace_id: str


@dataclass(frozen=True, slots=True)
class Along:
    """What is written in the same transaction as a step of the reply."""

    events: tuple[Body, ...] = ()
    change: HeadChange | None = None
    records: tuple[Record, ...] = ()
    audit: tuple[AuditDraft, ...] = ()
    outbox: tuple[Parcel, ...] = ()


NOTHING = Along()


def nothing() -> None:
    """Add nothing before a write."""


class Journal:
    """Writes one message of the bot, piece by piece."""

    def __init__(
        self, scribe: Scribe, clock: Clock, place: Place, message_id: str, vault: Vault
    ) -> None:
        self._scribe = scribe
        self._clock = clock
        self._place = place
        self._message_id = message_id
        self._vault = vault
        self._is_started = False
        self._next = 0
        self._said: list[Redacted] = []
        self._waiting: list[Redacted] = []
        self._has_text = asyncio.Event()
        self._closed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._next_at = 0.0
        """When the next piece may be written, by the loop's clock."""
        self._timer: asyncio.TimerHandle | None = None
        self._lock = asyncio.Lock()
        self.before_write: Callable[[], None] = nothing
        """Called before each write: the last chance to `say` what has gathered elsewhere."""
        self.at_start = NOTHING
        """What goes in with the first text: the decision, before the first byte leaves."""
        self.visible = asyncio.Event()
        """Set once the first text is in the log."""
        self.visible_at: float | None = None
        """When that was, monotonic."""

    @property
    def text(self) -> Redacted:
        """All that was said since the last reset, written or about to be."""
        return joined([*self._said, *self._waiting])

    @property
    def is_started(self) -> bool:
        """True once the message is in the log, with or without text."""
        return self._is_started

    def unwritten_records(self) -> tuple[Record, ...]:
        """Return what `at_start` holds and no text has taken along."""
        return () if self._next else self.at_start.records

    def reopen(self) -> None:
        """Go on with a message that a crash left open: it is reset before anything else."""
        self._is_started = True
        self._next = 1

    def say(self, text: Redacted) -> None:
        """Add a piece; it becomes visible within `GATHER_S`. Never cut inside a placeholder."""
        if text:
            self._waiting.append(text)
            self.expect()

    def expect(self) -> None:
        """See to it that `before_write` is asked, now or when enough was gathered."""
        if self._timer is not None or self._has_text.is_set():
            return
        if self._loop.time() >= self._next_at:
            self._has_text.set()
        else:
            self._timer = self._loop.call_at(self._next_at, self._due)

    async def write(self) -> None:
        """Write what is said until `close`; the loop of a task beside the speaker.

        Raises:
            StaleWrite: the floor or the conversation has changed hands; nothing more is written.
            StoreFailed: the disk failed.
        """
        while True:
            await self._has_text.wait()
            if self._closed.is_set():
                return
            async with self._lock:
                await self._flush()
            if self._waiting:
                self.expect()

    def close(self) -> None:
        """Let `write` return; what still waits goes in with `end`."""
        self._closed.set()
        self._has_text.set()
        if self._timer is not None:
            self._timer.cancel()

    async def reset(self) -> None:
        """Take back what was said: the next piece begins the message anew."""
        async with self._lock:
            self._waiting.clear()
            self._said.clear()
            if self._next:
                self._next = 0
                await self._commit((MessageReset(self._message_id),), NOTHING)

    async def end(
        self,
        status: str,
        author: Author = Author.BOT,
        citations: tuple[Citation, ...] = (),
        along: Along = NOTHING,
    ) -> None:
        """Write the rest and the end of the message, with what belongs to it, in one step.

        Raises:
            StaleWrite: as in `write`.
        """
        async with self._lock:
            ended = MessageEnded(
                self._message_id,
                joined([*self._said, *self._waiting]),
                status,
                author,
                citations,
                self._place.trace_id,
            )
            pieces = self._pieces(author)
            await self._commit((*pieces, ended, *along.events), along)

    async def freeze(self) -> None:
        """End the message with what the customer has seen, although the floor has moved.

        Raises:
            StaleFence: another process owns the conversation and will do it.
        """
        async with self._lock:
            self._waiting.clear()
            if not self._is_started:
                return
            text = joined(self._said)
            ended = MessageEnded(self._message_id, text, "stopped", Author.BOT)
            await self._scribe.write(
                Write(
                    self._place.conversation,
                    self._clock.now(),
                    events=(Draft(ended, "bot", self._place.trace_id),),
                    fence=self._place.fence,
                )
            )

    def _due(self) -> None:
        self._timer = None
        self._has_text.set()

    async def _flush(self) -> None:
        self.before_write()
        self._has_text.clear()
        if self._waiting:
            along = NOTHING if self._is_started else self.at_start
            await self._commit(self._pieces(Author.BOT), along)
            self._next_at = self._loop.time() + GATHER_S

    def _pieces(self, author: Author) -> tuple[Body, ...]:
        """Return what waits as events; it is taken off the list once it is written."""
        events: list[Body] = []
        if not self._is_started:
            events.append(MessageStarted(self._message_id, author))
        if self._waiting:
            events.append(MessageDelta(self._message_id, self._next, joined(self._waiting)))
        return tuple(events)

    async def _commit(self, events: tuple[Body, ...], along: Along) -> None:
        taken = list(self._waiting)
        sealed: tuple[Sealed, ...] = self._vault.take_new()
        try:
            await self._scribe.write(
                Write(
                    self._place.conversation,
                    self._clock.now(),
                    events=tuple(Draft(body, "bot", self._place.trace_id) for body in events),
                    change=along.change,
                    fence=self._place.fence,
                    epoch=self._place.epoch,
                    vault=sealed,
                    records=along.records,
                    audit=along.audit,
                    outbox=along.outbox,
                )
            )
        except (StaleWrite, StoreFailed):
            self._vault.put_back(sealed)
            raise
        self._is_started = True
        if taken:
            self._next += 1
            if self.visible_at is None:
                self.visible_at = self._clock.monotonic()
                self.visible.set()
            self._said.extend(taken)
            del self._waiting[: len(taken)]
