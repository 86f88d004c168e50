"""The tasks of one line: begun together, ended together."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

log = logging.getLogger("copilot.voice")


class Chores:
    """Keeps tasks until they end; one that fails is told, since somebody is on the line."""

    def __init__(self, failed: Callable[[], None], where: Mapping[str, str]) -> None:
        """Call `failed` when one has failed; `where` is logged with it."""
        self._failed = failed
        self._where = where
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def end(self) -> None:
        """End all."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        failure = None if task.cancelled() else task.exception()
        if failure is not None:
            fields = {"class": type(failure).__name__, **self._where}
            log.error("voice.task_failed", extra=fields)
            self._failed()
