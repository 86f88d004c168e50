"""Whether a customer wants text messages of a sender, kept in the cabinet."""

import json
from datetime import datetime

from bot.sms.addresses import Names, Route
from bot.stores.cabinet import Cabinet, Entry

CONSENT = "sms.consent"


class Consents:
    """Remembers who has opted out; every method raises StoreFailed when the disk fails.

    What happened later counts, whatever is heard of first. Nothing here is ever forgotten: the
    law asks for years.
    """

    def __init__(self, cabinet: Cabinet, names: Names) -> None:
        self._cabinet = cabinet
        self._names = names

    async def is_revoked(self, route: Route) -> bool:
        """Return whether nothing may be sent."""
        found = await self._cabinet.find(CONSENT, self._names.consent(route))
        return bool(found) and _is_revoked(found[0])

    async def revoke(self, route: Route, at: datetime) -> bool:
        """Remember that he wants no more messages; return whether that is news."""
        return await self._put(route, at, is_revoked=True)

    async def restore(self, route: Route, at: datetime) -> bool:
        """Remember that he wants messages again; return whether that is news."""
        return await self._put(route, at, is_revoked=False)

    async def _put(self, route: Route, at: datetime, is_revoked: bool) -> bool:
        key = self._names.consent(route)
        found = await self._cabinet.find(CONSENT, key)
        if found and found[0].at > at:
            return False
        was_revoked = bool(found) and _is_revoked(found[0])
        if was_revoked == is_revoked and found:
            return False
        value = json.dumps({"is_revoked": is_revoked})
        await self._cabinet.put(Entry(CONSENT, key, value, at))
        return was_revoked != is_revoked


def _is_revoked(entry: Entry) -> bool:
    return bool(json.loads(entry.value)["is_revoked"])
