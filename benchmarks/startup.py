"""How soon `copilot serve` is ready, and how much memory it has then: the demo, without keys.

The floor is a process that only imports aiohttp's server and listens. The first start of each is
not counted: it compiles the modules and makes the database.

Run: python -m benchmarks.startup
"""

import sys
import tempfile
from pathlib import Path

from benchmarks.processes import Program, product, running
from benchmarks.table import Limit, Row, show

STARTS = 5
READY = Limit(1.0)
MEMORY = Limit(80.0)
"""In MiB."""


def main() -> int:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        floor_s, floor_mib = zip(*started(Program("benchmarks.bare", (), folder)), strict=True)
        ready_s, mib = zip(*started(product(folder)), strict=True)
    bare, bare_memory = (
        Row("bare server, ready", floor_s, "s"),
        Row("bare server", floor_mib, "MiB"),
    )
    rows = [
        bare,
        Row("copilot serve, ready", ready_s, "s", _median(ready_s) / bare.median, READY),
        bare_memory,
        Row("copilot serve, memory", mib, "MiB", _median(mib) / bare_memory.median, MEMORY),
    ]
    show(f"startup: the demo without keys, {STARTS} starts", rows)
    return 0


def started(program: Program) -> list[tuple[float, float]]:
    """Return seconds and MiB when it was ready, of several starts after one that does not count."""
    results = []
    for _ in range(STARTS + 1):
        with running(program) as server:
            results.append((server.ready_s, server.rss_kib() / 1024))
    return results[1:]


def _median(values: tuple[float, ...]) -> float:
    return Row("", values, "").median


if __name__ == "__main__":
    sys.exit(main())
