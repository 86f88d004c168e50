"""The App Home: shown when it is opened, and again for those who look at it when it changes."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.errors import StoreFailed
from bot.outbox import card_for
from bot.slack.blocks import Block
from bot.slack.clicks import click_of, part_of, word_of
from bot.slack.desk.home import HOME, REFRESH, Row, home_view
from bot.slack.desk.late import Lateness
from bot.slack.desk.theirs import Theirs
from bot.slack.parts import SlackParts
from bot.slack.target import Target, human_of
from bot.slack.threads import Thread
from bot.stores.base import Owner
from bot.waiting import is_set_within
from channels.slack.base import Json, Listeners, TeamId
from channels.slack.errors import SlackFailed

log = logging.getLogger("copilot.slack")
MOST_SHOWN = 60
"""Conversations that are read for a home: so many that wait, and as many that humans have."""
LOOKS_S = 600.0
"""For how long after opening it somebody is taken to look at his home."""
MOST_LOOKING = 200
PAUSE_S = 3.0
"""Least time between two looks at the queue."""
LOOK_EVERY_S = 5.0
"""The queue is looked at this often even when nobody says that it changed: time makes late."""
MOST_LINKS = 1_000


@dataclass(slots=True)
class _Looking:
    """Somebody who has opened his home."""

    since: float
    """Monotonic."""
    shown: Block | None = None
    """What he sees; None when that is not known."""


class HomeShown:
    """Publishes homes.

    Who looks is kept in memory: after a restart, or in another process, a home stands still until
    its owner opens it or presses Refresh.
    """

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._late = Lateness(parts.services, parts.terms)
        self._theirs = Theirs(parts)
        self._looking: dict[tuple[TeamId, str], _Looking] = {}
        self._links: dict[tuple[str, str, str], str] = {}
        self._changed = asyncio.Event()

    def listeners(self) -> Listeners:
        """Return what is listened to."""
        return Listeners(
            events={"app_home_opened": self._opened}, actions={REFRESH: self._refreshed}
        )

    def changed(self) -> None:
        """Say that the queue may have changed."""
        self._changed.set()

    async def run(self) -> None:
        """Publish for ever what has changed to those who look, with a pause after each look."""
        while True:
            await is_set_within(self._changed, LOOK_EVERY_S)
            self._changed.clear()
            try:
                await self.publish_changes()
            except StoreFailed:
                log.warning("slack.home_unread")
            await asyncio.sleep(PAUSE_S)

    async def publish_changes(self) -> None:
        """Publish to everybody who looks what is not yet on his home."""
        self._forget_who_left()
        if not self._looking:
            return
        teams = {team for team, _ in self._looking}
        rows = {team: await self._rows(team) for team in teams}
        for (team, user), looking in list(self._looking.items()):
            try:
                await self._publish((team, user), rows.get(team, ()), looking)
            except SlackFailed as failed:
                # It is tried again with the next look; nobody waits for an answer here.
                log.info("slack.home_unpublished", extra={"error": type(failed).__name__})

    async def _opened(self, team: TeamId, callback: Json) -> None:
        event = part_of(callback, "event")
        if word_of(event, "tab") == HOME and word_of(event, "user"):
            await self._show(team, word_of(event, "user"))

    async def _refreshed(self, team: TeamId, payload: Json) -> None:
        click = click_of(team, payload)
        if click is not None:
            await self._show(team, click.spot.user)

    async def _show(self, team: TeamId, user: str) -> None:
        looking = _Looking(self._parts.services.clock.monotonic())
        self._looking.pop((team, user), None)
        self._looking[team, user] = looking
        while len(self._looking) > MOST_LOOKING:
            del self._looking[next(iter(self._looking))]
        await self._publish((team, user), await self._rows(team), looking)

    async def _publish(
        self, who: tuple[TeamId, str], rows: Sequence[Row], looking: _Looking
    ) -> None:
        team, user = who
        view = home_view(rows, human_of(team, user, "").id, self._parts.terms.mode)
        if view == looking.shown:
            return
        # Not known until Slack has answered: what failed on its way is published again.
        looking.shown = None
        await self._parts.slack.call(team, "views.publish", {"user_id": user, "view": view})
        looking.shown = view

    async def _rows(self, team: TeamId) -> list[Row]:
        services = self._parts.services
        now = services.clock.now()
        rows = []
        heads = await self._theirs.queue(team)
        waiting = [head for head in heads if head.owner is Owner.QUEUE]
        claimed = [head for head in heads if head.owner is Owner.HUMAN]
        for head in (*waiting[:MOST_SHOWN], *claimed[:MOST_SHOWN]):
            card = await card_for(services.store, head, now)
            thread = await self._parts.threads.of(Target(head.conversation, head.episode))
            url = await self._link(thread) if thread else ""
            rows.append(Row(card, url, await self._late.is_late(head)))
        return rows

    async def _link(self, thread: Thread) -> str:
        """Return the address of a thread, asked for once; empty when Slack does not tell it."""
        place = (thread.room.team, thread.room.channel, thread.ts)
        if place not in self._links:
            where = {"channel": thread.room.channel, "message_ts": thread.ts}
            try:
                answer = await self._parts.slack.call(thread.room.team, "chat.getPermalink", where)
            except SlackFailed:
                return ""
            self._links[place] = word_of(answer, "permalink")
            while len(self._links) > MOST_LINKS:
                del self._links[next(iter(self._links))]
        return self._links[place]

    def _forget_who_left(self) -> None:
        now = self._parts.services.clock.monotonic()
        for who, looking in list(self._looking.items()):
            if now - looking.since >= LOOKS_S:
                del self._looking[who]


def listeners(home: HomeShown) -> Listeners:
    """Return what the home listens to; the caller runs `home.run` beside it."""
    return home.listeners()
