"""One group of writes on its way into one transaction of SQLite."""

import sqlite3
from dataclasses import dataclass

from bot.errors import StaleWrite, StoreFailed
from bot.log import Event
from bot.stores import rows
from bot.stores.audit_chain import Tip, hash_after
from bot.stores.base import Committed, Head, Sealed
from bot.stores.prepared import Prepared
from bot.stores.projection import Projected, is_new, project
from channels.base import ConversationId

Outcome = Committed | StaleWrite | StoreFailed
Known = tuple[int, Head]
"""The number of a conversation's row, and its head."""

MOST_REMEMBERED = 20_000


def _marks(count: int) -> str:
    return ", ".join("?" * count)


_HEAD = f"SELECT n, {rows.HEAD_COLUMNS} FROM conversations WHERE id = ?"
_NEW_HEAD = f"INSERT INTO conversations (n, {rows.HEAD_COLUMNS}) VALUES ({_marks(18)})"
_MOVED_HEAD = f"UPDATE conversations SET ({rows.MOVING_COLUMNS}) = ({_marks(14)}) WHERE n = ?"
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
    "ON CONFLICT (kind, id, conversation) DO UPDATE SET at = excluded.at, json = excluded.json"
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


@dataclass(frozen=True, slots=True)
class _Checked:
    """A write that may be done."""

    ready: Prepared
    number: int
    before: Head | None
    done: Projected
    sealed: list[Sealed]


class Batch:
    """Checks writes one by one, then puts all their rows in with one statement per table.

    A write that is refused leaves nothing behind, so the others are not harmed.
    """

    def __init__(self, connection: sqlite3.Connection, memory: Memory) -> None:
        self._connection = connection
        self._memory = memory
        self._last_number = memory.last_number
        self._tip = memory.tip
        self._heads: dict[ConversationId, Known] = {}
        self._new: set[int] = set()
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
        new, moved = [], []
        for number, head in self._heads.values():
            row = rows.head_row(head)
            if number in self._new:
                new.append((number, *row))
            else:
                moved.append((*row[rows.FIXED :], number))
        for sql, values in (
            (_NEW_HEAD, new),
            (_MOVED_HEAD, moved),
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
        self._memory.tip = self._tip
        self._memory.keep(self._heads)

    def _added(self, ready: Prepared) -> Committed:
        write = ready.write
        number, head = self._standing(write.conversation)
        if head is not None and write.key is not None:
            events = self._first_time(number, head.conversation, write.key)
            if events is not None:
                return Committed(head, events, is_repeat=True)
        done = project(head, write)
        new_sealed = self._new_sealed(number, write.vault)
        self._take(_Checked(ready, number, head, done, new_sealed))
        return Committed(done.head, done.events)

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

    def _take(self, checked: _Checked) -> None:
        """Turn a write into rows."""
        ready, number, done = checked.ready, checked.number, checked.done
        write = ready.write
        for event, body in zip(done.events, ready.bodies, strict=True):
            self._event_rows.append(rows.event_row(number, ready.at, event, body))
        for columns, tail in ready.audit:
            previous = self._tip
            self._tip = Tip(previous.n + 1, hash_after(previous, tail))
            self._audit_rows.append((*columns, self._tip.n, previous.hash, self._tip.hash))
        self._record_rows += [(number, *row) for row in ready.records]
        self._parcel_rows += [(number, *row) for row in ready.outbox]
        for sealed in checked.sealed:
            self._sealed[number, sealed.placeholder].append(sealed)
            self._sealed_rows.append((number, *rows.sealed_row(sealed)))
        if write.key is not None:
            after = done.head.head_seq - len(done.events)
            self._keys[number, write.key] = done.events
            self._key_rows.append((number, write.key, after, len(done.events)))
        self._move(checked)

    def _move(self, checked: _Checked) -> None:
        """Note the new head, if there is one."""
        if checked.before is None:
            self._last_number = checked.number
            self._new.add(checked.number)
        if checked.done.head is not checked.before:
            self._heads[checked.done.head.conversation] = (checked.number, checked.done.head)
