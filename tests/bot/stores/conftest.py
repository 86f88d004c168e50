"""Every test that asks for `store` runs on each implementation: a new one is one line here."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.stores.base import Store
from bot.stores.memory import MemoryStore
from bot.stores.sqlite import open_sqlite


async def open_memory(_path: Path) -> MemoryStore:
    return MemoryStore()


STORES: dict[str, Callable[[Path], Awaitable[Store]]] = {
    "memory": open_memory,
    "sqlite": open_sqlite,
}


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    opened = await STORES[request.param](tmp_path / "copilot.db")
    yield opened
    await opened.close()
