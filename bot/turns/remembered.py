"""What earlier turns have left in their records, read back. Pure."""

import json
from collections.abc import Iterable

from bot.stores.base import Record
from routing.policy.policy import OFFLINE
from routing.request import ModelName

DECISION, TURN, GAP, OUTCOME = "decision", "turn", "gap", "outcome"
"""The kinds of records that a turn leaves; the last one when its answer is rated."""


def answered_by(turn: Record) -> ModelName | None:
    """Return the model that ended the answer of a turn; None when none did, or the local one."""
    fields = json.loads(turn.json)
    answers = [one for one in fields["attempts"] if one["purpose"] in ("answer", "continue")]
    if not answers or answers[-1]["failed"] is not None or answers[-1]["model"] == OFFLINE:
        return None
    return ModelName(answers[-1]["model"])


def last_model(turns: Iterable[Record]) -> ModelName | None:
    """Return the model that answered last; turns that were given up or need none do not count.

    Args:
        turns: of one conversation, newest first.
    """
    return next((model for turn in turns if (model := answered_by(turn)) is not None), None)
