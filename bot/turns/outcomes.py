"""How answers turned out, by intent and model: what customers' thumbs say, kept as records."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from bot.stores.base import Record, RecordsOf, Store
from bot.turns.remembered import OUTCOME, TURN, answered_by
from channels.base import ConversationId
from routing.deciding.score import Outcome
from routing.request import ModelName

MOST_READ = 20_000
"""Ratings that a process reads when it starts, the newest."""
MOST_TURNS = 50
"""How many turns back a message may be rated."""
GOOD = "up"
NOTHING = Outcome(0, 0)
Key = tuple[str, ModelName]


class Outcomes:
    """Counts good and bad answers; a second rating of a message replaces the first."""

    def __init__(self, kept: Iterable[Record] = ()) -> None:
        """Take what was kept before, in any order."""
        self._by_message: dict[str, tuple[Key, bool]] = {}
        self._tally: dict[Key, Outcome] = {}
        for record in kept:
            self._count(record)

    @property
    def tally(self) -> Mapping[Key, Outcome]:
        """The counts as they are now and will be, by the name of a rule and the model."""
        return MappingProxyType(self._tally)

    async def record_of(
        self, store: Store, conversation: ConversationId, rated: tuple[str, str], at: datetime
    ) -> Record | None:
        """Return what is to be kept of a rating, counted; None when no model wrote the message.

        Args:
            store: where turns are kept.
            conversation: of the message.
            rated: the message's id, and what the customer said of it.
            at: now.
        """
        message_id, value = rated
        turns = await store.find(RecordsOf(TURN, conversation=conversation, limit=MOST_TURNS))
        turn = next((one for one in turns if is_of(message_id, one)), None)
        model = answered_by(turn) if turn is not None else None
        if turn is None or model is None:
            return None
        fields = {"intent": json.loads(turn.json)["intent"], "model": model, "good": value == GOOD}
        record = Record(
            OUTCOME, message_id, conversation, at, json.dumps(fields, separators=(",", ":"))
        )
        self._count(record)
        return record

    def _count(self, record: Record) -> None:
        fields = json.loads(record.json)
        key, is_good = (fields["intent"], ModelName(fields["model"])), fields["good"] is True
        message = f"{record.conversation}/{record.id}"
        if message in self._by_message:
            before, was_good = self._by_message[message]
            old = self._tally[before]
            self._tally[before] = Outcome(old.good - was_good, old.total - 1)
        now = self._tally.get(key, NOTHING)
        self._tally[key] = Outcome(now.good + is_good, now.total + 1)
        self._by_message[message] = (key, is_good)


def is_of(message_id: str, turn: Record) -> bool:
    """Return whether a turn has made a message: its id ends with the beginning of the trace's."""
    return message_id.rpartition("-")[2] == turn.id[:8]


async def kept_outcomes(store: Store) -> Outcomes:
    """Return what customers have said so far.

    Raises:
        StoreFailed: the disk failed.
    """
    newest = await store.find(RecordsOf(OUTCOME, limit=MOST_READ))
    return Outcomes(reversed(newest))
