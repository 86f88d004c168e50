"""What the desk in Slack works with; built once, in `bot/slack/open.py`."""

from dataclasses import dataclass

from bot.humans.handoff import Handoffs
from bot.humans.terms import DeskTerms
from bot.services import Services
from bot.slack.people import People
from bot.slack.rooms import Rooms
from bot.slack.threads import Threads
from bot.stores.cabinet import Cabinet
from channels.slack.base import Installations, Slack


@dataclass(frozen=True, slots=True)
class SlackParts:
    """One tenant's Slack, wired."""

    slack: Slack
    services: Services
    handoffs: Handoffs
    cabinet: Cabinet
    installations: Installations
    rooms: Rooms
    threads: Threads
    people: People
    terms: DeskTerms
    public_url: str = ""
    """How humans reach our pages; empty: no links to them."""
