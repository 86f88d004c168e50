"""One answer of the bot on its way into Slack: streamed, and noted so that it outlives us."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.slack.blocks import Block
from bot.slack.customers.blocks import unpinged
from bot.slack.customers.ledger import Begun, Way
from bot.slack.customers.place import Place
from channels.slack.base import Json, Slack, TeamId, Upload
from channels.slack.clock import SlackClock
from channels.slack.stream import SlackStream, Target

START, POST, DELETE = "chat.startStream", "chat.postMessage", "chat.delete"
Note = Callable[[Begun], Awaitable[None]]
"""Keeps, durably, which messages an answer has."""


class Noted:
    """A Slack that notes every message of an answer before anything is said in it."""

    def __init__(self, slack: Slack, key: str, begun: Begun, note: Note) -> None:
        self._slack = slack
        self._key = key
        self._note = note
        self.begun = begun

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        """Call a method; see `Slack.call`."""
        if method == POST:
            arguments = {**arguments, "metadata": _marked(arguments, self._key)}
        answer = await self._slack.call(team, method, arguments)
        if method in (START, POST):
            at = (*self.begun.at, str(answer["ts"]))
            await self._keep(at)
        elif method == DELETE:
            await self._keep(tuple(ts for ts in self.begun.at if ts != arguments["ts"]))
        return answer

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        """Share a file; see `Slack.upload`."""
        await self._slack.upload(team, channel, thread, file)

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        """Return a file; see `Slack.download`."""
        return await self._slack.download(team, url, most_bytes)

    async def _keep(self, at: tuple[str, ...]) -> None:
        self.begun = replace(self.begun, at=at)
        await self._note(self.begun)


class Answer:
    """An answer that is being said; `end` or `abandon` is called in the end."""

    def __init__(self, noted: Noted, place: Place, asker: str, clock: SlackClock) -> None:
        self._noted = noted
        self.place = place
        target = Target(
            team=place.team,
            channel=place.channel,
            thread=place.thread,
            recipient_user=asker,
            recipient_team=place.team,
        )
        self._stream = SlackStream(noted, target, clock)
        self._said = ""

    @property
    def begun(self) -> Begun:
        """What Slack has of it."""
        return self._noted.begun

    @property
    def message_id(self) -> str:
        """Of the message in the log."""
        return self._noted.begun.message_id

    @property
    def was_stopped(self) -> bool:
        """Whether the customer has pressed Stop."""
        return self._stream.was_stopped

    def freeze(self) -> None:
        """Note that it says what it says, whatever becomes of it in the log."""
        self._noted.begun = replace(self._noted.begun, way=Way.FROZEN)

    def feed(self, text: str) -> None:
        """Say more."""
        self._said += text
        self._stream.feed(unpinged(text))

    def take_back(self) -> None:
        """Take back what was said."""
        self._said = ""
        self._stream.replace("")

    def stop(self) -> None:
        """The customer has pressed Stop: what is there stays."""
        self._stream.stop()

    async def end(self, text: str | None = None, blocks: Sequence[Block] = ()) -> None:
        """Bring out the rest; `text` is the whole, None where nothing more is known.

        Raises:
            SlackFailed: it could not be brought out whole.
            StoreFailed: it could not be noted.
        """
        if text is not None and text != self._said and not self.was_stopped:
            self._stream.replace(unpinged(text))
        await self._stream.finish(blocks)

    async def abandon(self) -> None:
        """Stop where it stands."""
        await self._stream.abandon()


def _marked(arguments: Json, key: str) -> Json:
    """Return the metadata of a post with the key by which another process finds it."""
    metadata = arguments.get("metadata", {})
    payload = {**metadata.get("event_payload", {}), "of": key}
    return {**metadata, "event_payload": payload}
