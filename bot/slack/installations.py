"""Which workspaces have installed us, and installs that are under way, kept in the cabinet."""

import hashlib
import hmac
import json
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from bot.clock import Clock
from bot.errors import StoreFailed
from bot.stores.cabinet import Cabinet, Entry
from channels.errors import ChannelBusy
from channels.slack.base import Installation, TeamId

INSTALLATION = "slack.installation"
STATE = "slack.install_state"
STATE_LIFE = timedelta(seconds=600)
"""Source: reference/channels.md 3.5."""
STATE_BYTES = 32
MOST_BEGUN = 1_000
"""Installs that one process lets begin within the life of a state: anybody may open the page, and
each that is begun is kept, and worth one call to Slack."""
RETRY_AFTER_S = 1.0


class CabinetInstallations:
    """Implements `channels.slack.base.Installations`; raises ChannelBusy when the disk fails.

    One entry for each workspace, or organisation that has installed us as a whole: Slack's ids of
    both are unique, and tell which it is. All of it is sealed, the token above all.
    """

    def __init__(
        self,
        cabinet: Cabinet,
        clock: Clock,
        saved: Callable[[TeamId], None] | None = None,
        deleted: Callable[[TeamId], None] | None = None,
    ) -> None:
        """Keep in `cabinet`; `saved` hears of each workspace that has granted us something.

        `deleted` hears of each that has taken it back: what is remembered of it is worth nothing.
        """
        self._cabinet = cabinet
        self._clock = clock
        self._saved = saved
        self._deleted = deleted

    async def save(self, installation: Installation) -> None:
        """Keep it, in place of the one before; see `Installations.save`."""
        assert installation.team, "an installation is somebody's"
        value = json.dumps(asdict(installation))
        entry = Entry(INSTALLATION, installation.team, value, self._clock.now())
        try:
            await self._cabinet.put(entry)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        if self._saved is not None:
            self._saved(installation.team)

    async def find(self, team: TeamId | None = None) -> Sequence[Installation]:
        """Return the installation of a workspace, or all; see `Installations.find`."""
        try:
            entries = await self._cabinet.find(INSTALLATION, team)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        return tuple(Installation(**json.loads(entry.value)) for entry in entries)

    async def delete(self, team: TeamId, before: float | None = None) -> None:
        """Forget it, unless it was kept at this instant or later; see `Installations.delete`."""
        until = None if before is None else datetime.fromtimestamp(before, UTC)
        try:
            await self._cabinet.remove(INSTALLATION, team, until)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        if self._deleted is not None:
            self._deleted(team)


class CabinetStates:
    """Implements `channels.slack.install.States`; raises ChannelBusy when the disk fails.

    Of a state and of the browser it belongs to only digests are kept: who reads the disk cannot
    end an install that somebody else has begun.
    """

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._clock = clock
        self._begun: deque[datetime] = deque(maxlen=MOST_BEGUN)

    async def new(self, browser: str) -> str:
        """Return a state for this browser; those that are too old are forgotten.

        Raises:
            ChannelBusy: too many were begun, or the disk failed.
        """
        now = self._clock.now()
        if len(self._begun) == MOST_BEGUN and now - self._begun[0] < STATE_LIFE:
            raise ChannelBusy(RETRY_AFTER_S)
        self._begun.append(now)
        state = secrets.token_urlsafe(STATE_BYTES)
        entry = Entry(STATE, _digest(state), json.dumps(_digest(browser)), now)
        try:
            await self._cabinet.remove(STATE, None, now - STATE_LIFE)
            await self._cabinet.put(entry, is_new=True)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        return state

    async def consume(self, state: str, browser: str) -> bool:
        """Return whether it may be used; whatever comes of it, never again."""
        key = _digest(state)
        try:
            found = await self._cabinet.find(STATE, key)
            # Of two that come at once one removes it.
            if not found or await self._cabinet.remove(STATE, key) != 1:
                return False
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
        is_in_time = self._clock.now() - found[0].at < STATE_LIFE
        kept = json.loads(found[0].value)
        return is_in_time and hmac.compare_digest(kept, _digest(browser))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
