"""How a turn ends, decided from what came of it. Pure."""

from dataclasses import dataclass
from enum import Enum

from bot.fixed.texts import Said
from bot.humans.escalation import Reason, Standing, Step, step_for


class Outcome(Enum):
    """How a turn ended."""

    ANSWERED = "answered"
    HANDED_OVER = "handed_over"
    OFFERED = "offered"
    UNSURE = "unsure"
    STOPPED = "stopped"
    SUPERSEDED = "superseded"
    """Cancelled before anything was visible; the next turn covers its question."""
    TAKEN = "taken"
    """The floor moved: what was visible is frozen."""
    NOTHING = "nothing"


class Then(Enum):
    """What follows from the end, in the same transaction."""

    NOTHING = "nothing"
    OFFER_HUMAN = "offer_human"
    HAND_OVER = "hand_over"
    MAKE_URGENT = "make_urgent"
    """The conversation waits already: the desk learns that it is grave."""


@dataclass(frozen=True, slots=True)
class FixedPath:
    """A way that no model has a say in."""

    reason: Reason
    said: Said


@dataclass(frozen=True, slots=True)
class Courteous:
    """Nothing was asked: a kind word is enough."""

    said: Said


Path = FixedPath | Courteous
ONLY_FILES = FixedPath(Reason.LOW_CONFIDENCE, Said.GOT_FILE)
"""Files without a word: nobody but a human can look at them."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of the models' speaking."""

    is_complete: bool = False
    """One of them ended with its terminal marker; else the customer ended it."""
    is_exhausted: bool = False
    """None of them had an answer."""
    is_repeat: bool = False
    """It would have been an earlier answer of this episode again."""
    is_outage: bool = False
    """A vendor's failure is why there is none."""
    doubt: Reason = Reason.LOW_CONFIDENCE
    """Why there is none where it is no outage."""
    is_frustrated: bool = False
    """The customer's patience runs out."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What is said last, and what follows."""

    outcome: Outcome
    said: Said | None = None
    """A fixed text instead of, or for want of, an answer."""
    then: Then = Then.NOTHING
    reason: Reason | None = None
    """Of a handoff."""
    is_gap: bool = False
    """The knowledge base should have had an answer: the question is kept."""
    offers: Reason = Reason.LOW_CONFIDENCE
    """Why a human is offered, where one is."""

    @property
    def status(self) -> str:
        """The wire's word for how the message ended."""
        return "stopped" if self.outcome is Outcome.STOPPED else "done"


def ending_after(heard: Heard, standing: Standing, was_unsure: bool) -> Ending:
    """Return how a turn ends in which models were asked.

    Args:
        heard: what came of it.
        standing: what was said about a human in this episode.
        was_unsure: the bot has said in this episode that it does not know.
    """
    if heard.is_repeat:
        return ending_by_rule(FixedPath(Reason.REPEATED_ANSWER, Said.REPEATED), standing)
    if not heard.is_exhausted:
        return _ending_of_answer(heard, standing)
    if heard.is_outage:
        return ending_by_rule(FixedPath(Reason.OUTAGE, Said.OUTAGE), standing)
    if step_for(Reason.LOW_CONFIDENCE, standing) is Step.OFFER:
        said, then = Said.UNSURE_OFFER, Then.OFFER_HUMAN
        is_gap = heard.doubt is not Reason.TOOL_FAILURE
        return Ending(Outcome.OFFERED, said, then, is_gap=is_gap, offers=heard.doubt)
    if standing.is_waiting:
        return Ending(Outcome.UNSURE, Said.ALREADY_WAITING, is_gap=True)
    if was_unsure:
        return ending_by_rule(FixedPath(Reason.REPEATED_ANSWER, Said.REPEATED), standing)
    return Ending(Outcome.UNSURE, Said.UNSURE, is_gap=True)


def _ending_of_answer(heard: Heard, standing: Standing) -> Ending:
    """Return how a turn ends that has said something; a human is offered beside the answer."""
    if not heard.is_complete:
        return Ending(Outcome.STOPPED)
    if heard.is_frustrated and step_for(Reason.FRUSTRATION, standing) is Step.OFFER:
        return Ending(Outcome.ANSWERED, then=Then.OFFER_HUMAN, offers=Reason.FRUSTRATION)
    return Ending(Outcome.ANSWERED)


def ending_by_rule(path: Path, standing: Standing) -> Ending:
    """Return how a turn ends on a fixed path; who waits already is not handed over again."""
    if isinstance(path, Courteous):
        return Ending(Outcome.ANSWERED, path.said)
    step = step_for(path.reason, standing)
    if path is ONLY_FILES:
        if step is Step.OFFER:
            return Ending(Outcome.OFFERED, Said.GOT_FILE_OFFER, Then.OFFER_HUMAN)
        return Ending(Outcome.UNSURE, path.said)
    if step is Step.DO:
        return Ending(Outcome.HANDED_OVER, path.said, Then.HAND_OVER, path.reason)
    if path.reason is Reason.SENSITIVE_TOPIC:
        return Ending(Outcome.UNSURE, path.said, Then.MAKE_URGENT, path.reason)
    return Ending(Outcome.UNSURE, Said.ALREADY_WAITING)
