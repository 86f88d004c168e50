"""The port to where a matter is noted down when no human came."""

import hashlib
from dataclasses import dataclass
from typing import Protocol

from bot.canonical import canonical
from bot.clock import Clock
from bot.scribe import Scribe
from bot.stores.base import Record, Write
from channels.base import ConversationId

TICKET = "ticket"
"""Kind of the record of a ticket."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is noted down. Never personal data: that is in the conversation."""

    conversation: ConversationId
    episode: int
    reason: str


class Tickets(Protocol):
    """Somewhere that keeps tickets.

    Guarantees: the same conversation and episode has one ticket, however often it is opened.
    """

    async def open(self, ticket: Ticket) -> str:
        """Open a ticket, or find the one that is there; returns its id, as a customer may see it.

        Raises:
            StoreFailed: it could not be kept; it is tried again.
        """
        ...


class KeptTickets:
    """Keeps tickets as records of the conversation: the one that ships."""

    def __init__(self, scribe: Scribe, clock: Clock) -> None:
        self._scribe = scribe
        self._clock = clock

    async def open(self, ticket: Ticket) -> str:
        """Keep the ticket; see `Tickets.open`."""
        at, ticket_id = self._clock.now(), ticket_id_of(ticket)
        fields = {"episode": ticket.episode, "reason": ticket.reason}
        record = Record(TICKET, ticket_id, ticket.conversation, at, canonical(fields))
        key = f"ticket:{ticket.episode}"
        await self._scribe.write(Write(ticket.conversation, at, key=key, records=(record,)))
        return ticket_id


def ticket_id_of(ticket: Ticket) -> str:
    """Return the id of a ticket: the same for the same conversation and episode."""
    about = f"{ticket.conversation}:{ticket.episode}"
    return f"T-{hashlib.sha256(about.encode()).hexdigest()[:10].upper()}"
