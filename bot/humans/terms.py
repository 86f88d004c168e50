"""What a company has set about its humans: who is told where, by when, and when they work. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import Enum
from types import MappingProxyType


class Mode(Enum):
    """Which of a human's messages under a card reach the customer."""

    CLAIMER = "claimer"
    """Plain messages of the one who has claimed; everybody else's stay notes."""
    EXPLICIT = "explicit"
    """Only what is sent on purpose: by command, shortcut or button."""
    ALERTS = "alerts"
    """Nothing: cards tell that somebody waits, and are answered elsewhere."""


@dataclass(frozen=True, slots=True)
class Sla:
    """After how long what happens, in seconds of opening hours."""

    ping_s: float = 60.0
    """Unclaimed: whoever is in the channel is called."""
    escalate_s: float = 180.0
    """Unclaimed: those on call are called."""
    tell_s: float = 300.0
    """Unclaimed: the customer is told, and may wait, leave contact, or go on with the bot."""
    ticket_s: float = 900.0
    """Unclaimed: a ticket is opened, and operations are told."""
    nudge_s: float = 180.0
    """Claimed, and the customer waits for an answer: the human is reminded."""
    requeue_s: float = 360.0
    """Claimed, and the customer still waits: back to the queue, and the customer is told."""
    quiet_s: float = 1800.0
    """Claimed, and nobody says anything: the bot has the conversation again, and says so."""


@dataclass(frozen=True, slots=True)
class Span:
    """Open from one time of the day to another; `to` is not part of it."""

    begin: time
    end: time
    """`time(0)` stands for midnight at the end of the day."""


@dataclass(frozen=True, slots=True)
class Hours:
    """When humans are there; without any day that is always."""

    zone: str = "UTC"
    """Name in the tz database, such as `Europe/Berlin`."""
    days: Mapping[int, tuple[Span, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """By day of the week, 0 for Monday."""
    country: str = ""
    """ISO 3166 code whose public holidays are closed; empty for none."""
    subdivision: str = ""
    closed: frozenset[date] = frozenset()
    """Further days without anybody."""
    open: frozenset[date] = frozenset()
    """Public holidays that are worked."""


USUAL_SLA = Sla()
ALWAYS_OPEN = Hours()


@dataclass(frozen=True, slots=True)
class DeskTerms:
    """The `desk` section of a company's file."""

    mode: Mode = Mode.CLAIMER
    channels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Intent or reason -> Slack channel, `C…` or `T…/C…`; others go to the default one."""
    on_call: str = ""
    """How Slack calls those on call: `<!subteam^S…>` or `<@U…>`; empty: `<!channel>`."""
    sla: Sla = USUAL_SLA
    hours: Hours = ALWAYS_OPEN
    edit_s: float = 60.0
    """For how long an edit of a human's message still changes what the customer sees."""
    wait_s: float = 0.0
    """How long a customer usually waits for a human in opening hours: he is told so when he is
    handed over. 0 when nothing shall be said."""
