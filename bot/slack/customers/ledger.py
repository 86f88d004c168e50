"""How far a conversation has been brought out to Slack, kept in the cabinet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from bot.clock import Clock
from bot.outlets.ledger import Form
from bot.outlets.ledger import Ledger as AnyLedger
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId

OUTLET, SENT = "slack.outlet", "slack.sent"
REMEMBERED = timedelta(days=7)
"""How long a human's message can be found again: far longer than it may be corrected."""


class Way(Enum):
    """Where an answer is on its way."""

    STREAMED = "streamed"
    """It is being said; if this process dies, the next one says it whole."""
    FROZEN = "frozen"
    """It was broken off: it says what it says."""


@dataclass(frozen=True, slots=True)
class Begun:
    """An answer that is not ended in the log, and has begun in Slack."""

    message_id: str
    way: Way = Way.STREAMED
    at: tuple[str, ...] = ()
    """The `ts` of its messages, in order."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a conversation stands."""

    seq: int = 0
    """Everything up to here is out."""
    begun: Begun | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether an answer has begun and is not ended."""
        return self.begun is not None


@dataclass(frozen=True, slots=True)
class SentAs:
    """What became of a human's message."""

    channel: str
    ts: str


class Ledger(AnyLedger[Reached]):
    """Remembers where humans' messages are, too."""

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        super().__init__(cabinet, clock, Form(OUTLET, Reached, _written, _read))

    async def remember(self, conversation: ConversationId, message_id: str, sent: SentAs) -> None:
        """Remember where a human's message is."""
        value = {"channel": sent.channel, "ts": sent.ts}
        key = f"{conversation}:{message_id}"
        await self._cabinet.put(Entry(SENT, key, json.dumps(value), self._clock.now()))

    async def sent(self, conversation: ConversationId, message_id: str) -> SentAs | None:
        """Return where a human's message is; None when it was never sent, or long ago."""
        found = await self._cabinet.find(SENT, f"{conversation}:{message_id}")
        if not found:
            return None
        value = json.loads(found[0].value)
        return SentAs(value["channel"], value["ts"])

    async def prune(self) -> int:
        """Forget where old messages are; return how many."""
        return await self._cabinet.remove(SENT, None, self._clock.now() - REMEMBERED)


def _written(reached: Reached) -> dict[str, object]:
    begun = reached.begun
    if begun is None:
        return {"seq": reached.seq}
    said = {"message_id": begun.message_id, "way": begun.way.value, "at": list(begun.at)}
    return {"seq": reached.seq, "begun": said}


def _read(value: Mapping[str, Any]) -> Reached:
    begun = value.get("begun")
    if begun is None:
        return Reached(value["seq"])
    at = tuple(begun["at"])
    return Reached(value["seq"], Begun(begun["message_id"], Way(begun["way"]), at))
