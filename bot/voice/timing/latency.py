"""How long callers wait for the first word, per turn and per call. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.canonical import canonical
from bot.stores.base import Record
from channels.base import ConversationId

TURN, CALL = "voice_turn", "voice_call"
"""Kinds of the records."""


@dataclass(frozen=True, slots=True)
class Timing:
    """One turn; instants are monotonic seconds."""

    number: int
    asked_at: float
    """When the end of what the caller said was heard."""
    first_token_at: float | None = None
    """When the first word of the answer was handed to the line; fillers do not count."""
    fillers: int = 0
    was_cut: bool = False
    """The caller interrupted the answer, or said more before it came."""

    @property
    def first_token_s(self) -> float | None:
        """How long the caller waited; None if the answer never began."""
        return None if self.first_token_at is None else self.first_token_at - self.asked_at

    def began(self, now: float) -> "Timing":
        """Return the turn after a word of the answer was sent."""
        return self if self.first_token_at is not None else replace(self, first_token_at=now)


def p95_of(timings: Sequence[Timing]) -> float | None:
    """Return what 95 of 100 turns have waited at most, by nearest rank; None without any."""
    waits = sorted(wait for one in timings if (wait := one.first_token_s) is not None)
    return waits[math.ceil(0.95 * len(waits)) - 1] if waits else None


def turn_record(conversation: ConversationId, session: str, timing: Timing, at: datetime) -> Record:
    """Return what is kept of one turn: numbers, nothing that was said."""
    fields = {
        "session": session,
        "turn": timing.number,
        "first_token_ms": in_ms(timing.first_token_s),
        "fillers": timing.fillers,
        "was_cut": timing.was_cut,
    }
    number = f"{session}:{timing.number}"
    return Record(TURN, number, conversation, at, canonical(fields))


def call_record(
    conversation: ConversationId,
    session: str,
    timings: Sequence[Timing],
    budget_s: float,
    at: datetime,
) -> Record:
    """Return what is kept of one socket of a call."""
    p95_s = p95_of(timings)
    fields = {
        "session": session,
        "turns": len(timings),
        "p95_first_token_ms": in_ms(p95_s),
        "budget_ms": in_ms(budget_s),
        "is_over": p95_s is not None and p95_s > budget_s,
    }
    return Record(CALL, session, conversation, at, canonical(fields))


def in_ms(seconds: float | None) -> float | None:
    """Return milliseconds, to the microsecond."""
    return None if seconds is None else round(seconds * 1000, 3)
