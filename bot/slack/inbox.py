"""What Slack has sent and is not yet acted on, kept in the cabinet."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from bot.clock import Clock
from bot.errors import StoreFailed
from bot.stores.cabinet import Cabinet, Entry
from channels.errors import ChannelBusy
from channels.slack.base import Envelope, Kind, TeamId

KIND = "slack.inbox"
REMEMBERED = timedelta(days=7)
"""How long the id of what is done is known: far longer than Slack sends anything again."""
RETRY_AFTER_S = 1.0
LATER = timedelta(hours=1)
"""Longer than anything is leased, or waits to be tried again."""
MOST = 100_000
BLANK = "{}"


class CabinetInbox:
    """Implements `channels.slack.base.Inbox`; every method raises ChannelBusy when the disk fails.

    What an envelope says is sealed, and gone once it is done; its id stays for a week.
    """

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._clock = clock

    async def keep(self, envelope: Envelope) -> bool:
        """Keep what has not come before; see `Inbox.keep`."""
        now = self._clock.now()
        value = {"kind": envelope.kind.value, "team": envelope.team, "body": envelope.body}
        entry = Entry(KIND, envelope.id, json.dumps(value), now, now, envelope.tries)
        return await self._put(entry, is_new=True)

    async def lease(self, for_s: float, limit: int) -> Sequence[Envelope]:
        """Take what is due; see `Inbox.lease`."""
        try:
            entries = await self._cabinet.lease(KIND, self._clock.now(), for_s, limit)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        return tuple(_envelope(entry) for entry in entries)

    async def put_back(self, envelope: Envelope, after_s: float) -> None:
        """Have it leased again; nothing if another process has done it meanwhile.

        Put back for at once it keeps its place: what came after it comes after it again.
        """
        try:
            found = await self._cabinet.find(KIND, envelope.id)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        for entry in found:
            if entry.due_at is not None:
                later = self._clock.now() + timedelta(seconds=after_s)
                due_at = later if after_s else entry.at
                await self._put(replace(entry, due_at=due_at, tries=envelope.tries + 1))

    async def done(self, envelope: Envelope) -> None:
        """Forget what it said and remember that it came; see `Inbox.done`."""
        try:
            await self._cabinet.put(Entry(KIND, envelope.id, BLANK, self._clock.now()))
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None

    async def recover(self) -> int:
        """Have everything leased at once that a process which has died had taken; return how much.

        To be called at the start, by the only process that works on this data.
        """
        now = self._clock.now()
        try:
            # Leased for no time at all, then due as they came: under a card order counts.
            entries = await self._cabinet.lease(KIND, now + LATER, -LATER.total_seconds(), MOST)
            for entry in entries:
                await self._cabinet.put(replace(entry, due_at=entry.at))
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        return len(entries)

    async def prune(self) -> int:
        """Forget the ids of what was done a week ago; return how many."""
        before = self._clock.now() - REMEMBERED
        try:
            return await self._cabinet.remove(KIND, None, before)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None

    async def _put(self, entry: Entry, is_new: bool = False) -> bool:
        try:
            return await self._cabinet.put(entry, is_new)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None


def _envelope(entry: Entry) -> Envelope:
    value = json.loads(entry.value)
    return Envelope(
        entry.key, Kind(value["kind"]), TeamId(value["team"]), value["body"], entry.tries
    )
