"""What happens when no human comes, or one says nothing: the rungs, and when each is due. Pure.

Deadlines count in seconds of opening hours, except for those that are said to count at any hour.
While nobody is there nobody is called; the customer is told so, and a ticket is opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot.fixed.courtesies import Courtesy, courtesy_of
from bot.humans.hours import Calendar, began_by, deadline, is_open, next_opening
from bot.humans.terms import Sla
from bot.log import Author, Escalation, Event, MessageAccepted, MessageEnded

FAREWELLS = frozenset({Courtesy.THANKS, Courtesy.GOODBYE})
"""What needs no answer of a human; a `yes` does, since it tells him to go on."""
WAIT, LEAVE_CONTACT, GO_ON = "wait", "leave_contact", "go_on"
"""Ids of what a customer may choose who waits for long."""


class Rung(Enum):
    """One step of a ladder."""

    PING = "ping"
    """Unclaimed: whoever is in the channel is called."""
    ESCALATE = "escalate"
    """Unclaimed: those on call are called."""
    TELL = "tell"
    """Unclaimed: the customer is told, and may choose."""
    TICKET = "ticket"
    """Unclaimed: a ticket is opened, and operations are told."""
    CLOSED = "closed"
    """Unclaimed, and nobody is there: a ticket is opened, and the customer is told until when.
    Counts at any hour."""
    NUDGE = "nudge"
    """Claimed, and the customer waits: the human is reminded."""
    REQUEUE = "requeue"
    """Claimed, and the customer still waits: back to the queue."""
    RETURN = "return"
    """Claimed, and nobody says anything: back to the bot. Counts at any hour."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A conversation that nobody has claimed."""

    since: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A conversation that a human has."""

    quiet_since: datetime
    """When somebody last said something; at first, when the human came."""
    unanswered_since: datetime | None = None
    """Since when the customer waits for the human's word; None when it is his turn."""
    mark: int = 0
    """Seq from which that is counted: the same for one silence, another for the next."""
    name: str = ""
    """Of the human, as the customer knows it."""


Facts = Waiting | Claimed


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done now, in order, and when there is more."""

    rungs: tuple[Rung, ...] = ()
    next_at: datetime | None = None
    """None when nothing follows."""


@dataclass(frozen=True, slots=True)
class Range:
    """Waits that began between two instants, both included."""

    since: datetime | None
    """None for however long ago."""
    until: datetime


def due(facts: Facts, sla: Sla, calendar: Calendar, now: datetime) -> Due:
    """Return the rungs whose time has come, also those of long ago, and when the next one comes."""
    steps = _steps(facts, sla, calendar, now)
    rungs = tuple(rung for rung, at in steps if at <= now)
    later = [at for _, at in steps if at > now]
    if not is_open(calendar.hours, calendar.holidays, now):
        opening = next_opening(calendar.hours, calendar.holidays, now)
        later += [opening] if opening is not None else []
    return Due(rungs, min(later, default=None))


def ranges(sla: Sla, calendar: Calendar, now: datetime) -> dict[Rung, datetime]:
    """Return for each rung of the queue since when, at the latest, whoever is due for it waits."""
    is_there = is_open(calendar.hours, calendar.holidays, now)
    found: dict[Rung, datetime] = {}
    for rung, seconds in _of_queue(sla):
        began = began_by(calendar, now, seconds)
        if began is not None and (is_there or rung is Rung.TICKET):
            found[rung] = began
    if not is_there:
        found[Rung.CLOSED] = now - timedelta(seconds=sla.tell_s)
    return found


def merged(parts: Sequence[Range]) -> tuple[Range, ...]:
    """Return ranges that cover the same and do not overlap, the longest waits first."""
    done: list[Range] = []
    for part in sorted(parts, key=_begin):
        last = done[-1] if done else None
        if last is not None and (part.since is None or part.since <= last.until):
            done[-1] = Range(last.since, max(last.until, part.until))
        else:
            done.append(part)
    return tuple(done)


def claimed_facts(events: Sequence[Event]) -> Claimed | None:
    """Return how a claimed conversation stands; None when the log says nothing of a human.

    A human who has come counts as silent until his first word, whether or not anything was asked;
    after it a customer who only says thanks does not wait.

    Args:
        events: messages accepted and ended, and escalations, in order; the last ones are enough.
    """
    facts: Claimed | None = None
    for event in events:
        match event.body:
            case Escalation(state="joined", name=name):
                facts = Claimed(event.at, event.at, event.seq, name)
            case MessageAccepted(text=text) if facts is not None:
                since, mark = facts.unanswered_since, facts.mark
                if since is None and courtesy_of(text) not in FAREWELLS:
                    since, mark = event.at, event.seq
                facts = Claimed(event.at, since, mark, facts.name)
            case MessageEnded(author=Author.HUMAN):
                name = facts.name if facts is not None else ""
                facts = Claimed(event.at, None, event.seq, name)
            case _:
                pass
    return facts


def _steps(
    facts: Facts, sla: Sla, calendar: Calendar, now: datetime
) -> tuple[tuple[Rung, datetime], ...]:
    """Return every rung that makes sense now with its time, in the order of the ladder."""
    is_there = is_open(calendar.hours, calendar.holidays, now)
    if isinstance(facts, Waiting):
        counted = [(rung, deadline(calendar, facts.since, s)) for rung, s in _of_queue(sla)]
        timed = [(rung, at) for rung, at in counted if at is not None]
        if is_there:
            return tuple(timed)
        ticket = tuple(step for step in timed if step[0] is Rung.TICKET and step[1] <= now)
        return (*ticket, (Rung.CLOSED, facts.since + timedelta(seconds=sla.tell_s)))
    back = (Rung.RETURN, facts.quiet_since + timedelta(seconds=sla.quiet_s))
    since = facts.unanswered_since
    if since is None or not is_there:
        return (back,)
    of_human = ((Rung.NUDGE, sla.nudge_s), (Rung.REQUEUE, sla.requeue_s))
    counted = [(rung, deadline(calendar, since, seconds)) for rung, seconds in of_human]
    return (*((rung, at) for rung, at in counted if at is not None), back)


def _of_queue(sla: Sla) -> tuple[tuple[Rung, float], ...]:
    return (
        (Rung.PING, sla.ping_s),
        (Rung.ESCALATE, sla.escalate_s),
        (Rung.TELL, sla.tell_s),
        (Rung.TICKET, sla.ticket_s),
    )


def _begin(part: Range) -> tuple[bool, float]:
    return part.since is not None, 0.0 if part.since is None else part.since.timestamp()
