"""One group of writes on its way into one transaction of SQLite."""

import sqlite3
from collections.abc import Iterator

from bot.errors import StaleWrite, StoreFailed
from bot.log import Event
from bot.stores import rows
from bot.stores.audit_chain import Tip, hash_after
from bot.stores.base import Committed, Head, Sealed, Write
from bot.stores.prepared import Prepared
from bot.stores.projection import is_new, project
from channels.base import ConversationId

Outcome = Committed | StaleWrite | StoreFailed
Known = tuple[int, Head]
"""The number of a conversation's row, and its head."""

MOST_REMEMBERED = 20_000


def _marks(count: int) -> str:
    return ", ".join("?" * count)


_HEAD = f"SELECT n, {rows.HEAD_COLUMNS} FROM conversations WHERE id = ?"
_NEW_HEAD = f"INSERT INTO conversations (n, {rows.HEAD_COLUMNS}) VALUES ({_marks(18)})"
_GROWN_HEAD = "UPDATE conversations SET head_seq = ? WHERE n = ?"
_COUNTED_HEAD = f"UPDATE conversations SET ({rows.COUNT_COLUMNS}) = ({_marks(5)}) WHERE n = ?"
_CHANGED_HEAD = f"UPDATE conversations SET ({rows.RARE_COLUMNS}) = ({_marks(9)}) WHERE n = ?"
_EVENT = f"INSERT INTO events (conversation, {rows.EVENT_COLUMNS}) VALUES ({_marks(9)})"
_EVENTS = (
    f"SELECT {rows.EVENT_COLUMNS} FROM events WHERE conversation = ? AND seq > ? "
    "ORDER BY seq LIMIT ?"
)
_KEY = "SELECT after_seq, events FROM keys WHERE conversation = ? AND key = ?"
_NEW_KEY = "INSERT INTO keys (conversation, key, after_seq, events) VALUES (?, ?, ?, ?)"
_SEALED = f"SELECT {rows.SEALED_COLUMNS} FROM vault WHERE conversation = ? AND placeholder = ?"
_NEW_SEALED = f"INSERT INTO vault (conversation, {rows.SEALED_COLUMNS}) VALUES ({_marks(5)})"
_RECORD = (
    f"INSERT INTO records (conversation, {rows.RECORD_COLUMNS}) VALUES ({_marks(5)}) "
    "ON CONFLICT (conversation, kind, id) DO UPDATE SET at = excluded.at, json = excluded.json"
)
_PARCEL = (
    f"INSERT OR REPLACE INTO outbox (conversation, {rows.PARCEL_COLUMNS}) VALUES ({_marks(8)})"
)
_AUDIT = f"INSERT INTO audit ({rows.AUDIT_COLUMNS}) VALUES ({_marks(7)})"


class Memory:
    """What the writer still knows from its last transaction; valid while nobody else wrote."""

    def __init__(self) -> None:
        self._version = -1
        self.heads: dict[ConversationId, Known] = {}
        self.last_number = 0
        self.tip = Tip()

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Forget everything if another connection has changed the file; within a transaction.

        Source: SQLite, "PRAGMA data_version": the number changes when another connection has
        committed, and only then. The write lock is held, so it cannot change before our commit.
        """
        (version,) = connection.execute("PRAGMA data_version").fetchone()
        if version == self._version:
            return
        self.heads.clear()
        (self.last_number,) = connection.execute(
            "SELECT coalesce(max(n), 0) FROM conversations"
        ).fetchone()
        last = connection.execute("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1").fetchone()
        self.tip = Tip() if last is None else Tip(*last)
        self._version = version

    def forget(self) -> None:
        """Read everything anew next time."""
        self._version = -1

    def keep(self, heads: dict[ConversationId, Known]) -> None:
        """Remember heads that are committed; the ones that moved longest ago go first."""
        for conversation, known in heads.items():
            self.heads.pop(conversation, None)
            self.heads[conversation] = known
        while len(self.heads) > MOST_REMEMBERED:
            del self.heads[next(iter(self.heads))]


class Batch:
    """Checks writes one by one, then puts all their rows in with one statement per table.

    A write that is refused leaves nothing behind, so the others are not harmed.
    """

    def __init__(self, connection: sqlite3.Connection, memory: Memory) -> None:
        self._connection = connection
        self._memory = memory
        self._last_number = memory.last_number
        self._audited, self._hash = memory.tip.n, memory.tip.hash
        self._heads: dict[ConversationId, Known] = {}
        self._new: set[int] = set()
        self._counted: set[int] = set()
        self._changed: set[int] = set()
        self._keys: dict[tuple[int, str], tuple[Event, ...]] = {}
        self._sealed: dict[tuple[int, str], list[Sealed]] = {}
        self._event_rows: list[rows.Row] = []
        self._key_rows: list[rows.Row] = []
        self._sealed_rows: list[rows.Row] = []
        self._record_rows: list[rows.Row] = []
        self._parcel_rows: list[rows.Row] = []
        self._audit_rows: list[rows.Row] = []

    def add(self, ready: Prepared) -> Outcome:
        """Take one write in, or return why not."""
        try:
            return self._added(ready)
        except (StaleWrite, StoreFailed) as error:
            return error

    def flush(self) -> None:
        """Put all rows into the open transaction."""
        for sql, values in (
            *self._head_rows(),
            (_EVENT, self._event_rows),
            (_NEW_KEY, self._key_rows),
            (_NEW_SEALED, self._sealed_rows),
            (_RECORD, self._record_rows),
            (_PARCEL, self._parcel_rows),
            (_AUDIT, self._audit_rows),
        ):
            if values:
                self._connection.executemany(sql, values)

    def remember(self) -> None:
        """The transaction is committed: what it changed is known from now on."""
        self._memory.last_number = self._last_number
        self._memory.tip = Tip(self._audited, self._hash)
        self._memory.keep(self._heads)

    def _head_rows(self) -> Iterator[tuple[str, list[rows.Row]]]:
        """Yield statements and rows for the heads, each with no more columns than have moved.

        To set all of them takes three times as long, on the path of every delta.
        """
        heads = self._heads.values()
        new, counted, changed = self._new, self._counted - self._new, self._changed - self._new
        yield _NEW_HEAD, [(n, *rows.head_row(head)) for n, head in heads if n in new]
        yield _CHANGED_HEAD, [(*rows.rare_row(head), n) for n, head in heads if n in changed]
        yield _COUNTED_HEAD, [(*rows.count_row(head), n) for n, head in heads if n in counted]
        done = new | counted
        yield _GROWN_HEAD, [(head.head_seq, n) for n, head in heads if n not in done]

    def _added(self, ready: Prepared) -> Committed:
        write = ready.write
        number, head = self._standing(write.conversation)
        if head is not None and write.key is not None:
            events = self._first_time(number, head.conversation, write.key)
            if events is not None:
                return Committed(head, events, is_repeat=True)
        done = project(head, write)
        sealed = self._new_sealed(number, write.vault) if write.vault else ()
        # Nothing below refuses, so a write is taken whole or not at all.
        if done.head is not head:
            self._move(number, head, done.head, write)
        self._take(number, ready, done)
        for each in sealed:
            self._sealed[number, each.placeholder].append(each)
            self._sealed_rows.append((number, *rows.sealed_row(each)))
        return done

    def _standing(self, conversation: ConversationId) -> tuple[int, Head | None]:
        """Return the number and head of a conversation as this batch leaves them so far."""
        known = self._heads.get(conversation) or self._memory.heads.get(conversation)
        if known is not None:
            return known
        row = self._connection.execute(_HEAD, (conversation,)).fetchone()
        if row is None:
            return self._last_number + 1, None
        found = (row[0], rows.head_of(row[1:]))
        self._memory.heads[conversation] = found
        return found

    def _first_time(
        self, number: int, conversation: ConversationId, key: str
    ) -> tuple[Event, ...] | None:
        """Return the events of the write that used this key, or None."""
        events = self._keys.get((number, key))
        if events is not None:
            return events
        row = self._connection.execute(_KEY, (number, key)).fetchone()
        if row is None:
            return None
        found = self._connection.execute(_EVENTS, (number, *row))
        return tuple(rows.event_of(conversation, each) for each in found)

    def _new_sealed(self, number: int, vault: tuple[Sealed, ...]) -> list[Sealed]:
        """Return the values that the vault does not hold yet."""
        new: list[Sealed] = []
        for sealed in vault:
            if is_new(sealed, (*self._sealed_as(number, sealed), *new)):
                new.append(sealed)
        return new

    def _sealed_as(self, number: int, sealed: Sealed) -> list[Sealed]:
        """Return what stands under the placeholder of a value, with what this batch adds."""
        place = (number, sealed.placeholder)
        if place not in self._sealed:
            found = self._connection.execute(_SEALED, place)
            self._sealed[place] = [rows.sealed_of(sealed.conversation, row) for row in found]
        return self._sealed[place]

    def _take(self, number: int, ready: Prepared, done: Committed) -> None:
        """Turn a write into rows."""
        write = ready.write
        for event, body in zip(done.events, ready.bodies, strict=True):
            self._event_rows.append(rows.event_row(number, ready.at, event, body))
        for record in ready.records:
            self._record_rows.append((number, *record))
        for parcel in ready.outbox:
            self._parcel_rows.append((number, *parcel))
        for draft, tail in ready.audit:
            previous, n = self._hash, self._audited + 1
            self._audited, self._hash = n, hash_after(previous, n, tail)
            self._audit_rows.append(
                (ready.at, draft.tenant, draft.action, draft.json, n, previous, self._hash)
            )
        if write.key is not None:
            after = done.head.head_seq - len(done.events)
            self._keys[number, write.key] = done.events
            self._key_rows.append((number, write.key, after, len(done.events)))

    def _move(self, number: int, before: Head | None, head: Head, write: Write) -> None:
        """Note the new head, and how much of it moved."""
        self._heads[head.conversation] = (number, head)
        if before is None:
            self._last_number = number
            self._new.add(number)
        elif write.change is not None or write.take_fence:
            self._counted.add(number)
            if rows.rare_of(before) != rows.rare_of(head):
                self._changed.add(number)
