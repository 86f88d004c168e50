"""The desk in Slack: how soon events are acknowledged, and how soon each side sees the other.

The whole product is a process of its own; Slack is the emulator, in this process, with the
customers. A reply in a thread leads to two events, itself and the echo of its receipt, so that 50
replies a second are 100 requests. The floors are a server that only writes a row, and one that only
passes on.

Run: python -m benchmarks.slack
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from benchmarks.bare import new_event_loop
from benchmarks.processes import Program, Running, product, running
from benchmarks.slack_load import (
    Storm,
    Times,
    alone,
    bare_acks,
    bare_relayed,
    first_texts,
    paced,
    spread,
    storm,
    together,
    written,
)
from benchmarks.slack_town import HTTP_ENTRY, QUIET_S, SLACK_QUIET_S, Town, town, with_slack
from benchmarks.table import Limit, Row, ranked, show
from tests.emulators.slack import slack_running

CONVERSATIONS = 60
ASKED = 30
PER_S = 5.0
"""Customers who ask for a person, or ask in Slack."""
REPLIES = 100
QUICK, SLOW = 500, 1_000
"""Replies of a storm, 50 a second."""
STARTS = 3
SETTLE_S = 1.0
ACK = Limit(50.0)
SEEN = Limit(100.0)
NONE = Limit(0.0)
SHARES = {"P50": 0.5, "P95": 0.95, "P99": 0.99}


@dataclass(slots=True)
class Measured:
    """Everything, in seconds."""

    storms: dict[str, Storm] = field(default_factory=dict)
    bare_acks: Times = ()
    bare_relayed: Times = ()
    seen: dict[str, Times] = field(default_factory=dict)
    cards: Times = ()
    first_texts: Times = ()
    too_often: int = 0
    """Calls of ours that Slack refused with 429."""


def main() -> int:
    """Print the tables."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_all())
    return 0


async def _all() -> None:
    found = Measured()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("http", "socket", "starts"):
            (folder / part).mkdir()
        async with town(folder / "http", CONVERSATIONS) as there:
            await _by_http(there, found)
        async with town(folder / "socket", 20, over_socket=True) as there:
            await paced([partial(there.bridge, number) for number in range(20)], PER_S)
            await _replied(there, found, "Socket Mode")
        show("slack: events acknowledged, 50 replies a second in 60 threads", ack_rows(found))
        show("slack: what is seen how soon", seen_rows(found))
        show(f"slack: {STARTS} starts of the demo, without and with", await _starts(folder))


async def _by_http(there: Town, found: Measured) -> None:
    numbers = range(CONVERSATIONS)
    opened = await paced([partial(there.bridge, number) for number in numbers[:ASKED]], PER_S)
    found.cards = tuple(bridge.card_s - QUIET_S for bridge in opened)
    await paced([partial(there.bridge, number) for number in numbers[ASKED:]], 2 * PER_S)
    await _replied(there, found, "HTTP")
    for word, count, is_slow in (("quick", QUICK, False), ("slow", SLOW, True)):
        found.storms[word] = await storm(there, word, count, is_slow)
    places = [bridge.place for bridge in there.bridges[:ASKED]]
    asked = await first_texts(there, places, PER_S)
    found.first_texts = tuple(took - SLACK_QUIET_S for took in asked)
    found.too_often = there.slack.limits.refused
    events = written(there, SLOW)
    async with AsyncExitStack() as stack:
        floor = await _floor(stack)
        found.bare_relayed = await bare_relayed(floor, events[:REPLIES])
        found.bare_acks = await bare_acks(floor, [body for _, body in events], 100.0)


async def _floor(stack: AsyncExitStack) -> Running:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    arguments = ("--database", str(folder / "floor.db"))
    return stack.enter_context(running(Program("benchmarks.slack_floor", arguments, folder)))


async def _replied(there: Town, found: Measured, way: str) -> None:
    """Measure replies on a way in which Slack's events come."""
    found.seen[f"{way}, one conversation"] = await alone(there, "one", REPLIES)
    found.seen[f"{way}, 20 conversations, 20 a second"] = await spread(there, "20", REPLIES, 20.0)
    found.seen[f"{way}, 20 in the same instant"] = await together(there, "all", 5)


def ack_rows(found: Measured) -> list[Row]:
    """Return how long acknowledgements took, and what became of the replies."""
    rows = [
        Row(f"bare row, {name}", (ranked(found.bare_acks, share) * 1e3,), "ms", 1.0)
        for name, share in SHARES.items()
    ]
    for word, one in found.storms.items():
        for name, share in SHARES.items():
            took, bare = ranked(one.acknowledged, share), ranked(found.bare_acks, share)
            limit = ACK if name == "P99" else None
            rows.append(Row(f"{word} handlers, {name}", (took * 1e3,), "ms", took / bare, limit))
        counts = {
            "not answered by 200": (one.refused, NONE),
            "not seen exactly once": (one.wrong, NONE),
            "without a receipt in the end": (one.unmarked, None),
        }
        total = f"of {len(one.seen):,}"
        for what, (count, most) in counts.items():
            rows.append(Row(f"{word} handlers, {what}", (float(count),), total, None, most))
        rows += _shares(f"{word} handlers, reply seen", one.seen, None)
    rows.append(Row("calls that Slack refused with 429", (float(found.too_often),), "", None, NONE))
    return rows


def seen_rows(found: Measured) -> list[Row]:
    """Return how soon customers and humans see what the other side does."""
    bare = ranked(found.bare_relayed, 0.5)
    rows = _shares("bare relay", found.bare_relayed, bare)
    for what, took in found.seen.items():
        rows += _shares(what, took, bare, SEEN)
    rows += _shares(f"card after `a person`, less {QUIET_S:g} s of quiet", found.cards, None)
    name = f"answer in a direct message, less {SLACK_QUIET_S:g} s"
    rows += _shares(name, found.first_texts, None)
    return rows


def _shares(name: str, took: Times, bare: float | None, most: Limit | None = None) -> list[Row]:
    """Return the rows of P50, which the target is for, and of P95."""
    median, high = ranked(took, 0.5), ranked(took, 0.95)
    ratio = None if bare is None else median / bare
    return [
        Row(f"{name}, P50", (median * 1e3,), "ms", ratio, most),
        Row(f"{name}, P95", (high * 1e3,), "ms"),
    ]


async def _starts(folder: Path) -> list[Row]:
    async with slack_running() as slack:
        settings = {
            **HTTP_ENTRY,
            "SLACK_BOT_TOKEN": slack.team("T1").bot_token,
            "COPILOT_SLACK_BASE_URL": slack.url,
            "COPILOT_HANDOFF_CHANNEL": "C1",
        }
        plain = await asyncio.to_thread(_started, folder / "starts", {})
        rich = await asyncio.to_thread(_started, folder / "starts", settings)
    rows = []
    for number, (what, unit) in enumerate((("ready", "s"), ("memory", "MiB"))):
        without = Row(f"without, {what}", tuple(one[number] for one in plain), unit, 1.0)
        values = tuple(one[number] for one in rich)
        ratio = Row("", values, "").median / without.median
        rows += [without, Row(f"with, {what}", values, unit, ratio)]
    return rows


def _started(folder: Path, environment: Mapping[str, str]) -> Sequence[tuple[float, float]]:
    """Return seconds to ready and MiB a second later, of several starts after one more."""
    program = with_slack(product(folder), environment)
    results = []
    for _ in range(STARTS + 1):
        with running(program) as server:
            time.sleep(SETTLE_S)
            results.append((server.ready_s, server.rss_kib() / 1024))
    return results[1:]


if __name__ == "__main__":
    sys.exit(main())
