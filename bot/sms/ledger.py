"""How far a conversation has been brought out by SMS, kept in the cabinet."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId

OUTLET = "sms.outlet"


@dataclass(frozen=True, slots=True)
class Letter:
    """What one commit says, cut into messages: what it says does not change any more."""

    first: int
    """Seq of the first event that it says."""
    through: int
    parts: tuple[str, ...] = field(repr=False)
    """Raw: the customer's own values are in it."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a conversation stands."""

    seq: int = 0
    """Everything up to here is out."""
    letter: Letter | None = None
    """What is on its way."""


class Ledger:
    """Remembers; every method raises StoreFailed when the disk fails.

    One entry for every conversation stays for as long as the conversation does: without it
    everything in the log would be said again. A letter is in it before anything of it is sent, so
    that whoever goes on with it sends the same words.
    """

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        self._cabinet = cabinet
        self._clock = clock

    async def begin(self, conversation: ConversationId) -> None:
        """Remember a conversation before anything is said in it."""
        await self._cabinet.put(self._entry(conversation, Reached()), is_new=True)

    async def reached(self, conversation: ConversationId) -> Reached:
        """Return how far it is."""
        found = await self._cabinet.find(OUTLET, conversation)
        return _reached(found[0]) if found else Reached()

    async def all(self) -> Sequence[tuple[ConversationId, Reached]]:
        """Return every conversation, and how far each is."""
        entries = await self._cabinet.find(OUTLET)
        return [(ConversationId(entry.key), _reached(entry)) for entry in entries]

    async def keep(self, conversation: ConversationId, reached: Reached) -> None:
        """Remember how far it is."""
        await self._cabinet.put(self._entry(conversation, reached))

    def _entry(self, conversation: ConversationId, reached: Reached) -> Entry:
        value: dict[str, object] = {"seq": reached.seq}
        letter = reached.letter
        if letter is not None:
            value["letter"] = {
                "first": letter.first,
                "through": letter.through,
                "parts": list(letter.parts),
            }
        return Entry(OUTLET, conversation, json.dumps(value), self._clock.now())


def _reached(entry: Entry) -> Reached:
    value = json.loads(entry.value)
    letter = value.get("letter")
    if letter is None:
        return Reached(value["seq"])
    kept = Letter(letter["first"], letter["through"], tuple(letter["parts"]))
    return Reached(value["seq"], kept)
