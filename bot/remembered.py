"""What earlier turns have left in their records, read back. Pure."""

import json

from bot.stores.base import Record
from routing.request import ModelName

DECISION, TURN, GAP, OUTCOME = "decision", "turn", "gap", "outcome"
"""The kinds of records that a turn leaves; the last one when its answer is rated."""


def answered_by(turn: Record) -> ModelName | None:
    """Return the model that ended the answer of a turn; None when none did, or a local one."""
    fields = json.loads(turn.json)
    answers = [one for one in fields["attempts"] if one["purpose"] in ("answer", "continue")]
    if not answers or answers[-1]["failed"] is not None:
        return None
    return ModelName(answers[-1]["model"])
