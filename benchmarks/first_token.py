"""How much later a customer sees the first text than the vendor says it.

The same vendor is asked directly, at the same pace and by as many at once; what the product adds is
the difference of the medians. The product lets a word through once it is complete, since half a
word may be half of a name: so the second row of each pair counts from the vendor's second token.

Run: python -m benchmarks.first_token
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import aiohttp

from benchmarks.bare import HEADERS, body_of
from benchmarks.customers import Crowd, Customer, each
from benchmarks.policies import write_policy
from benchmarks.processes import Program, product, running
from benchmarks.relay import OPENED_AT_ONCE, check
from benchmarks.table import Limit, Row, show
from benchmarks.vendor import QUESTION, TOKENS

PACE_S = 0.02
ALONE, ALONE_TIMES = 1, 12
TOGETHER, TOGETHER_TIMES = 50, 4
WARM_UP = 10
FRAME = b"text_delta"
LIMIT = Limit(5.0)

Ask = Callable[[], Awaitable["Seen"]]


@dataclass(frozen=True, slots=True)
class Seen:
    """When text came after a question, in milliseconds."""

    first_ms: float
    second_ms: float
    """The vendor's second token, which ends the first word; for the product the same as first."""


def main() -> int:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        policy = write_policy(folder / "policy.yaml")
        with (
            running(Program("benchmarks.vendor", ("--pace", str(PACE_S)), folder)) as vendor,
            running(product(folder, policy, vendor.url)) as server,
        ):
            rows = asyncio.run(_measured(vendor.url, server.url))
    show(f"first token: the vendor says one every {PACE_S * 1e3:.0f} ms", rows)
    return 0


async def _measured(vendor: str, server: str) -> list[Row]:
    count = WARM_UP + ALONE * ALONE_TIMES + TOGETHER * TOGETHER_TIMES
    connector = aiohttp.TCPConnector(limit=0)
    async with Crowd(server) as crowd, aiohttp.ClientSession(connector=connector) as client:
        waiting = await each([crowd.open] * count, OPENED_AT_ONCE)
        through = partial(_through_product, waiting)
        direct = partial(_directly, client, vendor)
        await asked(through, WARM_UP, 1)
        alone = await _pair(direct, through, ALONE, ALONE_TIMES)
        together = await _pair(direct, through, TOGETHER, TOGETHER_TIMES)
    return [*alone, *together]


async def _pair(direct: Ask, through: Ask, at_once: int, times: int) -> list[Row]:
    floor, full = await asked(direct, at_once, times), await asked(through, at_once, times)
    seen = Row("", tuple(one.first_ms for one in full), "ms")
    first = Row("", tuple(one.first_ms for one in floor), "ms")
    second = Row("", tuple(one.second_ms for one in floor), "ms")
    added = (seen.median - first.median,)
    added_to_word = (seen.median - second.median,)
    name = f"{at_once} at once"
    return [
        Row(f"{name}: vendor's first token", first.values, "ms", 1.0),
        Row(f"{name}: first text shown", seen.values, "ms", seen.median / first.median),
        Row(f"{name}: added to the vendor's first token", added, "ms", None, LIMIT),
        Row(f"{name}: added to its first whole word", added_to_word, "ms", None, LIMIT),
    ]


async def asked(ask: Ask, at_once: int, times: int) -> list[Seen]:
    """Return what was seen when so many asked at once, each so many times.

    They begin spread over one answer, so that first tokens come evenly.
    """
    seen: list[Seen] = []

    async def lane(number: int) -> None:
        await asyncio.sleep(number / at_once * PACE_S * TOKENS)
        for _ in range(times):
            seen.append(await ask())  # noqa: PERF401 - one after the other

    async with asyncio.TaskGroup() as group:
        for number in range(at_once):
            group.create_task(lane(number))
    return seen


async def _directly(client: aiohttp.ClientSession, vendor: str) -> Seen:
    times: list[float] = []
    began = time.perf_counter()
    url = f"{vendor}/v1/messages"
    async with client.post(url, json=body_of(QUESTION), headers=HEADERS) as response:
        async for chunk in response.content.iter_any():
            if len(times) < 2:
                times += [time.perf_counter() - began] * chunk.count(FRAME)
    return Seen(times[0] * 1e3, times[1] * 1e3)


async def _through_product(waiting: list[Customer]) -> Seen:
    reply = await waiting.pop().ask(QUESTION)
    check(reply)
    return Seen(reply.first_s * 1e3, reply.first_s * 1e3)


if __name__ == "__main__":
    sys.exit(main())
