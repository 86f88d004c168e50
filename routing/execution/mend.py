"""What becomes of text that was shown when its model fails, or when the next one does not go on.

Pure. The rule: continue, else retract where the channel can, else finish at a sentence, else
apologise. Never two texts in one without a word between them, never a silent cut.
"""

from enum import Enum
from typing import assert_never

from routing.errors import FailureKind
from routing.execution.seam import Joint
from routing.execution.seam_text import ends_sentence
from routing.money.prices import Price
from routing.progress import Mend
from routing.request import Request


class Rest(Enum):
    """What to do with a continuation once its seam is known."""

    SAY = "say"
    """It goes on from what was said."""
    STOP = "stop"
    """It does not, but what was said ends at a sentence: nothing more is said."""
    PART = "part"
    """It is another answer: what was said is given up, and it is said instead."""
    BEGIN_ANEW = "begin_anew"
    """It is no answer by itself: what was said is given up, and the whole is asked for again."""


def mend_of(kind: FailureKind, request: Request, *, has_text: bool, next_price: Price) -> Mend:
    """Return what becomes of the text before the next attempt.

    A local model quotes and cannot go on from anything; what a model refused to finish is not
    finished by another; and half an object of JSON is nothing that words can be joined to.
    """
    if not has_text:
        return Mend.UNSEEN
    is_done = kind is FailureKind.REFUSED or bool(request.answer_schema)
    if not is_done and not next_price.is_local:
        return Mend.CONTINUE
    return Mend.RETRACT if request.can_retract else Mend.APOLOGISE


def rest_of(joint: Joint, said: str, request: Request) -> Rest:
    """Return what to do with a continuation whose seam is known."""
    match joint:
        case Joint.JOINED:
            return Rest.SAY
        case Joint.NEW_ANSWER | Joint.NEW_SENTENCE:
            if request.can_retract:
                return Rest.PART if joint is Joint.NEW_ANSWER else Rest.BEGIN_ANEW
            return Rest.STOP if ends_sentence(said) else Rest.PART
        case Joint.OPEN:
            raise AssertionError("the seam is not known yet")
        case _:
            assert_never(joint)
