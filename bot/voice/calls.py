"""Which call is which conversation, and what becomes of it: kept in the cabinet, sealed."""

import asyncio
import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from enum import Enum
from weakref import WeakValueDictionary

from bot.clock import Clock
from bot.stores.cabinet import Cabinet, Entry
from channels.base import ConversationId

KIND, OVER = "voice.call", "voice.over"
"""Kinds in the cabinet: calls by SID, and by conversation those that are over."""
CHANNEL = "voice"
KEPT, KEPT_OVER = timedelta(days=7), timedelta(days=90)
MOST_LOSSES = 2
"""So often a lost call is connected to us again; then a human takes it."""


class Leaving(Enum):
    """Why we have ended our part of a call."""

    NOT = ""
    TRANSFER = "transfer"
    GOODBYE = "goodbye"
    RESTART = "restart"
    """This process ends; the next one goes on."""


@dataclass(frozen=True, slots=True)
class Known:
    """One call."""

    call: str
    """`CA…`."""
    conversation: ConversationId
    language: str
    """As the vendor writes it; it follows the caller."""
    losses: int = 0
    leaving: Leaving = Leaving.NOT
    heard_up_to: int = 0
    """Seq of the log up to which all was said, when the line was lost."""
    lost_session: str = ""
    """Whose end was counted last as a loss."""
    was_left: bool = False
    """A process has ended in the middle of it."""
    is_over: bool = False


class Calls:
    """The registry; every method raises StoreFailed when the disk fails.

    Keys are call SIDs, which the vendor draws by chance, and ids of conversations; the number of
    who calls is kept nowhere. It is no proof of who calls, either: anybody can have any shown.
    """

    def __init__(self, cabinet: Cabinet, clock: Clock, secret: bytes) -> None:
        """Take the installation's secret: with it an id of a conversation says nothing."""
        self._cabinet = cabinet
        self._clock = clock
        self._secret = secret
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def conversation_of(self, call: str) -> ConversationId:
        """Return the id of a call's conversation."""
        return ConversationId(f"{CHANNEL}-{self._digest('call', call)}")

    async def begin(self, call: str, language: str) -> Known:
        """Remember a call, or return what is remembered of it."""
        known = Known(call, self.conversation_of(call), language)
        if await self._cabinet.put(self._entry(known), is_new=True):
            return known
        return await self.find(call) or known

    async def find(self, call: str) -> Known | None:
        """Return a call; None when it never came to us, or long ago."""
        found = await self._cabinet.find(KIND, call)
        return _known(found[0]) if found else None

    async def change(
        self,
        call: str,
        *,
        language: str | None = None,
        leaving: Leaving | None = None,
        heard_up_to: int | None = None,
    ) -> None:
        """Note what has changed of a call; None leaves a field as it is."""
        async with self._alone(call):
            known = await self.find(call)
            if known is None:
                return
            known = replace(
                known,
                language=known.language if language is None else language,
                leaving=known.leaving if leaving is None else leaving,
                heard_up_to=known.heard_up_to if heard_up_to is None else heard_up_to,
            )
            await self._cabinet.put(self._entry(known))

    async def lost(self, known: Known, session: str) -> Known:
        """Count that a line was lost, once, unless we have closed it to begin anew.

        The vendor tells again when our answer has not reached it.
        """
        is_ours = known.leaving is Leaving.RESTART
        async with self._alone(known.call):
            now = await self.find(known.call) or known
            is_known = bool(session) and session == now.lost_session
            after = replace(
                now,
                losses=now.losses + (not is_ours and not is_known),
                lost_session=session,
                leaving=Leaving.NOT,
                was_left=now.was_left or is_ours,
            )
            await self._cabinet.put(self._entry(after))
        return after

    async def end(self, known: Known) -> None:
        """Note that a call is over."""
        async with self._alone(known.call):
            now = await self.find(known.call) or known
            await self._cabinet.put(self._entry(replace(now, is_over=True)))
        await self._cabinet.put(Entry(OVER, known.conversation, "{}", self._clock.now()))

    async def is_on_the_line(self, conversation: ConversationId) -> bool:
        """Return whether the caller of a conversation has not hung up."""
        return not await self._cabinet.find(OVER, conversation)

    async def prune(self) -> int:
        """Forget old calls; returns how many.

        That one is over is remembered for longer than anybody waits for a human.
        """
        now = self._clock.now()
        gone = await self._cabinet.remove(OVER, None, now - KEPT_OVER)
        return gone + await self._cabinet.remove(KIND, None, now - KEPT)

    def _alone(self, call: str) -> asyncio.Lock:
        """Return what lets one at a time read a call and write it."""
        return self._locks.setdefault(call, asyncio.Lock())

    def _digest(self, what: str, value: str) -> str:
        named = f"copilot:voice:{what}:{value}".encode()
        return hmac.digest(self._secret, named, hashlib.sha256).hex()[:24]

    def _entry(self, known: Known) -> Entry:
        fields = {**asdict(known), "leaving": known.leaving.value}
        return Entry(KIND, known.call, json.dumps(fields), self._clock.now())


def _known(entry: Entry) -> Known:
    fields = json.loads(entry.value)
    return Known(
        call=fields["call"],
        conversation=ConversationId(fields["conversation"]),
        language=fields["language"],
        losses=fields["losses"],
        leaving=Leaving(fields["leaving"]),
        heard_up_to=fields["heard_up_to"],
        lost_session=fields.get("lost_session", ""),
        was_left=fields["was_left"],
        is_over=fields["is_over"],
    )
