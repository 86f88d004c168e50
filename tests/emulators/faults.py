"""What can go wrong at a vendor, and when: chosen per request."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from enum import Enum


class Fault(Enum):
    """One way to fail; the value is its word in the `x-emulator-fault` header."""

    NONE = "none"
    # Before the stream: an HTTP error, or no answer at all.
    AUTH = "auth"
    BAD_REQUEST = "bad_request"
    HANG_UP = "hang_up"
    NOT_FOUND = "not_found"
    OVERLOADED = "overloaded"
    QUOTA = "quota"
    RATE_LIMITED = "rate_limited"
    RATE_LIMITED_FOR = "rate_limited_for"
    SERVER = "server"
    TOO_LARGE = "too_large"
    # The stream begins and breaks before its first token, or after `after` tokens.
    CLOSE = "close"
    EOF = "eof"
    EOF_INSIDE = "eof_inside"
    ERROR_EVENT = "error_event"
    MALFORMED = "malformed"
    RESET = "reset"
    STALL = "stall"
    STALL_WITH_PINGS = "stall_with_pings"
    # The stream is odd, and right.
    LENGTH = "length"
    NO_USAGE = "no_usage"
    REFUSAL = "refusal"
    SLOW_FIRST = "slow_first"
    UNKNOWN_EVENT = "unknown_event"


@dataclass(frozen=True, slots=True)
class Plan:
    """What one request gets."""

    fault: Fault = Fault.NONE
    after: int = 0
    """Tokens that are sent before the fault; when there are fewer, only the end is missing."""
    seconds: float = 0.05
    """Of `SLOW_FIRST` and between pings; of `RATE_LIMITED_FOR`, what retry-after says."""
    gate: asyncio.Event | None = None
    """The fault waits for it, so that a test can be sure that the tokens before have arrived."""


def plan_of(word: str) -> Plan:
    """Return the plan that a header asks for: `word[:after[:seconds]]`."""
    name, _, rest = word.partition(":")
    after, _, seconds = rest.partition(":")
    return Plan(Fault(name), int(after or 0), float(seconds or 0.05))


@dataclass(slots=True)
class Plans:
    """Which request gets which plan: a header, else its model's, else the queue's next."""

    queue: deque[Plan] = field(default_factory=deque)
    by_model: dict[str, Plan] = field(default_factory=dict)

    def take(self, model: str, header: str) -> Plan:
        """Return the plan of a request."""
        if header:
            return plan_of(header)
        if model in self.by_model:
            return self.by_model[model]
        return self.queue.popleft() if self.queue else Plan()
