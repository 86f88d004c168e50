"""Keeps alerts from calling Slack in vain."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.slack.ops.posting import ROOM_LOST, Failure
from channels.slack.base import Installations, TeamId


class Gate:
    """Closed for a while when Slack cannot be reached or the channel is lost.

    When our token was revoked, it is closed until we have another one: the old one is never tried
    again, except after a restart.
    """

    def __init__(self, installations: Installations, clock: Clock) -> None:
        self._installations = installations
        self._now = clock.now
        self._shut: _Shut | None = None
        self.streak = 0
        """How many calls have failed since the last one that worked."""
        self.since: datetime | None = None
        """When the first of them did."""

    async def closed(self, team: TeamId) -> Failure | None:
        """Return why Slack is not to be called now; None when it is."""
        shut = self._shut
        if shut is None:
            return None
        is_in_vain = self._now() < shut.until
        if shut.token:
            is_in_vain = shut.token == await self._token(team)
        # What was unknown before is still unknown: nothing is asked now.
        return replace(shut.failure, is_unknown=True) if is_in_vain else None

    async def shut(self, team: TeamId, failure: Failure) -> None:
        """Close, if the next call would fail as well."""
        if failure.reason not in {"unreachable", "revoked", *ROOM_LOST}:
            return
        self.streak += 1
        self.since = self.since or self._now()
        token = await self._token(team) if failure.reason == "revoked" else ""
        until = self._now() + timedelta(seconds=failure.pause_s)
        self._shut = _Shut(until, failure, token)

    def open(self) -> None:
        """Open: Slack has taken something."""
        self._shut, self.streak, self.since = None, 0, None

    async def _token(self, team: TeamId) -> str:
        found = await self._installations.find(team)
        token = found[0].bot_token if found else ""
        return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Shut:
    """Why and until when Slack is not called."""

    until: datetime
    failure: Failure
    token: str = ""
    """Digest of the token that is not valid any more; empty for any other reason."""
