"""How often each method may be called, and which turns a call takes. Pure.

Source of the limits: reference/channels.md 3.3; Slack, Web API rate limits.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from channels.slack.base import TeamId
from channels.slots import Turns

MINUTE_S = 60.0
AT_ONCE = 0.3
"""Of what a minute allows so much may come at once; the rest is spread, so that no sixty seconds
hold more than the minute allows."""
PER_MINUTE: Mapping[int, int] = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls of one method in one workspace, by tier."""
TIERS: Mapping[str, int] = {
    "apps.connections.open": 1,
    "bots.info": 3,
    "chat.appendStream": 4,
    "chat.getPermalink": 4,
    "chat.postEphemeral": 4,
    "chat.startStream": 2,
    "chat.stopStream": 2,
    "conversations.list": 2,
    "conversations.members": 4,
    "files.completeUploadExternal": 4,
    "files.download": 4,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "reactions.remove": 2,
    "usergroups.list": 2,
    "users.info": 4,
    "users.list": 2,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
OTHER_TIER = 3
POSTS_PER_MINUTE = 300
"""To all channels of a workspace together. Source: "several hundred messages per minute"."""
POST = "chat.postMessage"
POST_EVERY_S = 1.05
"""In one channel; a little more than the second that Slack wants, since turns travel unevenly."""
POST_BURST = 2


@dataclass(frozen=True, slots=True)
class Booking:
    """One turn that a call takes."""

    key: str
    rate: Turns

    @property
    def held_key(self) -> str:
        """Where a 429 is remembered for calls that wait for their turn already."""
        return f"{self.key}:held"


def bookings(
    team: TeamId, method: str, channel: str, most_wait_s: float
) -> tuple[Booking, *tuple[Booking, ...]]:
    """Return the turns that a call takes; the first is the one that a 429 holds back."""
    key = f"slack:{team}:{method}"
    if method != POST:
        per_minute = PER_MINUTE[TIERS.get(method, OTHER_TIER)]
        return (Booking(key, per_minute_turns(per_minute, most_wait_s)),)
    return (
        Booking(f"{key}:{channel}", Turns(POST_EVERY_S, POST_BURST, most_wait_s)),
        Booking(key, per_minute_turns(POSTS_PER_MINUTE, most_wait_s)),
    )


def per_minute_turns(count: int, most_wait_s: float) -> Turns:
    """Return turns of which no sixty seconds hold more than `count`."""
    burst = max(1, int(count * AT_ONCE))
    return Turns(MINUTE_S / max(1, count - burst), burst, most_wait_s)
