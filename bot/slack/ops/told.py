"""What this process has to tell of incidents, merged per incident and kept."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from uuid import uuid4

from bot.clock import Clock
from bot.slack.ops.incident import OpsTerms, Part
from bot.slack.ops.store import Incidents
from routing.watching.events import Ending, Event, Severity, fields_of
from routing.watching.repeats import MOST_INCIDENTS, Alert, AlertState

SIGN_IN_EVERY = timedelta(seconds=60)
RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


def name_of(alert: Alert) -> str:
    """Return the name of the event that began the incident: another one may have ended it."""
    return alert.incident.partition("|")[0]


class Told:
    """Keeps the alerts of this process; both methods raise StoreFailed when the disk fails."""

    def __init__(self, incidents: Incidents, clock: Clock, terms: OpsTerms) -> None:
        self._incidents = incidents
        self._now = clock.now
        self._terms = terms
        self._source = uuid4().hex
        self._mine: dict[str, _Mine] = {}
        self._signed_in: datetime | None = None

    async def keep(self, alert: Alert) -> bool:
        """Keep what an alert says; False when it is not told in Slack."""
        if alert.state is AlertState.RECOVERED:
            return await self._end(alert)
        if not self._wants(alert.event):
            return False
        now, known = self._now(), self._mine.get(alert.incident)
        if known is None or alert.state is AlertState.NEW:
            known = _Mine(uuid4().hex, self._part(alert, now, now))
        # A summary says again what was told: it came last when its count last grew.
        last = now if alert.count > known.part.count else known.part.last
        mine = _Mine(known.serial, self._part(alert, known.part.since, last))
        self._mine[alert.incident] = mine
        while len(self._mine) > MOST_INCIDENTS:
            del self._mine[next(iter(self._mine))]
        await self._incidents.tell(alert.incident, mine.serial, mine.part)
        return True

    async def sign_in(self) -> None:
        """Say that this process is there, lest others think that its incidents are over."""
        now = self._now()
        has_open = any(mine.part.ending is Ending.EVENT for mine in self._mine.values())
        if has_open and (self._signed_in is None or now - self._signed_in >= SIGN_IN_EVERY):
            self._signed_in = now
            await self._incidents.sign_in(self._source)

    async def _end(self, alert: Alert) -> bool:
        mine, now = self._mine.pop(alert.incident, None), self._now()
        if mine is None:
            # Begun by a process that has ended, or by another one.
            part = replace(self._part(alert, now, now), count=0, over_at=now)
            return await self._incidents.end(alert.incident, uuid4().hex, part)
        part = replace(mine.part, count=alert.count, over_at=now)
        return await self._incidents.end(alert.incident, mine.serial, part)

    def _part(self, alert: Alert, since: datetime, last: datetime) -> Part:
        event = alert.event
        return Part(
            source=self._source,
            name=name_of(alert),
            tenant=event.tenant,
            severity=event.SEVERITY,
            ending=event.ENDING,
            details=fields_of(event),
            count=alert.count,
            since=since,
            last=last,
        )

    def _wants(self, event: Event) -> bool:
        is_off = any(fnmatchcase(event.NAME, pattern) for pattern in self._terms.off)
        return not is_off and RANK[event.SEVERITY] >= RANK[self._terms.least]


@dataclass(frozen=True, slots=True)
class _Mine:
    """What this process has told of an incident last."""

    serial: str
    part: Part
