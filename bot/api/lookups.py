"""What was recorded: traces, decisions, bills, conversations; only placeholders are in there.

A test key sees what test keys have made, a live key everything else.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.api.errors import BadCall, NotThere
from bot.api.keys import TEST_CALLS, Key
from bot.stores.base import EventsOfType, HeadOf, Record, RecordsOf, Store
from bot.transcript import SPOKEN_TYPES, lines_of
from bot.turns.remembered import DECISION, TURN
from bot.watch.billing import By, bill, line_fields
from bot.watch.spent import turns_since
from channels.base import ConversationId

Fields = dict[str, object]
FIRST_PART = 500
GROWTH = 8
MOST_READ = 250_000
"""How far back a page of decisions may lie."""
MOST_EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions a page holds."""

    since: datetime | None = None
    until: datetime | None = None
    """Itself excluded."""
    limit: int = 50
    cursor: str = ""
    """Of the page before; empty for the first."""


class Lookups:
    """Reads records for the holder of a key."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def trace(self, key: Key, trace_id: str) -> Fields:
        """Return one turn: its decision with every reason, and what came of it.

        Raises:
            NotThere: there is none, or it is not for this key.
            StoreFailed: the disk failed.
        """
        decisions = await self._store.find(RecordsOf(DECISION, trace_id, limit=1))
        turns = await self._store.find(RecordsOf(TURN, trace_id, limit=1))
        seen = [one for one in (*turns, *decisions) if is_for(key, one.conversation)]
        if not seen:
            raise NotThere("there is no such trace")
        return {
            "trace_id": trace_id,
            "conversation": seen[0].conversation,
            "decision": fields_of(decisions[0]) if decisions else None,
            "turn": fields_of(turns[0]) if turns else None,
        }

    async def decisions(self, key: Key, wanted: Wanted) -> Fields:
        """Return a page of decisions, newest first.

        Raises:
            BadCall: the cursor is none of ours.
            StoreFailed: the disk failed.
        """
        after = place_of(wanted.cursor) if wanted.cursor else None
        limit = FIRST_PART
        while True:
            records = await self._store.find(RecordsOf(DECISION, limit=limit))
            found = [one for one in behind(records, after) if is_wanted(key, one, wanted)]
            is_all = len(records) < limit or limit >= MOST_READ
            is_old = bool(wanted.since and records and records[-1].at < wanted.since)
            if len(found) > wanted.limit or is_all or is_old:
                break
            limit *= GROWTH
        page = found[: wanted.limit]
        is_last = len(found) <= wanted.limit
        return {
            "items": [{**fields_of(one), "trace_id": one.id} for one in page],
            "next_cursor": None if is_last else cursor_of(page[-1]),
        }

    async def billing(
        self, by: Sequence[By], since: datetime | None, until: datetime | None
    ) -> Fields:
        """Return what turns have cost, split; simulated ones are left out.

        Raises:
            StoreFailed: the disk failed.
        """
        records = await turns_since(self._store, since)
        billed = [one for one in records if until is None or one.at < until]
        total = bill(billed, ())
        return {
            "by": [each.value for each in by],
            "since": since.isoformat() if since else None,
            "until": until.isoformat() if until else None,
            "lines": [line_fields(line) for line in bill(billed, by)],
            "total": line_fields(total[0]) if total else None,
        }

    async def conversation(self, key: Key, conversation: ConversationId) -> Fields:
        """Return what was said in a conversation.

        Raises:
            NotThere: there is none, or it is not for this key.
            StoreFailed: the disk failed.
        """
        heads = await self._store.find(HeadOf(conversation))
        if not heads or heads[0].tenant != key.tenant or not is_for(key, conversation):
            raise NotThere("there is no such conversation")
        head = heads[0]
        query = EventsOfType(conversation, SPOKEN_TYPES, MOST_EVENTS)
        lines = lines_of(await self._store.find(query))
        return {
            "conversation": conversation,
            "channel": head.channel,
            "locale": head.locale,
            "owner": head.owner.value,
            "episode": head.episode,
            "is_open": head.is_open,
            "lines": [
                {
                    "seq": line.seq,
                    "episode": line.episode,
                    "author": line.author.value,
                    "text": line.text,
                    "attachments": [asdict(file) for file in line.attachments],
                }
                for line in lines
            ],
        }


def is_for(key: Key, conversation: ConversationId) -> bool:
    """Return whether the holder of a key may see what a conversation has left."""
    return conversation.startswith(TEST_CALLS) is key.is_test


def is_wanted(key: Key, record: Record, wanted: Wanted) -> bool:
    """Return whether a decision belongs on a page."""
    is_since = wanted.since is None or record.at >= wanted.since
    is_until = wanted.until is None or record.at < wanted.until
    return is_since and is_until and is_for(key, record.conversation)


def fields_of(record: Record) -> Fields:
    """Return a record as it was written, with its instant."""
    fields: Fields = json.loads(record.json)
    return {**fields, "at": record.at.isoformat(), "conversation": record.conversation}


def cursor_of(record: Record) -> str:
    """Return what names the end of a page."""
    return base64.urlsafe_b64encode(f"{record.at.isoformat()} {record.id}".encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """Return the instant and id of the last record of the page before.

    Raises:
        BadCall: it is none of ours.
    """
    try:
        at, _, record_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None:
            raise ValueError("no zone")
    except (ValueError, binascii.Error):
        raise BadCall("cursor", "a next_cursor of this endpoint") from None
    return instant, record_id


def behind(records: Sequence[Record], after: tuple[datetime, str] | None) -> Sequence[Record]:
    """Return what comes after a place, newest first; one that is gone stands for its instant."""
    if after is None:
        return records
    at, record_id = after
    for n, record in enumerate(records):
        if record.id == record_id and record.at == at:
            return records[n + 1 :]
    return [record for record in records if record.at < at]
