"""What the router adds to a plain aiohttp client, held against LiteLLM's Router and the SDKs.

Every contestant is a process of its own and so is every vendor; they take turns at the same load.
CPU time is that of the contestant's process, from the first request to the end of the last answer.
Nothing of the bot takes part: a decision and a run of it, as a library. All use asyncio's own loop.

A token costs what a stream of 100 takes beyond a stream of one; the rest is the request's. Vendors
in a burst write as fast as they can, so that several tokens come in one read; paced ones say a
token every 5 ms, and each is a read.

Run: python -m benchmarks.overhead. LiteLLM takes part after python -m benchmarks.rivals.
"""

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from benchmarks.processes import Program, running
from benchmarks.rivals.child import CLAUDE, GPT
from benchmarks.rivals.parent import LITELLM, Rival, Start, Urls, is_installed, started
from benchmarks.table import Limit, Row, show

TOKENS = 100
ROUNDS = 5
WARM_UP = 50
PLAIN, OWN, SDK = "plain", "own", "sdk"
NAMES: Mapping[str, str] = MappingProxyType(
    {PLAIN: "plain aiohttp", OWN: "our router", SDK: "the SDK", LITELLM: "LiteLLM Router"}
)
US_A_TOKEN = Limit(5.0)
MS_TO_FIRST = Limit(0.5)
TIMES_LESS = Limit(10.0, is_of_ratio=True, is_least=True)


@dataclass(frozen=True, slots=True)
class Load:
    """What is measured: so many streams, so many of them at once."""

    name: str
    tokens: int
    pace_s: float
    streams: int
    at_once: int


ONE = Load("one token", 1, 0.0, 100, 1)
BURST = Load("burst", TOKENS, 0.0, 50, 1)
PACED = Load("paced, 50 at once", TOKENS, 0.005, 100, 50)
LOADS = (ONE, BURST, PACED)


@dataclass(frozen=True, slots=True)
class Measured:
    """One load, once."""

    cpu_ms: float
    """Of one stream."""
    first_ms: float
    """Median over the streams."""


Key = tuple[str, str, Load]
"""Contestant, vendor, load."""
Figures = Mapping[Key, Sequence[Measured]]


def main() -> int:
    """Print a table for each vendor."""
    names = [name for name in NAMES if is_installed(name)]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        urls = {load: _vendors(stack, load, Path(folder)) for load in LOADS}
        figures = asyncio.run(_measured(names, urls))
    for vendor, title in ((CLAUDE, "Anthropic's wire"), (GPT, "OpenAI's wire")):
        show(f"overhead: {TOKENS} tokens on {title}, {ROUNDS} rounds", rows(figures, names, vendor))
    if LITELLM not in names:
        print(f"  {NAMES[LITELLM]}: not installed (python -m benchmarks.rivals)")
    return 0


def rows(figures: Figures, names: Sequence[str], vendor: str) -> list[Row]:
    """Return the table of one vendor; ratios are to our router, but for plain aiohttp's."""
    table: list[Row] = []
    for load in (BURST, PACED):
        ours = statistics.median(each.cpu_ms for each in figures[OWN, vendor, load])
        for name in names:
            values = tuple(each.cpu_ms for each in figures[name, vendor, load])
            ratio = statistics.median(values) / ours
            limit = TIMES_LESS if name == LITELLM else None
            table.append(Row(f"{NAMES[name]}, CPU, {load.name}", values, "ms/stream", ratio, limit))
    for load in (BURST, PACED):
        values = per_token(figures, vendor, load)
        table.append(Row(f"ours over plain, a token, {load.name}", values, "us", None, US_A_TOKEN))
    over = _over(figures, vendor, ONE)
    table.append(Row("ours over plain, a request, CPU", tuple(1e3 * ms for ms in over), "us"))
    table.extend(
        _first_row(figures, vendor, load, name) for name in names[1:] for load in (ONE, PACED)
    )
    return table


def per_token(figures: Figures, vendor: str, load: Load) -> tuple[float, ...]:
    """Return what our router takes beyond plain aiohttp for a token, in us, without the request."""
    request_ms = statistics.median(_over(figures, vendor, ONE))
    return tuple((ms - request_ms) / (TOKENS - 1) * 1e3 for ms in _over(figures, vendor, load))


def _over(figures: Figures, vendor: str, load: Load) -> tuple[float, ...]:
    pairs = zip(figures[OWN, vendor, load], figures[PLAIN, vendor, load], strict=True)
    return tuple(ours.cpu_ms - plain.cpu_ms for ours, plain in pairs)


def _first_row(figures: Figures, vendor: str, load: Load, name: str) -> Row:
    pairs = zip(figures[name, vendor, load], figures[PLAIN, vendor, load], strict=True)
    values = tuple(theirs.first_ms - plain.first_ms for theirs, plain in pairs)
    limit = MS_TO_FIRST if name == OWN else None
    how = "1 at once" if load is ONE else load.name
    return Row(f"{NAMES[name]}, first text after plain's, {how}", values, "ms", None, limit)


def _vendors(stack: ExitStack, load: Load, folder: Path) -> Urls:
    arguments = ("--tokens", str(load.tokens), "--pace", str(load.pace_s))
    claude, gpt = (
        stack.enter_context(running(Program(f"tests.emulators.{module}", arguments, folder))).url
        for module in ("anthropic", "openai")
    )
    return Urls(claude, gpt)


async def _measured(names: Sequence[str], urls: Mapping[Load, Urls]) -> Figures:
    figures: dict[Key, list[Measured]] = {}
    for load in LOADS:
        async with AsyncExitStack() as stack:
            rivals = [
                await stack.enter_async_context(started(Start(name, urls[load]))) for name in names
            ]
            for vendor in (CLAUDE, GPT):
                for rival in rivals:
                    await rival.load(vendor, WARM_UP, load.at_once)
                for _ in range(ROUNDS):
                    for rival in rivals:
                        key = (rival.name, vendor, load)
                        figures.setdefault(key, []).append(await _once(rival, vendor, load))
    return figures


async def _once(rival: Rival, vendor: str, load: Load) -> Measured:
    seen = await rival.load(vendor, load.streams, load.at_once)
    assert seen["chars"] == load.streams * load.tokens * len("word "), f"{rival.name}: {seen!r}"
    return Measured(
        cpu_ms=seen["cpu_s"] / load.streams * 1e3,
        first_ms=statistics.median(seen["first_s"]) * 1e3,
    )


if __name__ == "__main__":
    sys.exit(main())
