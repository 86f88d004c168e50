"""What a call tells the application: one thing after the other, in the order it happened."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import BotError
from channels.base import ConversationId
from channels.errors import ChannelBusy, ChannelRefused

log = logging.getLogger("copilot.voice")
MOST_WAITING = 200
"""Acts that may wait; the caller whose acts nobody takes has lost the application anyway."""
TRIES = 4
MOST_PAUSE_S = 1.0
FINISH_S = 2.0
"""How long what was done may take to be written once the line is gone."""
Act = Callable[[], Awaitable[object]]


class Acts:
    """A queue with one worker; `add` never waits."""

    def __init__(
        self,
        conversation: ConversationId,
        wait: Callable[[asyncio.Event, float], Awaitable[bool]],
        failed: Callable[[], None],
    ) -> None:
        """Call `failed` when what the caller has said could not be taken."""
        self._conversation = conversation
        self._wait = wait
        self._failed = failed
        self._queue: asyncio.Queue[tuple[Act, bool]] = asyncio.Queue(MOST_WAITING)
        self._task = self._begun()

    def add(self, act: Act, is_vital: bool = False) -> None:
        """Do something as soon as all before it is done; what is vital is tried again."""
        try:
            self._queue.put_nowait((act, is_vital))
        except asyncio.QueueFull:
            log.error("voice.acts_full", extra={"conversation": self._conversation})
            self._failed()

    async def finish(self) -> None:
        """Let what waits be done, but not for long, then end."""
        try:
            async with asyncio.timeout(FINISH_S):
                await self._queue.join()
        except TimeoutError:
            log.error("voice.acts_left", extra={"conversation": self._conversation})
        finally:
            self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _begun(self) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(self._work())
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        """An act that breaks in a way that nobody foresaw does not take the others with it."""
        failure = None if task.cancelled() else task.exception()
        if failure is not None:
            fields = {"conversation": self._conversation, "class": type(failure).__name__}
            log.error("voice.act_broke", extra=fields)
            self._task = self._begun()
            self._failed()

    async def _work(self) -> None:
        while True:
            act, is_vital = await self._queue.get()
            try:
                if not await self._is_done(act, TRIES if is_vital else 1) and is_vital:
                    self._failed()
            finally:
                self._queue.task_done()

    async def _is_done(self, act: Act, tries: int) -> bool:
        for left in reversed(range(tries)):
            pause_s = MOST_PAUSE_S
            try:
                await act()
            except ChannelBusy as busy:
                pause_s = min(busy.retry_after_s, MOST_PAUSE_S)
            except (BotError, ChannelRefused) as failure:
                fields = {"conversation": self._conversation, "class": type(failure).__name__}
                log.warning("voice.act_failed", extra=fields)
                return False
            else:
                return True
            if left:
                await self._wait(asyncio.Event(), pause_s)
        return False
