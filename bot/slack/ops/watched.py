"""Notices what goes wrong with Slack itself, by watching what everybody does with it."""

import re
from collections.abc import Callable

from bot.clock import Clock
from bot.watch.own_events import (
    SlackAllowed,
    SlackBehind,
    SlackGivenUp,
    SlackReachable,
    SlackRevoked,
    SlackUnreachable,
)
from channels.slack import errors
from channels.slack.base import Envelope, Handler, Json, Slack, TeamId, Upload
from routing.request import TenantId
from routing.watching.events import Event

UNREACHABLE_AFTER_S = 30.0
"""Without an answer between two calls that had none, so far apart, Slack is down."""
LATE_S = 60.0
AT = re.compile(r'"event_time": ?(\d{9,11})\b')
"""Within a text the quotation marks would be escaped."""
Notice = Callable[[Event], None]


class WatchedSlack:
    """Implements `Slack` by another one, and tells when that is not answered or not let in."""

    def __init__(self, inner: Slack, tenant: TenantId, notice: Notice, clock: Clock) -> None:
        self._inner = inner
        self._tenant = tenant
        self._notice = notice
        self._monotonic = clock.monotonic
        self._failed = 0
        self._since = 0.0
        self._is_down = False
        self._revoked: set[TeamId] = set()

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        """Call a method; see `Slack.call`."""
        try:
            answer = await self._inner.call(team, method, arguments)
        except errors.SlackFailed as failure:
            self._went_wrong(team, failure)
            raise
        self.worked(team)
        return answer

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        """Share a file; see `Slack.upload`."""
        try:
            await self._inner.upload(team, channel, thread, file)
        except errors.SlackFailed as failure:
            self._went_wrong(team, failure)
            raise
        self.worked(team)

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        """Return a file; see `Slack.download`."""
        try:
            content = await self._inner.download(team, url, most_bytes)
        except errors.SlackFailed as failure:
            self._went_wrong(team, failure)
            raise
        self.worked(team)
        return content

    def revoked(self, team: TeamId) -> None:
        """Learn that a workspace has taken our access back."""
        if team not in self._revoked:
            self._revoked.add(team)
            self._notice(SlackRevoked(self._tenant, team))

    def worked(self, team: TeamId) -> None:
        """Learn that a workspace lets us in."""
        self.answered()
        if team in self._revoked:
            self._revoked.discard(team)
            self._notice(SlackAllowed(self._tenant, team))

    def unanswered(self) -> None:
        """Learn that a call had no answer."""
        now = self._monotonic()
        if not self._failed:
            self._since = now
        self._failed += 1
        if not self._is_down and self._failed > 1 and now - self._since >= UNREACHABLE_AFTER_S:
            self._is_down = True
            self._notice(SlackUnreachable(self._tenant, self._failed))

    def answered(self) -> None:
        """Learn that a call had an answer, whatever it was."""
        if self._is_down:
            self._is_down = False
            self._notice(SlackReachable(self._tenant, self._monotonic() - self._since))
        self._failed = 0

    def _went_wrong(self, team: TeamId, failure: errors.SlackFailed) -> None:
        match failure:
            case errors.SlackRevoked():
                self.revoked(team)
            case errors.SlackUnreachable():
                self.unanswered()
            case errors.SlackRefused():
                self.answered()
            case _:
                # Busy: perhaps nobody has asked Slack at all.
                pass


class WatchedHandler:
    """Implements `Handler` by another one, and tells when that is given things late."""

    def __init__(self, inner: Handler, tenant: TenantId, notice: Notice, clock: Clock) -> None:
        self._inner = inner
        self._tenant = tenant
        self._notice = notice
        self._now = clock.now

    async def handle(self, envelope: Envelope) -> None:
        """Act on an envelope; see `Handler.handle`."""
        happened = AT.search(envelope.body) if envelope.tries == 0 else None
        if happened is not None:
            late_s = self._now().timestamp() - float(happened[1])
            if late_s >= LATE_S:
                self._notice(SlackBehind(self._tenant, late_s))
        await self._inner.handle(envelope)

    def gave_up(self, envelope: Envelope) -> None:
        """Learn that something will not be tried again; for `Queue`."""
        kind = envelope.kind.value
        self._notice(SlackGivenUp(self._tenant, envelope.team, kind, envelope.id))
