"""All conversations of this process: one task for each that is active, none for the idle."""

import asyncio
import logging

from bot.bus import Letter, Woken
from bot.errors import StaleWrite, StoreFailed
from bot.humans.escalation import Reason
from bot.humans.handoff import Handoffs
from bot.services import Services
from bot.stores.base import Unanswered
from bot.turns.worker import Worker
from channels.base import ConversationId

log = logging.getLogger("copilot.manager")
SWEEP_EVERY_S = 15.0
"""How often unanswered conversations without a task are looked for: within what a customer may
wait for an answer, a status or a handoff."""


class Manager:
    """Starts a worker when a conversation wakes, and ends politely what goes wrong."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._workers: dict[ConversationId, Worker] = {}
        self._tasks: dict[ConversationId, asyncio.Task[None]] = {}
        self._is_draining = False
        self.handoffs = Handoffs(services, self.wake)

    @property
    def active(self) -> int:
        """How many conversations have a task."""
        return len(self._tasks)

    async def wake(self, conversation: ConversationId, letter: Letter) -> None:
        """Put a letter into the mailbox; someone will read it."""
        if await self._services.bus.submit(conversation, letter):
            self._start(conversation)

    async def recover(self) -> int:
        """Wake every conversation whose customer waits for an answer; returns how many.

        After a crash that is all there is to do: the log knows what was said and shown.
        """
        heads = await self._services.store.find(Unanswered())
        asleep = [head for head in heads if head.conversation not in self._tasks]
        for head in asleep:
            await self.wake(head.conversation, Woken())
        return len(asleep)

    async def sweep(self) -> None:
        """Recover again and again, for ever."""
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                await self.recover()
            except StoreFailed:
                log.error("manager.sweep_failed")

    async def idle(self) -> None:
        """Wait until no conversation has a task."""
        while self._tasks:
            await asyncio.wait(self._tasks.values())

    async def drain(self, within_s: float) -> None:
        """Begin nothing new, let running turns finish, then cut what is left.

        What is cut is completed after the next start: its messages are still unanswered.
        """
        self._is_draining = True
        for conversation, worker in self._workers.items():
            worker.is_draining = True
            await self._services.bus.submit(conversation, Woken())
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=within_s)
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values())

    def _start(self, conversation: ConversationId) -> None:
        worker = Worker(self._services, conversation, self.handoffs.request)
        worker.is_draining = self._is_draining
        self._workers[conversation] = worker
        task = asyncio.get_running_loop().create_task(self._work(worker, conversation))
        self._tasks[conversation] = task
        self._services.metrics.active.inc()

    async def _work(self, worker: Worker, conversation: ConversationId) -> None:
        try:
            await worker.run()
        except StaleWrite:
            log.info("conversation.taken", extra={"conversation": conversation})
        except Exception as failure:  # noqa: BLE001 - the one place: ends one conversation politely
            names = _names(failure)
            log.error("conversation.failed", extra={"conversation": conversation, "class": names})
            await self._apologise(conversation)
        finally:
            self._services.metrics.active.dec()
            if self._workers.get(conversation) is worker:
                del self._tasks[conversation], self._workers[conversation]
            if not worker.has_let_go:
                await self._let_go(conversation)

    async def _apologise(self, conversation: ConversationId) -> None:
        try:
            await self.handoffs.request(conversation, Reason.FAULT)
        except (StoreFailed, StaleWrite):
            log.error("conversation.apology_failed", extra={"conversation": conversation})

    async def _let_go(self, conversation: ConversationId) -> None:
        """Give up ownership; if letters came in the meantime, start again."""
        letters = await self._services.bus.receive(conversation, None)
        if letters and not self._is_draining:
            for letter in letters:
                await self._services.bus.submit(conversation, letter)
            self._start(conversation)


def _names(failure: BaseException) -> str:
    """Return the classes of a failure, without texts that may hold what a customer said."""
    if isinstance(failure, BaseExceptionGroup):
        return "+".join(_names(one) for one in failure.exceptions)
    return type(failure).__name__
