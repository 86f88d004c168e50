"""How far conversations have been brought out on a medium that is pushed to, in the cabinet."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

from bot.clock import Clock
from bot.log import Event
from bot.stores.base import EventsAfter, HeadOf, Owner, Store
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId

SILENT = timedelta(days=30)
"""So long after the last word in it a conversation is forgotten here; its log stays."""
MOST_READ = 500
"""Events that are read at once."""


class Standing(Protocol):
    """Where a conversation stands."""

    @property
    def seq(self) -> int:
        """Everything up to here is out."""
        ...

    @property
    def is_under_way(self) -> bool:
        """Whether something after it has begun to be said."""
        ...


S = TypeVar("S", bound=Standing)


@dataclass(frozen=True, slots=True)
class Form(Generic[S]):
    """How a medium writes down where a conversation stands."""

    kind: str
    """Of the entries."""
    at: Callable[[int], S]
    """Makes the standing in which everything up to a seq is out."""
    written: Callable[[S], dict[str, object]]
    read: Callable[[Mapping[str, Any]], S]


class Ledger(Generic[S]):
    """Remembers; every method raises StoreFailed when the disk fails.

    The entry of a conversation stays until nothing was said in it for `SILENT`, and nothing is left
    to be said. `said_before` then tells without it what was said already.
    """

    def __init__(self, cabinet: Cabinet, clock: Clock, form: Form[S]) -> None:
        self._cabinet = cabinet
        self._clock = clock
        self._form = form

    async def begin(self, conversation: ConversationId) -> None:
        """Remember a conversation before anything is said in it."""
        await self._cabinet.put(self._entry(conversation, self._form.at(0)), is_new=True)

    async def keep(self, conversation: ConversationId, standing: S) -> None:
        """Remember how far it is."""
        await self._cabinet.put(self._entry(conversation, standing))

    async def standing(self, store: Store, conversation: ConversationId) -> S:
        """Return how far a conversation is; one that was forgotten is remembered again."""
        found = await self._cabinet.find(self._form.kind, conversation)
        if found:
            return self._read(found[0])
        events: list[Event] = []
        while more := await store.find(
            EventsAfter(conversation, events[-1].seq if events else 0, MOST_READ)
        ):
            events += more
        standing = self._form.at(said_before(events, self._clock.now()))
        await self.keep(conversation, standing)
        return standing

    async def recent(self, since: datetime) -> Sequence[ConversationId]:
        """Return in which conversations something was said since then, the latest first."""
        entries = await self._cabinet.find(self._form.kind)
        found = sorted((one for one in entries if one.at >= since), key=_at, reverse=True)
        return [ConversationId(entry.key) for entry in found]

    async def behind(self, store: Store) -> Sequence[ConversationId]:
        """Return in which conversations something is left to be said."""
        behind = []
        for entry in await self._cabinet.find(self._form.kind):
            standing, conversation = self._read(entry), ConversationId(entry.key)
            heads = await store.find(HeadOf(conversation))
            if heads and (standing.is_under_way or heads[0].head_seq > standing.seq):
                behind.append(conversation)
        return behind

    async def forget_silent(
        self, store: Store, is_busy: Callable[[ConversationId], bool] = lambda _: False
    ) -> int:
        """Forget who has been silent for long; returns how many.

        Nobody is forgotten who waits, or is with a human, or has not been told everything.
        """
        before = self._clock.now() - SILENT
        forgotten = 0
        for entry in await self._cabinet.find(self._form.kind):
            conversation = ConversationId(entry.key)
            is_silent = entry.at < before and not is_busy(conversation)
            if is_silent and await self._is_over(store, conversation, self._read(entry)):
                # Unless something was said in it meanwhile.
                forgotten += await self._cabinet.remove(self._form.kind, entry.key, before)
        return forgotten

    async def _is_over(self, store: Store, conversation: ConversationId, standing: S) -> bool:
        heads = await store.find(HeadOf(conversation))
        if not heads:
            return True
        head = heads[0]
        is_told = not standing.is_under_way and standing.seq >= head.head_seq
        is_answered = head.owner is Owner.BOT and head.asked_seq <= head.answered_seq
        return is_told and is_answered

    def _entry(self, conversation: ConversationId, standing: S) -> Entry:
        value = json.dumps(self._form.written(standing))
        return Entry(self._form.kind, conversation, value, self._clock.now())

    def _read(self, entry: Entry) -> S:
        return self._form.read(json.loads(entry.value))


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
