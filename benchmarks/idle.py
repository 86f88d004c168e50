"""What a WebSocket costs in memory while nobody says anything: one conversation for each.

Sessions are opened first and are not counted; then the sockets, up to their welcome. The floor is
a server of the same library whose sockets only wait.

Run: python -m benchmarks.idle
"""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

from benchmarks.customers import Crowd, Customer, each
from benchmarks.policies import write_policy
from benchmarks.processes import Program, Running, most_files, product, running
from benchmarks.table import Limit, Row, show

SOCKETS = 5_000
SPARE_FILES = 500
"""What the processes open besides sockets."""
WARM_UP = 50
OPENED_AT_ONCE = 32
SETTLE_S = 1.0
LIMIT = Limit(27.0)

Opening = Callable[[], Awaitable[Customer]]


def main() -> int:
    """Print the table."""
    count = min(SOCKETS, most_files() - SPARE_FILES)
    if count < SOCKETS:
        print(f"idle: only {count} sockets, because a process may not open more files here")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running(Program("benchmarks.bare", (), folder)) as server:
            bare_kib = asyncio.run(_bare(server, count))
        with running(product(folder, write_policy(folder / "policy.yaml"))) as server:
            full_kib = asyncio.run(_full(server, count))
    rows = [
        Row("bare server, memory", (bare_kib,), "KiB/socket", 1.0),
        Row("whole product, memory", (full_kib,), "KiB/socket", full_kib / bare_kib, LIMIT),
    ]
    show(f"idle: {count} sockets that wait, after their welcome", rows)
    return 0


async def _bare(server: Running, count: int) -> float:
    async with Crowd(server.url) as crowd:
        return await growth_kib(server, [crowd.open_bare] * count)


async def _full(server: Running, count: int) -> float:
    async with Crowd(server.url) as crowd:
        tokens = await each([crowd.invite] * count, OPENED_AT_ONCE)
        return await growth_kib(server, [_admitting(crowd, token) for token in tokens])


async def growth_kib(server: Running, openings: Sequence[Opening]) -> float:
    """Return by how much the server's memory grows with each socket, in KiB.

    The first sockets stay open, but what they cost is not counted: they load what is loaded once.
    """
    readers: list[asyncio.Task[None]] = []

    async def keep(opening: Opening) -> None:
        customer = await opening()
        readers.append(asyncio.get_running_loop().create_task(customer.idle()))

    try:
        await each([partial(keep, one) for one in openings[:WARM_UP]], OPENED_AT_ONCE)
        await asyncio.sleep(SETTLE_S)
        before_kib = server.rss_kib()
        await each([partial(keep, one) for one in openings[WARM_UP:]], OPENED_AT_ONCE)
        await asyncio.sleep(SETTLE_S)
        grown_kib = server.rss_kib() - before_kib
        if any(reader.done() for reader in readers):
            raise RuntimeError("a socket was closed, expected all to stay open")
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    return grown_kib / (len(openings) - WARM_UP)


def _admitting(crowd: Crowd, token: str) -> Opening:
    return partial(crowd.admit, token)


if __name__ == "__main__":
    sys.exit(main())
