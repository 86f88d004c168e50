"""One incident from many events: told at once, counted, told when it is over; pure."""

from dataclasses import dataclass
from enum import Enum

from routing.watching.events import Ending, Event, ended_by, key_of

MOST_INCIDENTS = 1000
"""So many incidents are told apart at a time; with more, the oldest is summed up and forgotten."""


class AlertState(Enum):
    """Where an incident stands."""

    NEW = "new"
    """The first that is told of it; for a mere fact, all."""
    AGAIN = "again"
    """It goes on: a progress that replaces the one before."""
    SUMMARY = "summary"
    """A window has ended in which it came again."""
    RECOVERED = "recovered"
    """It is over: something has ended it, or a whole window was quiet."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell."""

    event: Event
    """The newest of the incident, or the one that ended it."""
    count: int = 1
    """How many events the incident has had so far; the one that ended it is not counted."""
    state: AlertState = AlertState.NEW

    @property
    def incident(self) -> str:
        """What all alerts of one incident have in common; the next one after it has it, too."""
        return ended_by(self.event) or key_of(self.event)


@dataclass(slots=True)
class _Incident:
    event: Event
    since: float
    last: float
    """When the newest event came."""
    told: float
    count: int = 1
    told_count: int = 1
    summed_count: int = 1

    def add(self, event: Event, now: float) -> None:
        """Count one more."""
        self.event = event
        self.last = now
        self.count += 1

    def tell(self, state: AlertState, now: float) -> Alert:
        """Return the alert, and remember that it was told."""
        self.told = now
        self.told_count = self.count
        return Alert(self.event, self.count, state)


class Repeats:
    """Tells an incident at once, its progress every `refresh_s`, a summary per window, its end.

    A window with repeats is followed by another one. An incident without an event that ends it is
    over when a whole window has passed since its newest event; one with such an event lasts until
    that comes, and is told at once. Mere facts are never over: after a quiet window they are
    forgotten, so that the same fact is told anew.
    """

    def __init__(self, window_s: float = 600.0, refresh_s: float = 5.0) -> None:
        self._window_s = window_s
        self._refresh_s = refresh_s
        self._incidents: dict[str, _Incident] = {}

    def feed(self, event: Event, now: float) -> tuple[Alert, ...]:
        """Return what is to be told of an event now, in order; nothing for a repeat."""
        if ends := ended_by(event):
            return self._ended(ends, event)
        key = key_of(event)
        before = self._closed(key, now)
        known = self._incidents.get(key)
        if known is not None:
            known.add(event, now)
            return before
        if len(self._incidents) >= MOST_INCIDENTS:
            before += _summary(self._incidents.pop(next(iter(self._incidents))), now)
        self._incidents[key] = _Incident(event, now, now, now)
        return (*before, Alert(event))

    def due(self, now: float) -> tuple[Alert, ...]:
        """Return the progress, the summaries and the ends whose time has come, oldest first."""
        alerts: tuple[Alert, ...] = ()
        for key in tuple(self._incidents):
            alerts += self._closed(key, now)
            known = self._incidents.get(key)
            if known is None or known.count == known.told_count:
                continue
            if now >= known.told + self._refresh_s:
                alerts += (known.tell(AlertState.AGAIN, now),)
        return alerts

    def _ended(self, key: str, event: Event) -> tuple[Alert, ...]:
        ended = self._incidents.pop(key, None)
        return (Alert(event, 1 if ended is None else ended.count, AlertState.RECOVERED),)

    def _closed(self, key: str, now: float) -> tuple[Alert, ...]:
        """Close the window of an incident if it has ended, and the incident if it was quiet."""
        known = self._incidents.get(key)
        if known is None:
            return ()
        alerts: tuple[Alert, ...] = ()
        if now >= known.since + self._window_s:
            alerts = _summary(known, now)
            known.since = now
        ending = known.event.ENDING
        if now < known.last + self._window_s or ending is Ending.EVENT:
            return alerts
        del self._incidents[key]
        if ending is Ending.NONE:
            return alerts
        return (*alerts, known.tell(AlertState.RECOVERED, now))


def _summary(incident: _Incident, now: float) -> tuple[Alert, ...]:
    """Return what is to be told of an incident whose window ends: nothing without repeats."""
    if incident.count == incident.summed_count:
        return ()
    incident.summed_count = incident.count
    return (incident.tell(AlertState.SUMMARY, now),)
