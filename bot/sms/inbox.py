"""What customers have sent and is not yet acted on, kept in the cabinet by its SID."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.sms.addresses import Route
from bot.stores.cabinet import Cabinet, Entry
from channels.sms.inbound import Inbound, MediaRef
from channels.twilio.base import Address

INBOX = "sms.inbox"
REMEMBERED = timedelta(days=7)
"""How long the SID of what is done is known: far longer than Twilio sends anything again."""
LATER = timedelta(hours=1)
"""Longer than anything is leased."""
MOST = 100_000
BLANK = "{}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A message that came in."""

    inbound: Inbound
    at: datetime
    """When it came."""

    @property
    def route(self) -> Route:
        """Between which addresses it went."""
        one = self.inbound
        return Route(one.to, one.sender, one.service)


class Inbox:
    """Keeps messages until they are acted on; every method raises StoreFailed when the disk fails.

    What one says is sealed, and gone once it is done; its SID stays for a week.
    """

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._clock = clock

    async def keep(self, inbound: Inbound) -> bool:
        """Keep a message; return False for one that has come before."""
        now = self._clock.now()
        entry = Entry(INBOX, inbound.sid, json.dumps(asdict(inbound)), now, now)
        return await self._cabinet.put(entry, is_new=True)

    async def lease(self, for_s: float, limit: int) -> Sequence[Kept]:
        """Take what is due in the order in which it came; it is due again later, unless done."""
        entries = await self._cabinet.lease(INBOX, self._clock.now(), for_s, limit)
        return [Kept(_inbound(entry), entry.at) for entry in entries]

    async def done(self, kept: Kept) -> None:
        """Forget what it said, and remember that it came."""
        await self._cabinet.put(Entry(INBOX, kept.inbound.sid, BLANK, self._clock.now()))

    async def recover(self) -> int:
        """Have everything due at once, in its order, that a process which is gone had taken.

        To be called at the start, by the only process that works on this data; returns how much.
        """
        now = self._clock.now()
        entries = await self._cabinet.lease(INBOX, now + LATER, -LATER.total_seconds(), MOST)
        for entry in entries:
            await self._cabinet.put(replace(entry, due_at=entry.at))
        return len(entries)

    async def prune(self) -> int:
        """Forget the SIDs of what was done long ago; return how many."""
        return await self._cabinet.remove(INBOX, None, self._clock.now() - REMEMBERED)


def _inbound(entry: Entry) -> Inbound:
    value = json.loads(entry.value)
    return Inbound(
        sid=value["sid"],
        account=value["account"],
        service=value["service"],
        sender=Address(value["sender"]),
        to=Address(value["to"]),
        text=value["text"],
        media=tuple(MediaRef(one["url"], one["media_type"]) for one in value["media"]),
        opt_out=value["opt_out"],
    )
