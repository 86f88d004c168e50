"""Operations in Slack: one message and one thread for each incident, whoever has noticed it."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.clock import Clock
from bot.errors import StoreFailed
from bot.privacy.vault import VaultTampered
from bot.slack.ops.gate import Gate
from bot.slack.ops.incident import (
    END,
    ROOT,
    Close,
    Incident,
    Kept,
    Moment,
    OpsTerms,
    Post,
    Rest,
    Say,
    Update,
    joined,
    step_for,
)
from bot.slack.ops.messages import IncidentMessage, call_line, end_line, incident_message
from bot.slack.ops.posting import (
    MESSAGE_LOST,
    NOT_INSTALLED,
    ROOM_LOST,
    TOO_SLOW,
    UNCHANGEABLE,
    Failure,
    Postings,
    failure_of,
)
from bot.slack.ops.store import Incidents
from bot.slack.ops.told import Told, name_of
from bot.slack.rooms import Room, Rooms
from bot.waiting import is_set_within
from bot.watch.own_events import (
    AlertSpilled,
    SlackLinkDisabled,
    SlackRevoked,
    SlackRoomBack,
    SlackRoomLost,
    SlackUnreachable,
)
from bot.watch.sinks import Spill
from channels.errors import ChannelBusy
from channels.slack.base import Installations, Slack, TeamId
from channels.slack.errors import SlackFailed
from routing.request import TenantId
from routing.watching.events import Event
from routing.watching.repeats import Alert

log = logging.getLogger("copilot.slack")
LOOK_EVERY_S = 3.0
LEASE_S = 60.0
MOST_VISIT_S = 40.0
"""Within the lease, so that nobody else begins meanwhile."""
SHORTEST_PAUSE_S = 1.0
GIVEN_UP_AFTER = timedelta(days=7)
"""An incident that is over and that Slack has never taken is forgotten then."""
ABOUT_SLACK = frozenset(
    {SlackUnreachable.NAME, SlackRevoked.NAME, SlackRoomLost.NAME, SlackLinkDisabled.NAME}
)
"""Told elsewhere as what they are: that they are not in Slack goes without saying."""


@dataclass(frozen=True, slots=True)
class OpsParts:
    """What alerts in Slack work with."""

    slack: Slack
    rooms: Rooms
    installations: Installations
    incidents: Incidents
    clock: Clock
    tenant: TenantId
    spill: Spill
    notice: Callable[[Event], None]
    """Of the feed: takes what goes wrong with Slack itself."""


class SlackAlerts:
    """Implements `Alerts` by one message per incident, and calls those on call if nobody reacts.

    Guarantees: what `tell` has returned for is in the cabinet, merged per incident, and is told
    once however many processes there are and whenever they end; a count may be three seconds old.
    What Slack does not take goes to `Spill`, at once where waiting cannot help, and to Slack when
    that works again.
    """

    def __init__(self, parts: OpsParts, terms: OpsTerms | None = None) -> None:
        self._parts = parts
        self._terms = terms or OpsTerms()
        self._incidents = parts.incidents
        self._postings = Postings(parts.slack)
        self._now = parts.clock.now
        self._told = Told(parts.incidents, parts.clock, self._terms)
        self._gate = Gate(parts.installations, parts.clock)
        self._has_news = asyncio.Event()
        self._lost_room = ""

    async def tell(self, alert: Alert) -> None:
        """Keep an alert for `run`; costs two writes to the disk."""
        try:
            if await self._told.keep(alert):
                self._has_news.set()
        except StoreFailed:
            log.exception("slack.alert_not_kept", extra={"alert": alert.event.NAME})
            await self._spill(name_of(alert), alert.incident, alert.count, "not_kept")

    async def run(self) -> None:
        """Tell Slack what is due, for ever."""
        while True:
            await is_set_within(self._has_news, LOOK_EVERY_S)
            self._has_news.clear()
            try:
                await self.work()
            except (StoreFailed, VaultTampered, ChannelBusy):
                log.exception("slack.alerts_not_read")

    async def work(self) -> int:
        """Do what is due; returns how many incidents were looked at.

        Raises:
            StoreFailed, ChannelBusy: the disk failed; what was due is due again after a while.
        """
        await self._told.sign_in()
        looked_at = 0
        while kept := await self._incidents.lease(LEASE_S):
            visit = _Visit(kept)
            due_at = await self._visited(visit)
            if due_at is not None:
                await self._incidents.keep(visit.kept, due_at)
            looked_at += 1
        return looked_at

    async def _visited(self, visit: "_Visit") -> datetime | None:
        """Do all that is to be done about an incident; returns when to look again, if ever."""
        try:
            async with asyncio.timeout(MOST_VISIT_S):
                return await self._advance(visit)
        except SlackFailed as failed:
            failure = failure_of(failed, self._gate.streak)
        except TimeoutError:
            failure = TOO_SLOW
        return await self._failed(visit, failure)

    async def _advance(self, visit: "_Visit") -> datetime | None:
        while True:
            kept = visit.kept
            incident, serials = await self._seen(kept)
            message = None
            if incident is not None:
                message = incident_message(incident, f"{kept.key}/{kept.id}")
            shown = message.digest if message else ""
            visit.incident, visit.shown = incident, shown
            step = step_for(kept, incident, shown, self._now(), self._terms)
            if isinstance(step, Close):
                await self._incidents.close(kept, serials)
                return None
            if isinstance(step, Rest) or incident is None or message is None:
                return self._now() + timedelta(seconds=LOOK_EVERY_S)
            gate = await self._closed(kept)
            if gate is not None:
                return await self._held(visit, gate)
            await self._do(visit, step, incident, message)
            await self._worked(visit)
            # Kept after each step, so that whoever goes on after a crash repeats none.
            await self._incidents.keep(visit.kept, self._now() + timedelta(seconds=LEASE_S))

    async def _do(
        self,
        visit: "_Visit",
        step: Post | Update | Say,
        incident: Incident,
        message: IncidentMessage,
    ) -> None:
        now = self._now()
        match step:
            case Post():
                await self._post(visit, incident, message)
            case Update():
                await self._postings.update(visit.kept, message)
                visit.kept = replace(visit.kept, shown=message.digest, shown_at=now)
            case Say(what, calls):
                on_call = self._terms.on_call
                is_end = what == END
                text = end_line(incident) if is_end else call_line(incident, on_call, now)
                ts = await self._said(visit, what, text)
                kept = replace(visit.kept, doing="", lines=(*visit.kept.lines, ts))
                visit.kept = replace(
                    kept, is_end_told=kept.is_end_told or is_end, calls=calls or kept.calls
                )
            case _:
                assert_never(step)

    async def _post(self, visit: "_Visit", incident: Incident, message: IncidentMessage) -> None:
        """Post the message of an incident, unless a post that had no answer was done."""
        ts = await self._postings.found(visit.kept, ROOT) if visit.kept.doing == ROOT else ""
        if ts:
            # What it says is what was known then.
            visit.kept = replace(visit.kept, ts=ts, doing="", shown_at=self._now())
            return
        room = await self._parts.rooms.for_operations()
        assert room is not None, "looked at before"
        visit.kept = replace(visit.kept, team=room.team, channel=room.channel)
        await self._begin(visit, ROOT)
        ts = await self._postings.post(visit.kept, message)
        visit.kept = replace(
            visit.kept,
            ts=ts,
            doing="",
            shown=message.digest,
            shown_at=self._now(),
            is_end_told=incident.over_at is not None,
        )

    async def _said(self, visit: "_Visit", what: str, text: str) -> str:
        if visit.kept.doing == what:
            found = await self._postings.found(visit.kept, what)
            if found:
                return found
        await self._begin(visit, what)
        return await self._postings.say(visit.kept, what, text)

    async def _begin(self, visit: "_Visit", what: str) -> None:
        """Note what is about to be posted, so that nobody posts it again without looking."""
        visit.kept = replace(visit.kept, doing=what)
        await self._incidents.keep(visit.kept, self._now() + timedelta(seconds=LEASE_S))

    async def _seen(self, kept: Kept) -> tuple[Incident | None, tuple[str, ...]]:
        parts = await self._incidents.parts(kept.key)
        window = timedelta(seconds=self._terms.window_s)
        moment = Moment(self._now(), window, await self._incidents.alive())
        incident = joined(tuple(parts.values()), moment)
        if incident is not None:
            by = await self._incidents.acknowledged_by(kept)
            incident = replace(incident, by=by, spilled_since=kept.spilled_since)
        return incident, tuple(parts)

    async def _closed(self, kept: Kept) -> Failure | None:
        """Return why Slack is not to be called now; None when it is."""
        room = await self._parts.rooms.for_operations()
        if room is None:
            return NOT_INSTALLED
        return await self._gate.closed(TeamId(kept.team) if kept.ts else room.team)

    async def _worked(self, visit: "_Visit") -> None:
        self._gate.open()
        visit.kept = replace(visit.kept, failed_since=None)
        if self._lost_room and self._lost_room == visit.kept.channel:
            self._parts.notice(SlackRoomBack(self._parts.tenant, self._lost_room))
            self._lost_room = ""

    async def _failed(self, visit: "_Visit", failure: Failure) -> datetime | None:
        """Learn from a call that failed; returns when to look again."""
        kept = visit.kept
        if failure.reason in MESSAGE_LOST and kept.ts:
            # Somebody has deleted it: what is still open is shown anew.
            visit.kept = replace(kept, ts="", shown="", doing="", lines=())
            if visit.incident is not None and visit.incident.over_at is not None:
                visit.kept = replace(kept, shown=visit.shown, is_end_told=True)
            return self._now() + timedelta(seconds=failure.pause_s)
        if failure.reason in UNCHANGEABLE and kept.ts:
            visit.kept = replace(kept, shown=visit.shown, shown_at=self._now())
            return self._now() + timedelta(seconds=LOOK_EVERY_S)
        if failure.reason in ROOM_LOST:
            room = await self._parts.rooms.for_operations()
            if room is not None and room != Room(TeamId(kept.team), kept.channel):
                # Another channel was set meanwhile: what is still open is shown there.
                visit.kept = replace(kept, ts="", shown="", doing="", lines=())
                return self._now()
            self._room_lost(kept.channel, failure.reason)
        await self._gate.shut(TeamId(kept.team), failure)
        return await self._held(visit, failure)

    def _room_lost(self, channel: str, error: str) -> None:
        if self._lost_room != channel:
            self._lost_room = channel
            self._parts.notice(SlackRoomLost(self._parts.tenant, channel, error))

    async def _held(self, visit: "_Visit", failure: Failure) -> datetime | None:
        """Note that Slack was not told, and tell others in its place when it has been long."""
        now, kept, incident = self._now(), visit.kept, visit.incident
        since = kept.failed_since or now
        doing = kept.doing if failure.is_unknown else ""
        kept = replace(kept, doing=doing, failed_since=since)
        if incident is None:
            visit.kept = kept
            return now + timedelta(seconds=failure.pause_s)
        failing_s = (now - min(since, self._gate.since or since)).total_seconds()
        is_late = failing_s >= self._terms.spill_after_s
        if (failure.is_hard or is_late) and kept.spilled_since != since:
            kept = replace(kept, spilled_since=since)
            await self._spill(incident.name, kept.incident, incident.count, failure.reason)
        visit.kept = kept
        if incident.over_at is not None and now - incident.over_at > GIVEN_UP_AFTER:
            log.error("slack.alert_given_up", extra={"alert": incident.name})
            await self._incidents.close(kept, (await self._seen(kept))[1])
            return None
        pause_s = max(SHORTEST_PAUSE_S, min(failure.pause_s, self._terms.spill_after_s))
        return now + timedelta(seconds=pause_s)

    async def _spill(self, name: str, incident: str, count: int, reason: str) -> None:
        if name not in ABOUT_SLACK:
            await self._parts.spill.spill(
                AlertSpilled(self._parts.tenant, name, incident, count, reason)
            )


@dataclass(slots=True)
class _Visit:
    """An incident that is being looked at."""

    kept: Kept
    incident: Incident | None = None
    shown: str = ""
