"""A contestant's process as the benchmark sees it: started, told what to do, ended."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.rivals.child import Ended

ROOT = Path(__file__).parent.parent.parent
PYTHON = ROOT / ".tools" / "rivals" / "bin" / "python"
LITELLM = "litellm_router"
READY_S = 60.0
"""Importing LiteLLM for the first time takes seconds."""
MOST_BYTES = 1 << 24
"""Of one line that a contestant writes."""


@dataclass(frozen=True, slots=True)
class Urls:
    """The addresses of both vendors."""

    claude: str
    gpt: str


@dataclass(frozen=True, slots=True)
class Rival:
    """One contestant, ready."""

    name: str
    process: asyncio.subprocess.Process

    async def load(self, model: str, streams: int, at_once: int) -> Mapping[str, Any]:
        """Let it stream answers; see `child.loaded`."""
        await self._tell(f"load {model} {streams} {at_once}")
        return await self.read()

    async def answer(self, model: str, heard: Callable[[str], None]) -> Ended:
        """Let it answer once; every piece of text is told to `heard` as it comes."""
        await self._tell(f"answer {model}")
        while True:
            line = await self.read()
            if "end" in line:
                return Ended(**line["end"])
            heard(line["text"])

    async def _tell(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n".encode())
        await self.process.stdin.drain()

    async def read(self) -> dict[str, Any]:
        """Return what it writes next."""
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} has ended, expected a line of JSON")
        read: dict[str, Any] = json.loads(line)
        return read


@dataclass(frozen=True, slots=True)
class Start:
    """How a contestant is started."""

    module: str
    urls: Urls
    options: tuple[str, ...] = field(default=())


def is_installed(module: str) -> bool:
    """Tell whether a contestant can be started here."""
    return module != LITELLM or PYTHON.exists()


@asynccontextmanager
async def started(start: Start) -> AsyncIterator[Rival]:
    """Run a contestant until the block ends, with nothing of our own environment.

    Raises:
        RuntimeError: it ended before it was ready.
        TimeoutError: it was not ready in time.
    """
    python = str(PYTHON) if start.module == LITELLM else sys.executable
    with tempfile.TemporaryDirectory() as home:
        process = await asyncio.create_subprocess_exec(
            python,
            "-m",
            f"benchmarks.rivals.{start.module}",
            *("--claude", start.urls.claude, "--gpt", start.urls.gpt, *start.options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), "HOME": home},
            limit=MOST_BYTES,
        )
        rival = Rival(start.module, process)
        try:
            await asyncio.wait_for(rival.read(), READY_S)  # its first line says that it is ready
            yield rival
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
