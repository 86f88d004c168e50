"""A Slack that goes into a channel it is not in."""

from channels.slack.base import Json, Slack, TeamId, Upload
from channels.slack.errors import SlackRefused

OUTSIDE = "not_in_channel"


class Joining:
    """Wraps a `Slack`: what is refused from outside a channel is tried once more from inside.

    Only public channels can be joined; of any other the first refusal is raised.
    """

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        """Call a method; see `Slack.call`."""
        try:
            return await self._slack.call(team, method, arguments)
        except SlackRefused as refused:
            await self._join(team, str(arguments.get("channel", "")), refused)
        return await self._slack.call(team, method, arguments)

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        """Share a file; see `Slack.upload`."""
        try:
            await self._slack.upload(team, channel, thread, file)
        except SlackRefused as refused:
            await self._join(team, channel, refused)
        else:
            return
        await self._slack.upload(team, channel, thread, file)

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        """Return the content of a file; see `Slack.download`."""
        return await self._slack.download(team, url, most_bytes)

    async def _join(self, team: TeamId, channel: str, refused: SlackRefused) -> None:
        if refused.error != OUTSIDE or not channel:
            raise refused
        try:
            await self._slack.call(team, "conversations.join", {"channel": channel})
        except SlackRefused:
            raise refused from None
