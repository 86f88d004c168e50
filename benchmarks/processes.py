"""Processes that a benchmark measures: started, asked for their CPU time and memory, ended."""

import os
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

LEAN = {"MALLOC_ARENA_MAX": "1", "PYTHONNODEBUGRANGES": "1"}
"""As `make run` starts it."""
ROOT = Path(__file__).parent.parent
READY_S = 60.0
ENDING_S = 20.0
ADDRESS = re.compile(r"(http://\S+)")
VENDOR_KEY = "benchmark"


@dataclass(frozen=True, slots=True)
class Running:
    """A process that says that it is ready."""

    url: str
    ready_s: float
    """From its start to its first line."""
    process: psutil.Process

    def cpu_s(self) -> float:
        """Return the CPU seconds that all its threads have used."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def rss_kib(self) -> float:
        """Return its resident memory."""
        return float(self.process.memory_info().rss) / 1024


@dataclass(frozen=True, slots=True)
class Program:
    """A module to run: its arguments, its environment, and where its log goes."""

    module: str
    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def log(self) -> Path:
        """What it wrote to standard error."""
        return self.folder / f"{self.module}.log"

    def popen(self) -> subprocess.Popen[str]:
        """Start it, with nothing of our own environment."""
        usual = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", self.module, *self.arguments],
                cwd=ROOT,
                env={**usual, **self.environment},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )


@contextmanager
def running(program: Program) -> Iterator[Running]:
    """Run a program until the block ends; it has begun to listen when the block begins.

    Raises:
        RuntimeError: it ended, or said nothing, instead of telling its address.
    """
    began = time.perf_counter()
    process = program.popen()
    try:
        line = _first_line(process)
        ready_s = time.perf_counter() - began
        address = ADDRESS.search(line)
        if address is None:
            tail = program.log.read_text("utf-8", "replace")[-2000:]
            raise RuntimeError(f"{program.module!r} said {line!r}, expected its address: {tail}")
        yield Running(address[1], ready_s, psutil.Process(process.pid))
    finally:
        _end(process)


def product(folder: Path, policy: Path | None = None, vendor: str = "") -> Program:
    """Return the product on a free port, with its data in `folder`.

    Args:
        folder: for data and log; the next run on it finds them.
        policy: None for the demo's.
        vendor: address of the vendor's emulator; empty for none, and no key.
    """
    # The first as `make run` has it.
    environment = {**LEAN, "COPILOT_DATA_DIR": str(folder / "data")}
    environment["COPILOT_LOG_LEVEL"] = "INFO"
    if policy is not None:
        environment["COPILOT_POLICY"] = str(policy)
    if vendor:
        environment |= {"ANTHROPIC_API_KEY": VENDOR_KEY, "ANTHROPIC_BASE_URL": vendor}
    return Program("bot", ("serve", "--port", "0"), folder, environment)


def most_files() -> int:
    """Return how many files this process and those it starts may open, after asking for all."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def _first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    patience = threading.Timer(READY_S, process.kill)
    patience.start()
    try:
        return process.stdout.readline()
    finally:
        patience.cancel()


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(ENDING_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
