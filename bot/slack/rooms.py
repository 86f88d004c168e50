"""Which channel of which workspace a card, or an alert, goes to."""

from dataclasses import dataclass

from bot.humans.terms import DeskTerms
from channels.slack.base import Installations, TeamId


@dataclass(frozen=True, slots=True)
class Room:
    """A channel in a workspace."""

    team: TeamId
    channel: str


class Rooms:
    """Finds the room; a channel without its workspace is in the only one, or the first by id."""

    def __init__(
        self,
        installations: Installations,
        terms: DeskTerms,
        handoff_channel: str = "",
        operations_channel: str = "",
    ) -> None:
        """Take channels as they are set: `C…`, or `T…/C…` where there are several workspaces."""
        self._installations = installations
        self._terms = terms
        self._handoff = handoff_channel
        self._operations = operations_channel

    async def for_handoff(self, intent: str, reason: str) -> Room | None:
        """Return where a handoff is shown: by its intent, else by its reason, else the usual one.

        None while no workspace has installed us, or no channel is set.
        """
        channels = self._terms.channels
        return await self._room(channels.get(intent) or channels.get(reason) or self._handoff)

    async def for_operations(self) -> Room | None:
        """Return where operations are told; None as for handoffs."""
        return await self._room(self._operations)

    async def _room(self, written: str) -> Room | None:
        team, _, channel = written.rpartition("/")
        if not channel:
            return None
        if team:
            return Room(TeamId(team), channel)
        teams = sorted(one.team for one in await self._installations.find())
        return Room(teams[0], channel) if teams else None
