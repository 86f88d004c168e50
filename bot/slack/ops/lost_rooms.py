"""Notices when the desk cannot use one of its channels, and when it can again."""

from bot.slack.ops.posting import ROOM_LOST
from bot.slack.ops.watched import Notice
from bot.watch.own_events import SlackRoomBack, SlackRoomLost
from channels.slack.base import Json, Slack, TeamId, Upload
from channels.slack.errors import SlackRefused
from routing.request import TenantId


class WatchedRooms:
    """Implements `Slack` by another one; tells once of a channel that is lost, or found again."""

    def __init__(self, inner: Slack, tenant: TenantId, notice: Notice) -> None:
        self._inner = inner
        self._tenant = tenant
        self._notice = notice
        self._lost: set[str] = set()

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        """Call a method; see `Slack.call`."""
        channel = str(arguments.get("channel", ""))
        try:
            answer = await self._inner.call(team, method, arguments)
        except SlackRefused as refused:
            self._refused(channel, refused)
            raise
        self._worked(channel)
        return answer

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        """Share a file; see `Slack.upload`."""
        try:
            await self._inner.upload(team, channel, thread, file)
        except SlackRefused as refused:
            self._refused(channel, refused)
            raise
        self._worked(channel)

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        """Return a file; see `Slack.download`."""
        return await self._inner.download(team, url, most_bytes)

    def _refused(self, channel: str, refused: SlackRefused) -> None:
        if channel and refused.error in ROOM_LOST and channel not in self._lost:
            self._lost.add(channel)
            self._notice(SlackRoomLost(self._tenant, channel, refused.error))

    def _worked(self, channel: str) -> None:
        if channel in self._lost:
            self._lost.discard(channel)
            self._notice(SlackRoomBack(self._tenant, channel))
