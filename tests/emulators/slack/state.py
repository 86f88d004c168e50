"""What the workspace holds: teams, people, channels, messages, streams, files."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

Dict = dict[str, Any]
STREAM_LIFE_S = 300.0
TRIGGER_LIFE_S = 3.0
RESPONSE_LIFE_S = 1800.0
RESPONSE_USES = 5
SCOPES = frozenset(
    [
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:join",
        "channels:read",
        "chat:write",
        "chat:write.customize",
        "commands",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "reactions:read",
        "reactions:write",
        "users:read",
    ]
)


class SlackError(Exception):
    """The answer is `{ok: false}` with this word."""

    def __init__(self, error: str, **more: object) -> None:
        self.error = error
        self.more = more
        super().__init__(error)


@dataclass(slots=True)
class Team:
    id: str
    name: str
    bot_token: str
    bot_user: str
    bot_id: str
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    rotates: bool = False
    refresh_token: str = ""
    expires_at: float = 0.0
    token_error: str = ""
    """What every call is answered with, such as `token_revoked`."""


@dataclass(slots=True)
class User:
    id: str
    team: str
    name: str
    is_bot: bool = False
    locale: str = "en-US"
    tz: str = "Europe/Berlin"


@dataclass(slots=True)
class Channel:
    id: str
    team: str
    name: str
    kind: str = "channel"
    """channel, group, im: as `channel_type` says it."""
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    messages: dict[str, Dict] = field(default_factory=dict)
    """By ts, oldest first."""


@dataclass(slots=True)
class Stream:
    channel: str
    ts: str
    started_at: float
    is_open: bool = True
    text: str = ""
    chunks: list[Dict] = field(default_factory=list)
    uses_chunks: bool = False
    closed_by: str = "message_not_in_streaming_state"


@dataclass(slots=True)
class File:
    id: str
    team: str
    name: str
    size: int
    content: bytes | None = None
    title: str = ""


@dataclass(slots=True)
class Trigger:
    user: str
    team: str
    at: float
    is_used: bool = False


@dataclass(slots=True)
class Response:
    """What a response_url leads to."""

    channel: str
    user: str
    ts: str
    at: float
    uses: int = 0


class State:
    """Everything Slack remembers."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.offset_s = 0.0
        self.teams: dict[str, Team] = {}
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.streams: dict[tuple[str, str], Stream] = {}
        self.files: dict[str, File] = {}
        self.views: dict[str, Dict] = {}
        self.stacks: dict[str, list[str]] = {}
        """The ids of the modals that a user sees, the top one last."""
        self.homes: dict[str, Dict] = {}
        self.statuses: dict[tuple[str, str], Dict] = {}
        self.whispers: list[Dict] = []
        """Ephemeral messages, with `channel` and `to`."""
        self.triggers: dict[str, Trigger] = {}
        self.responses: dict[str, Response] = {}
        self.codes: dict[str, tuple[str, str]] = {}
        """Of OAuth: the team and the user of a code."""
        self._numbers = count(1)

    def now(self) -> float:
        """Return Unix seconds, with what was skipped."""
        return self.clock() + self.offset_s

    def number(self) -> int:
        return next(self._numbers)

    def id(self, prefix: str) -> str:
        return f"{prefix}{self.number():08X}"

    def ts(self) -> str:
        """Return a message's name, unique and rising."""
        return f"{int(self.now())}.{self.number():06d}"

    def trigger(self, user: str) -> str:
        name = f"{self.number()}.{self.number()}.trigger"
        self.triggers[name] = Trigger(user, self.users[user].team, self.now())
        return name

    def use_trigger(self, name: str) -> Trigger:
        """Take a trigger id, which works once and for three seconds."""
        trigger = self.triggers.get(name)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if self.now() - trigger.at > TRIGGER_LIFE_S:
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger

    def channel(self, team: Team, name: str) -> Channel:
        """Return a channel that this team's bot can see."""
        channel = self.channels.get(name)
        if channel is None and name in self.users and self.users[name].team == team.id:
            channel = self.direct(name)
        if channel is None or channel.team != team.id:
            raise SlackError("channel_not_found")
        if channel.kind != "channel" and team.bot_user not in channel.members:
            raise SlackError("channel_not_found")
        return channel

    def joined(self, team: Team, name: str) -> Channel:
        """Return a channel that this team's bot may write to."""
        channel = self.channel(team, name)
        if team.bot_user not in channel.members:
            raise SlackError("not_in_channel")
        if channel.is_archived:
            raise SlackError("is_archived")
        return channel

    def direct(self, user: str) -> Channel:
        """Return the DM of a user with the bot of his team."""
        person = self.users[user]
        bot = self.teams[person.team].bot_user
        for channel in self.channels.values():
            if channel.kind == "im" and channel.members == {user, bot}:
                return channel
        channel = Channel(self.id("D"), person.team, user, "im", {user, bot})
        self.channels[channel.id] = channel
        return channel

    def add(self, channel: Channel, message: Dict) -> Dict:
        """Put a message into a channel, and keep count of its thread."""
        parent_ts = message.get("thread_ts")
        if parent_ts:
            parent = channel.messages.get(parent_ts)
            if parent is None:
                raise SlackError("thread_not_found")
            parent["thread_ts"] = parent_ts
            parent["reply_count"] = parent.get("reply_count", 0) + 1
            parent["latest_reply"] = message["ts"]
        channel.messages[message["ts"]] = message
        return message

    def stream_of(self, channel: str, ts: str) -> Stream | None:
        """Return the stream of a message, closed if its time has run out."""
        stream = self.streams.get((channel, ts))
        if stream and stream.is_open and self.now() - stream.started_at >= STREAM_LIFE_S:
            stream.is_open = False
        return stream

    def whisper(self, channel: str, user: str, said: Dict) -> Dict:
        """Show somebody something that nobody else sees."""
        self.whispers.append({**said, "ts": self.ts(), "channel": channel, "to": user})
        return self.whispers[-1]
