"""What Slack's wire and the application say to each other: what comes in, and how to call out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NewType, Protocol

TeamId = NewType("TeamId", str)
"""A workspace, `T…`; `E…` for an installation on a whole organisation."""
Json = Mapping[str, Any]
"""A decoded JSON object as Slack wrote it; read where it is met, never passed further."""


class Kind(Enum):
    """What Slack has sent."""

    EVENT = "event"
    """Events API: `event_callback`."""
    INTERACTION = "interaction"
    """A button, a modal, a shortcut."""
    COMMAND = "command"
    """A slash command."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One thing that Slack has sent, verified, not yet acted on."""

    id: str
    """What a redelivery has in common with the first: `event_id`, else a digest of the body."""
    kind: Kind
    team: TeamId
    body: str = field(repr=False)
    """JSON: the event callback, the interaction's payload, or the fields of the command. Raw: it
    may hold personal data, so whoever keeps it seals it."""
    tries: int = 0
    """How often it was tried before."""


class Inbox(Protocol):
    """Where what came in is kept until it is done.

    Guarantees: an envelope that `keep` has returned for is not lost; each is leased by one process
    at a time; one that was neither done nor put back is leased again once its time has run out.
    """

    async def keep(self, envelope: Envelope) -> bool:
        """Keep it, durably; False when one with this id has come before, done or not.

        Raises:
            ChannelBusy: it could not be kept.
        """
        ...

    async def lease(self, for_s: float, limit: int) -> Sequence[Envelope]:
        """Take what is due, oldest first, for so many seconds."""
        ...

    async def put_back(self, envelope: Envelope, after_s: float) -> None:
        """Have it leased again after a while, with one try more."""
        ...

    async def done(self, envelope: Envelope) -> None:
        """It is done, or given up: what it said is forgotten, that it came is remembered."""
        ...


@dataclass(frozen=True, slots=True)
class Installation:
    """What a workspace has granted."""

    team: TeamId
    enterprise: str = ""
    is_enterprise: bool = False
    """On the whole organisation: `team` is then the organisation's id."""
    bot_token: str = field(default="", repr=False)
    bot_user: str = ""
    """`U…`: who we are in this workspace."""
    bot_id: str = ""
    app_id: str = ""
    refresh_token: str = field(default="", repr=False)
    """Empty unless the app rotates its tokens."""
    expires_at: float = 0.0
    """Of the bot token, Unix seconds; 0 for never."""
    team_name: str = ""
    installed_by: str = ""


class Installations(Protocol):
    """Who has installed us. Kept sealed; tokens never reach a log."""

    async def save(self, installation: Installation) -> None:
        """Keep it, in place of the one before."""
        ...

    async def find(self, team: TeamId | None = None) -> Sequence[Installation]:
        """Return the installation of a workspace, or all of them."""
        ...

    async def delete(self, team: TeamId, before: float | None = None) -> None:
        """Forget it; with `before`, Unix seconds, only one that was kept earlier than that.

        So an event about an older installation, come late, leaves the newer one alone.
        """
        ...


class Slack(Protocol):
    """Slack's Web API, paced, with errors of ours; the application calls nothing else of Slack."""

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        """Call a method, such as `chat.postMessage`, as our bot in this workspace.

        Waits at most `most_wait_s` for a turn (see `SlackApi`), never sleeps out a 429, and
        repeats nothing.

        Raises:
            SlackBusy: no turn in time, or Slack said 429; says when to try again.
            SlackUnreachable: no answer, or 5xx; says whether it may have been done all the same.
            SlackRevoked: our token is not valid there any more.
            SlackRefused: Slack said no; `error` is its word, such as `channel_not_found`.
        """
        ...

    async def upload(self, team: TeamId, channel: str, thread: str, file: "Upload") -> None:
        """Share a file in a thread; raises what `call` raises."""
        ...

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        """Return the content of a file that was shared with us; raises what `call` raises."""
        ...


@dataclass(frozen=True, slots=True)
class Upload:
    """A file on its way into Slack."""

    name: str
    title: str
    content: bytes = field(repr=False)


class Handler(Protocol):
    """The application's side: acts on one envelope, which may come again after a failure."""

    async def handle(self, envelope: Envelope) -> None:
        """Act on it. What it raises has it tried again, with growing pauses, up to a limit."""
        ...


Listener = Callable[[TeamId, Json], Awaitable[None]]
"""Acts on something from a workspace; may be called again after a failure, and does nothing twice.

For events the JSON is the whole callback (`event`, `event_id`, `event_time`, …); for the others it
is the payload as Slack wrote it.
"""


@dataclass(frozen=True, slots=True)
class Listeners:
    """What the application wants to hear of; anything else is acknowledged and counted."""

    events: Mapping[str, Listener] = field(default_factory=dict)
    """By `event.type`, such as `message`."""
    actions: Mapping[str, Listener] = field(default_factory=dict)
    """Of `block_actions`, by the first action's id up to a colon: `claim` hears `claim:3`, too."""
    views: Mapping[str, Listener] = field(default_factory=dict)
    """Of `view_submission`, by `callback_id`."""
    shortcuts: Mapping[str, Listener] = field(default_factory=dict)
    """Global and message shortcuts, by `callback_id`."""
    commands: Mapping[str, Listener] = field(default_factory=dict)
    """By the command with its slash."""
