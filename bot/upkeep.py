"""The tasks of one room that run as long as the process does."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

AGAIN_S = 5.0
"""A part that has failed is begun again after so long."""
Sleep = Callable[[float], Coroutine[Any, Any, None]]
Work = Callable[[], Coroutine[Any, Any, None]]


class Upkeep:
    """Keeps parts running: one that fails is logged by its class and begun again."""

    def __init__(self, room: str, sleep: Sleep = asyncio.sleep) -> None:
        """Log as `<room>.part_failed`."""
        self._room = room
        self._log = logging.getLogger(f"copilot.{room}")
        self._sleep = sleep
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, name: str, work: Work) -> None:
        """Run a part until it comes to its own end."""
        task = asyncio.get_running_loop().create_task(self._run(name, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End all of them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, name: str, work: Work) -> None:
        while True:
            outcomes = await asyncio.gather(work(), return_exceptions=True)
            outcome: object = outcomes[0]
            if not isinstance(outcome, Exception):
                return
            fields = {"part": name, "error": type(outcome).__name__}
            self._log.error(f"{self._room}.part_failed", extra=fields)
            await self._sleep(AGAIN_S)
