"""The knowledge base as the rest of the product sees it: add, search, list, remove."""

import asyncio
import itertools
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from bot.errors import StoreFailed
from bot.knowledge import shelf
from bot.knowledge.article import Added, Article, Shelved
from bot.privacy.redact import published
from bot.stores.migrate import migrate
from routing.models.words import rules_version
from routing.request import Passage, TenantId

T = TypeVar("T")
BATCH = 32
"""Articles written in one transaction: a search waits for one batch at most."""
BUSY_MS = 10_000
"""How long a write waits for another process, in milliseconds."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a search has found."""

    passages: tuple[Passage, ...]
    """Best first."""
    edition: str
    """Another one whenever the tenant's articles, or the rules to search them by, have changed."""


class Knowledge:
    """A knowledge base in the store's SQLite file, on a connection and a thread of its own.

    Every row belongs to a tenant and no call crosses tenants. Other processes may add while this
    one searches; each call sees everything that was written before it, and raises StoreFailed when
    the disk fails. Calls of one object run one after the other.
    """

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread
        self._rules = rules_version()
        self._is_closed = False

    async def add(self, tenant: TenantId, articles: Iterable[Article]) -> Added:
        """Add articles, or replace those whose id is known and whose content has changed."""
        total = Added()
        remaining = iter(articles)
        while batch := tuple(itertools.islice(remaining, BATCH)):
            count = await self._run(partial(shelf.put, self._connection, tenant, batch))
            total = total.plus(count)
        return total

    async def search(self, tenant: TenantId, query: str, limit: int = 6) -> tuple[Passage, ...]:
        """Return what fits a customer's words, one passage an article, best first.

        Any text is a fit query: it has no syntax. Nothing in common gives an empty tuple.
        """
        return (await self.look_up(tenant, query, limit)).passages

    async def look_up(self, tenant: TenantId, query: str, limit: int = 6) -> Findings:
        """Return what `search` does, with the edition that it was found in."""
        return await self._run(lambda: self._looked_up(tenant, query, limit))

    def _looked_up(self, tenant: TenantId, query: str, limit: int) -> Findings:
        """In the thread. The edition is read first: a change in between makes it too old."""
        edition = shelf.edition(self._connection, tenant)
        found = shelf.search(self._connection, tenant, query, limit)
        passages = tuple(
            Passage(
                f"{one.article}#{one.first}", one.title, one.url, published(one.text), one.score
            )
            for one in found
        )
        return Findings(passages, f"{edition}/{self._rules}")

    async def list(self, tenant: TenantId) -> tuple[Shelved, ...]:
        """Return the tenant's articles by title."""
        return await self._run(lambda: shelf.listed(self._connection, tenant))

    async def remove(self, tenant: TenantId, ids: Iterable[str]) -> int:
        """Remove articles by id; returns how many there were."""
        return await self._run(lambda: shelf.take_out(self._connection, tenant, tuple(ids)))

    async def close(self) -> None:
        """Let go of the file; idempotent. Other calls are not allowed afterwards."""
        if not self._is_closed:
            self._is_closed = True
            await self._run(self._connection.close)
            self._thread.shutdown()

    async def _run(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreFailed(f"the knowledge base: {error}") from None


async def open_knowledge(path: Path) -> Knowledge:
    """Open the knowledge base in this file, with its tables made or brought up to date.

    Raises:
        StoreFailed: the file is not a database, cannot be written, or is of a newer program.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="knowledge")
    try:
        connection = await asyncio.get_running_loop().run_in_executor(thread, _opened, path)
    except sqlite3.Error as error:
        thread.shutdown()
        raise StoreFailed(f"{str(path)!r} cannot be used: {error}") from None
    except BaseException:
        thread.shutdown()
        raise
    return Knowledge(connection, thread)


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        migrate(connection)
        shelf.refresh(connection)
    except BaseException:
        connection.close()
        raise
    return connection
