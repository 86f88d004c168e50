"""What can go wrong at Slack: planned per method and channel, or because it is called too often."""

import math
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

KINDS = frozenset({"rate", "error", "server_error", "lost", "refused", "slow", "not_json"})
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}
"""Calls of a method per workspace and minute. Source: reference/channels.md 3.3."""
TIER_OF: Mapping[str, int] = {
    "agents.sessions.setStatus": 3,
    "assistant.threads.setSuggestedPrompts": 3,
    "assistant.threads.setTitle": 3,
    "chat.appendStream": 4,
    "chat.delete": 3,
    "chat.postEphemeral": 4,
    "chat.startStream": 2,
    "chat.stopStream": 2,
    "chat.update": 3,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.join": 3,
    "conversations.list": 2,
    "conversations.open": 3,
    "conversations.replies": 3,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "reactions.add": 3,
    "reactions.remove": 2,
    "users.info": 4,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}
"""A method that is not here, such as `auth.test`, is not limited."""
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Fault:
    """How the next calls of a method fail; see the package's docstring for the kinds."""

    method: str
    """`*` for every method; `upload`, `download` and `response_url` for what is not a method."""
    kind: str
    times: int = 1
    """0: until `clear`."""
    channel: str = ""
    """Only there; empty for anywhere."""
    retry_after_s: float = 30
    error: str = ""
    """Of `error`; `internal_error` unless another is named."""
    delay_s: float = 0.1
    """Of `slow`; what was asked is done afterwards."""

    def __post_init__(self) -> None:
        assert self.kind in KINDS, f"{self.kind!r} is none of {sorted(KINDS)}"


class Faults:
    """Which call fails, and how."""

    def __init__(self) -> None:
        self._planned: list[list[object]] = []
        self.seen: list[Fault] = []
        """What came to pass, in order."""

    def add(self, fault: Fault) -> None:
        """Let it happen, after those that were added before."""
        self._planned.append([fault, fault.times])

    def clear(self) -> None:
        """Let everything work again."""
        self._planned.clear()

    def take(self, method: str, channel: str) -> Fault | None:
        """Return what becomes of a call; None: nothing goes wrong."""
        for planned in self._planned:
            fault, left = planned
            assert isinstance(fault, Fault)
            assert isinstance(left, int)
            if fault.method in ("*", method) and fault.channel in ("", channel):
                planned[1] = left - 1
                if left == 1:
                    self._planned.remove(planned)
                self.seen.append(fault)
                return fault
        return None


@dataclass(slots=True)
class Limits:
    """The documented rate limits."""

    post_burst: int = 2
    """Messages that a channel takes at once; on average it takes one per second."""
    posts_per_minute: int = 330
    """To all channels of a workspace together. Source: "several hundred messages per minute"."""
    tiers: dict[str, int] = field(default_factory=lambda: dict(TIER_OF))
    per_minute: dict[int, int] = field(default_factory=lambda: dict(TIERS))
    refused: int = 0
    """Calls that came too often."""
    _calls: dict[tuple[str, str], deque[float]] = field(default_factory=lambda: defaultdict(deque))
    _full_at: dict[str, float] = field(default_factory=dict)

    def wait_s(self, method: str, team: str, channel: str, now: float) -> int:
        """Return 0 and count the call, or in how many seconds it may be made."""
        if method == "chat.postMessage":
            wait_s = self._post(f"{team}/{channel}", team, now)
        elif method in self.tiers:
            wait_s = self._window(method, team, self.per_minute[self.tiers[method]], now)
        else:
            wait_s = 0
        self.refused += bool(wait_s)
        return wait_s

    def _post(self, place: str, team: str, now: float) -> int:
        full_at = max(self._full_at.get(place, now), now)
        if full_at - now > self.post_burst - 1 + 1e-6:
            return max(1, math.ceil(full_at - now - self.post_burst + 1))
        wait_s = self._window("chat.postMessage", team, self.posts_per_minute, now)
        if not wait_s:
            self._full_at[place] = full_at + 1.0
        return wait_s

    def _window(self, method: str, team: str, most: int, now: float) -> int:
        """Return 0 and count the call, or when the last minute holds fewer than `most`."""
        calls = self._calls[method, team]
        while calls and calls[0] <= now - MINUTE_S:
            calls.popleft()
        if len(calls) >= most:
            return max(1, math.ceil(calls[0] + MINUTE_S - now))
        calls.append(now)
        return 0
