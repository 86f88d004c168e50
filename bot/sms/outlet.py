"""Where what customers are told by SMS leaves the house: one courier per conversation."""

import logging
from functools import partial

from bot.errors import StoreFailed
from bot.outlets.couriers import Couriers
from bot.sms.courier import Courier
from bot.sms.parts import Nudge, SmsParts
from bot.sms.rows import Row
from bot.sms.statuses import Statuses
from bot.sms.troubles import Troubles
from channels.base import ConversationId
from channels.sms.statuses import StatusUpdate

log = logging.getLogger("copilot.sms")
LOOK_EVERY_S = 5.0
MOST_LOOKED_AT = 100


class Outlet:
    """Brings the log of every conversation by SMS out: in order, once, whoever dies meanwhile.

    `push` is for `Scribe.pushes`. Nothing is lost while Twilio is down: couriers wait for it.
    """

    def __init__(self, parts: SmsParts) -> None:
        self._parts = parts
        self._statuses = Statuses(parts, self._has_news)
        self._troubles = Troubles(parts, self._statuses, self._again)
        self._nudge = Nudge(parts.time)
        self._is_draining = False
        self.couriers = Couriers(partial(Courier, parts), parts.time.sleep, "sms", self._ended)
        self.push = self.couriers.push

    @property
    def active(self) -> int:
        """How many conversations are being brought out."""
        return self.couriers.active

    def is_followed(self, conversation: ConversationId) -> bool:
        """Return whether a conversation is being brought out."""
        return self.couriers.of(conversation) is not None

    async def recover(self) -> int:
        """Bring out what a process that died has left; returns in how many conversations.

        Raises:
            StoreFailed: the disk failed.
        """
        behind = await self._parts.ledger.behind(self._parts.services.store)
        for conversation in behind:
            self.push(conversation)
        return len(behind)

    async def heard(self, row_id: str, update: StatusUpdate) -> bool:
        """Take a status of a message; return whether it was news.

        Raises:
            StoreFailed: the disk failed; it is to be told again.
        """
        return await self._statuses.heard(row_id, update)

    async def run(self) -> None:
        """Look after what did not arrive, for ever."""
        while not self._is_draining:
            await self.look()
            await self._nudge.rest(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look at what did not arrive, or is not known to have, and is due."""
        try:
            for row in await self._parts.rows.due(MOST_LOOKED_AT):
                await self._troubles.look_at(row)
        except StoreFailed:
            log.error("sms.not_looked_at")

    async def drain(self, within_s: float) -> None:
        """Begin nothing more, let what is being sent end; the next process does the rest."""
        self._is_draining = True
        self._nudge.set()
        await self.couriers.drain(within_s)

    async def close(self) -> None:
        """End at once; what was being sent is looked for by the next process."""
        self._is_draining = True
        await self.couriers.close()

    def _has_news(self, conversation: ConversationId) -> None:
        """Have a courier that waits for a status look again, and see to what has failed."""
        courier = self.couriers.of(conversation)
        if courier is not None:
            courier.wake()
        self._nudge.set()

    def _again(self, row: Row) -> None:
        self.push(row.conversation)
        courier = self.couriers.of(row.conversation)
        # One that has to wait for a place is due again soon.
        if courier is not None:
            courier.again(row)

    def _ended(self, *_: object) -> bool:
        self._nudge.set()
        return True
