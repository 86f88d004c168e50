"""Who may see the desk from outside of its channels: where those are private, who is in one."""

from dataclasses import dataclass

from bot.slack.clicks import Spot, part_of, word_in
from bot.slack.parts import SlackParts
from channels.slack.base import TeamId
from channels.slack.errors import SlackRefused

KNOWN_S = 60.0
PAGE = 1_000
MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class _Known:
    until: float
    members: frozenset[str] | None
    """None for a channel that everybody in the workspace can read."""


class Circle:
    """Looks up who is in the desk's channels, and remembers it for a minute."""

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._known: dict[tuple[TeamId, str], _Known] = {}

    async def has(self, spot: Spot) -> bool:
        """Return whether somebody could read a card of his workspace.

        Raises:
            SlackFailed: Slack cannot be asked now.
        """
        channels = await self._parts.rooms.channels_in(spot.team)
        if not channels or spot.channel in channels:
            return True
        for channel in sorted(channels):
            members = await self._members(spot.team, channel)
            if members is None or spot.user in members:
                return True
        return False

    async def _members(self, team: TeamId, channel: str) -> frozenset[str] | None:
        now = self._parts.services.clock.monotonic()
        known = self._known.get((team, channel))
        if known is None or now >= known.until:
            known = _Known(now + KNOWN_S, await self._asked(team, channel))
            self._known[team, channel] = known
        return known.members

    async def _asked(self, team: TeamId, channel: str) -> frozenset[str] | None:
        """Return who is in a private channel; None when it is not known to be one."""
        where: dict[str, object] = {"channel": channel}
        found: set[str] = set()
        try:
            about = await self._parts.slack.call(team, "conversations.info", where)
            if part_of(about, "channel").get("is_private") is not True:
                return None
            for _ in range(MOST_PAGES):
                asked = {**where, "limit": PAGE}
                answer = await self._parts.slack.call(team, "conversations.members", asked)
                members = answer.get("members")
                found.update(members if isinstance(members, list) else ())
                cursor = word_in(answer, "response_metadata", "next_cursor")
                if not cursor:
                    break
                where["cursor"] = cursor
        except SlackRefused:
            # A channel that we cannot look into has no cards that could be kept from anybody.
            return None
        return frozenset(found)
