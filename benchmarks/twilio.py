"""SMS and calls through Twilio: how soon webhooks are answered, callers spoken to and obeyed.

The product and the model are processes of their own; Twilio is the emulator, in this process, with
everybody who writes or calls. The floors are a server that only verifies a signature and keeps a
row, and the model asked directly.

Run: python -m benchmarks.twilio
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.bare import new_event_loop
from benchmarks.processes import Program, product, running
from benchmarks.table import Limit, Row, ranked, show
from benchmarks.twilio_calls import (
    Cuts,
    Load,
    Times,
    bare_first_tokens,
    first_tokens,
    interrupted,
)
from benchmarks.twilio_texts import FIRST, Storm, answered, bare, one_by_one, rates, storm
from benchmarks.twilio_town import LONG, SHORT, TOLL_FREE, Town, environment_of, town, with_twilio
from benchmarks.twilio_vendor import TURNS
from tests.emulators.twilio import twilio_running

PER_S, STORM, FLOOR = 100.0, 2_000, 600
"""Messages a second, and how many, with the product and with the floor."""
USUAL_QUIET_S = 3.0
WARM_S = 3.0
"""After so long the SDK of the model is loaded."""
ALONE = Load(1, TURNS, 0.3)
CROWD, BARE_CROWD = Load(100, 3, 4.0), Load(100, 1, 4.0)
PACED = Load(1, TURNS, 0.4)
CUTS = Load(20, TURNS, 0.9)
STARTS, SETTLE_S = 2, 1.0
ACKNOWLEDGED = Limit(20.0)
FIRST_TOKEN: Mapping[str, Limit] = {"P50": Limit(10.0), "P95": Limit(25.0)}
CUT = Limit(100.0)
NONE = Limit(0.0)
SHARES = {"P50": 0.5, "P95": 0.95, "P99": 0.99}


def main() -> int:
    """Print the tables."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner, tempfile.TemporaryDirectory() as at:
        runner.run(_all(Path(at)))
    return 0


async def _all(folder: Path) -> None:
    for part in ("storm", "floor", "calls", "starts"):
        (folder / part).mkdir()
    async with town(folder / "storm", _vendor(folder / "storm"), USUAL_QUIET_S) as there:
        await _warm(there)
        found = await storm(there, STORM, PER_S)
    floor, floor_cpu_s = await bare(folder / "floor", FLOOR, PER_S)
    title = (
        f"twilio: POST to 200, {PER_S:.0f} messages a second by 200 customers, {STORM:,} of them"
    )
    show(title, storm_rows(found, floor, floor_cpu_s))
    async with town(folder / "calls", _vendor(folder / "calls"), 0.0) as there:
        await _warm(there)
        show("twilio: answers by SMS, without the 3 s of quiet, instant model", await _texts(there))
        show("twilio: final prompt to first word, instant model", await _first(there))
        show("twilio: the same, alone, the model says a word every 20 ms", await _paced(there))
        cuts = await interrupted(there, folder / "calls" / "left", CUTS)
        title = f"twilio: {len(cuts.last_frames)} interruptions in {CUTS.at_once} calls at once"
        show(title, cut_rows(cuts))
    show(f"twilio: {STARTS} starts of the demo, without and with", await _starts(folder / "starts"))


def _vendor(folder: Path) -> Program:
    return Program("benchmarks.twilio_vendor", ("--left", str(folder / "left")), folder)


async def _warm(there: Town) -> None:
    """Let the SDKs be loaded: that is once in the life of a process."""
    await asyncio.sleep(WARM_S)
    await answered(there, FIRST, 1, 1.0)


def storm_rows(found: Storm, floor: Times, floor_cpu_s: float) -> list[Row]:
    """Return how long webhooks took, and what was done meanwhile."""
    rows = [Row(f"bare row, {name}", (at(floor, name),), "ms", 1.0) for name in SHARES]
    for what, took in (("messages", found.acknowledged), ("statuses between", found.statuses)):
        for name in SHARES:
            limit = ACKNOWLEDGED if name == "P95" else None
            value = at(took, name)
            rows.append(Row(f"{what}, {name}", (value,), "ms", value / at(floor, name), limit))
    total = f"of {len(found.acknowledged) + len(found.statuses):,}"
    rows.append(Row("not answered by 200", (float(found.refused),), total, None, NONE))
    rows.append(Row("answers that went out meanwhile", (float(found.turns),), ""))
    rows.append(Row("bare row, CPU a message", (floor_cpu_s * 1e3,), "ms", 1.0))
    ratio = found.cpu_s / floor_cpu_s
    rows.append(Row("product, CPU a message", (found.cpu_s * 1e3,), "ms", ratio))
    return rows


async def _texts(there: Town) -> list[Row]:
    """Return how soon an answer goes out, and how fast each kind of sender is."""
    alone = await one_by_one(there, 2 * FIRST, 20)
    together = await answered(there, 3 * FIRST, 60, 20.0)
    rows = [
        Row(f"webhook to REST, {what}, {name}", (at(took, name),), "ms")
        for what, took in (("one at a time", alone), ("20 a second", together))
        for name in ("P50", "P95")
    ]
    paced = await rates(there, 4 * FIRST)
    for kind, sender, per_s in (
        ("long number", LONG, 1),
        ("toll-free number", TOLL_FREE, 3),
        ("short code", SHORT, 100),
    ):
        name = f"{kind}, {per_s} a second allowed"
        rows.append(Row(name, (paced[sender],), "segments/s", paced[sender] / per_s))
    return rows


async def _first(there: Town) -> list[Row]:
    """Return what we add to the model's first token."""
    rows = []
    for what, load, floor in (
        ("alone", ALONE, ALONE),
        ("100 calls at once", CROWD, BARE_CROWD),
    ):
        direct = await bare_first_tokens(there, "instantly", floor)
        rounds = 3 if load.at_once == 1 else 1
        through: list[float] = []
        for _ in range(rounds):
            through += await first_tokens(there, "instantly", load)
        for name in ("P50", "P95"):
            model, heard = at(direct, name), at(tuple(through), name)
            rows += [
                Row(f"{what}, the model's own, {name}", (model,), "ms", 1.0),
                Row(f"{what}, first word on the line, {name}", (heard,), "ms", heard / model),
                Row(f"{what}, added, {name}", (heard - model,), "ms", None, FIRST_TOKEN[name]),
            ]
    return rows


async def _paced(there: Town) -> list[Row]:
    """Return what waiting for the next word costs: a word is known when it has ended."""
    direct = at(await bare_first_tokens(there, "evenly", PACED), "P50")
    rows = [Row("the model's own first token", (direct,), "ms", 1.0)]
    for what, manner in (("usual first word", "evenly"), ("another first word", "unusually")):
        heard = at(await first_tokens(there, manner, PACED), "P50")
        rows.append(Row(f"{what}, added", (heard - direct,), "ms"))
    return rows


def cut_rows(cuts: Cuts) -> list[Row]:
    """Return how soon interrupted callers are obeyed."""
    rows = [
        Row(f"last frame of the old answer, {name}", (at(cuts.last_frames, name),), "ms", None, CUT)
        for name in ("P50", "P99")
    ]
    rows.append(Row("interruptions with a frame after them", (float(cuts.late),), ""))
    rows += [
        Row(f"the model sees its client go, {name}", (at(cuts.cancelled, name),), "ms", None, CUT)
        for name in ("P50", "P99")
    ]
    rows.append(Row("answers said to their end", (float(cuts.uncancelled),), "", None, NONE))
    return rows


def at(took: Times, name: str) -> float:
    """Return a percentile in milliseconds."""
    return ranked(took, SHARES[name]) * 1e3


async def _starts(folder: Path) -> list[Row]:
    async with twilio_running() as twilio:
        settings = environment_of(twilio)
        plain = await asyncio.to_thread(_started, folder, {})
        rich = await asyncio.to_thread(_started, folder, settings)
    rows = []
    for number, (what, unit) in enumerate((("ready", "s"), ("memory", "MiB"))):
        without = Row(f"without, {what}", tuple(one[number] for one in plain), unit, 1.0)
        values = tuple(one[number] for one in rich)
        ratio = Row("", values, "").median / without.median
        rows += [without, Row(f"with, {what}", values, unit, ratio)]
    return rows


def _started(folder: Path, environment: Mapping[str, str]) -> Sequence[tuple[float, float]]:
    """Return seconds to ready and MiB a second later, of several starts after one more."""
    program = with_twilio(product(folder), environment)
    results = []
    for _ in range(STARTS + 1):
        with running(program) as server:
            time.sleep(SETTLE_S)
            results.append((server.ready_s, server.rss_kib() / 1024))
    return results[1:]


if __name__ == "__main__":
    sys.exit(main())
