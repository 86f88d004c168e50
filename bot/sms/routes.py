"""Between which addresses a conversation goes, kept in the cabinet."""

import json
from dataclasses import dataclass
from datetime import datetime

from bot.sms.addresses import Names, Route
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId
from channels.twilio.base import Address

ROUTE, OWN = "sms.route", "sms.own"
EMPTY = "{}"


@dataclass(frozen=True, slots=True)
class Known:
    """Where a conversation goes, and when the customer was heard last."""

    route: Route
    heard_at: datetime
    is_window_closed: bool = False
    """Twilio has said so: WhatsApp takes no text before the customer writes again."""

    def takes_text(self, now: datetime, window_s: float) -> bool:
        """Return whether any text may be sent: over WhatsApp only for a while."""
        if not self.route.is_whatsapp:
            return True
        return not self.is_window_closed and (now - self.heard_at).total_seconds() < window_s


class Routes:
    """Remembers; every method raises StoreFailed when the disk fails."""

    def __init__(self, cabinet: Cabinet, names: Names) -> None:
        self._cabinet = cabinet
        self._names = names
        self._own: set[Address] = set()

    async def heard(self, conversation: ConversationId, route: Route, at: datetime) -> None:
        """Remember that the customer has written, which opens WhatsApp's window."""
        before = await self.of(conversation)
        if before is None or before.heard_at <= at:
            await self._put(conversation, Known(route, at))

    async def close_window(self, conversation: ConversationId) -> None:
        """Remember that WhatsApp takes no text now."""
        known = await self.of(conversation)
        if known is not None:
            await self._put(conversation, Known(known.route, known.heard_at, True))

    async def of(self, conversation: ConversationId) -> Known | None:
        """Return what is known of a conversation; None when it is none of ours."""
        found = await self._cabinet.find(ROUTE, conversation)
        if not found:
            return None
        value = json.loads(found[0].value)
        route = Route(Address(value["ours"]), Address(value["theirs"]), value["service"])
        return Known(route, found[0].at, value["is_window_closed"])

    async def learn(self, ours: Address, at: datetime) -> None:
        """Remember an address that is ours, since somebody could write to it."""
        if ours not in self._own:
            await self._cabinet.put(Entry(OWN, self._names.own(ours), EMPTY, at), is_new=True)
            self._own.add(ours)

    async def is_own(self, address: Address) -> bool:
        """Return whether somebody has written to this address as to one of ours."""
        return bool(await self._cabinet.find(OWN, self._names.own(address)))

    async def _put(self, conversation: ConversationId, known: Known) -> None:
        route = known.route
        value = {
            "ours": route.ours,
            "theirs": route.theirs,
            "service": route.service,
            "is_window_closed": known.is_window_closed,
        }
        await self._cabinet.put(Entry(ROUTE, conversation, json.dumps(value), known.heard_at))
