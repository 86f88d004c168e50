"""Where in Slack a customer talks to us, and which conversation that is. Pure."""

import re
from dataclasses import dataclass

from bot.slack.announced import Turn
from bot.slack.clicks import word_of
from bot.slack.desk.thread_rules import SharedFile, files_of
from channels.base import ConversationId
from channels.slack.base import Json, TeamId

CHANNEL = "slack"
"""Of the conversations; see `Head.channel`."""
ID = re.compile(r"[A-Z0-9]{1,64}")
TS = re.compile(r"([0-9]{1,12})\.([0-9]{1,9})")
WRITTEN = frozenset({"", "file_share", "thread_broadcast"})
"""Subtypes of what a person has written; empty for a message without one."""
SLACKBOT = "USLACKBOT"
HEARD = frozenset({"message", "app_mention"})
"""Types of the events in which somebody says something."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a customer is answered."""

    team: TeamId
    channel: str
    thread: str = ""
    """`ts` of the message at its top; empty at the top of the direct messages."""

    @property
    def is_direct(self) -> bool:
        """Whether the customer alone can read there."""
        return self.channel.startswith("D")


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody wrote where a customer may be."""

    place: Place
    ts: str
    user: str
    text: str
    """As Slack wrote it."""
    files: tuple[SharedFile, ...]
    parent: str = ""
    """Who wrote the message at the top of the thread, if Slack says so."""

    @property
    def is_reply(self) -> bool:
        """Whether it stands in a thread, not at its top."""
        return self.place.thread != self.ts

    @property
    def client_id(self) -> str:
        """What is the same however often the message comes; it says where the answer goes."""
        where = f"{self.place.team}:{self.place.channel}:{self.ts}"
        return f"{where}:{self.place.thread}" if self.is_reply else where


def remark_in(team: TeamId, event: Json) -> Remark | None:
    """Return what a person wrote; None for bots, edits, deletions, joins, and what is malformed."""
    user, channel, ts = (word_of(event, name) for name in ("user", "channel", "ts"))
    is_bot = any(event.get(name) for name in ("bot_id", "bot_profile")) or user == SLACKBOT
    if is_bot or word_of(event, "subtype") not in WRITTEN:
        return None
    thread = word_of(event, "thread_ts") or ts
    is_whole = all(ID.fullmatch(id) for id in (team, user, channel))
    if not is_whole or not TS.fullmatch(ts) or not TS.fullmatch(thread):
        return None
    return Remark(
        place=Place(team, channel, thread),
        ts=ts,
        user=user,
        text=word_of(event, "text"),
        files=files_of(event),
        parent=word_of(event, "parent_user_id"),
    )


def turn_in(team: TeamId, event: Json) -> Turn | None:
    """Return the turn that an event takes; None for what no customer has written."""
    is_heard = word_of(event, "type") in HEARD
    remark = remark_in(team, event) if is_heard else None
    return turn_of(remark) if remark is not None else None


def turn_of(remark: Remark) -> Turn:
    """Return the turn of a remark among all that the same place takes.

    Direct messages are one place, threads included: of a reply there it takes a look into the
    store to know whose conversation it goes on with.
    """
    place = remark.place
    thread = "" if place.is_direct else place.thread
    return Turn(f"{place.team}:{place.channel}:{thread}", float(remark.ts))


def place_in(team: TeamId, event: Json) -> Place | None:
    """Return the thread that an event is about; None for anything else."""
    channel, thread = word_of(event, "channel"), word_of(event, "thread_ts")
    if not ID.fullmatch(team) or not ID.fullmatch(channel) or not TS.fullmatch(thread):
        return None
    return Place(team, channel, thread)


def conversation_at(place: Place) -> ConversationId:
    """Return the id of the conversation in a thread, or at the top of the direct messages.

    None of its parts holds the dash between them, so that no two places share an id.
    """
    parts = [CHANNEL, place.team, place.channel]
    if place.thread:
        parts.append(place.thread.replace(".", "-"))
    return ConversationId("-".join(parts))


def home_of(conversation: ConversationId) -> Place | None:
    """Return where a conversation is by its id; None when it is on another channel."""
    match conversation.split("-"):
        case ["slack", team, channel]:
            return Place(TeamId(team), channel)
        case ["slack", team, channel, seconds, digits]:
            return Place(TeamId(team), channel, f"{seconds}.{digits}")
        case _:
            return None


def place_of(client_id: str) -> Place | None:
    """Return where a message is answered that came under this id."""
    match client_id.split(":"):
        case [team, channel, ts]:
            return Place(TeamId(team), channel, ts)
        case [team, channel, _, thread]:
            return Place(TeamId(team), channel, thread)
        case _:
            return None


def customer_in(team: str, user: str) -> str:
    """Return the id of a customer: Slack says who he is."""
    return f"{CHANNEL}:{team}:{user}"
