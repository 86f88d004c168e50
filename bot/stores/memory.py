"""The store without a disk: the same answers, gone when the process ends."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar, cast

from bot.errors import StoreFailed
from bot.log import Event
from bot.stores.audit_chain import Tip, link, tip_of
from bot.stores.base import (
    AuditAfter,
    AuditEnds,
    AuditEntry,
    Committed,
    EventsAfter,
    EventsOfType,
    Head,
    HeadOf,
    HeadsOwnedBy,
    Owner,
    Parcel,
    ParcelsDue,
    ParcelState,
    Query,
    Record,
    RecordsOf,
    Sealed,
    Unanswered,
    VaultOf,
    Write,
)
from bot.stores.prepared import prepare
from bot.stores.projection import is_new, project
from channels.base import ConversationId

T = TypeVar("T")


class MemoryStore:
    """Implements `bot.stores.base.Store` in dictionaries, for tests, examples and trials.

    A write takes no `await`, so it cannot be seen half done. Nothing survives the process.
    """

    def __init__(self) -> None:
        self._heads: dict[ConversationId, Head] = {}
        self._events: dict[ConversationId, list[Event]] = {}
        self._keys: dict[tuple[ConversationId, str], tuple[Event, ...]] = {}
        self._vault: dict[ConversationId, list[Sealed]] = {}
        self._records: dict[tuple[str, str, ConversationId], Record] = {}
        self._parcels: dict[str, Parcel] = {}
        self._audit: list[AuditEntry] = []
        self._is_closed = False

    async def commit(self, write: Write) -> Committed:
        """Do the whole write, or none of it; see `Store.commit`."""
        self._check_open()
        prepare(write)
        head = self._heads.get(write.conversation)
        if head is not None and write.key is not None:
            first = self._keys.get((write.conversation, write.key))
            if first is not None:
                return Committed(head, first, is_repeat=True)
        done = project(head, write)
        vault = self._vault_with(write)
        self._heads[write.conversation] = done.head
        self._events.setdefault(write.conversation, []).extend(done.events)
        self._vault.update(vault)
        if write.key is not None:
            self._keys[write.conversation, write.key] = done.events
        for record in write.records:
            self._records[record.kind, record.id, record.conversation] = record
        for parcel in write.outbox:
            self._parcels[parcel.id] = parcel
        for draft in write.audit:
            tip = tip_of(self._audit[-1]) if self._audit else Tip()
            self._audit.append(link(tip, write.at, draft))
        return Committed(done.head, done.events)

    async def find(self, query: Query[T]) -> tuple[T, ...]:
        """Answer a query; see `Store.find`."""
        self._check_open()
        return cast("tuple[T, ...]", self._found(query))

    async def close(self) -> None:
        """Refuse everything from now on."""
        self._is_closed = True

    def _check_open(self) -> None:
        if self._is_closed:
            raise StoreFailed("the store is closed, expected an open one")

    def _vault_with(self, write: Write) -> dict[ConversationId, list[Sealed]]:
        """Return the vaults that a write changes, as they are after it."""
        changed: dict[ConversationId, list[Sealed]] = {}
        for sealed in write.vault:
            before = self._vault.get(sealed.conversation, [])
            there = changed.setdefault(sealed.conversation, list(before))
            if is_new(sealed, there):
                there.append(sealed)
        return changed

    def _found(self, query: Query[T]) -> tuple[object, ...]:
        """Return the answer; the match pairs each query with its type of answer."""
        match query:
            case HeadOf(conversation):
                head = self._heads.get(conversation)
                return () if head is None else (head,)
            case HeadsOwnedBy():
                owned = (head for head in self._heads.values() if _is_meant(head, query))
                return tuple(sorted(owned, key=_by_wait)[: query.limit])
            case Unanswered(limit):
                left = (head for head in self._heads.values() if _is_unanswered(head))
                return tuple(sorted(left, key=lambda head: head.conversation)[:limit])
            case EventsAfter(conversation, seq, limit):
                events = self._events.get(conversation, [])
                return tuple(events[max(seq, 0) :][:limit])
            case EventsOfType(conversation, types, limit):
                events = self._events.get(conversation, [])
                found = [event for event in events if event.body.TYPE in types]
                return tuple(found[max(len(found) - limit, 0) :])
            case VaultOf(conversation):
                return tuple(self._vault.get(conversation, ()))
            case RecordsOf():
                return self._records_of(query)
            case ParcelsDue():
                return self._parcels_due(query)
            case AuditAfter(n, limit):
                return tuple(self._audit[max(n, 0) :][:limit])
            case AuditEnds(since, until):
                return self._ends(since, until)
            case _:
                raise StoreFailed(f"query {type(query).__name__!r} is unknown to this store")

    def _records_of(self, query: RecordsOf) -> tuple[Record, ...]:
        def fits(record: Record) -> bool:
            return (
                record.kind == query.kind
                and query.id in (None, record.id)
                and query.conversation in (None, record.conversation)
            )

        # Sorting keeps the order of equals, and reversing first makes that the newest first.
        found = filter(fits, reversed(self._records.values()))
        newest = sorted(found, key=lambda record: record.at, reverse=True)
        return tuple(newest[: query.limit])

    def _ends(self, since: datetime | None, until: datetime | None) -> tuple[AuditEntry, ...]:
        found = [
            entry
            for entry in self._audit
            if (since is None or entry.at >= since) and (until is None or entry.at < until)
        ]
        return (found[0], found[-1]) if found else ()

    def _parcels_due(self, query: ParcelsDue) -> tuple[Parcel, ...]:
        due: Iterable[Parcel] = (
            parcel
            for parcel in self._parcels.values()
            if parcel.state is ParcelState.PENDING and parcel.due_at <= query.now
        )
        oldest = sorted(due, key=lambda parcel: (parcel.due_at, parcel.id))
        return tuple(oldest[: query.limit])


def _by_wait(head: Head) -> tuple[bool, float, str]:
    """Return what sorts the longest waiting first, and those that do not wait last."""
    waiting = head.waiting_since
    return waiting is None, 0.0 if waiting is None else waiting.timestamp(), head.conversation


def _is_meant(head: Head, query: HeadsOwnedBy) -> bool:
    if head.owner is not query.owner or not head.is_open:
        return False
    since, until, waiting = query.since, query.until, head.waiting_since
    if waiting is None:
        return since is None and until is None
    return (since is None or waiting >= since) and (until is None or waiting <= until)


def _is_unanswered(head: Head) -> bool:
    return head.asked_seq > head.answered_seq and head.owner is not Owner.HUMAN
