"""Marks under messages: put at once where Slack lets us, otherwise as soon as it does."""

import asyncio
import json
import logging
from datetime import timedelta

from bot.clock import Clock
from bot.errors import StoreFailed
from bot.slack.desk.heard import Written
from bot.slack.rooms import Room
from bot.stores.cabinet import Cabinet, Entry
from channels.slack.base import Slack, TeamId
from channels.slack.errors import SlackBusy, SlackFailed, SlackRefused, SlackUnreachable

log = logging.getLogger("copilot.slack")
KIND = "slack.mark"
THERE_ALREADY, NOT_THERE = "already_reacted", "no_reaction"
LOOK_EVERY_S = 5.0
LEASE_S = 60.0
MOST_AT_A_TIME = 20
PAUSE_S = 10.0
MOST_TRIES = 60
"""With the pauses ten minutes at least: longer than that a mark says nothing new."""


class Marks:
    """Adds and takes back reactions; one that fails never fails what it is about."""

    def __init__(self, slack: Slack, cabinet: Cabinet, clock: Clock) -> None:
        self._slack = slack
        self._cabinet = cabinet
        self._clock = clock

    async def put(self, written: Written, name: str) -> None:
        """Add a reaction."""
        wait_s = await self._call(written, name, "reactions.add")
        if wait_s is not None:
            await self._keep(written, name, wait_s, 0)

    async def take(self, written: Written, name: str) -> None:
        """Take a reaction back, tried once."""
        await self._call(written, name, "reactions.remove")

    async def run(self) -> None:
        """Put for ever what waits.

        Raises:
            StoreFailed: the disk failed.
        """
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.put_due()

    async def put_due(self) -> int:
        """Put what waits and may be put now; returns how much was looked at.

        Raises:
            StoreFailed: the disk failed.
        """
        due = await self._cabinet.lease(KIND, self._clock.now(), LEASE_S, MOST_AT_A_TIME)
        for entry in due:
            fields = json.loads(entry.value)
            team, channel, ts = entry.key.split(":")
            written = Written(Room(TeamId(team), channel), ts)
            wait_s = await self._call(written, fields["name"], "reactions.add")
            if wait_s is None or entry.tries >= MOST_TRIES:
                await self._cabinet.remove(KIND, entry.key)
            else:
                await self._keep(written, fields["name"], wait_s, entry.tries + 1)
        return len(due)

    async def _call(self, written: Written, name: str, method: str) -> float | None:
        """Return after how many seconds to try again; None when it is done, or never can be."""
        where = {"channel": written.room.channel, "timestamp": written.ts, "name": name}
        try:
            await self._slack.call(written.room.team, method, where)
        except SlackBusy as busy:
            return max(PAUSE_S, busy.retry_after_s)
        except SlackUnreachable:
            return PAUSE_S
        except SlackRefused as refused:
            if refused.error not in (THERE_ALREADY, NOT_THERE):
                log.warning("slack.mark_refused", extra={"error": refused.error})
        except SlackFailed as failed:
            log.warning("slack.mark_failed", extra={"error": type(failed).__name__})
        return None

    async def _keep(self, written: Written, name: str, wait_s: float, tries: int) -> None:
        now = self._clock.now()
        key = f"{written.room.team}:{written.room.channel}:{written.ts}"
        value = json.dumps({"name": name})
        due_at = now + timedelta(seconds=wait_s)
        try:
            await self._cabinet.put(Entry(KIND, key, value, now, due_at, tries))
        except StoreFailed:
            log.exception("slack.mark_not_kept")
