"""One reply on its way into the log: visible means journalled.

A piece is in the log before a view shows it, so a crash never knows less than the customer saw.
The speaker decides when; see `Speech`.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import StaleWrite, StoreFailed
from bot.log import Author, Body, Citation, MessageDelta, MessageEnded, MessageReset, MessageStarted
from bot.privacy.redact import joined
from bot.privacy.vault import Vault
from bot.scribe import Scribe
from bot.stores.base import AuditDraft, Draft, HeadChange, Parcel, Record, Sealed, Write
from channels.base import ConversationId
from routing.request import Redacted


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


def nothing() -> Along:
    """Return nothing to be written along."""
    return NOTHING


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
        self._lock = asyncio.Lock()
        self.opening: Callable[[], Along] = nothing
        """What goes in with the first text: the decision, before the first byte leaves."""
        self.covers: int | None = None
        """Seq of the last message that the reply answers: nothing of it is shown to a customer who
        has said more. None: it is shown all the same."""
        self.visible = asyncio.Event()
        """Set once the first text is in the log."""
        self.visible_at: float | None = None
        """When that was, monotonic."""

    @property
    def message_id(self) -> str:
        """The message that is written."""
        return self._message_id

    @property
    def text(self) -> Redacted:
        """All that was said since the last reset, written or about to be."""
        return joined([*self._said, *self._waiting])

    @property
    def is_started(self) -> bool:
        """True once the message is in the log, with or without text."""
        return self._is_started

    def unwritten_records(self) -> tuple[Record, ...]:
        """Return what `opening` holds and no text has taken along."""
        return () if self._next else self.opening().records

    def reopen(self) -> None:
        """Go on with a message that a crash left open: it is reset before anything else."""
        self._is_started = True
        self._next = 1

    def say(self, text: Redacted) -> None:
        """Add a piece, never cut inside a placeholder; it is visible once it is written."""
        if text:
            self._waiting.append(text)

    async def write(self) -> None:
        """Write what is said; not to be cancelled, since then nobody knows whether it was written.

        Raises:
            StaleQuestion: the customer has said more, and has seen nothing of the reply.
            StaleWrite: the floor or the conversation has changed hands; nothing more is written.
            StoreFailed: the disk failed.
        """
        async with self._lock:
            if self._waiting:
                along = NOTHING if self._is_started else self.opening()
                await self._commit(self._pieces(Author.BOT), along)

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
                    covers=None if self._is_started else self.covers,
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
