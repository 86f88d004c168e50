"""The tools of the demo bank: tickets and branches, invented, read from the demo's files."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.settings import DEMO
from bot.tools.source import Found, Order
from routing.agent.errors import ToolFailed
from routing.agent.tools import Offer, offer_of
from routing.request import Tool

TICKETS, BRANCHES = "tickets.json", "branches.json"
MOST_BRANCHES = 3
NO_TICKET = "There is no ticket with this number and this e-mail address."
LOOKUP_TICKET = Tool(
    "lookup_ticket",
    "Look up where a customer's ticket stands. Needs its number and the customer's e-mail address.",
    json.dumps(
        {
            "type": "object",
            "properties": {
                "ticket": {
                    "type": "string",
                    "description": "The ticket's number, such as T-1042.",
                    "pattern": r"^[Tt]-\d{4}\Z",
                },
                "email": {
                    "type": "string",
                    "description": "The address that the ticket was opened with.",
                    "pattern": r"^\S+@\S+\Z",
                    "maxLength": 254,
                    "x-personal": True,
                },
            },
            "required": ["ticket", "email"],
        }
    ),
)
FIND_BRANCH = Tool(
    "find_branch",
    "Find branches of the bank by part of town, by what they offer, or both.",
    json.dumps(
        {
            "type": "object",
            "properties": {
                "place": {
                    "type": "string",
                    "description": "A part of town or a street.",
                    "maxLength": 60,
                },
                "service": {
                    "type": "string",
                    "enum": ["cash", "deposit", "mortgage", "step-free"],
                },
            },
        }
    ),
)


@dataclass(frozen=True, slots=True)
class Ticket:
    """One ticket of the demo."""

    number: str
    email: str
    """Whose it is."""
    opened: str
    subject: str
    status: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of the demo."""

    name: str
    area: str
    address: str
    services: tuple[str, ...]


class DemoTools:
    """Implements `bot.tools.source.Source` over the demo's files, which are read when needed."""

    def __init__(self, folder: Path = DEMO) -> None:
        self._folder = folder

    def offers(self) -> tuple[Offer, ...]:
        """Return the two tools."""
        return offers()

    async def call(self, order: Order) -> Found:
        """Look something up; see `Source.call`."""
        match order.name:
            case "lookup_ticket":
                return self._ticket(str(order.arguments["ticket"]), str(order.arguments["email"]))
            case "find_branch":
                place = str(order.arguments.get("place", ""))
                return self._branches(place, str(order.arguments.get("service", "")))
            case _:
                raise ToolFailed("there is no such tool", may_have_run=False)

    def _ticket(self, number: str, email: str) -> Found:
        """Return a ticket, if it is this customer's: whether others exist is not told."""
        for ticket in read_tickets(self._folder):
            is_it = ticket.number.lower() == number.lower()
            if is_it and ticket.email.casefold() == email.strip().casefold():
                lines = (
                    f"ticket: {ticket.number}",
                    f"opened: {ticket.opened}",
                    f"subject: {ticket.subject}",
                    f"status: {ticket.status}",
                    f"next step: {ticket.next_step}",
                )
                return Found("\n".join(lines))
        return Found(NO_TICKET)

    def _branches(self, place: str, service: str) -> Found:
        wanted = place.casefold().strip()
        there = [
            branch
            for branch in read_branches(self._folder)
            if wanted in f"{branch.name} {branch.area} {branch.address}".casefold()
            and (not service or service in branch.services)
        ]
        lines = [
            f"{branch.name}, {branch.address} ({branch.area}); offers {', '.join(branch.services)}"
            for branch in there[:MOST_BRANCHES]
        ]
        return Found("\n".join(lines) or "No branch fits.", is_public=True)


@cache
def offers() -> tuple[Offer, ...]:
    """Return what the demo offers; read once, it is part of the code."""
    return (offer_of(LOOKUP_TICKET), offer_of(FIND_BRANCH))


@cache
def read_tickets(folder: Path) -> tuple[Ticket, ...]:
    """Return the tickets of a folder."""
    rows: list[dict[str, str]] = json.loads((folder / TICKETS).read_text("utf-8"))
    return tuple(
        Ticket(
            row["number"],
            row["email"],
            row["opened"],
            row["subject"],
            row["status"],
            row["next_step"],
        )
        for row in rows
    )


@cache
def read_branches(folder: Path) -> tuple[Branch, ...]:
    """Return the branches of a folder."""
    rows: list[dict[str, str]] = json.loads((folder / BRANCHES).read_text("utf-8"))
    return tuple(
        Branch(row["name"], row["area"], row["address"], tuple(row["services"].split()))
        for row in rows
    )
