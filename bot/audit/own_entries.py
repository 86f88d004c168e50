"""Audit entries that belong to no conversation of a customer: policies, logins, erasures.

Every write needs a conversation, so they have one of their own: closed from the beginning, without
events, and nobody's turn.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.canonical import canonical
from bot.clock import Clock
from bot.stores.base import AuditDraft, Head, HeadOf, Record, RecordsOf, Store, Write
from channels.base import ConversationId
from routing.request import TenantId

PLACE = ConversationId("audit")
CHANNEL = "audit"
POLICY, LOGIN, REFUSED = "policy.changed", "login", "login.refused"
STANDING = "policy"
"""The kind of the record that says which policy was the last one."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Which policy holds."""

    version: str
    digest: str
    """Of the rules."""
    file_sha256: str
    """Of the whole file, hex: what it says of topics, hours and redaction counts, too."""


class OwnEntries:
    """Writes entries of the installation itself."""

    def __init__(self, store: Store, tenant: TenantId, clock: Clock) -> None:
        self._store = store
        self._tenant = tenant
        self._clock = clock

    async def add(
        self, action: str, fields: Mapping[str, object], record: Record | None = None
    ) -> None:
        """Write one entry, which must hold no personal data, with a record in the same step.

        Raises:
            StoreFailed: the disk failed.
        """
        draft = AuditDraft(self._tenant, action, canonical(fields))
        records = () if record is None else (record,)
        await self._store.commit(
            Write(
                PLACE,
                self._clock.now(),
                create=await self._first_head(),
                records=records,
                audit=(draft,),
            )
        )

    async def note_policy(self, now: Standing) -> Standing | None:
        """Write which policy holds, if it is another than the last one; return that one.

        None where nothing has changed, and at the first start.

        Raises:
            StoreFailed: the disk failed.
        """
        query = RecordsOf(STANDING, self._tenant, PLACE, limit=1)
        records = await self._store.find(query)
        before = Standing(**json.loads(records[0].json)) if records else None
        if now == before:
            return None
        fields = {"version": now.version, "digest": now.digest, "file_sha256": now.file_sha256}
        kept = canonical(fields)
        record = Record(STANDING, self._tenant, PLACE, self._clock.now(), kept)
        was = {"version": before.version, "digest": before.digest} if before else None
        await self.add(POLICY, {**fields, "before": was}, record)
        return before

    async def _first_head(self) -> Head | None:
        """Return the head to begin with, unless there is one."""
        if await self._store.find(HeadOf(PLACE)):
            return None
        return Head(PLACE, self._tenant, CHANNEL, "", "en", is_open=False)
