"""A message that somebody wrote in a thread: where it is, and who has the word there. Pure."""

import json
import re
from dataclasses import dataclass

from bot.humans.terms import DeskTerms
from bot.slack.announced import Turn
from bot.slack.blocks import Block, button
from bot.slack.clicks import Click, Spot, part_of, word_of
from bot.slack.desk.thread_rules import Floor
from bot.slack.rooms import Room
from bot.slack.target import Target, human_of, target_of, user_of
from bot.stores.base import Head, Owner
from channels.slack.base import Json, TeamId

CLAIM_SEND, KEEP_NOTE = "claim_send", "keep_note"
"""Ids of the buttons that ask the author of a message that nobody may send yet."""
ASK = (
    ":lock: Nobody has claimed this conversation, so the customer has *not* been sent your message."
)
SOMEBODY_ELSE = "-"
_MESSAGE_ID = re.compile(r"h([A-Z0-9]+):([A-Z0-9]+):([0-9]+\.[0-9]+)")


@dataclass(frozen=True, slots=True)
class Written:
    """A message that a human wrote in Slack."""

    room: Room
    ts: str

    @property
    def key(self) -> str:
        """What a reply is known by, however often it comes."""
        return f"{self.room.team}:{self.room.channel}:{self.ts}"

    @property
    def message_id(self) -> str:
        """Id of the message to the customer that it becomes."""
        return f"h{self.key}"


def written_as(message_id: str) -> Written | None:
    """Return what a human wrote that became this message; None when it was not in Slack."""
    found = _MESSAGE_ID.fullmatch(message_id)
    return Written(Room(TeamId(found[1]), found[2]), found[3]) if found else None


@dataclass(frozen=True, slots=True)
class Heard:
    """A message under a card."""

    target: Target
    spot: Spot
    """Its author, and where he wrote it."""
    ts: str

    @property
    def room(self) -> Room:
        """Where it is."""
        return Room(self.spot.team, self.spot.channel)

    @property
    def written(self) -> Written:
        """The message without what it is about."""
        return Written(self.room, self.ts)


def thread_in(event: Json) -> str:
    """Return the thread that a `message` event is about; empty at the top of the channel."""
    inner = part_of(event, "message") or part_of(event, "previous_message")
    message = inner or event
    thread = word_of(message, "thread_ts")
    return "" if thread == word_of(message, "ts") else thread


def turn_of(team: TeamId, channel: str, thread: str) -> str:
    """Return the name under which the messages of a thread take their turns."""
    return f"{team}:{channel}:{thread}"


def turn_in(team: TeamId, event: Json) -> Turn | None:
    """Return the turn that an event takes; None for what is no message in a thread.

    A deletion takes none before its time: it must not wait for what it takes back.
    """
    thread = thread_in(event) if word_of(event, "type") == "message" else ""
    if not thread or word_of(event, "subtype") == "message_deleted":
        return None
    return Turn(turn_of(team, word_of(event, "channel"), thread), rank_of(event))


def rank_of(event: Json) -> float:
    """Return when an event happened, in Unix seconds, to keep the order of a thread."""
    ts = word_of(event, "event_ts") or word_of(event, "ts")
    try:
        return float(ts)
    except ValueError:
        return 0.0


def spot_in(team: TeamId, event: Json, thread: str) -> Spot:
    """Return who wrote the message that an event is about, and where."""
    inner = part_of(event, "message") or part_of(event, "previous_message")
    return Spot(team, word_of(inner or event, "user"), word_of(event, "channel"), thread)


def is_over(head: Head, target: Target) -> bool:
    """Return whether the matter of a card has ended: it was resolved, or another has begun."""
    return head.episode != target.episode or not head.is_open


def floor_of(head: Head, heard: tuple[Target, Spot], terms: DeskTerms, bot_user: str) -> Floor:
    """Return who has the word in a thread."""
    target, spot = heard
    user = user_of(head.human)
    is_here = bool(user) and human_of(spot.team, user, "").id == head.human
    claimed_by = ""
    if head.owner is Owner.HUMAN:
        claimed_by = user if is_here else SOMEBODY_ELSE
    if is_over(head, target):
        claimed_by = SOMEBODY_ELSE
    return Floor(spot.thread, claimed_by, terms.mode, terms.edit_s, bot_user)


def ask_buttons(heard: Heard) -> tuple[Block, ...]:
    """Return what the author of a message is asked while nobody has claimed."""
    value = json.dumps(
        {
            "conversation": heard.target.conversation,
            "episode": heard.target.episode,
            "thread": heard.spot.thread,
            "ts": heard.ts,
        },
        separators=(",", ":"),
    )
    return (
        button(CLAIM_SEND, "Claim and send", value, "primary"),
        button(KEEP_NOTE, "Keep as note", value),
    )


def asked_about(click: Click) -> Heard | None:
    """Return which message an answer to `ask_buttons` is about; None when it is none."""
    target = target_of(click.value)
    if target is None:
        return None
    fields = json.loads(click.value)
    thread, ts = word_of(fields, "thread"), word_of(fields, "ts")
    if not thread or not ts:
        return None
    spot = Spot(click.spot.team, click.spot.user, click.spot.channel, thread)
    return Heard(target, spot, ts)
