"""Where what customers in Slack are told leaves the house: one courier per conversation."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from bot.slack.customers.courier import Accept, Courier, Means
from bot.slack.customers.ledger import Ledger, Reached
from bot.slack.parts import SlackParts
from bot.stores.base import HeadOf, Owner
from channels.base import ConversationId
from channels.slack.clock import SlackClock
from channels.slack.errors import SlackRevoked

log = logging.getLogger("copilot.slack")
MOST_AT_ONCE = 500
RETRY_S = 5.0
"""After a courier has failed."""


class Outlet:
    """Brings the log of every conversation in Slack out: in order, once, whoever dies meanwhile.

    `push` is for `Scribe.pushes`. Nothing is lost while Slack is down: couriers wait for it.
    """

    def __init__(self, parts: SlackParts, accept: Accept, clock: SlackClock | None = None) -> None:
        """Tell `accept`, which is `Reception.accept`, what Slack says that the customer did."""
        self._services = parts.services
        self._ledger = Ledger(parts.cabinet, parts.services.clock)
        self._means = Means(
            slack=parts.slack,
            services=parts.services,
            ledger=self._ledger,
            accept=accept,
            clock=clock or SlackClock(),
            unwanted=set(),
        )
        self._couriers: dict[ConversationId, Courier] = {}
        self._tasks: dict[ConversationId, asyncio.Task[None]] = {}
        self._waiting: dict[ConversationId, None] = {}
        self._doubtful: set[ConversationId] = set()
        self._retries: dict[ConversationId, asyncio.Task[None]] = {}
        self._is_draining = False
        self.most_at_once = MOST_AT_ONCE
        """How many conversations are followed at once; the others wait, in order."""

    @property
    def active(self) -> int:
        """How many conversations are followed."""
        return len(self._tasks)

    def push(self, conversation: ConversationId) -> None:
        """Say that the log of a conversation has grown; never waits."""
        courier = self._couriers.get(conversation)
        if courier is not None:
            courier.wake()
        elif self._is_draining:
            return
        elif len(self._tasks) >= self.most_at_once:
            self._waiting[conversation] = None
        else:
            self._start(conversation)

    async def begin(self, conversation: ConversationId) -> None:
        """Remember a conversation, before it has a log.

        Raises:
            StoreFailed: the disk failed.
        """
        await self._ledger.begin(conversation)

    def stop(self, conversation: ConversationId) -> None:
        """The customer has pressed Stop: what is being said stays as it is."""
        courier = self._couriers.get(conversation)
        if courier is not None:
            courier.stop()

    async def recover(self) -> int:
        """Bring out what a process that died has left; returns in how many conversations.

        To be called before anything is taken from Slack: what is found behind now may have been
        said without being noted, and is looked for.

        Raises:
            StoreFailed: the disk failed.
        """
        behind = []
        for conversation, reached in await self._ledger.all():
            heads = await self._services.store.find(HeadOf(conversation))
            if heads and (reached.begun is not None or heads[0].head_seq > reached.seq):
                behind.append(conversation)
        self._doubtful.update(behind)
        for conversation in behind:
            self.push(conversation)
        return len(behind)

    async def recent(self, since: datetime) -> Sequence[ConversationId]:
        """Return in which conversations something was said since then, the latest first.

        Raises:
            StoreFailed: the disk failed.
        """
        return await self._ledger.recent(since)

    async def prune(self) -> int:
        """Forget what is too old to be corrected, and who has been silent; returns how much.

        Nobody is forgotten who waits, or is with a human, or has not been told everything.
        """
        pruned = await self._ledger.prune()
        for conversation, reached in await self._ledger.silent():
            if conversation not in self._couriers and await self._is_over(conversation, reached):
                pruned += await self._ledger.forget(conversation)
        return pruned

    async def _is_over(self, conversation: ConversationId, reached: Reached) -> bool:
        heads = await self._services.store.find(HeadOf(conversation))
        if not heads:
            return True
        head = heads[0]
        is_told = reached.begun is None and reached.seq >= head.head_seq
        is_answered = head.owner is Owner.BOT and head.asked_seq <= head.answered_seq
        return is_told and is_answered

    async def drain(self, within_s: float) -> None:
        """Bring out what is in the log, then end; what does not make it is brought out later."""
        self._is_draining = True
        for courier in self._couriers.values():
            courier.is_draining = True
            courier.wake()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=within_s)
        await self.close()

    async def close(self) -> None:
        """End at once; streams are stopped where they stand."""
        self._is_draining = True
        tasks = (*self._retries.values(), *self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, conversation: ConversationId) -> None:
        is_in_doubt = conversation in self._doubtful
        courier = Courier(self._means, conversation, is_in_doubt)
        self._couriers[conversation] = courier
        work = courier.run(self._services.bus)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[conversation] = task
        ended: Callable[[asyncio.Task[None]], None] = partial(self._ended, conversation)
        task.add_done_callback(ended)

    def _ended(self, conversation: ConversationId, task: asyncio.Task[None]) -> None:
        courier = self._couriers.pop(conversation)
        del self._tasks[conversation]
        failure = None if task.cancelled() else task.exception()
        if task.cancelled() or failure is not None:
            self._doubtful.add(conversation)
        else:
            self._doubtful.discard(conversation)
        if self._is_draining:
            return
        if failure is not None:
            name = type(failure).__name__
            log.error("slack.courier_failed", extra={"conversation": conversation, "class": name})
            if not isinstance(failure, SlackRevoked):
                self._try_again(conversation)
        elif courier.has_more:
            self.push(conversation)
        if self._waiting and len(self._tasks) < self.most_at_once:
            following = next(iter(self._waiting))
            del self._waiting[following]
            self.push(following)

    def _try_again(self, conversation: ConversationId) -> None:
        """Push after a while; who has thrown us out is not asked before there is news for him."""

        async def wait() -> None:
            await self._means.clock.sleep(RETRY_S)
            del self._retries[conversation]
            self.push(conversation)

        if conversation not in self._retries:
            self._retries[conversation] = asyncio.get_running_loop().create_task(wait())
