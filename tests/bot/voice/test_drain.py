"""A process that ends while callers are on the line."""

import asyncio
from pathlib import Path

from bot.stores.cabinet import Entry, MemoryCabinet
from tests.bot.stage import WAIT_S
from tests.bot.voice.scene import called, taking_calls


class GatheringCabinet(MemoryCabinet):
    """Keeps nobody's leaving before three have come to it."""

    def __init__(self) -> None:
        super().__init__()
        self._leaving = 0
        self._is_complete = asyncio.Event()

    async def put(self, entry: Entry, is_new: bool = False) -> bool:
        if '"leaving": "restart"' in entry.value:
            self._leaving += 1
            if self._leaving == 3:
                self._is_complete.set()
            await self._is_complete.wait()
        return await super().put(entry, is_new)


async def test_who_ends_lets_go_of_all_callers_at_once(tmp_path: Path) -> None:
    """One after the other, a hundred would wait for each other's goodbye."""
    cabinet = GatheringCabinet()
    async with (
        taking_calls(tmp_path, cabinet=cabinet) as scene,
        called(scene) as first,
        called(scene) as second,
        called(scene) as third,
    ):
        await scene.until(lambda: scene.side.active == 3)
        async with asyncio.timeout(WAIT_S):
            await scene.side.drain()

        assert [one.close_code for one in (first, second, third)] == [1001] * 3
