"""Which messages of a place we may have missed, as the envelopes that did not come. Pure."""

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from channels.slack.base import Envelope, Kind, TeamId

ORIGIN = "reconciled"
"""With what the id of such an envelope begins."""
WRITTEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Subtypes of what a person has written. Source: reference/channels.md 3.5."""
DIRECT = "D"
"""With what the id of a direct conversation begins."""
_TS = re.compile(r"[0-9]{1,12}\.[0-9]{6}", re.ASCII)
_PLACE = re.compile(r"[A-Za-z0-9]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread, or what stands at the top of a channel, in which we want to miss nothing."""

    team: TeamId
    channel: str
    ts: str = ""
    """Of the thread's first message; empty for the top of the channel."""
    seen: str = ""
    """`ts` of the newest message of it that has come; may be empty for a thread."""
    tops: str = ""
    """At the top of a channel: from which `ts` on threads have begun that are looked into as well,
    where something was said in them; empty for none."""

    def __post_init__(self) -> None:
        assert _PLACE.fullmatch(self.channel), f"{self.channel!r} is no channel's id"
        for ts in (self.ts, self.seen, self.tops):
            assert not ts or _TS.fullmatch(ts), f"{ts!r} is no ts"
        assert self.ts or self.seen, "of a channel it must be known from where on"


def oldest(thread: Thread, since: float) -> str:
    """Return after which message to ask, `since` in Unix seconds.

    Not after the newest one that has come if that is later than the gap's beginning: what came
    after the gap says nothing about what was said in it.
    """
    seen = thread.seen or thread.ts
    begun = math.inf if math.isinf(since) else max(0, math.floor(since))
    if order(seen)[0] < begun:
        return seen
    return max(thread.ts or "0.000000", f"{begun}.000000", key=order)


def missed(thread: Thread, after: str, messages: Iterable[object]) -> tuple[Envelope, ...]:
    """Return what persons have written after a message, as Slack would have sent it, by time.

    The id comes from team, channel and `ts`, so that the same message is kept once however often
    it is looked for. Slack's own delivery of it has another id: whoever acts on messages does
    nothing twice for one channel and `ts`.
    """
    found = [
        message
        for message in messages
        if isinstance(message, Mapping)
        and _is_written(message)
        and order(message["ts"]) > order(after)
    ]
    return tuple(
        _envelope(thread, message) for message in sorted(found, key=lambda m: order(m["ts"]))
    )


def livelier(thread: Thread, after: str, messages: Iterable[object]) -> tuple[Thread, ...]:
    """Return the threads below what stands at a channel's top that have replies after a message."""
    if not thread.tops:
        return ()
    found = [
        message["ts"]
        for message in messages
        if isinstance(message, Mapping)
        and all(_is_ts(message.get(name)) for name in ("ts", "latest_reply"))
        and order(message["latest_reply"]) > order(after)
    ]
    return tuple(Thread(thread.team, thread.channel, ts, max(after, ts, key=order)) for ts in found)


def order(ts: str) -> tuple[int, int]:
    """Return what sorts messages by time; as text, seconds of another length sort wrong."""
    seconds, _, number = ts.partition(".")
    return int(seconds), int(number or 0)


def _is_written(message: Mapping[str, Any]) -> bool:
    ts, user, subtype = message.get("ts"), message.get("user"), message.get("subtype")
    return (
        _is_ts(ts)
        and isinstance(user, str)
        and "bot_id" not in message
        and (subtype or "") in WRITTEN
    )


def _is_ts(found: object) -> bool:
    return isinstance(found, str) and _TS.fullmatch(found) is not None


def _envelope(thread: Thread, message: Mapping[str, Any]) -> Envelope:
    ts = message["ts"]
    event = {**message, "type": "message", "channel": thread.channel, "event_ts": ts}
    if thread.ts:
        event["thread_ts"] = thread.ts
    if thread.channel.startswith(DIRECT):
        event["channel_type"] = "im"
    id = f"{ORIGIN}.{thread.team}.{thread.channel}.{ts}"
    body = {
        "type": "event_callback",
        "team_id": thread.team,
        "event_id": id,
        "event_time": order(ts)[0],
        "event": event,
    }
    return Envelope(id, Kind.EVENT, thread.team, json.dumps(body))
