"""The outbox of text messages: one row for each, kept in the cabinet."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from bot.clock import Clock
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId

ROW, SID = "sms.outbox", "sms.sid"
REMEMBERED = timedelta(days=7)
"""How long a message can be found again: longer than any status comes."""
AGAIN_SUFFIX = "r"
"""After the id of a row that is sent once more."""
LEASE_S = 120.0
NEVER = math.inf


class State(Enum):
    """Where a message is on its way to Twilio."""

    PENDING = "pending"
    """It is certainly not there."""
    SENDING = "sending"
    """Written before it is sent: whoever finds it so does not know what became of it."""
    UNKNOWN = "unknown"
    """It was sent, and no answer came."""
    SENT = "sent"
    """Twilio has it."""
    FAILED = "failed"
    """Twilio does not take it."""
    CANCELLED = "cancelled"
    """The customer wants no messages."""


OVER = frozenset({State.SENT, State.FAILED, State.CANCELLED})
DOUBTFUL = frozenset({State.SENDING, State.UNKNOWN})


@dataclass(frozen=True, slots=True)
class Row:
    """One message."""

    id: str
    conversation: ConversationId
    body: str = field(repr=False)
    """Empty for a template that only knocks."""
    state: State = State.PENDING
    since: float = 0.0
    """When it was first to be sent, Unix seconds."""
    sent_at: float = 0.0
    """When it was last sent, Unix seconds; 0 for never."""
    not_before: float = 0.0
    """When it may be sent, or asked after, Unix seconds."""
    tries: int = 0
    sid: str = ""
    status: str = ""
    """The latest word of Twilio's about it; see `channels.sms.statuses.RANKS`."""
    code: int = 0
    """Why it failed or did not arrive."""
    is_template: bool = False


class Rows:
    """Keeps them; every method raises StoreFailed when the disk fails.

    Two that change the same row at once do so one after the other.
    """

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._clock = clock
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    async def of(self, row_id: str) -> Row | None:
        """Return a row; None when there is none."""
        found = await self._cabinet.find(ROW, row_id)
        return row_of(found[0]) if found else None

    async def put(self, row: Row, due_at: datetime | None = None) -> Row:
        """Keep a row that nobody else changes now; `due_at`: when it has to be looked at."""
        value = {**asdict(row), "state": row.state.value}
        now = self._clock.now()
        await self._cabinet.put(Entry(ROW, row.id, json.dumps(value), now, due_at))
        return row

    async def change(
        self, row_id: str, changed: Callable[[Row], Row], due_in_s: float | None = None
    ) -> Row | None:
        """Change a row by what it says now; nothing is written when it stays the same.

        Args:
            row_id: of the row.
            changed: returns it as it should be.
            due_in_s: after how long a changed row has to be looked at, or `NEVER`; None for when it
                had to be before.
        """
        async with self._alone(row_id):
            return await self._changed(row_id, changed, due_in_s)

    async def claim(self, sid: str, row_id: str) -> bool:
        """Return whether a message of Twilio's is this row's; the first that asks has it."""
        entry = Entry(SID, sid, json.dumps({"row": row_id}), self._clock.now())
        if await self._cabinet.put(entry, is_new=True):
            return True
        found = await self._cabinet.find(SID, sid)
        return bool(found) and json.loads(found[0].value)["row"] == row_id

    async def due(self, limit: int) -> Sequence[Row]:
        """Return rows that have to be looked at; they are due again later, unless settled."""
        entries = await self._cabinet.lease(ROW, self._clock.now(), LEASE_S, limit)
        return [row_of(entry) for entry in entries]

    async def settle(self, row_id: str) -> None:
        """Note that a row was looked at."""
        async with self._alone(row_id):
            row = await self.of(row_id)
            if row is not None:
                await self.put(row)

    async def prune(self) -> int:
        """Forget old ones; return how many."""
        before = self._clock.now() - REMEMBERED
        gone = await self._cabinet.remove(ROW, None, before)
        return gone + await self._cabinet.remove(SID, None, before)

    @asynccontextmanager
    async def _alone(self, row_id: str) -> AsyncIterator[None]:
        lock, users = self._locks.get(row_id, (asyncio.Lock(), 0))
        self._locks[row_id] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks[row_id]
            self._locks[row_id] = (lock, users - 1)
            if users == 1:
                del self._locks[row_id]

    async def _changed(
        self, row_id: str, changed: Callable[[Row], Row], due_in_s: float | None
    ) -> Row | None:
        found = await self._cabinet.find(ROW, row_id)
        if not found:
            return None
        before = row_of(found[0])
        after = changed(before)
        if after == before:
            return before
        if due_in_s is None:
            return await self.put(after, found[0].due_at)
        due_at = None if due_in_s == NEVER else self._clock.now() + timedelta(seconds=due_in_s)
        return await self.put(after, due_at)


def row_of(entry: Entry) -> Row:
    """Return the row that an entry keeps."""
    value = json.loads(entry.value)
    return Row(**{**value, "state": State(value["state"])})
