"""The fault matrix as facts: what breaks, what is expected of our router, what came of an answer.

Source of the faults: the table in which others were measured, and six that it did not have.
"""

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

from benchmarks.vendor import tokens_of
from tests.emulators.faults import Fault, Plan

TOKENS, BROKEN_AT = 60, 40
ANSWER = "".join(tokens_of(TOKENS))
BEGUN = "".join(tokens_of(BROKEN_AT))
"""What the customer has seen of the answer when it breaks."""


class Next(Enum):
    """Who is asked after the fault."""

    OTHER = "other model"
    SAME = "same model"
    NOBODY = "nobody"


class Breaker(Enum):
    """What the same fault in four turns does to the model."""

    OPEN = "opens"
    LIMITED = "waits"
    """Left alone as long as the vendor says, ten minutes at most."""
    CLOSED = "stays closed"


@dataclass(frozen=True, slots=True)
class Case:
    """One fault of one vendor, and what our router should make of it."""

    name: str
    fault: Fault
    after: int
    next: Next
    breaker: Breaker = Breaker.OPEN
    seconds: float = 0.05
    is_free: bool = False
    """The vendor has not begun to work."""

    def plan(self) -> Plan:
        """Return what the vendor does with the next request."""
        return Plan(self.fault, self.after, self.seconds)


CASES = (
    Case("TCP reset at token 40", Fault.RESET, BROKEN_AT, Next.OTHER),
    Case("clean end, no marker, at 40", Fault.EOF, BROKEN_AT, Next.OTHER),
    Case("clean end, no marker, at 0", Fault.EOF, 0, Next.SAME),
    Case("error event at 40", Fault.ERROR_EVENT, BROKEN_AT, Next.OTHER),
    Case("malformed frame at 40", Fault.MALFORMED, BROKEN_AT, Next.OTHER),
    Case("stall at 40", Fault.STALL, BROKEN_AT, Next.OTHER),
    Case("TCP reset at 0", Fault.RESET, 0, Next.SAME),
    Case("error event at 0", Fault.ERROR_EVENT, 0, Next.SAME),
    Case(
        "429, Retry-After 3600",
        Fault.RATE_LIMITED_FOR,
        0,
        Next.OTHER,
        Breaker.LIMITED,
        seconds=3600,
        is_free=True,
    ),
    Case("529 / 503 overloaded", Fault.OVERLOADED, 0, Next.SAME, is_free=True),
    Case("first token after 5 s", Fault.SLOW_FIRST, 0, Next.OTHER, seconds=5),
    Case("stall with pings at 40", Fault.STALL_WITH_PINGS, BROKEN_AT, Next.OTHER),
    Case("unknown event at 40", Fault.UNKNOWN_EVENT, BROKEN_AT, Next.NOBODY, Breaker.CLOSED),
    Case("no usage", Fault.NO_USAGE, 0, Next.NOBODY, Breaker.CLOSED),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """How far a text is from the whole answer, in characters."""

    lost: int
    added: int
    """Repeated, or of another answer."""


def difference(text: str) -> Difference:
    """Return what of the answer is missing in a text, and what is too much."""
    lost = added = 0
    matcher = SequenceMatcher(None, ANSWER, text, autojunk=False)
    for tag, begin, end, others_begin, others_end in matcher.get_opcodes():
        if tag != "equal":
            lost += end - begin
            added += others_end - others_begin
    return Difference(lost, added)


def verdict(text: str, error: str) -> str:
    """Return in words what a customer has at the end, and what the caller knows of it."""
    found = difference(text)
    if error:
        return f"{error}, {found.lost} lost" if found.lost else f"{error} after the whole answer"
    if text == ANSWER:
        return "whole"
    added = f", {found.added} repeated" if found.added else ""
    return f"NO ERROR, {found.lost} lost{added}"
