"""All benchmarks, or those named: `python -m benchmarks [NAME...]`.

Each runs in a process of its own, on the loopback address only, and not longer than its limit. The
exit code is 0 whatever they find: a missed target says MISSED in its row.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One module of this folder."""

    most_s: float
    """It is ended after so long."""
    needs: tuple[str, ...] = ()
    """Files in the folder that COPILOT_EVAL_DATA names."""


BENCHMARKS: Mapping[str, Benchmark] = MappingProxyType(
    {
        "startup": Benchmark(60),
        "store": Benchmark(150),
        "redaction": Benchmark(150),
        "redaction_quality": Benchmark(
            90, ("presidio_generated_large.json", "banking77_train.jsonl")
        ),
        "audit": Benchmark(180),
        "relay": Benchmark(180),
        "first_token": Benchmark(120),
        "idle": Benchmark(120),
        "bank": Benchmark(150, ("tau2_banking_docs.jsonl", "banking77_train.jsonl")),
        "retrieval": Benchmark(120, ("tau2_banking_docs.jsonl", "banking77_train.jsonl")),
        "decide": Benchmark(60),
        "costs": Benchmark(60, ("banking77_train.jsonl",)),
        "intents": Benchmark(300, ("banking77_train.jsonl", "clinc150_train.jsonl")),
        "cache": Benchmark(200, ("banking77_train.jsonl",)),
        "faults": Benchmark(180),
        "overhead": Benchmark(400),
        "slack": Benchmark(180),
        "twilio": Benchmark(240),
    }
)


def main() -> int:
    """Run what was asked for, in the order of the table above."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    wanted = parser.parse_args().names
    unknown = sorted(set(wanted) - set(BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}, expected one of {', '.join(BENCHMARKS)}")
    for name, benchmark in BENCHMARKS.items():
        if not wanted or name in wanted:
            run(name, benchmark)
    return 0


def run(name: str, benchmark: Benchmark) -> None:
    """Run one benchmark, or say in a sentence why not."""
    data = Path(os.getenv("COPILOT_EVAL_DATA", "../shared/data"))
    missing = [file for file in benchmark.needs if not (data / file).is_file()]
    if missing:
        print(
            f"{name}: skipped, because {missing[0]} is not in {str(data)!r} (COPILOT_EVAL_DATA)\n"
        )
        return
    began = time.perf_counter()
    try:
        code = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], timeout=benchmark.most_s, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        print(f"{name}: ended after {benchmark.most_s:.0f} s, which is its limit: MISSED\n")
        return
    verdict = "" if code == 0 else f", exit code {code}: MISSED"
    print(f"  ({name} took {time.perf_counter() - began:.0f} s{verdict})\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
