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
    FRUSTRATION = "frustration"
    """The customer's patience runs out."""
    TOOL_FAILURE = "tool_failure"
    """What had to be looked up or done could not be."""
    BUDGET = "budget"
    """What the turn may cost was not enough for an answer."""
    OUTAGE = "outage"
    FAULT = "fault"
    """Our own defect ended the turn."""
    TAKEOVER = "takeover"
    """A human took it over unasked."""
    NO_REPLY = "no_reply"
    """A human took it over unasked, and then left the customer alone."""


CAUSE: dict[Reason, str] = {
    Reason.EXPLICIT_REQUEST: "customer",
    Reason.BUTTON: "customer",
    Reason.SENSITIVE_TOPIC: "rule",
    Reason.POLICY: "rule",
    Reason.REPEATED_ANSWER: "bot",
    Reason.LOW_CONFIDENCE: "bot",
    Reason.FRUSTRATION: "rule",
    Reason.TOOL_FAILURE: "bot",
    Reason.BUDGET: "bot",
    Reason.OUTAGE: "bot",
    Reason.FAULT: "bot",
    Reason.TAKEOVER: "human",
    Reason.NO_REPLY: "timer",
}
"""Who caused a handoff for that reason."""

OFFERS = {
    "human": Reason.LOW_CONFIDENCE,
    "human_frustration": Reason.FRUSTRATION,
    "human_tool": Reason.TOOL_FAILURE,
    "human_budget": Reason.BUDGET,
}
"""Ids of the choices that bring a person, and why each was offered."""
OFFER_FOR = {reason: id for id, reason in OFFERS.items()}
ALWAYS = frozenset(Reason) - frozenset(OFFER_FOR)
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
