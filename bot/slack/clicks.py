"""Who has clicked, chosen, submitted or typed what, read from what Slack sends. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from channels.slack.base import Json, TeamId


@dataclass(frozen=True, slots=True)
class Spot:
    """A member of a workspace, and where in it he acted."""

    team: TeamId
    user: str
    channel: str = ""
    """Empty in the App Home and for a global shortcut."""
    thread: str = ""
    """`ts` of the message at the top of the thread; empty outside of any."""
    is_at_top: bool = False
    """He acted on that message itself: what he is told stands in the channel, where he sees it
    without having the thread open."""


@dataclass(frozen=True, slots=True)
class Click:
    """A button was clicked, or an entry of a menu chosen."""

    spot: Spot
    value: str
    """What the button, or the chosen entry, carries."""
    trigger: str
    """Opens a view, for three seconds."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A modal was submitted."""

    team: TeamId
    user: str
    view: Mapping[str, Any]
    id: str
    """Of the view: the same however often the submission comes."""
    trigger: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A slash command."""

    spot: Spot
    text: str
    trigger: str
    """Unique to this command."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut, global or on a message."""

    spot: Spot
    trigger: str
    message: Mapping[str, Any]
    """The message it is on; empty for a global one."""


def click_of(team: TeamId, payload: Json) -> Click | None:
    """Return what was clicked; None when there is no action, or nobody clicked."""
    actions = payload.get("actions")
    action = actions[0] if isinstance(actions, list) and actions else None
    user = word_in(payload, "user", "id")
    if not isinstance(action, dict) or not user:
        return None
    container = part_of(payload, "container")
    message = part_of(payload, "message")
    channel = word_in(payload, "channel", "id") or word_of(container, "channel_id")
    thread = word_of(container, "thread_ts") or word_of(message, "thread_ts")
    if not thread and not container.get("is_ephemeral"):
        thread = word_of(container, "message_ts") or word_of(message, "ts")
    value = word_of(action, "value") or word_in(action, "selected_option", "value")
    is_at_top = thread != "" and thread == (
        word_of(container, "message_ts") or word_of(message, "ts")
    )
    spot = Spot(team, user, channel, thread, is_at_top)
    return Click(spot, value, word_of(payload, "trigger_id"))


def submitted_of(team: TeamId, payload: Json) -> Submitted | None:
    """Return what was submitted; None when it is no view, or nobody has submitted it."""
    user, view = word_in(payload, "user", "id"), part_of(payload, "view")
    view_id = word_of(view, "id")
    if not user or not view_id:
        return None
    return Submitted(team, user, view, view_id, word_of(payload, "trigger_id"))


def typed_of(team: TeamId, fields: Json) -> Typed | None:
    """Return what was typed; None when nobody is named."""
    user = word_of(fields, "user_id")
    if not user:
        return None
    spot = Spot(team, user, word_of(fields, "channel_id"))
    return Typed(spot, word_of(fields, "text"), word_of(fields, "trigger_id"))


def shortcut_of(team: TeamId, payload: Json) -> Shortcut | None:
    """Return which shortcut was used, where; None when nobody has used it."""
    user, message = word_in(payload, "user", "id"), part_of(payload, "message")
    if not user:
        return None
    thread = word_of(message, "thread_ts") or word_of(message, "ts")
    spot = Spot(team, user, word_in(payload, "channel", "id"), thread)
    return Shortcut(spot, word_of(payload, "trigger_id"), message)


def word_of(fields: Json, name: str) -> str:
    """Return a text that Slack wrote; empty when it is missing or something else."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def word_in(fields: Json, name: str, inner: str) -> str:
    """Return a text in an object that Slack wrote; empty when either is missing."""
    return word_of(part_of(fields, name), inner)


def part_of(fields: Json, name: str) -> Mapping[str, Any]:
    """Return an object that Slack wrote; empty when it is missing or something else."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}
