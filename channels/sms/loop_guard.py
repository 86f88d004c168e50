"""Two machines that answer each other: the rule that stops ours. Pure.

Twilio refuses with 14107 after more than thirty replies between two numbers in thirty seconds;
we stop before. `now` is passed in: seconds of any clock that only goes forward; where processes
share a history, Unix seconds.

Source: reference/channels.md 1.4; case S25.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoopTerms:
    """When it is a loop, and for how long we are silent then."""

    most: int = 20
    """Messages to one number in `within_s`; the next one is too many."""
    within_s: float = 30.0
    rest_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Replies:
    """What was sent lately between one pair of numbers."""

    at: tuple[float, ...] = ()
    silent_until: float = 0.0
    """Nothing is sent before; 0 for no such time."""


def after_reply(replies: Replies, terms: LoopTerms, now: float) -> tuple[Replies, float]:
    """Return the history after one more message, and the seconds to be silent: 0 when it may go.

    One that may not go is not counted; asking again during the silence does not lengthen it.
    """
    if now < replies.silent_until:
        return replies, replies.silent_until - now
    recent = tuple(at for at in replies.at if now - at < terms.within_s)
    if len(recent) >= terms.most:
        return Replies(recent, now + terms.rest_s), terms.rest_s
    return Replies((*recent, now), 0.0), 0.0


def silenced(replies: Replies, terms: LoopTerms, now: float) -> Replies:
    """Return the history after Twilio itself has said that it is a loop (14107)."""
    return Replies(replies.at, max(replies.silent_until, now + terms.rest_s))
