"""Which conversations have waited longer than the company allows."""

from datetime import datetime

from bot.humans.holidays import closed_days
from bot.humans.hours import opening_seconds
from bot.humans.terms import DeskTerms
from bot.log import MessageAccepted
from bot.services import Services
from bot.stores.base import EventsOfType, Head, Owner


class Lateness:
    """Knows what is out of SLA: unclaimed until those on call are called, or claimed and silent."""

    def __init__(self, services: Services, terms: DeskTerms) -> None:
        self._services = services
        self._terms = terms

    async def is_late(self, head: Head) -> bool:
        """Return whether a conversation is out of SLA, in opening hours.

        Raises:
            StoreFailed: the disk failed.
        """
        match head.owner:
            case Owner.QUEUE:
                waited = head.waiting_since
                return waited is not None and self._open_s(waited) >= self._terms.sla.escalate_s
            case Owner.HUMAN:
                asked = await self._asked_at(head) if head.asked_seq > head.answered_seq else None
                return asked is not None and self._open_s(asked) >= self._terms.sla.nudge_s
            case Owner.BOT:
                return False

    async def _asked_at(self, head: Head) -> datetime | None:
        """Return when the customer spoke last."""
        query = EventsOfType(head.conversation, (MessageAccepted.TYPE,), 1)
        events = await self._services.store.find(query)
        return events[-1].at if events else None

    def _open_s(self, since: datetime) -> float:
        now, hours = self._services.clock.now(), self._terms.hours
        return opening_seconds(hours, closed_days(hours, now.date()), since, now)
