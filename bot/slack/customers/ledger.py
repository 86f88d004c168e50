"""How far a conversation has been brought out to Slack, kept in the cabinet."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from bot.clock import Clock
from bot.log import Event
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId

OUTLET, SENT = "slack.outlet", "slack.sent"
REMEMBERED = timedelta(days=7)
"""How long a human's message can be found again: far longer than it may be corrected."""


SILENT = timedelta(days=30)
"""So long after the last word in it a conversation is forgotten here; its log stays."""


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


@dataclass(frozen=True, slots=True)
class SentAs:
    """What became of a human's message."""

    channel: str
    ts: str


class Ledger:
    """Remembers; every method raises StoreFailed when the disk fails.

    The entry of a conversation stays until nothing was said in it for `SILENT`, and nothing is left
    to be said. `said_before` then tells without it what was said already.
    """

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._clock = clock

    async def begin(self, conversation: ConversationId) -> None:
        """Remember a conversation before anything is said in it."""
        await self._cabinet.put(self._entry(conversation, Reached()), is_new=True)

    async def reached(self, conversation: ConversationId) -> Reached | None:
        """Return how far it is; None when it was forgotten."""
        found = await self._cabinet.find(OUTLET, conversation)
        return _reached(found[0]) if found else None

    async def all(self) -> Sequence[tuple[ConversationId, Reached]]:
        """Return every conversation, and how far each is."""
        entries = await self._cabinet.find(OUTLET)
        return [(ConversationId(entry.key), _reached(entry)) for entry in entries]

    async def recent(self, since: datetime) -> Sequence[ConversationId]:
        """Return in which conversations something was said since then, the latest first."""
        entries = await self._cabinet.find(OUTLET)
        found = sorted((one for one in entries if one.at >= since), key=_at, reverse=True)
        return [ConversationId(entry.key) for entry in found]

    async def keep(self, conversation: ConversationId, reached: Reached) -> None:
        """Remember how far it is."""
        await self._cabinet.put(self._entry(conversation, reached))

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

    async def silent(self) -> Sequence[tuple[ConversationId, Reached]]:
        """Return every conversation in which nothing was said for `SILENT`, and how far each is."""
        before = self._clock.now() - SILENT
        entries = [one for one in await self._cabinet.find(OUTLET) if one.at < before]
        return [(ConversationId(entry.key), _reached(entry)) for entry in entries]

    async def forget(self, conversation: ConversationId) -> bool:
        """Forget a conversation, unless something was said in it meanwhile."""
        before = self._clock.now() - SILENT
        return await self._cabinet.remove(OUTLET, conversation, before) == 1

    async def prune(self) -> int:
        """Forget where old messages are; return how many."""
        return await self._cabinet.remove(SENT, None, self._clock.now() - REMEMBERED)

    def _entry(self, conversation: ConversationId, reached: Reached) -> Entry:
        begun = reached.begun
        value: dict[str, object] = {"seq": reached.seq}
        if begun is not None:
            value["begun"] = {
                "message_id": begun.message_id,
                "way": begun.way.value,
                "at": list(begun.at),
            }
        return Entry(OUTLET, conversation, json.dumps(value), self._clock.now())


def said_before(events: Iterable[Event], now: datetime) -> int:
    """Return up to where everything was said in a conversation that was forgotten.

    It was forgotten after a silence, so what is new came after one: it is what came after the last.

    Args:
        events: the whole log, in order.
        now: what is silent until then was said, too.
    """
    said, before = 0, None
    for seq, at in (*((event.seq, event.at) for event in events), (None, now)):
        if before is not None and at - before[1] >= SILENT:
            said = before[0]
        if seq is not None:
            before = (seq, at)
    return said


def _at(entry: Entry) -> datetime:
    return entry.at


def _reached(entry: Entry) -> Reached:
    value = json.loads(entry.value)
    begun = value.get("begun")
    if begun is None:
        return Reached(value["seq"])
    at = tuple(begun["at"])
    return Reached(value["seq"], Begun(begun["message_id"], Way(begun["way"]), at))
