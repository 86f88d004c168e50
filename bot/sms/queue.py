"""Acts on what the inbox holds: each conversation in its order, several beside each other."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.errors import StoreFailed
from bot.sms.inbox import Inbox, Kept
from bot.sms.parts import Nudge, SmsTime, pause_s

log = logging.getLogger("copilot.sms")


@dataclass(frozen=True, slots=True)
class QueueTerms:
    """How many at once, how long and how often."""

    most_lanes: int = 256
    """Conversations that are acted on at once; the others wait, in order."""
    most_held: int = 4_096
    """Taken from the inbox, those that wait for an earlier one included."""
    most_s: float = 90.0
    """How long one try may take; then it counts as failed."""
    lease_s: float = 120.0
    look_every_s: float = 1.0
    most_tries: int = 16


@dataclass(frozen=True, slots=True)
class Actions:
    """What is done about a message; whatever it raises, it is tried again."""

    first: Callable[[Kept], Awaitable[bool]]
    """Before anything else, whatever waits: returns whether that was all."""
    act: Callable[[Kept], Awaitable[None]]
    gave_up: Callable[[Kept], None]
    lane: Callable[[Kept], str]
    """In which order it belongs."""


class Queue:
    """Acts on every message until that succeeds, at least once each.

    What is tried again holds up what came after it in the same conversation, and nothing else.
    """

    def __init__(
        self, inbox: Inbox, actions: Actions, time: SmsTime, terms: QueueTerms | None = None
    ) -> None:
        self._inbox = inbox
        self._actions = actions
        self._time = time
        self._terms = terms or QueueTerms()
        self._nudge = Nudge(time)
        self._ending = asyncio.Event()
        self._lanes: dict[str, deque[Kept]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[str, None] = {}
        self._held: set[str] = set()

    @property
    def held(self) -> int:
        """How many messages are being acted on, or wait for their turn."""
        return len(self._held)

    def kick(self) -> None:
        """Say that something may be due."""
        self._nudge.set()

    async def run(self) -> None:
        """Work for ever, or until drained: on every kick, and looking now and then."""
        while not self._ending.is_set():
            await self._begin_due()
            await self._nudge.rest(self._terms.look_every_s)

    async def drain(self, within_s: float) -> None:
        """Begin nothing more, let what runs end; the next process does the rest."""
        self._ending.set()
        self.kick()
        tasks = tuple(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=within_s)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _begin_due(self) -> None:
        """Lease as much as there is room for."""
        terms = self._terms
        while not self._ending.is_set():
            room = terms.most_held - len(self._held)
            if room <= 0:
                return
            try:
                due = await self._inbox.lease(terms.lease_s, min(room, terms.most_lanes))
            except StoreFailed:
                log.error("sms.inbox_failed")
                return
            if not due:
                return
            for kept in due:
                await self._take(kept)

    async def _take(self, kept: Kept) -> None:
        # What waits here longer than its lease comes again: it is leased anew, and waits on.
        if kept.inbound.sid in self._held:
            return
        self._held.add(kept.inbound.sid)
        [outcome] = await asyncio.gather(self._actions.first(kept), return_exceptions=True)
        if outcome is True:
            await self._done(kept)
            return
        lane = self._actions.lane(kept)
        self._lanes.setdefault(lane, deque()).append(kept)
        if lane in self._tasks:
            return
        if len(self._tasks) >= self._terms.most_lanes:
            self._waiting[lane] = None
        else:
            self._begin(lane)

    def _begin(self, lane: str) -> None:
        task = asyncio.get_running_loop().create_task(self._work(lane))
        self._tasks[lane] = task
        task.add_done_callback(partial(self._ended, lane))

    async def _work(self, lane: str) -> None:
        waiting = self._lanes[lane]
        while waiting and not self._ending.is_set():
            if await self._is_over(waiting[0]):
                await self._done(waiting.popleft())

    def _ended(self, lane: str, task: asyncio.Task[None]) -> None:
        del self._tasks[lane]
        if not self._lanes[lane]:
            del self._lanes[lane]
        elif not self._ending.is_set():
            # It came after the lane had looked for the last time.
            self._waiting[lane] = None
        if self._waiting and not self._ending.is_set():
            following = next(iter(self._waiting))
            del self._waiting[following]
            self._begin(following)
        self.kick()

    async def _is_over(self, kept: Kept) -> bool:
        """Try until it succeeds; whatever is raised is an outcome: one must not end the rest."""
        for tries in range(self._terms.most_tries):
            [outcome] = await asyncio.gather(self._tried(kept), return_exceptions=True)
            if outcome is None:
                return True
            fields = {"sid": kept.inbound.sid, "error": type(outcome).__name__}
            log.warning("sms.not_acted", extra=fields)
            await self._pause(pause_s(tries, self._time.chance()))
            if self._ending.is_set():
                return False
        log.error("sms.given_up", extra={"sid": kept.inbound.sid})
        self._actions.gave_up(kept)
        return True

    async def _tried(self, kept: Kept) -> None:
        async with asyncio.timeout(self._terms.most_s):
            # What was to come first may have failed.
            if not await self._actions.first(kept):
                await self._actions.act(kept)

    async def _pause(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        tasks = [loop.create_task(self._time.sleep(seconds)), loop.create_task(self._ends())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ends(self) -> None:
        await self._ending.wait()

    async def _done(self, kept: Kept) -> None:
        try:
            await self._inbox.done(kept)
        except StoreFailed:
            # It is leased again, and acted on again: nothing is done twice.
            log.error("sms.inbox_failed", extra={"sid": kept.inbound.sid})
        self._held.discard(kept.inbound.sid)
