"""When a human must come: triggers, and whether to do it or to offer it. Pure."""

from dataclasses import dataclass
from enum import Enum


class Reason(Enum):
    """The one primary reason of a handoff."""

    EXPLICIT_REQUEST = "explicit_request"
    BUTTON = "button"
    SENSITIVE_TOPIC = "sensitive_topic"
    POLICY = "policy"
    REPEATED_ANSWER = "repeated_answer"
    LOW_CONFIDENCE = "low_confidence"
    OUTAGE = "outage"
    FAULT = "fault"
    """Our own defect ended the turn."""


CAUSE: dict[Reason, str] = {
    Reason.EXPLICIT_REQUEST: "customer",
    Reason.BUTTON: "customer",
    Reason.SENSITIVE_TOPIC: "rule",
    Reason.POLICY: "rule",
    Reason.REPEATED_ANSWER: "bot",
    Reason.LOW_CONFIDENCE: "bot",
    Reason.OUTAGE: "bot",
    Reason.FAULT: "bot",
}
"""Who caused a handoff for that reason."""

ALWAYS = frozenset(set(Reason) - {Reason.LOW_CONFIDENCE})
"""Done at once; the rest is offered once, and a `no` holds for the episode."""


class Step(Enum):
    """What to do about a trigger."""

    DO = "do"
    OFFER = "offer"
    NOTHING = "nothing"
    """It was offered before in this episode, or a human is already on the way."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What was said about a human in this episode so far."""

    is_waiting: bool = False
    """The conversation is with the queue."""
    was_offered: bool = False


def step_for(reason: Reason, standing: Standing) -> Step:
    """Return what to do when a trigger fires."""
    if standing.is_waiting:
        return Step.NOTHING
    if reason in ALWAYS:
        return Step.DO
    return Step.NOTHING if standing.was_offered else Step.OFFER
