"""What can go wrong at Twilio: planned for what is asked and for whom, or as it is too often."""

import math
from collections import defaultdict, deque
from dataclasses import dataclass, field

TARGETS = frozenset({"*", "send", "find", "list", "media", "store", "call", "change", "transcript"})
KINDS = frozenset(
    {
        "none",
        "refused",
        "busy",
        "server_error",
        "server_error_after",
        "problem",
        "problem_after",
        "not_json",
        "lost",
        "dropped",
        "slow",
        "slow_after",
        "hang",
        "undelivered",
        "failed",
        "cut",
    }
)
MOST_QUEUED_S = 10 * 3600.0
INSTEAD = frozenset({"refused", "busy", "server_error", "problem", "not_json"})
"""What was asked is not done."""
AFTERWARDS = frozenset({"lost", "hang", "slow_after", "server_error_after", "problem_after"})
"""What was asked is done before it goes wrong."""
LATER = frozenset({"undelivered", "failed"})
"""The answer is 201; what became of the message is told by its status."""
OF_ONE = {"undelivered": "send", "failed": "send", "cut": "store"}
"""Kinds that make sense for one target only."""
DEFAULT_CODES = {"refused": 20001, "busy": 20429, "undelivered": 30008, "failed": 30008}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, `times` in a row."""

    target: str
    kind: str
    times: int = 1
    """0: until `clear`."""
    to: str = ""
    """Only with this number as `To`; empty for any."""
    code: int = 0
    """Twilio's code; 0 for the usual one of the kind."""
    status: int = 0
    """The HTTP status; 0 for the usual one of the kind."""
    retry_after_s: float = 0
    """In the header Retry-After, in whole seconds as on the wire; 0: without the header."""
    delay_s: float = 0
    """Of `slow` and `slow_after`."""

    def __post_init__(self) -> None:
        assert self.target in TARGETS, f"{self.target!r} is none of {sorted(TARGETS)}"
        assert self.kind in KINDS, f"{self.kind!r} is none of {sorted(KINDS)}"
        assert self.target == OF_ONE.get(self.kind, self.target), f"not of {self.target!r}"

    @property
    def said_code(self) -> int:
        return self.code or DEFAULT_CODES.get(self.kind, 20500)


class Faults:
    """Which call fails, and how."""

    def __init__(self) -> None:
        self._planned: list[list[object]] = []
        self.seen: list[Fault] = []
        """What came to pass, in order."""
        self.to_be_repeated: set[str] = set()
        """GETs that were dropped. aiohttp repeats them once, unseen: the repetition is dropped,
        too, or no fault would ever be noticed."""

    def add(self, fault: Fault) -> None:
        """Let it happen, after those that were added before."""
        self._planned.append([fault, fault.times])

    def clear(self) -> None:
        """Let everything work again."""
        self._planned.clear()
        self.to_be_repeated.clear()

    @property
    def left(self) -> list[Fault]:
        """What is still planned."""
        return [fault for fault, _ in self._planned if isinstance(fault, Fault)]

    def take(self, target: str, to: str) -> Fault | None:
        """Return what becomes of a call; None: nothing goes wrong."""
        for planned in self._planned:
            fault, left = planned
            assert isinstance(fault, Fault)
            assert isinstance(left, int)
            if fault.target in ("*", target) and fault.to in ("", to):
                planned[1] = left - 1
                if left == 1:
                    self._planned.remove(planned)
                self.seen.append(fault)
                return fault
        return None


@dataclass(slots=True)
class Limits:
    """How much a sender may send, and how fast two numbers may write to each other."""

    per_s: dict[str, float] = field(
        default_factory=lambda: {"long": 1.0, "toll_free": 3.0, "short": 100.0, "whatsapp": 80.0}
    )
    """Segments per second by the kind of the sender. Source: reference/channels.md 1.4."""
    lenience_s: float = 0.1
    """How much earlier than allowed a call may come: two clocks never agree."""
    most_replies: int = 30
    """Between two numbers within `replies_in_s`, then 14107."""
    replies_in_s: float = 30.0
    refused: int = 0
    """Calls that came too often."""
    queues: bool = False
    """Whether what is too much is kept for up to ten hours, as it really is, and not refused."""
    longest_s: float = 0.0
    """How long the longest queue of a sender was, in seconds, while `queues`."""
    _free_at: dict[str, float] = field(default_factory=dict)
    _replies: dict[tuple[str, str], deque[float]] = field(
        default_factory=lambda: defaultdict(deque)
    )

    def wait_s(self, sender: str, kind: str, segments: int, now: float) -> int:
        """Return 0 and count the message, or in how many whole seconds it may be sent."""
        free_at = self._free_at.get(sender, now)
        if self.queues:
            self.longest_s = max(self.longest_s, free_at - now)
        elif free_at - now > self.lenience_s:
            self.refused += 1
            return max(1, math.ceil(free_at - now))
        self._free_at[sender] = max(free_at, now) + segments / self.per_s[kind]
        return 0

    def is_full(self, sender: str, now: float) -> bool:
        """Return whether a sender's queue is as long as Twilio lets it become."""
        return self._free_at.get(sender, now) - now > MOST_QUEUED_S

    def is_looping(self, sender: str, to: str, now: float) -> bool:
        """Count a message between two numbers; True when there were too many."""
        times = self._replies[sender, to]
        while times and times[0] <= now - self.replies_in_s:
            times.popleft()
        if len(times) >= self.most_replies:
            self.refused += 1
            return True
        times.append(now)
        return False
