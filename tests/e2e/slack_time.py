"""Hours that pass in seconds: an event loop whose clock jumps ahead when nothing happens.

Everything that waits in such a loop (pauses, leases, turns, time limits) waits by this clock, so
the whole product runs through an outage as it would, only without anybody waiting for it.
"""

import asyncio
import selectors
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.clock import Clock
from bot.settings import Settings
from channels.slack.ingress import PATH
from tests.e2e.slack_place import SIGNING_SECRET, SlackPlace, prepared
from tests.e2e.visitor import SECRET, served
from tests.emulators.slack import SlackServer, slack_running

IDLE_S = 0.005
"""So long, really, nothing must happen before the clock jumps: threads and sockets need it."""
JUMP_S = 0.5
"""Also past a deadline that is nearer: what waits for it is a little late, as on a busy machine."""
LOOK_EVERY_S = 1.0


def any_thread_works() -> bool:
    """Return whether a thread besides this one computes, waits for its turn to, or for the disk."""
    threads = Path("/proc/self/task")
    others = (one for one in threads.iterdir() if one.name != str(threading.get_native_id()))
    return any(_state_of(one) in ("R", "D") for one in others)


def _state_of(thread: Path) -> str:
    try:
        return (thread / "stat").read_text().rpartition(") ")[2][:1]
    except (FileNotFoundError, ProcessLookupError):
        return ""


class _Selector(selectors.DefaultSelector):
    """Waits for a moment instead of until a deadline; then the clock jumps."""

    ahead_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= IDLE_S:
            return super().select(timeout)
        happened = super().select(IDLE_S)
        if not happened and not any_thread_works():
            self.ahead_s += JUMP_S
        return happened


class _Loop(asyncio.SelectorEventLoop):
    """A loop by a clock that jumps."""

    def __init__(self) -> None:
        self._jumping = _Selector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return super().time() + self._jumping.ahead_s


def in_turned_time(story: Coroutine[Any, Any, None]) -> None:
    """Run a story in a loop whose clock jumps."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        runner.run(story)


def turned_clock() -> Clock:
    """Return the clock of the loop, as the product has it."""
    loop = asyncio.get_running_loop()
    began, began_at = datetime.now(UTC), loop.time()
    return Clock(lambda: began + timedelta(seconds=loop.time() - began_at), loop.time)


async def passes(seconds: float) -> None:
    """Let time pass."""
    await asyncio.sleep(seconds)


async def becomes(condition: Callable[[], object], within_s: float = 900.0) -> None:
    """Wait until something is true, by the clock that jumps.

    Raises:
        AssertionError: it did not become true.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + within_s
    while not condition():
        assert loop.time() < until, f"not within {within_s:g} s"
        await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def turned_place(
    folder: Path, settings: Settings, before: Callable[[SlackServer], None] | None = None
) -> AsyncIterator[SlackPlace]:
    """Let the product work in a fresh Slack that keeps to its limits, both by the turned clock.

    `before` is done to the Slack before the product starts.
    """
    clock = turned_clock()
    async with slack_running() as server:
        server.clock, server.unix = clock.monotonic, lambda: clock.now().timestamp()
        server.limits_on = True
        # A turn comes as much too late as the clock jumps, and the next one may be in time.
        server.limits.post_burst += 1
        whole = replace(settings, data=folder / "data", secret=SECRET, slack=prepared(server))
        if before is not None:
            before(server)
        async with served(whole, clock=clock) as place:
            server.deliver_to(f"{place.url}{PATH}", SIGNING_SECRET)
            yield SlackPlace(place.app, place.url, server)
