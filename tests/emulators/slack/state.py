"""What Slack remembers: teams, people, channels, messages, files, views."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

Dict = dict[str, Any]
APP = "A0COPILOT"
TRIGGER_LIFE_S = 3.0
RESPONSE_LIFE_S = 1800.0
RESPONSE_USES = 5
STATUS_LIFE_S = 120.0
SCOPES = frozenset(
    {
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
        "im:write",
        "reactions:read",
        "reactions:write",
        "users:read",
    }
)


class SlackError(Exception):
    """The answer is `{ok: false}` with this word."""

    def __init__(self, error: str, *messages: str, **more: object) -> None:
        self.error = error
        self.more = dict(more)
        if messages:
            self.more["response_metadata"] = {"messages": [f"[ERROR] {line}" for line in messages]}
        super().__init__(f"{error} {'; '.join(messages)}".strip())


@dataclass(slots=True)
class Team:
    id: str
    name: str
    bot_token: str
    bot_user: str
    bot_id: str
    scopes: set[str] = field(default_factory=lambda: set(SCOPES))
    more_tokens: dict[str, float] = field(default_factory=dict)
    """Other bot tokens, with when they expire by `State.unix`; 0 for never."""
    token_error: str = ""
    """What every call is answered with, such as `account_inactive`."""


@dataclass(slots=True)
class User:
    id: str
    team: str
    name: str
    display_name: str
    is_bot: bool = False
    locale: str = "en-US"
    tz: str = "Europe/Berlin"
    home: str = ""
    """The workspace that he belongs to, when it is another: he is here through a shared channel."""
    is_guest: bool = False


@dataclass(slots=True)
class File:
    id: str
    team: str
    name: str
    size: int
    user: str
    media_type: str = "application/octet-stream"
    title: str = ""
    content: bytes | None = None
    """None until the bytes have come."""
    is_shared: bool = False


@dataclass(slots=True)
class Message:
    ts: str
    user: str
    """Who wrote it, `U…`; our bot's own user for what the app has posted."""
    text: str
    blocks: list[Dict] = field(default_factory=list)
    thread: str = ""
    """`ts` of the parent; empty at the top of the channel, also for a parent itself."""
    metadata: Dict = field(default_factory=dict)
    reacted: dict[str, list[str]] = field(default_factory=dict)
    """Who has reacted, by the name of the emoji."""
    files: list[File] = field(default_factory=list)
    attachments: list[Dict] = field(default_factory=list)
    is_streaming: bool = False
    chunks: list[Dict] = field(default_factory=list)
    """Of a stream that was fed with chunks."""
    edited: str = ""
    """`ts` of the last edit; empty for none."""
    subtype: str = ""
    bot_id: str = ""
    username: str = ""
    icon: str = ""
    is_broadcast: bool = False
    """A reply that the channel shows, too."""
    is_tombstone: bool = False
    earlier: list[Dict] = field(default_factory=list)
    """Blocks that an update has replaced: who has not seen it may still press what was there."""

    @property
    def reactions(self) -> list[str]:
        """Return the names of the emoji under it."""
        return list(self.reacted)


@dataclass(slots=True)
class Whisper:
    """An ephemeral message: one person sees it."""

    ts: str
    user: str
    """Who sees it."""
    text: str
    blocks: list[Dict] = field(default_factory=list)
    thread: str = ""


@dataclass(slots=True)
class Channel:
    id: str
    team: str
    name: str
    kind: str = "channel"
    """`channel`, `group` or `im`, as `channel_type` says it."""
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    """By ts, oldest first."""
    whispers: list[Whisper] = field(default_factory=list)


@dataclass(slots=True)
class Stream:
    """What is known of a message that is, or was, streamed."""

    started_at: float
    is_open: bool = True
    uses_chunks: bool | None = None
    """None until it is known."""
    was_stopped: bool = False
    """By a person."""


@dataclass(slots=True)
class Trigger:
    team: str
    user: str
    at: float
    is_used: bool = False


@dataclass(slots=True)
class Response:
    """What a response_url leads to."""

    team: str
    channel: str
    user: str
    ts: str
    """Of the message whose button was pressed; empty for a command."""
    at: float
    uses: int = 0


@dataclass(slots=True)
class Status:
    text: str
    loading: list[str]
    at: float


def unix_now() -> float:
    return datetime.now(UTC).timestamp()


def unheard(team: Team, event: Dict) -> None:
    """Tell nobody."""


class State:
    """Everything Slack remembers; no sockets."""

    def __init__(self) -> None:
        self.clock: Callable[[], float] = time.monotonic
        self.unix: Callable[[], float] = unix_now
        self.announce: Callable[[Team, Dict], None] = unheard
        """Called with an event that a call of the app has caused."""
        self.url = ""
        self.teams: dict[str, Team] = {}
        self.users: dict[tuple[str, str], User] = {}
        self.channels: dict[tuple[str, str], Channel] = {}
        self.streams: dict[tuple[str, str], Stream] = {}
        """By channel and ts."""
        self.files: dict[str, File] = {}
        self.views: dict[str, Dict] = {}
        self.stacks: dict[tuple[str, str], list[str]] = {}
        """Ids of the modals that a user sees, the top one last; by team and user."""
        self.homes: dict[tuple[str, str], Dict] = {}
        self.statuses: dict[tuple[str, str], Status] = {}
        self.sessions: dict[tuple[str, str], str] = {}
        self.titles: dict[tuple[str, str], str] = {}
        self.prompts: dict[tuple[str, str], list[Dict]] = {}
        self.triggers: dict[str, Trigger] = {}
        self.responses: dict[str, Response] = {}
        self._numbers = count(1)

    def number(self) -> int:
        return next(self._numbers)

    def new_id(self, prefix: str) -> str:
        return f"{prefix}{self.number():08X}"

    def ts(self) -> str:
        """Return a message's name, unique and rising."""
        return f"{int(self.unix())}.{self.number():06d}"

    def team(self, id: str, name: str = "") -> Team:
        """Return a workspace, made on first use."""
        if id not in self.teams:
            bot = f"U{id}BOT"
            team = Team(id, name or id, f"xoxb-{id}-bot-token", bot, f"B{id}BOT")
            self.teams[id] = team
            self.users[id, bot] = User(bot, id, "Copilot", "copilot", is_bot=True)
        self.teams[id].name = name or self.teams[id].name
        return self.teams[id]

    def user(self, team: str, id: str, name: str = "", is_bot: bool = False) -> User:
        """Return a person, made on first use."""
        self.team(team)
        if (team, id) not in self.users:
            whole = name or id
            self.users[team, id] = User(id, team, whole, whole.split()[0], is_bot=is_bot)
        user = self.users[team, id]
        if name:
            user.name, user.display_name = name, name.split()[0]
        return user

    def channel(self, team: str, id: str, name: str = "") -> Channel:
        """Return a channel, made on first use with the bot in it."""
        if (team, id) not in self.channels:
            bot = self.team(team).bot_user
            self.channels[team, id] = Channel(id, team, name or id.lower(), members={bot})
        self.channels[team, id].name = name or self.channels[team, id].name
        return self.channels[team, id]

    def direct(self, team: str, user: str) -> Channel:
        """Return the direct messages of a person with the bot."""
        bot = self.team(team).bot_user
        self.user(team, user)
        for channel in self.channels.values():
            if channel.team == team and channel.members == {user, bot} and channel.kind == "im":
                return channel
        channel = Channel(f"D{team}{user}", team, user, "im", {user, bot})
        self.channels[team, channel.id] = channel
        return channel

    def visible(self, team: Team, name: str) -> Channel:
        """Return a channel that the bot can see."""
        channel = self.channels.get((team.id, name))
        if channel is None and (team.id, name) in self.users:
            channel = self.direct(team.id, name)
        if channel is None:
            raise SlackError("channel_not_found")
        if channel.kind != "channel" and team.bot_user not in channel.members:
            raise SlackError("channel_not_found")
        return channel

    def writable(self, team: Team, name: str) -> Channel:
        """Return a channel that the bot may write to."""
        channel = self.visible(team, name)
        if channel.is_archived:
            raise SlackError("is_archived")
        if team.bot_user not in channel.members:
            raise SlackError("not_in_channel")
        return channel

    def message(self, channel: Channel, ts: str) -> Message:
        if ts not in channel.messages or channel.messages[ts].is_tombstone:
            raise SlackError("message_not_found")
        return channel.messages[ts]

    def add(self, channel: Channel, message: Message) -> Message:
        """Put a message into a channel."""
        if message.thread:
            parent = channel.messages.get(message.thread)
            if parent is None:
                raise SlackError("thread_not_found")
            if parent.thread:
                raise SlackError("cannot_reply_to_message")
        channel.messages[message.ts] = message
        if message.bot_id and not message.is_streaming:
            self.statuses.pop((channel.id, message.thread or message.ts), None)
        return message

    def thread(self, channel: Channel, ts: str) -> list[Message]:
        """Return a parent and its replies, oldest first."""
        return [m for m in channel.messages.values() if m.ts == ts or m.thread == ts]

    def new_trigger(self, team: str, user: str) -> str:
        name = f"{self.number()}.{self.number()}.{self.number():032x}"
        self.triggers[name] = Trigger(team, user, self.clock())
        return name

    def use_trigger(self, team: Team, name: str) -> Trigger:
        """Take a trigger id, which works once and for three seconds."""
        trigger = self.triggers.get(name)
        if trigger is None or trigger.team != team.id:
            raise SlackError("invalid_trigger_id")
        if trigger.is_used:
            raise SlackError("exchanged_trigger_id")
        if self.clock() - trigger.at > TRIGGER_LIFE_S:
            raise SlackError("expired_trigger_id")
        trigger.is_used = True
        return trigger

    def new_response(self, response: Response) -> str:
        """Return a response_url."""
        name = self.new_id("R")
        self.responses[name] = response
        return f"{self.url}/response/{name}"

    def status_of(self, channel: str, thread: str) -> str:
        """Return the status line, empty once it is gone."""
        status = self.statuses.get((channel, thread))
        if status is None or self.clock() - status.at >= STATUS_LIFE_S:
            return ""
        return status.text

    def of_token(self, token: str) -> Team:
        """Return whose bot token it is."""
        if not token:
            raise SlackError("not_authed")
        for team in self.teams.values():
            if token != team.bot_token and token not in team.more_tokens:
                continue
            if team.token_error:
                raise SlackError(team.token_error)
            expires_at = team.more_tokens.get(token, 0.0)
            if expires_at and self.unix() >= expires_at:
                raise SlackError("token_expired")
            return team
        raise SlackError("invalid_auth")
