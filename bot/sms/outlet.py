"""Where what customers are told by SMS leaves the house: one courier per conversation."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from bot.errors import StoreFailed
from bot.sms.courier import Courier
from bot.sms.parts import Nudge, SmsParts
from bot.sms.rows import Row, State
from bot.sms.troubles import Troubles, waits_for_s
from bot.stores.base import HeadOf
from channels.base import ConversationId
from channels.sms.statuses import FAILED, StatusUpdate, is_later

log = logging.getLogger("copilot.sms")
MOST_AT_ONCE = 500
RETRY_S = 5.0
"""After a courier has failed."""
LOOK_EVERY_S = 5.0
MOST_LOOKED_AT = 100


class Outlet:
    """Brings the log of every conversation by SMS out: in order, once, whoever dies meanwhile.

    `push` is for `Scribe.pushes`. Nothing is lost while Twilio is down: couriers wait for it.
    """

    def __init__(self, parts: SmsParts) -> None:
        self._parts = parts
        self._troubles = Troubles(parts, self._again)
        self._couriers: dict[ConversationId, Courier] = {}
        self._tasks: dict[ConversationId, asyncio.Task[None]] = {}
        self._waiting: dict[ConversationId, None] = {}
        self._retries: dict[ConversationId, asyncio.Task[None]] = {}
        self._nudge = Nudge(parts.time)
        self._is_draining = False
        self.most_at_once = MOST_AT_ONCE
        """How many conversations are brought out at once; the others wait, in order."""

    @property
    def active(self) -> int:
        """How many conversations are being brought out."""
        return len(self._tasks)

    def push(self, conversation: ConversationId) -> None:
        """Say that something has changed in a conversation; never waits."""
        courier = self._couriers.get(conversation)
        if courier is not None:
            courier.wake()
        elif self._is_draining:
            return
        elif len(self._tasks) >= self.most_at_once:
            self._waiting[conversation] = None
        else:
            self._start(conversation)

    async def recover(self) -> int:
        """Bring out what a process that died has left; returns in how many conversations.

        Raises:
            StoreFailed: the disk failed.
        """
        behind = 0
        for conversation, reached in await self._parts.ledger.all():
            heads = await self._parts.services.store.find(HeadOf(conversation))
            if heads and (reached.letter is not None or heads[0].head_seq > reached.seq):
                behind += 1
                self.push(conversation)
        return behind

    async def heard(self, row_id: str, update: StatusUpdate) -> bool:
        """Take a status of a message; return whether it was news.

        Raises:
            StoreFailed: the disk failed; it is to be told again.
        """
        rows = self._parts.rows
        row = await rows.of(row_id)
        if row is None or not await rows.claim(update.sid, row_id):
            log.warning("sms.status_of_nothing", extra={"row": row_id})
            return False
        code = update.error_code or 0
        has_failed = update.status in FAILED
        changed = partial(_with_status, update=update, code=code)
        before_status = row.status
        wait_s = waits_for_s(code, self._parts.terms.retry_s) if has_failed else None
        after = await rows.change(row_id, changed, wait_s)
        if after is None or (after.status == before_status and after.sid == row.sid):
            return False
        log.info("sms.status", extra={"row": row_id, "status": update.status, "code": code})
        self._wake(row.conversation)
        if has_failed:
            self._nudge.set()
        return True

    async def run(self) -> None:
        """Look after what did not arrive, for ever."""
        while not self._is_draining:
            await self.look()
            await self._nudge.rest(LOOK_EVERY_S)

    async def look(self) -> None:
        """Look at what did not arrive, and is due."""
        try:
            for row in await self._parts.rows.due(MOST_LOOKED_AT):
                await self._troubles.look_at(row)
        except StoreFailed:
            log.error("sms.not_looked_at")

    async def drain(self, within_s: float) -> None:
        """Begin nothing more, let what is being sent end; the next process does the rest."""
        self._is_draining = True
        self._nudge.set()
        for courier in self._couriers.values():
            courier.is_draining = True
            courier.wake()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=within_s)
        await self.close()

    async def close(self) -> None:
        """End at once; what was being sent is looked for by the next process."""
        self._is_draining = True
        tasks = (*self._retries.values(), *self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _wake(self, conversation: ConversationId) -> None:
        courier = self._couriers.get(conversation)
        if courier is not None:
            courier.wake()

    def _again(self, row: Row) -> None:
        self.push(row.conversation)
        courier = self._couriers.get(row.conversation)
        # One that has to wait for a place is due again soon.
        if courier is not None:
            courier.again(row)

    def _start(self, conversation: ConversationId) -> None:
        courier = Courier(self._parts, conversation)
        self._couriers[conversation] = courier
        task = asyncio.get_running_loop().create_task(courier.run())
        self._tasks[conversation] = task
        ended: Callable[[asyncio.Task[None]], None] = partial(self._ended, conversation)
        task.add_done_callback(ended)

    def _ended(self, conversation: ConversationId, task: asyncio.Task[None]) -> None:
        courier = self._couriers.pop(conversation)
        del self._tasks[conversation]
        failure = None if task.cancelled() else task.exception()
        if self._is_draining:
            return
        self._nudge.set()
        if failure is not None:
            name = type(failure).__name__
            log.error("sms.courier_failed", extra={"conversation": conversation, "class": name})
            self._try_again(conversation)
        elif courier.has_more:
            self.push(conversation)
        if self._waiting and len(self._tasks) < self.most_at_once:
            following = next(iter(self._waiting))
            del self._waiting[following]
            self.push(following)

    def _try_again(self, conversation: ConversationId) -> None:
        async def wait() -> None:
            await self._parts.time.sleep(RETRY_S)
            del self._retries[conversation]
            self.push(conversation)

        if conversation not in self._retries:
            self._retries[conversation] = asyncio.get_running_loop().create_task(wait())


def _with_status(row: Row, update: StatusUpdate, code: int) -> Row:
    """Return a row with a status that says more than the one before; it is at Twilio's, then."""
    if row.sid and row.sid != update.sid:
        return row
    if row.sid and not is_later(update.status, row.status):
        return row
    is_news = is_later(update.status, row.status)
    status = update.status if is_news else row.status
    return replace(row, state=State.SENT, sid=update.sid, status=status, code=code or row.code)
