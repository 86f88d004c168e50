"""Hears that somebody is on an incident: by its button, a reply in its thread, or a reaction."""

from collections.abc import Callable

from bot.slack.clicks import click_of, word_in, word_of
from bot.slack.ops.incident import Kept
from bot.slack.ops.messages import ACK
from bot.slack.ops.store import Incidents
from bot.slack.rooms import Rooms
from channels.slack.base import Installations, Json, Listeners, TeamId

HUMAN_SUBTYPES = frozenset({"", "file_share", "thread_broadcast"})
Revoked = Callable[[TeamId], None]


class OpsListening:
    """Notes who has reacted first; every listener does nothing when it is called again.

    `message` and `reaction_added` come from every channel: what is not said about an incident is
    left to others, after one look at the channel.
    """

    def __init__(
        self, incidents: Incidents, rooms: Rooms, installations: Installations, revoked: Revoked
    ) -> None:
        """Take who is to be told of a workspace that has uninstalled us."""
        self._incidents = incidents
        self._rooms = rooms
        self._installations = installations
        self._revoked = revoked

    def listeners(self) -> Listeners:
        """Return what is to be heard of."""
        return Listeners(
            events={
                "message": self._said,
                "reaction_added": self._reacted,
                "app_uninstalled": self._left,
                "tokens_revoked": self._left,
            },
            actions={ACK: self._clicked},
        )

    async def _clicked(self, team: TeamId, payload: Json) -> None:
        click = click_of(team, payload)
        if click is None:
            return
        key, _, id = click.value.partition("/")
        kept = await self._incidents.find(key)
        # The button of an incident that is over says nothing about the next one.
        if kept is not None and kept.id == id:
            await self._incidents.acknowledge(kept, click.spot.user)

    async def _said(self, team: TeamId, body: Json) -> None:
        event: Json = body["event"]
        thread, channel = word_of(event, "thread_ts"), word_of(event, "channel")
        is_human = not word_of(event, "bot_id") and word_of(event, "subtype") in HUMAN_SUBTYPES
        if thread and is_human and thread != word_of(event, "ts"):
            await self._heard(team, channel, thread, word_of(event, "user"))

    async def _reacted(self, team: TeamId, body: Json) -> None:
        event: Json = body["event"]
        channel, ts = word_in(event, "item", "channel"), word_in(event, "item", "ts")
        if ts:
            await self._heard(team, channel, ts, word_of(event, "user"))

    async def _left(self, team: TeamId, body: Json) -> None:
        event: Json = body["event"]
        tokens = event.get("tokens")
        if event.get("type") == "tokens_revoked" and not (tokens and tokens.get("bot")):
            return
        if not await self._installations.find(team):
            self._revoked(team)

    async def _heard(self, team: TeamId, channel: str, ts: str, user: str) -> None:
        room = await self._rooms.for_operations()
        if room is None or (room.team, room.channel) != (team, channel) or not user:
            return
        if any(user == one.bot_user for one in await self._installations.find(team)):
            return
        for kept in await self._incidents.all():
            if _is_about(kept, ts):
                await self._incidents.acknowledge(kept, user)
                return


def _is_about(kept: Kept, ts: str) -> bool:
    return ts == kept.ts or ts in kept.lines
