"""Whether a customer wants text messages of a sender, kept in the cabinet."""

from datetime import datetime

from bot.sms.addresses import Names, Route
from bot.stores.cabinet import Cabinet, Entry

STOPPED, STARTED = "sms.stopped", "sms.started"
EMPTY = "{}"


class Consents:
    """Remembers who has opted out; every method raises StoreFailed when the disk fails.

    What happened later counts, whatever is heard of first, and whoever notes it at the same moment:
    the last wish of each kind has an entry of its own. Nothing here is ever forgotten: the law asks
    for years.
    """

    def __init__(self, cabinet: Cabinet, names: Names) -> None:
        self._cabinet = cabinet
        self._names = names

    async def is_revoked(self, route: Route) -> bool:
        """Return whether nothing may be sent."""
        return await self.revoked_after(route) is not None

    async def revoked_after(self, route: Route) -> float | None:
        """Return when he had last asked for messages before he opted out; None if he has not.

        In Unix seconds; 0.0 for never.
        """
        stopped, started = await self._at(STOPPED, route), await self._at(STARTED, route)
        if stopped is None:
            return None
        if started is None:
            return 0.0
        return started.timestamp() if stopped >= started else None

    async def revoke(self, route: Route, at: datetime) -> bool:
        """Remember that he wants no more messages; return whether that is news."""
        was_revoked = await self.is_revoked(route)
        await self._put_later(STOPPED, route, at)
        return not was_revoked and await self.is_revoked(route)

    async def restore(self, route: Route, at: datetime) -> bool:
        """Remember that he wants messages again; return whether that is news."""
        was_revoked = await self.is_revoked(route)
        await self._put_later(STARTED, route, at)
        return was_revoked and not await self.is_revoked(route)

    async def _at(self, kind: str, route: Route) -> datetime | None:
        found = await self._cabinet.find(kind, self._names.consent(route))
        return found[0].at if found else None

    async def _put_later(self, kind: str, route: Route, at: datetime) -> None:
        before = await self._at(kind, route)
        if before is None or before < at:
            await self._cabinet.put(Entry(kind, self._names.consent(route), EMPTY, at))
