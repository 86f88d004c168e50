"""Keeps what the audit chain cannot say of itself, while the server runs.

Once a minute the end of the chain is signed and put beside the database, once a day it becomes an
anchor. What is not written by a turn, which policy holds and who logs in, is written by it, too.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from bot.audit.anchor_files import AnchorFiles
from bot.audit.anchors import Anchor, NoAnchor, Signer
from bot.audit.logins import Logins
from bot.audit.own_entries import LOGIN, REFUSED, OwnEntries, Standing
from bot.clock import Clock
from bot.errors import StoreFailed
from bot.stores.base import AuditAfter, AuditEnds, AuditEntry, Store
from bot.tenant import Tenant
from routing.watching.events import PolicyChanged

log = logging.getLogger("copilot.audit")
EVERY_S = 60.0
LOGINS_EVERY_S = 5.0


@dataclass(frozen=True, slots=True)
class Watched:
    """What the keeper works with."""

    store: Store
    tenant: Tenant
    policy: Path
    """The file of the tenant."""
    data: Path
    signer: Signer
    clock: Clock
    logins: Logins
    notice: Callable[[PolicyChanged], None]
    """Tells operations."""


class AuditKeeper:
    """The one task that looks after the chain; it keeps nothing of it in memory."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._files = AnchorFiles(watched.data)
        self._entries = OwnEntries(watched.store, watched.tenant.id, watched.clock)
        self._anchored: date | None = None

    async def run(self) -> None:
        """Keep on until it is cancelled; a disk that fails is tried again."""
        with suppress(StoreFailed, OSError):
            await self.note_policy()
        until_head = 0.0
        while True:
            await asyncio.sleep(LOGINS_EVERY_S)
            with suppress(StoreFailed):
                await self.note_logins()
            until_head -= LOGINS_EVERY_S
            if until_head > 0:
                continue
            until_head = EVERY_S
            try:
                await self.keep()
            except (StoreFailed, OSError) as error:
                log.warning("audit.not_anchored", extra={"error": type(error).__name__})

    async def note_policy(self) -> None:
        """Write which policy holds, if it is another than at the last start, and tell operations.

        Raises:
            StoreFailed: the disk failed.
            OSError: the file of the policy cannot be read.
        """
        content = await asyncio.to_thread(self._watched.policy.read_bytes)
        policy = self._watched.tenant.policy
        digest = hashlib.sha256(content).hexdigest()
        standing = Standing(policy.version, policy.digest, digest)
        before = await self._entries.note_policy(standing)
        if before is not None and before.digest != policy.digest:
            watched = self._watched
            changed = PolicyChanged(
                watched.tenant.id, before.version, policy.version, policy.digest
            )
            watched.notice(changed)

    async def note_logins(self) -> None:
        """Write into the chain who has come in since the last time.

        Raises:
            StoreFailed: the disk failed.
        """
        for login in self._watched.logins.take():
            if login.refused:
                await self._entries.add(REFUSED, {"door": login.door, "count": login.refused})
            else:
                await self._entries.add(LOGIN, {"door": login.door, "key": login.who})

    async def keep(self) -> None:
        """Sign the end of the chain, and make the anchor of a day that is over.

        An end that is not behind the last one stays as an anchor, so that what was done to the
        chain is never forgotten, and is told in the log.

        Raises:
            StoreFailed: the disk failed.
            OSError: the anchors cannot be written.
        """
        ends = await self._watched.store.find(AuditEnds())
        head = await asyncio.to_thread(self._head)
        if head is not None and not await self._holds(head):
            await self._tell_broken(head)
            head = None
        if ends and (head is None or ends[1].n > head.n):
            await asyncio.to_thread(self._keep_head, ends[1])
        today = self._watched.clock.now().astimezone(UTC).date()
        if self._anchored != today:
            await self._close_day(today)
            self._anchored = today

    async def _close_day(self, today: date) -> None:
        """Make the anchor of the last day with entries that is over, unless it is there."""
        midnight = datetime.combine(today, time(), UTC)
        ends = await self._watched.store.find(AuditEnds(until=midnight))
        if ends:
            await asyncio.to_thread(self._anchor, ends[1])

    async def _holds(self, head: Anchor) -> bool:
        """Return whether the entry of an anchor is still there."""
        found = await self._watched.store.find(AuditAfter(head.n - 1, 1))
        return bool(found) and (found[0].n, found[0].hash) == (head.n, head.hash)

    async def _tell_broken(self, head: Anchor) -> None:
        log.error("audit.chain_broken", extra={"entry": head.n, "day": head.day.isoformat()})
        await asyncio.to_thread(self._remember, head)

    def _head(self) -> Anchor | None:
        try:
            return self._files.head()
        except NoAnchor:
            log.error("audit.head_unreadable")
            return None

    def _keep_head(self, entry: AuditEntry) -> None:
        kept, _ = self._files.kept()
        self._files.keep_head(self._signed(entry, kept))

    def _anchor(self, entry: AuditEntry) -> None:
        self._files.append(lambda kept: self._next(kept, entry))

    def _next(self, kept: Sequence[Anchor], entry: AuditEntry) -> Anchor | None:
        is_there = bool(kept) and kept[-1].n >= entry.n
        return None if is_there else self._signed(entry, kept)

    def _remember(self, head: Anchor) -> None:
        self._files.append(lambda kept: None if head in kept else head)

    def _signed(self, entry: AuditEntry, kept: Sequence[Anchor]) -> Anchor:
        before = kept[-1].n if kept else 0
        return self._watched.signer.anchor(entry, before, self._watched.clock.now())
