"""The cabinet and the slots in an SQLite file of their own.

Not in the log's file: every commit there by somebody else makes the log's writer read its heads
anew, and nothing here belongs into one transaction with the log.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple, TypeVar

from bot.errors import StoreFailed
from bot.privacy.vault import VaultKey
from bot.stores.cabinet import UNUSED, Entry, Standing, held, turn_after
from bot.stores.instants import instant, micros
from bot.stores.migrate import SCHEMA, migrate
from channels.base import ConversationId
from channels.slots import Turns
from routing.request import TenantId

T = TypeVar("T")
BUSY_MS = 5_000
MOST_TOGETHER = 256
PLACE = ConversationId("cabinet")
CLOSED = "the cabinet is closed, expected an open one"
Work = Callable[[sqlite3.Connection], Any]
_COLUMNS = "key, sealed, at, due_at, tries"
_FIND = f"SELECT {_COLUMNS} FROM cabinet WHERE kind = ?"
_PUT = (
    "INSERT OR {how} INTO cabinet (kind, key, sealed, at, due_at, tries) VALUES (?, ?, ?, ?, ?, ?)"
)
_LEASE = (
    "UPDATE cabinet SET due_at = ? WHERE kind = ? AND key IN (SELECT key FROM cabinet "
    "WHERE kind = ? AND due_at <= ? ORDER BY due_at, key LIMIT ?)"
)
_DUE = f"{_FIND} AND due_at <= ? ORDER BY due_at, key LIMIT ?"
_REMOVE = "DELETE FROM cabinet WHERE kind = ? AND (? IS NULL OR key = ?)"
_OLD = " AND due_at IS NULL AND at < ?"
_SLOT = "SELECT free_at, held_until FROM slots WHERE key = ?"
_KEEP_SLOT = "INSERT OR REPLACE INTO slots (key, free_at, held_until) VALUES (?, ?, ?)"


class _Job(NamedTuple):
    work: Work
    waiter: "asyncio.Future[Any]"


class SqliteCabinet:
    """Implements `bot.stores.cabinet.Cabinet` and `channels.slots.Slots`.

    What comes while the disk is busy shares the next flush; each transaction is on the disk before
    anybody is told.
    """

    def __init__(
        self, connection: sqlite3.Connection, key: VaultKey, now: Callable[[], datetime]
    ) -> None:
        self._connection = connection
        self._key = key
        self._now = now
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._loop = asyncio.get_running_loop()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="cabinet", daemon=True)
        self._thread.start()

    async def put(self, entry: Entry, is_new: bool = False) -> bool:
        """Keep an entry; see `Cabinet.put`."""
        sealed = self._key.seal_bytes(
            TenantId(entry.kind), PLACE, entry.key, entry.value.encode("utf-8")
        )
        due_at = None if entry.due_at is None else micros(entry.due_at)
        row = (entry.kind, entry.key, sealed, micros(entry.at), due_at, entry.tries)
        sql = _PUT.format(how="IGNORE" if is_new else "REPLACE")
        return await self._do(lambda connection: connection.execute(sql, row).rowcount == 1)

    async def find(self, kind: str, key: str | None = None) -> Sequence[Entry]:
        """Return entries; see `Cabinet.find`."""

        def work(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            if key is None:
                return connection.execute(f"{_FIND} ORDER BY key", (kind,)).fetchall()
            return connection.execute(f"{_FIND} AND key = ?", (kind, key)).fetchall()

        return self._opened(kind, await self._do(work))

    async def lease(self, kind: str, now: datetime, for_s: float, limit: int) -> Sequence[Entry]:
        """Take what is due; see `Cabinet.lease`."""
        at = micros(now)
        until = at + round(for_s * 1_000_000)

        def work(connection: sqlite3.Connection) -> list[tuple[Any, ...]]:
            due = connection.execute(_DUE, (kind, at, limit)).fetchall()
            if due:
                connection.execute(_LEASE, (until, kind, kind, at, limit))
            return due

        return self._opened(kind, await self._do(work))

    async def remove(self, kind: str, key: str | None, before: datetime | None = None) -> int:
        """Remove entries; see `Cabinet.remove`."""
        sql = _REMOVE
        values: list[str | int | None] = [kind, key, key]
        if before is not None:
            sql += _OLD
            values.append(micros(before))
        return await self._do(lambda connection: connection.execute(sql, values).rowcount)

    async def book(self, key: str, rate: Turns) -> float:
        """Take the next free turn; see `Slots.book`."""
        now = self._now().timestamp()

        def work(connection: sqlite3.Connection) -> float:
            standing, wait_s = turn_after(_standing(connection, key), now, rate)
            _keep_slot(connection, key, standing)
            return wait_s

        return await self._do(work)

    async def block(self, key: str, for_s: float) -> None:
        """Let nobody have a turn for a while; see `Slots.block`."""
        until = self._now().timestamp() + for_s

        def work(connection: sqlite3.Connection) -> None:
            _keep_slot(connection, key, held(_standing(connection, key), until))

        await self._do(work)

    async def close(self) -> None:
        """Do what is queued, then let go of the file; idempotent."""
        if not self._is_closed:
            self._is_closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _opened(self, kind: str, found: Sequence[tuple[Any, ...]]) -> tuple[Entry, ...]:
        return tuple(self._entry(kind, row) for row in found)

    def _entry(self, kind: str, row: tuple[Any, ...]) -> Entry:
        key, sealed, at, due_at, tries = row
        value = self._key.open_bytes(TenantId(kind), PLACE, key, sealed).decode("utf-8")
        return Entry(
            kind, key, value, instant(at), None if due_at is None else instant(due_at), tries
        )

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._is_closed:
            raise StoreFailed(CLOSED)
        waiter: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Job(work, waiter))
        return await waiter

    def _run(self) -> None:
        while jobs := self._waiting():
            try:
                outcomes = self._transact(jobs)
            except sqlite3.Error:
                outcomes = [self._alone(job) for job in jobs]
            self._tell(jobs, outcomes)
        self._connection.close()

    def _waiting(self) -> list[_Job]:
        """Return all that waits, at least one; nothing at the end."""
        job = self._queue.get()
        jobs: list[_Job] = []
        while job is not None:
            jobs.append(job)
            try:
                job = self._queue.get_nowait() if len(jobs) < MOST_TOGETHER else None
            except Empty:
                return jobs
        if jobs and self._is_closed:
            self._queue.put(None)
        return jobs

    def _transact(self, jobs: Sequence[_Job]) -> list[Any]:
        """Do all in one transaction; when it raises, nothing is kept."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            outcomes = [job.work(self._connection) for job in jobs]
            self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        return outcomes

    def _alone(self, job: _Job) -> object:
        try:
            return self._transact([job])[0]
        except sqlite3.Error as error:
            return StoreFailed(f"the cabinet failed: {error}")

    def _tell(self, jobs: Sequence[_Job], outcomes: Sequence[Any]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(_resolve, jobs, outcomes)


def _standing(connection: sqlite3.Connection, key: str) -> Standing:
    row = connection.execute(_SLOT, (key,)).fetchone()
    return UNUSED if row is None else Standing(*row)


def _keep_slot(connection: sqlite3.Connection, key: str, standing: Standing) -> None:
    connection.execute(_KEEP_SLOT, (key, standing.free_at, standing.held_until))


def _resolve(jobs: Sequence[_Job], outcomes: Sequence[Any]) -> None:
    """In the loop: give each waiter its answer."""
    for job, outcome in zip(jobs, outcomes, strict=True):
        if job.waiter.done():
            continue
        if isinstance(outcome, StoreFailed):
            job.waiter.set_exception(outcome)
        else:
            job.waiter.set_result(outcome)


async def open_cabinet(path: Path, key: VaultKey, now: Callable[[], datetime]) -> SqliteCabinet:
    """Open the cabinet in this file, with its tables made or brought up to date.

    Raises:
        StoreFailed: the file is not a database, cannot be written, or is of a newer program.
    """
    try:
        return SqliteCabinet(await asyncio.to_thread(_opened, path), key, now)
    except sqlite3.Error as error:
        raise StoreFailed(f"{str(path)!r} cannot be used: {error}") from None


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        migrate(connection, SCHEMA / "cabinet")
    except BaseException:
        connection.close()
        raise
    return connection
