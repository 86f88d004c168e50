"""One courier for each conversation that has something to be brought out, only so many at once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, Protocol, TypeVar

from channels.base import ConversationId

log = logging.getLogger("copilot.outlets")
MOST_AT_ONCE = 500
RETRY_S = 5.0
"""After a courier has failed."""


class Courier(Protocol):
    """Brings one conversation out."""

    is_draining: bool
    """Set from outside: begin nothing more."""

    @property
    def has_more(self) -> bool:
        """Whether it was woken after it had looked for the last time."""
        ...

    def wake(self) -> None:
        """Say that something has changed."""
        ...

    async def run(self) -> None:
        """Bring out what is there and what comes."""
        ...


C = TypeVar("C", bound=Courier)


class Couriers(Generic[C]):
    """Runs couriers; one that fails is begun again after a while, and holds up nobody else.

    `push` is for `Scribe.pushes`.
    """

    def __init__(
        self,
        made: Callable[[ConversationId], C],
        sleep: Callable[[float], Awaitable[None]],
        medium: str,
        ended: Callable[[ConversationId, BaseException | None], bool] = lambda *_: True,
    ) -> None:
        """Run what `made` makes.

        Args:
            made: a courier of a conversation.
            sleep: as `asyncio.sleep`.
            medium: in whose name what fails is logged.
            ended: told of each that has ended, with what it raised, cancellation included;
                returns whether one that failed is to be begun again.
        """
        self._made = made
        self._sleep = sleep
        self._ended_with = ended
        self._medium = medium
        self._couriers: dict[ConversationId, C] = {}
        self._tasks: dict[ConversationId, asyncio.Task[None]] = {}
        self._waiting: dict[ConversationId, None] = {}
        self._retries: dict[ConversationId, asyncio.Task[None]] = {}
        self._is_draining = False
        self.most_at_once = MOST_AT_ONCE
        """How many conversations are brought out at once; the others wait, in order."""

    @property
    def active(self) -> int:
        """How many conversations are being brought out."""
        return len(self._tasks)

    def of(self, conversation: ConversationId) -> C | None:
        """Return who brings a conversation out now; None for nobody."""
        return self._couriers.get(conversation)

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

    async def drain(self, within_s: float) -> None:
        """Begin nothing more, and let what runs end for so long; the next process does the rest."""
        self._is_draining = True
        for courier in self._couriers.values():
            courier.is_draining = True
            courier.wake()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=within_s)
        await self.close()

    async def close(self) -> None:
        """End at once."""
        self._is_draining = True
        tasks = (*self._retries.values(), *self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, conversation: ConversationId) -> None:
        courier = self._made(conversation)
        self._couriers[conversation] = courier
        task = asyncio.get_running_loop().create_task(courier.run())
        self._tasks[conversation] = task
        ended: Callable[[asyncio.Task[None]], None] = partial(self._ended, conversation)
        task.add_done_callback(ended)

    def _ended(self, conversation: ConversationId, task: asyncio.Task[None]) -> None:
        courier = self._couriers.pop(conversation)
        del self._tasks[conversation]
        failure = asyncio.CancelledError() if task.cancelled() else task.exception()
        is_wanted = self._ended_with(conversation, failure)
        if self._is_draining:
            return
        if failure is not None:
            fields = {"medium": self._medium, "class": type(failure).__name__}
            log.error("outlet.courier_failed", extra={"conversation": conversation, **fields})
            if is_wanted:
                self._try_again(conversation)
        elif courier.has_more:
            self.push(conversation)
        if self._waiting and len(self._tasks) < self.most_at_once:
            following = next(iter(self._waiting))
            del self._waiting[following]
            self.push(following)

    def _try_again(self, conversation: ConversationId) -> None:
        async def wait() -> None:
            await self._sleep(RETRY_S)
            del self._retries[conversation]
            self.push(conversation)

        if conversation not in self._retries:
            self._retries[conversation] = asyncio.get_running_loop().create_task(wait())
