"""What runs with tools have done, kept in the store: implements `routing.agent.journal.Journal`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.errors import StaleWrite
from bot.privacy.vault import Vault
from bot.stores.base import AuditDraft, Record, RecordsOf, Store, Write
from bot.tools.kept import KeptCall, call_json, read_call, read_step, step_json, tool_audit
from channels.base import ConversationId
from routing.agent.errors import RunOver
from routing.agent.journal import Entry
from routing.agent.step import Step
from routing.request import TenantId, ToolCall, ToolResult

CALL, STEP = "tool", "step"
MOST_STEPS = 1000
"""Of one conversation, newest first; far more than a run may have."""


@dataclass(frozen=True, slots=True)
class Floor:
    """In whose name, and while what is true, calls are made."""

    tenant: TenantId
    conversation: ConversationId
    """Exists in the store."""
    fence: int | None = None
    """Of the process that acts for it; None when only one process ever will."""
    epoch: int | None = None
    """Under which the run was begun: no call is made once the floor has changed hands."""


class StoreJournal:
    """One conversation's runs; the store's idempotency keys make sure that a call begins once."""

    def __init__(
        self, store: Store, now: Callable[[], datetime], floor: Floor, vault: Vault
    ) -> None:
        """Take the conversation and its vault: values new in a result are written with it."""
        self._store = store
        self._now = now
        self._floor = floor
        self._vault = vault

    async def begin(self, key: str, call: ToolCall) -> Entry:
        """Note that a call is about to be carried out; see `Journal.begin`.

        Raises:
            RunOver: the floor has changed hands.
            StoreFailed: the disk failed.
        """
        floor = self._floor
        known = await self._known(key)
        if known is not None and not known.is_free:
            return Entry(False, known.result)
        tries = 1 if known is None else known.tries + 1
        write = Write(
            floor.conversation,
            self._now(),
            fence=floor.fence,
            epoch=floor.epoch,
            key=f"tool/{key}/{tries}",
            records=(self._record(key, KeptCall(call.name, tries)),),
        )
        try:
            committed = await self._store.commit(write)
        except StaleWrite:
            raise RunOver("the floor has changed hands") from None
        return Entry(not committed.is_repeat)

    async def finish(self, key: str, result: ToolResult | None) -> None:
        """Note what came of a call, whoever has the floor by now; see `Journal.finish`.

        Raises:
            StoreFailed: the disk failed.
        """
        known = await self._known(key)
        assert known is not None, f"{key!r} was never begun"
        kept = KeptCall(known.name, known.tries, result is None, result)
        audit = tool_audit(self._floor.conversation, key, kept)
        await self._commit(self._record(key, kept), AuditDraft(self._floor.tenant, CALL, audit))

    async def save(self, run: str, step: Step) -> None:
        """Note a step; see `Journal.save`.

        Raises:
            StoreFailed: the disk failed.
        """
        floor, at = self._floor, self._now()
        json = step_json(run, step)
        await self._commit(Record(STEP, f"{run}/{step.number}", floor.conversation, at, json))

    async def steps(self, run: str) -> tuple[Step, ...]:
        """Return the steps of a run so far; see `Journal.steps`.

        Raises:
            StoreFailed: the disk failed.
        """
        query = RecordsOf(STEP, conversation=self._floor.conversation, limit=MOST_STEPS)
        read = [read_step(record.json) for record in await self._store.find(query)]
        steps = [step for of, step in read if of == run]
        return tuple(sorted(steps, key=lambda step: step.number))

    async def _known(self, key: str) -> KeptCall | None:
        found = await self._store.find(RecordsOf(CALL, key, self._floor.conversation, 1))
        return read_call(found[0].json) if found else None

    async def _commit(self, record: Record, *audit: AuditDraft) -> None:
        rows = self._vault.take_new()
        write = Write(
            self._floor.conversation, record.at, vault=rows, records=(record,), audit=audit
        )
        is_done = False
        try:
            await self._store.commit(write)
            is_done = True
        finally:
            if not is_done:
                self._vault.put_back(rows)

    def _record(self, key: str, kept: KeptCall) -> Record:
        return Record(CALL, key, self._floor.conversation, self._now(), call_json(kept))
