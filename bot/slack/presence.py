"""Notes that we are here, so that the next start knows how long nobody was."""

import asyncio
from collections.abc import Callable

from bot.clock import Clock
from bot.stores.cabinet import Cabinet, Entry

KIND, KEY, BLANK = "slack.alive", "inbound", "{}"
EVERY_S = 60.0


class Presence:
    """Asks for what was missed while nobody was here: Slack tries again for six minutes only."""

    def __init__(self, cabinet: Cabinet, clock: Clock, missed: Callable[[float], None]) -> None:
        """Tell `missed` since when, in Unix seconds; it returns at once."""
        self._cabinet = cabinet
        self._clock = clock
        self._missed = missed

    async def run(self) -> None:
        """Look once, then note every minute that we are here.

        Raises:
            StoreFailed: the disk failed.
        """
        found = await self._cabinet.find(KIND, KEY)
        if found:
            self._missed(found[0].at.timestamp())
        while True:
            await self._cabinet.put(Entry(KIND, KEY, BLANK, self._clock.now()))
            await asyncio.sleep(EVERY_S)
