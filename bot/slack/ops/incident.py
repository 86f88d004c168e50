"""One incident as all processes together know it, and what to do about it in Slack next. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from routing.watching.events import Ending, Severity

GRACE = timedelta(seconds=60)
"""So much later than it should a process may say that something has become quiet."""
SPACED = timedelta(seconds=3)
"""Between two updates of one message. Source: reference/channels.md 3.3."""
ROOT, END, CALL = "root", "end", "call"
"""Names of what is posted once; calls are numbered, as in `call-1`."""
Details = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class OpsTerms:
    """What operations are told in Slack, and when they are called."""

    least: Severity = Severity.INFO
    """Less severe incidents are not told."""
    off: tuple[str, ...] = ("agent.run_completed",)
    """Names of events, with `*` for anything, that are not told."""
    on_call: str = ""
    """How Slack calls those on call: `<!subteam^S…>` or `<@U…>`; empty: `<!channel>`."""
    call_after_s: float = 600.0
    """An error that nobody reacts to calls them after so long, and again after three times that."""
    spill_after_s: float = 60.0
    """When Slack has failed for so long, others are told; at once where waiting cannot help."""
    window_s: float = 600.0
    """Of the feed: what is quiet for so long is over."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one process has told of an incident, from its first event to its end."""

    source: str
    """The process."""
    name: str
    """Of the event, such as `provider.down`."""
    tenant: str
    severity: Severity
    ending: Ending
    details: Details
    """Of the newest event."""
    count: int
    since: datetime
    last: datetime
    """When it was told last."""
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Where an incident stands in Slack; kept in the cabinet, changed by one process at a time."""

    key: str
    """Digest of `Alert.incident`."""
    id: str
    """Of this occurrence: the next one has another."""
    incident: str
    """`Alert.incident` itself."""
    team: str = ""
    channel: str = ""
    ts: str = ""
    """Of the message; empty until it is there."""
    doing: str = ""
    """Name of what is being posted: if it is still set, nobody knows whether it was."""
    shown: str = ""
    """Digest of what the message says."""
    shown_at: datetime | None = None
    calls: int = 0
    """How often those on call were due."""
    is_end_told: bool = False
    lines: tuple[str, ...] = ()
    """`ts` of what we have said in the thread."""
    failed_since: datetime | None = None
    """When Slack began to take nothing of it; None while it does."""
    spilled_since: datetime | None = None
    """When Slack began to fail, the last time that others were told instead."""


@dataclass(frozen=True, slots=True)
class Incident:
    """What is known of an incident."""

    name: str
    tenant: str
    severity: Severity
    details: Details
    count: int
    since: datetime
    last: datetime
    lasted_s: float = 0.0
    """Until the event that ended it; if none does, until the newest one."""
    ending: Ending = Ending.EVENT
    over_at: datetime | None = None
    """When it was known to be over: what ends by becoming quiet has been quiet for a while then."""
    is_unheard: bool = False
    """It counts as over since the process that told it has ended and nothing came after it."""
    by: str = ""
    """Slack user who is on it; empty for nobody."""
    spilled_since: datetime | None = None

    @property
    def is_fact(self) -> bool:
        """It is never over, and nobody has to do anything soon."""
        return self.ending is Ending.NONE


@dataclass(frozen=True, slots=True)
class Post:
    """Post the message."""


@dataclass(frozen=True, slots=True)
class Update:
    """Put what is known now in the place of what the message says."""


@dataclass(frozen=True, slots=True)
class Say:
    """Say something in the thread."""

    what: str
    """`end` or `call-…`."""
    calls: int = 0
    """How often those on call were due once it is said."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is to be done now."""


@dataclass(frozen=True, slots=True)
class Close:
    """All is told; forget it."""


Step = Post | Update | Say | Rest | Close


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is looked at an incident, and who is there."""

    now: datetime
    window: timedelta
    alive: Mapping[str, datetime] = field(default_factory=dict)
    """When each process has signed in last: more often than once a window, while it lives."""


def joined(parts: Sequence[Part], moment: Moment) -> Incident | None:
    """Return what all parts say together; None when there is nothing to tell."""
    counted = [part for part in parts if part.count]
    if not counted:
        return None
    newest = max(counted, key=lambda part: part.last)
    ends = [part.over_at for part in parts if part.over_at is not None]
    overs = [_over(part, ends, moment) for part in counted]
    known = [over for over in overs if over is not None]
    over_at = max(known) if len(known) == len(overs) else None
    since = min(part.since for part in counted)
    until = newest.last if over_at is None or newest.ending is Ending.QUIET else over_at
    return Incident(
        name=newest.name,
        tenant=newest.tenant,
        severity=newest.severity,
        details=newest.details,
        count=sum(part.count for part in counted),
        since=since,
        last=newest.last,
        lasted_s=(until - since).total_seconds(),
        ending=newest.ending,
        over_at=over_at,
        is_unheard=over_at is not None and not ends,
    )


def _over(part: Part, ends: Sequence[datetime], moment: Moment) -> datetime | None:
    """Return when a part was over; None while it is not.

    What another event ends is ended by whoever has noticed that. A process that is there says
    itself when it has become quiet; for one that has ended, somebody else must conclude it.
    """
    if part.over_at is not None:
        return part.over_at
    quiet_at = part.last + moment.window
    match part.ending:
        case Ending.NONE:
            return quiet_at if moment.now >= quiet_at else None
        case Ending.QUIET:
            return quiet_at if moment.now >= quiet_at + GRACE else None
        case Ending.EVENT:
            later = [at for at in ends if at >= part.last]
            if later:
                return min(later)
            signed_in = max(part.last, moment.alive.get(part.source, part.last))
            ended_at = signed_in + moment.window
            return ended_at if moment.now >= ended_at else None
    assert_never(part.ending)


def step_for(
    kept: Kept, incident: Incident | None, shown: str, now: datetime, terms: OpsTerms
) -> Step:
    """Return what to do next about an incident.

    Args:
        kept: where it stands in Slack.
        incident: what is known of it; None when there is nothing to tell.
        shown: digest of what its message should say.
        now: the instant.
        terms: when somebody is called.
    """
    if incident is None:
        return Close()
    if not kept.ts:
        return Post()
    if incident.over_at is not None and not incident.is_fact and not kept.is_end_told:
        return Say(END)
    due = calls_due(incident, now, terms.call_after_s)
    if due > kept.calls:
        return Say(f"{CALL}-{due}", due)
    if shown != kept.shown:
        is_early = kept.shown_at is not None and now < kept.shown_at + SPACED
        return Rest() if is_early else Update()
    return Close() if incident.over_at is not None else Rest()


def calls_due(incident: Incident, now: datetime, call_after_s: float) -> int:
    """Return how often those on call should have been called by now: never, once or twice."""
    is_calm = incident.is_fact or incident.severity is not Severity.ERROR
    if is_calm or incident.by or incident.over_at is not None:
        return 0
    open_s = (now - incident.since).total_seconds()
    return sum(open_s >= times * call_after_s for times in (1, 3))
