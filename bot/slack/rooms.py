"""Which channel of which workspace a card, or an alert, goes to."""

from dataclasses import dataclass, field

from bot.humans.terms import DeskTerms
from channels.slack.base import Installations, TeamId


@dataclass(frozen=True, slots=True)
class Room:
    """A channel in a workspace."""

    team: TeamId
    channel: str


@dataclass(frozen=True, slots=True)
class Own:
    """What tells the company's own workspace from others that have installed the app."""

    bot_token: str = field(default="", repr=False)
    """The one that was set; empty where even the company's own workspace installs the app."""
    is_open: bool = False
    """Whoever finds the page may install the app: having done so says nothing about a workspace."""


class Rooms:
    """Finds the room; a channel without its workspace is in the company's own."""

    def __init__(
        self,
        installations: Installations,
        terms: DeskTerms,
        handoff_channel: str = "",
        operations_channel: str = "",
        own: Own | None = None,
    ) -> None:
        """Take channels as they are set: `C…`, or `T…/C…` where there are several workspaces."""
        self._installations = installations
        self._terms = terms
        self._handoff = handoff_channel
        self._operations = operations_channel
        self._own = own or Own()

    async def for_handoff(self, intent: str, reason: str) -> Room | None:
        """Return where a handoff is shown: by its intent, else by its reason, else the usual one.

        None while the workspace is not known, or no channel is set.
        """
        channels = self._terms.channels
        return await self._room(channels.get(intent) or channels.get(reason) or self._handoff)

    async def for_operations(self) -> Room | None:
        """Return where operations are told; None as for handoffs."""
        return await self._room(self._operations)

    async def home(self) -> TeamId | None:
        """Return the company's own workspace; None while that is not known.

        It is the one that the setting names, else the one whose token was set. Without either it is
        the only one, unless anybody may install the app; never simply the first.
        """
        for written in (self._handoff, self._operations):
            team, _, _ = written.rpartition("/")
            if team:
                return TeamId(team)
        installed = await self._installations.find()
        token = self._own.bot_token
        if token:
            return next((one.team for one in installed if one.bot_token == token), None)
        is_told = not self._own.is_open and len(installed) == 1
        return installed[0].team if is_told else None

    async def only(self) -> TeamId | None:
        """Return the workspace to which all cards go; None when there are several, or none."""
        rooms = await self._all()
        teams = {room.team for room in rooms if room is not None}
        return teams.pop() if len(teams) == 1 and None not in rooms else None

    async def channels_in(self, team: TeamId) -> frozenset[str]:
        """Return the channels of a workspace to which cards go."""
        rooms = await self._all()
        return frozenset(room.channel for room in rooms if room is not None and room.team == team)

    async def _all(self) -> list[Room | None]:
        """Return each room that cards go to; None for one whose workspace is not known."""
        written = {self._handoff, *self._terms.channels.values()} - {""}
        return [await self._room(one) for one in sorted(written)]

    async def _room(self, written: str) -> Room | None:
        team, _, channel = written.rpartition("/")
        if not channel:
            return None
        home = TeamId(team) if team else await self.home()
        return Room(home, channel) if home else None
