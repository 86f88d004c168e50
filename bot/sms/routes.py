"""Between which addresses a conversation goes, kept in the cabinet."""

import json
from dataclasses import dataclass
from datetime import datetime

from bot.sms.addresses import Names, Route
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId
from channels.twilio.base import Address

ROUTE, OWN, CLOSED = "sms.route", "sms.own", "sms.closed"
EMPTY = "{}"


@dataclass(frozen=True, slots=True)
class Known:
    """Where a conversation goes, and when the customer was heard last."""

    route: Route
    heard_at: datetime
    closed_at: datetime | None = None
    """When something was sent that WhatsApp did not take, for the customer had to write first."""

    def takes_text(self, now: datetime, window_s: float) -> bool:
        """Return whether any text may be sent: over WhatsApp only for a while."""
        if not self.route.is_whatsapp:
            return True
        is_closed = self.closed_at is not None and self.closed_at > self.heard_at
        return not is_closed and (now - self.heard_at).total_seconds() < window_s


class Routes:
    """Remembers; every method raises StoreFailed when the disk fails.

    A route stays for as long as the log of its conversation does: a human may write in it at any
    time, and the number is nowhere else.
    """

    def __init__(self, cabinet: Cabinet, names: Names) -> None:
        self._cabinet = cabinet
        self._names = names
        self._own: set[Address] = set()

    async def heard(self, conversation: ConversationId, route: Route, at: datetime) -> None:
        """Remember that the customer has written, which opens WhatsApp's window."""
        before = await self._cabinet.find(ROUTE, conversation)
        if not before or before[0].at <= at:
            value = {"ours": route.ours, "theirs": route.theirs, "service": route.service}
            await self._cabinet.put(Entry(ROUTE, conversation, json.dumps(value), at))

    async def close_window(self, conversation: ConversationId, at: datetime) -> None:
        """Remember that WhatsApp took no text that was sent then."""
        await self._cabinet.put(Entry(CLOSED, conversation, EMPTY, at))

    async def of(self, conversation: ConversationId) -> Known | None:
        """Return what is known of a conversation; None when it is none of ours."""
        found = await self._cabinet.find(ROUTE, conversation)
        if not found:
            return None
        value = json.loads(found[0].value)
        route = Route(Address(value["ours"]), Address(value["theirs"]), value["service"])
        closed = await self._cabinet.find(CLOSED, conversation) if route.is_whatsapp else ()
        return Known(route, found[0].at, closed[0].at if closed else None)

    async def learn(self, ours: Address, at: datetime) -> None:
        """Remember an address that is ours, since somebody could write to it."""
        if ours not in self._own:
            await self._cabinet.put(Entry(OWN, self._names.own(ours), EMPTY, at), is_new=True)
            self._own.add(ours)

    async def is_own(self, address: Address) -> bool:
        """Return whether somebody has written to this number as to one of ours."""
        return bool(await self._cabinet.find(OWN, self._names.own(address)))

    async def prune(self, before: datetime) -> int:
        """Forget windows that were closed by then, and by their time are anyway."""
        return await self._cabinet.remove(CLOSED, None, before)
