"""The audit chain in a database file, read as it streams and without changing the file.

Not by the store: that makes, migrates and locks what it opens, and none of it may be done to
evidence. A file on a medium that cannot be written is read, too.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from bot.errors import SettingsRefused, StoreFailed
from bot.stores.audit_chain import Link
from bot.stores.base import AuditEntry
from bot.stores.instants import instant, micros
from routing.request import TenantId

PART = 2_000
BUSY_S = 5.0
_COLUMNS = "n, at, tenant, action, json, previous, hash"
_LINKS = f"SELECT {_COLUMNS} FROM audit {{where}} ORDER BY n"
_LEAST, _MOST = 1 - (1 << 63), (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Span:
    """Numbers of entries, both included."""

    first: int = _LEAST
    last: int = _MOST


EVERYTHING = Span()


class ChainFile:
    """One view of the chain: what is appended meanwhile is not in it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def count(self) -> int:
        """Return how many entries there are, about: enough for a progress bar.

        Raises:
            StoreFailed: the file cannot be read, or holds no chain.
        """
        first, last = self._ask("SELECT min(n) FROM audit"), self._ask("SELECT max(n) FROM audit")
        return 0 if first is None or last is None else last - first + 1

    def last(self) -> AuditEntry | None:
        """Return the last entry; None without any.

        Raises:
            StoreFailed: the file cannot be read, or holds no chain.
        """
        n = self._ask("SELECT max(n) FROM audit")
        return None if n is None else self.entry(n)

    def entry(self, n: int) -> AuditEntry | None:
        """Return the entry with a number; None when there is none.

        Raises:
            StoreFailed: the file cannot be read, or holds no chain.
        """
        for part in self.parts(Span(n, n)):
            _, at, tenant, *rest = part[0]
            return AuditEntry(n, instant(at), TenantId(tenant), *rest)
        return None

    def span(self, since: datetime | None, until: datetime | None) -> Span | None:
        """Return the numbers of the entries of a time, without a gap; None when there are none.

        Between the first and the last may lie entries of another time, by the clocks of writers:
        without them the export could not be verified.

        Raises:
            StoreFailed: the file cannot be read, or holds no chain.
        """
        bounds = [None if at is None else micros(at) for at in (since, until)]
        during = "FROM audit WHERE at >= coalesce(?1, at) AND at < coalesce(?2, at + 1)"
        first = self._ask(f"SELECT min(n) {during}", bounds)
        last = self._ask(f"SELECT max(n) {during}", bounds)
        return None if first is None or last is None else Span(first, last)

    def parts(self, span: Span = EVERYTHING) -> Iterator[Sequence[Link]]:
        """Yield the links of the chain in order, some at a time.

        Raises:
            StoreFailed: the file cannot be read, or holds no chain.
        """
        reached = span.first - 1
        try:
            try:
                cursor = self._connection.execute(_LINKS.format(where=_where(span)))
                while part := cursor.fetchmany(PART):
                    yield part
                    last = part[-1][0]
                    reached = last if isinstance(last, int) else reached
            except sqlite3.OperationalError:
                # A text that is no UTF-8 is read, too: its hash will not fit, and that is told.
                self._connection.text_factory = _as_text
                rest = Span(reached + 1, span.last)
                cursor = self._connection.execute(_LINKS.format(where=_where(rest)))
                while part := cursor.fetchmany(PART):
                    yield part
        except sqlite3.Error as error:
            raise _failed(error) from None

    def _ask(self, sql: str, bounds: Sequence[int | None] = ()) -> int | None:
        """Return the number that answers a question; what is no number is none."""
        try:
            (found,) = self._connection.execute(sql, bounds).fetchone()
        except sqlite3.Error as error:
            raise _failed(error) from None
        return found if isinstance(found, int) else None


@contextmanager
def open_chain(path: Path) -> Iterator[ChainFile]:
    """Open the chain in a database file for reading.

    Raises:
        SettingsRefused: there is no such file.
        StoreFailed: it cannot be read.
    """
    if not path.is_file():
        raise SettingsRefused(
            f"there is no {str(path)!r}: name the folder of the bot's data with --data"
        )
    try:
        connection = _connected(path)
    except sqlite3.Error as error:
        raise _failed(error) from None
    try:
        yield ChainFile(connection)
    finally:
        connection.close()


def _connected(path: Path) -> sqlite3.Connection:
    """Return a connection in a transaction that sees one state of the file."""
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    # Without a writable folder SQLite cannot read a file with a write-ahead log beside it, unless
    # it is told that nobody writes; where no such log is there, that is true.
    is_still = not path.with_name(f"{path.name}-wal").exists()
    for suffix in ("", "&immutable=1") if is_still else ("",):
        connection = sqlite3.connect(
            address + suffix, uri=True, timeout=BUSY_S, isolation_level=None
        )
        try:
            connection.execute("BEGIN")
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if suffix or not is_still:
                raise
        else:
            return connection
    raise AssertionError("the loop returns or raises")


def _where(span: Span) -> str:
    """Return the condition of a span; none for everything, so that no row can be outside of it."""
    return "" if span == EVERYTHING else f"WHERE n >= {span.first:d} AND n <= {span.last:d}"


def _as_text(stored: bytes) -> str:
    return stored.decode("utf-8", "surrogateescape")


def _failed(error: sqlite3.Error) -> StoreFailed:
    return StoreFailed(f"the audit chain cannot be read: {error}")
