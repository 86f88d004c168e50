"""The store of the embedded deployment: one SQLite file with a write-ahead log."""

import asyncio
import os
import sqlite3
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bot.errors import StoreFailed
from bot.stores.base import Committed, Query, Write
from bot.stores.migrate import migrate
from bot.stores.queries import answer
from bot.stores.writer import Writer

T = TypeVar("T")

READERS = 2


@dataclass(frozen=True, slots=True)
class Limits:
    """What the store may use."""

    most_queued: int = 1024
    """Writes that wait for the disk; further callers wait for room."""
    busy_s: float = 5.0
    """How long another process may hold the file before a write fails, in seconds."""
    most_pages: int | None = None
    """Most pages of 4 KiB that the file may have; None for as many as the disk holds."""


DEFAULT_LIMITS = Limits()


class SqliteStore:
    """Implements `bot.stores.base.Store`; made by `open_sqlite`.

    Every commit is flushed to the disk (`synchronous=FULL`); commits that come together share one
    flush. Other processes may read and write the same file. Reads run beside the writer, on
    connections that only see what is committed.
    """

    def __init__(
        self, connection: sqlite3.Connection, readers: list[sqlite3.Connection], limits: Limits
    ) -> None:
        self._connection = connection
        self._writer = Writer(connection, limits.most_queued)
        self._readers = deque(readers)
        self._pool = ThreadPoolExecutor(len(readers), thread_name_prefix="store-reader")
        self._is_closed = False

    async def commit(self, write: Write) -> Committed:
        """Do the whole write, or none of it; see `Store.commit`."""
        return await self._writer.commit(write)

    async def find(self, query: Query[T]) -> tuple[T, ...]:
        """Answer a query; see `Store.find`."""
        if self._is_closed:
            raise StoreFailed("the store is closed, expected an open one")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._find, query)

    async def close(self) -> None:
        """Finish what is queued, then let go of the file; may be called twice."""
        self._is_closed = True
        await self._writer.close()
        await asyncio.to_thread(self._let_go)

    def _find(self, query: Query[T]) -> tuple[T, ...]:
        """In a thread of the pool, which has as many as there are connections."""
        connection = self._readers.pop()
        try:
            return answer(connection, query)
        except sqlite3.Error as error:
            raise StoreFailed(f"the database failed: {error}") from error
        except (TypeError, ValueError, ArithmeticError) as error:
            kind = type(error).__name__
            raise StoreFailed(f"a query or a row holds a wrong value: {kind}") from None
        finally:
            self._readers.append(connection)

    def _let_go(self) -> None:
        """Close the readers first: the last one to leave, the writer, empties the log."""
        self._pool.shutdown()
        while self._readers:
            self._readers.pop().close()
        self._connection.close()


async def open_sqlite(path: Path, limits: Limits = DEFAULT_LIMITS) -> SqliteStore:
    """Return the store in a file, which is made (only for its owner) or brought up to date.

    Raises:
        StoreFailed: the file cannot be opened, is no database, or belongs to a newer program.
    """
    connection, readers = await asyncio.to_thread(_opened, path, limits)
    return SqliteStore(connection, readers, limits)


def _opened(path: Path, limits: Limits) -> tuple[sqlite3.Connection, list[sqlite3.Connection]]:
    """Return the connection of the writer and those of the readers."""
    opened: list[sqlite3.Connection] = []
    try:
        _make(path)
        writer = _connect(path, limits)
        opened.append(writer)
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("PRAGMA synchronous = FULL")
        # A page that many commits change is copied into the file once; 16 MiB at most wait there.
        writer.execute("PRAGMA wal_autocheckpoint = 4000")
        writer.execute("PRAGMA journal_size_limit = 67108864")
        migrate(writer)
        if limits.most_pages is not None:
            writer.execute(f"PRAGMA max_page_count = {limits.most_pages:d}")
        opened += [_reader(path, limits) for _ in range(READERS)]
    except (OSError, sqlite3.Error) as error:
        _close_all(opened)
        raise StoreFailed(f"cannot open the database {str(path)!r}: {error}") from error
    except StoreFailed:
        _close_all(opened)
        raise
    return opened[0], opened[1:]


def _make(path: Path) -> None:
    """Make the file and its folder if they are missing; only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.fchmod(file, 0o600)
    finally:
        os.close(file)


def _connect(path: Path, limits: Limits) -> sqlite3.Connection:
    """Return a connection without implicit transactions, usable from any one thread at a time."""
    return sqlite3.connect(
        path, timeout=limits.busy_s, isolation_level=None, check_same_thread=False
    )


def _reader(path: Path, limits: Limits) -> sqlite3.Connection:
    connection = _connect(path, limits)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _close_all(connections: list[sqlite3.Connection]) -> None:
    for connection in connections:
        connection.close()
