"""Tells who wrote a message whether it has reached the customer's phone."""

from bot.humans.receipts import Receipts
from bot.log import Author, MessageEnded
from bot.services import Services
from bot.sms.rows import AGAIN_SUFFIX, Row, Rows, State
from bot.stores.base import EventsAfter
from channels.sms.statuses import FAILED

ARRIVED = frozenset({"sent", "delivered", "read"})
"""With `sent` a carrier has it: many never say more."""


class Arrivals:
    """Knows what has become of the messages that a human's words went out in."""

    def __init__(self, services: Services, rows: Rows, receipts: Receipts) -> None:
        self._services = services
        self._rows = rows
        self._receipts = receipts

    async def look_at(self, row: Row) -> None:
        """Tell what is known now of the words that a row belongs to, if a human wrote them.

        Raises:
            StoreFailed: the disk failed.
        """
        message_id = await self._written_by_human(row)
        if message_id is None:
            return
        parts = await self._parts(row)
        if any(is_lost(part) for part in parts):
            await self._receipts.missed(message_id)
        elif all(part.status in ARRIVED for part in parts):
            await self._receipts.reached(message_id)

    async def _parts(self, row: Row) -> list[Row]:
        """Return the rows of all messages that the words were cut into, as far as they are made."""
        name = letter_of(row)
        parts: list[Row] = []
        while (part := await self._rows.of(f"{name}-{len(parts)}")) is not None:
            again = await self._rows.of(f"{part.id}{AGAIN_SUFFIX}")
            parts.append(again or part)
        return parts

    async def _written_by_human(self, row: Row) -> str | None:
        first = int(letter_of(row).rpartition("-")[2])
        query = EventsAfter(row.conversation, first - 1, 1)
        for event in await self._services.store.find(query):
            if isinstance(event.body, MessageEnded) and event.body.author is Author.HUMAN:
                return event.body.message_id
        return None


def letter_of(row: Row) -> str:
    """Return the conversation and the seq that the rows of a letter are named after."""
    return row.id.rpartition("-")[0]


def is_lost(row: Row) -> bool:
    """Return whether a message is certainly not on the phone."""
    return row.state in (State.FAILED, State.CANCELLED) or row.status in FAILED
