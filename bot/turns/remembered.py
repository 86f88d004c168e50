"""What earlier turns have left in their records, read back. Pure."""

import json
from collections.abc import Iterable

from bot.stores.base import Record
from routing.policy.policy import OFFLINE
from routing.request import ModelName

DECISION, TURN, GAP, OUTCOME = "decision", "turn", "gap", "outcome"
"""The kinds of records that a turn leaves; the last one when its answer is rated."""
DRAFTED, DRAFT_STOPPED, NO_DRAFT = "drafted", "draft_stopped", "draft_failed"
DRAFTS = frozenset({DRAFTED, DRAFT_STOPPED, NO_DRAFT})
"""How the record of a draft says that it ended: a draft costs as a turn does, and is none."""
MOST_TURNS = 20
"""How far back a turn is looked for among drafts."""


def answered_by(turn: Record) -> ModelName | None:
    """Return the model that ended the answer of a turn; None when none did, or the local one."""
    fields = json.loads(turn.json)
    answers = [one for one in fields["attempts"] if one["purpose"] in ("answer", "continue")]
    if not answers or answers[-1]["failed"] is not None or answers[-1]["model"] == OFFLINE:
        return None
    return ModelName(answers[-1]["model"])


def heard_turns(turns: Iterable[Record]) -> tuple[Record, ...]:
    """Return the turns among them, without the drafts that humans had made beside them."""
    return tuple(turn for turn in turns if json.loads(turn.json)["outcome"] not in DRAFTS)


def matter_of(turns: Iterable[Record], episode: int) -> str:
    """Return the intent of what an episode is about; empty when nothing but a person was asked for.

    Args:
        turns: of one conversation, newest first.
        episode: of it.
    """
    for turn in heard_turns(turns):
        fields = json.loads(turn.json)
        if fields["episode"] == episode and fields["reason"] != "explicit_request":
            return str(fields["intent"])
    return ""


def episode_turns(turns: Iterable[Record], episode: int) -> frozenset[str]:
    """Return the ids of the turns of an episode, those that were given up included."""
    return frozenset(turn.id for turn in turns if json.loads(turn.json)["episode"] == episode)


def last_model(turns: Iterable[Record]) -> ModelName | None:
    """Return the model that answered last; turns that were given up or need none do not count.

    Args:
        turns: of one conversation, newest first.
    """
    answers = (answered_by(turn) for turn in heard_turns(turns))
    return next((model for model in answers if model is not None), None)
