"""What a button, a modal or a message of ours is about, in the words that Slack carries. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.humans.human import Human
from channels.base import ConversationId

HANDOFF = "copilot.handoff"
"""`event_type` of the metadata of a card."""
_SLACK = "slack"


@dataclass(frozen=True, slots=True)
class Target:
    """One handoff: a conversation and its episode."""

    conversation: ConversationId
    episode: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where in Slack somebody acted, and on which handoff."""

    target: Target
    channel: str = ""
    thread: str = ""
    """`ts` of the card, or empty where it is not known."""
    draft: str = ""
    """Id of the draft that a text began as; empty for none."""


def value_of(target: Target) -> str:
    """Return what a button carries."""
    fields = {"conversation": target.conversation, "episode": target.episode}
    return json.dumps(fields, separators=(",", ":"))


def target_of(value: str) -> Target | None:
    """Return what a button carried; None when it is not one of ours."""
    return _target(_object(value))


def metadata_of(target: Target) -> dict[str, Any]:
    """Return the metadata of a card, by which it is found when a post had no answer."""
    payload = {"conversation": target.conversation, "episode": target.episode}
    return {"event_type": HANDOFF, "event_payload": payload}


def target_in(message: Mapping[str, Any]) -> Target | None:
    """Return which handoff a message in Slack's history is the card of; None for any other."""
    metadata = message.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("event_type") != HANDOFF:
        return None
    payload = metadata.get("event_payload")
    return _target(payload) if isinstance(payload, dict) else None


def packed(place: Place) -> str:
    """Return what a modal carries in `private_metadata`."""
    fields = {
        "conversation": place.target.conversation,
        "episode": place.target.episode,
        "channel": place.channel,
        "thread": place.thread,
        "draft": place.draft,
    }
    return json.dumps(fields, separators=(",", ":"))


def unpacked(private_metadata: str) -> Place | None:
    """Return what a modal carried; None when it is not one of ours."""
    fields = _object(private_metadata)
    target = _target(fields)
    words = [fields.get(name, "") for name in ("channel", "thread", "draft")]
    if target is None or not all(isinstance(word, str) for word in words):
        return None
    return Place(target, *words)


def human_of(team: str, user: str, name: str) -> Human:
    """Return a Slack user as a human of ours."""
    return Human(f"{_SLACK}:{team}:{user}", name)


def user_of(human_id: str) -> str:
    """Return the Slack user behind a human's id; empty for somebody who is not in Slack."""
    parts = human_id.split(":")
    return parts[2] if len(parts) == 3 and parts[0] == _SLACK and parts[2].isalnum() else ""


def _object(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _target(fields: Mapping[str, Any]) -> Target | None:
    match fields.get("conversation"), fields.get("episode"):
        case str() as conversation, int() as episode if conversation:
            return Target(ConversationId(conversation), episode)
        case _:
            return None
