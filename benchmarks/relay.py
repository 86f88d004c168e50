"""What a token costs in the whole product, held against a relay that does nothing but relay.

Every server is a process of its own and meets the same vendor, the same customers and the same
pace, in turns. The CPU time of a server, from the first question to the end of the last answer, is
divided by the tokens that the vendor sent in between: everything counts that a turn takes.

Run: python -m benchmarks.relay
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.customers import Crowd, Customer, Reply, each
from benchmarks.policies import DEMO_ARTICLES, shelve, write_fast_copy_of_demo, write_policy
from benchmarks.processes import Program, Running, product, running
from benchmarks.table import Limit, Row, show
from benchmarks.vendor import QUESTION, TOKENS

CONVERSATIONS = 130
"""At the same time: about 5,000 tokens a second."""
IN_TURN = 2
"""Conversations that follow each other in every place."""
WARM_UP = 30
"""Conversations that a server meets first: they load its SDK, fill its caches and do not count."""
PACE_S = 0.02
SPREAD_S = 1.0
"""Between the first question of the first place and that of the last."""
OPENED_AT_ONCE = 20
"""Sockets that are opened at the same time, before anything is measured."""
BARE, FULL, DEMO = "bare relay", "whole product", "same, demo's intents and articles"
ROUNDS = MappingProxyType({BARE: 3, FULL: 3, DEMO: 1})
"""How often each is measured; the last one is for information."""
LIMIT = Limit(3.0, is_of_ratio=True)


@dataclass(frozen=True, slots=True)
class Window:
    """One measurement of one server."""

    cpu_us: float
    """Per token."""
    tokens_per_s: float


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server and how a customer gets in."""

    server: Running
    opening: Callable[[], Awaitable[Customer]]


def main() -> int:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running(Program("benchmarks.vendor", ("--pace", str(PACE_S)), folder)) as vendor:
            windows = _windows(folder, vendor.url)
    show(
        f"relay: {CONVERSATIONS} conversations, a token every {PACE_S * 1e3:.0f} ms", rows(windows)
    )
    return 0


def rows(windows: Mapping[str, Sequence[Window]]) -> list[Row]:
    """Return the table: CPU time per token, then how many tokens there were."""
    floor = Row("", tuple(window.cpu_us for window in windows[BARE]), "")
    cpu = []
    for name, measured in windows.items():
        values = tuple(window.cpu_us for window in measured)
        ratio = Row("", values, "").median / floor.median
        cpu.append(Row(f"{name}, CPU", values, "us/token", ratio, LIMIT if name == FULL else None))
    speed = [
        Row(f"{name}, load", tuple(window.tokens_per_s for window in measured), "tokens/s")
        for name, measured in windows.items()
    ]
    return [*cpu, *speed]


def _windows(folder: Path, vendor: str) -> dict[str, list[Window]]:
    demo = folder / "demo"
    demo.mkdir()
    demo_policy = write_fast_copy_of_demo(folder / "demo.yaml")
    shelve(demo, demo_policy, DEMO_ARTICLES)
    policy = write_policy(folder / "policy.yaml")
    with (
        running(Program("benchmarks.bare", ("--vendor", vendor), folder)) as bare,
        running(product(folder, policy, vendor)) as full,
        running(product(demo, demo_policy, vendor)) as rich,
    ):
        return asyncio.run(_measured({BARE: bare, FULL: full, DEMO: rich}))


async def _measured(servers: Mapping[str, Running]) -> dict[str, list[Window]]:
    windows: dict[str, list[Window]] = {name: [] for name in servers}
    async with AsyncExitStack() as stack:
        contestants: dict[str, Contestant] = {}
        for name, server in servers.items():
            crowd = await stack.enter_async_context(Crowd(server.url))
            opening = crowd.open_bare if name == BARE else crowd.open
            contestants[name] = Contestant(server, opening)
            await window_of(contestants[name], WARM_UP, 1)
        for number in range(max(ROUNDS.values())):
            for name in (name for name in contestants if number < ROUNDS[name]):
                window = await window_of(contestants[name], CONVERSATIONS, IN_TURN)
                windows[name].append(window)
    return windows


async def window_of(contestant: Contestant, places: int, in_turn: int) -> Window:
    """Return what one server needs for the load; its sockets are open before and closed after.

    Args:
        contestant: the server.
        places: conversations at the same time.
        in_turn: conversations that follow each other in one place.
    """
    server = contestant.server
    customers = await each([contestant.opening] * (places * in_turn), OPENED_AT_ONCE)
    began, cpu_s = time.perf_counter(), server.cpu_s()
    async with asyncio.TaskGroup() as group:
        for place in range(places):
            delay_s = place / places * SPREAD_S
            group.create_task(_ask_in_turn(delay_s, customers[place::places]))
    cpu_s, took_s = server.cpu_s() - cpu_s, time.perf_counter() - began
    tokens = len(customers) * TOKENS
    for customer in customers:
        await customer.leave()
    return Window(cpu_s / tokens * 1e6, tokens / took_s)


async def _ask_in_turn(delay_s: float, customers: Sequence[Customer]) -> None:
    await asyncio.sleep(delay_s)
    for customer in customers:
        check(await customer.ask(QUESTION))


def check(reply: Reply) -> None:
    """Refuse to count what was not answered by the vendor.

    Raises:
        RuntimeError: it was not.
    """
    is_answered = reply.end_s > 0 and not reply.error and not reply.is_handed_over
    if not is_answered or reply.status not in ("", "done"):
        raise RuntimeError(f"expected an answer, got {reply!r}")


if __name__ == "__main__":
    sys.exit(main())
