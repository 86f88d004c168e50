"""The one thread that writes: it takes all that is waiting and commits it as one transaction."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from typing import NamedTuple

from bot.errors import BotError, StoreFailed
from bot.stores.base import Committed, Write
from bot.stores.batch import Batch, Memory, Outcome
from bot.stores.prepared import BAD_VALUES, Prepared, prepare, unstorable

CLOSED = "the store is closed, expected an open one"
_OF_THE_FILE = (sqlite3.OperationalError, sqlite3.DatabaseError)
"""Exactly these: full, locked, unreadable or broken. Their subclasses blame one row."""


class Job(NamedTuple):
    """A write and who waits for it."""

    ready: Prepared
    waiter: "asyncio.Future[Committed]"


class Writer:
    """Group commit: one disk flush for everything that came while the last one ran.

    At most `most_queued` writes wait in it; further callers of `commit` wait for room. Every waiter
    gets an answer, also when the thread dies.
    """

    def __init__(self, connection: sqlite3.Connection, most_queued: int) -> None:
        self._connection = connection
        self._memory = Memory()
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._most = most_queued
        self._room = asyncio.Semaphore(most_queued)
        self._loop = asyncio.get_running_loop()
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def commit(self, write: Write) -> Committed:
        """Do a write. It is done even if the caller is cancelled while it waits for the answer."""
        ready = prepare(write)
        await self._room.acquire()
        if self._is_closed:
            self._room.release()
            raise StoreFailed(CLOSED)
        waiter: asyncio.Future[Committed] = self._loop.create_future()
        self._queue.put(Job(ready, waiter))
        return await waiter

    async def close(self) -> None:
        """Do what is queued, then end the thread."""
        if not self._is_closed:
            self._is_closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        try:
            while self._serve():
                pass
        finally:
            self._tell(self._end)

    def _serve(self) -> bool:
        """Commit one group; False when there is nothing more to come."""
        first = self._queue.get()
        if first is None:
            return False
        jobs, is_last = self._drained(first)
        outcomes: Sequence[Outcome] = [StoreFailed("the writer has failed")] * len(jobs)
        try:
            outcomes = self._outcomes([job.ready for job in jobs])
        finally:
            self._tell(partial(self._resolve, jobs, outcomes))
        return not is_last

    def _drained(self, first: Job) -> tuple[list[Job], bool]:
        """Return everything that waits, and whether the end was among it."""
        jobs = [first]
        while len(jobs) < self._most:
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
        return jobs, False

    def _outcomes(self, writes: Sequence[Prepared]) -> list[Outcome]:
        """Return what each write came to; together if possible, else one by one."""
        try:
            return self._transact(writes)
        except (sqlite3.Error, *BAD_VALUES) as error:
            failed = _as_failure(error)
            if len(writes) == 1 or type(error) in _OF_THE_FILE:
                return [failed] * len(writes)
        return [outcome for write in writes for outcome in self._outcomes([write])]

    def _transact(self, writes: Sequence[Prepared]) -> list[Outcome]:
        """Do all writes in one transaction; when it raises, nothing is kept."""
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        is_done = False
        try:
            self._memory.refresh(connection)
            batch = Batch(connection, self._memory)
            outcomes = [batch.add(write) for write in writes]
            batch.flush()
            connection.execute("COMMIT")
            is_done = True
        finally:
            if not is_done:
                self._undo()
        batch.remember()
        return outcomes

    def _undo(self) -> None:
        """Leave the transaction, if SQLite has not left it by itself, and forget what was known."""
        self._memory.forget()
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _tell(self, callback: Callable[[], None]) -> None:
        """Call something in the loop, unless there is none left to wait for it."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(callback)

    def _resolve(self, jobs: Sequence[Job], outcomes: Sequence[Outcome]) -> None:
        """In the loop: give each waiter its answer."""
        for job, outcome in zip(jobs, outcomes, strict=True):
            self._room.release()
            if job.waiter.done():
                continue
            if isinstance(outcome, BotError):
                job.waiter.set_exception(outcome)
            else:
                job.waiter.set_result(outcome)

    def _end(self) -> None:
        """In the loop, after the thread: whoever still waits is told so, and nobody else comes."""
        self._is_closed = True
        while not self._queue.empty():
            job = self._queue.get_nowait()
            if job is not None:
                self._resolve([job], [StoreFailed(CLOSED)])


def _as_failure(error: BaseException) -> StoreFailed:
    """Return the error as ours; SQLite's own words name tables and files, never values."""
    if isinstance(error, sqlite3.Error):
        return StoreFailed(f"the database failed: {error}")
    return unstorable(error)
