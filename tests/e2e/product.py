"""The product as a process of its own: started, killed and started again on the same data."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

READY_S = 20.0
READY = re.compile(rb"Ready: (http://\S+)")


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Product:
    """One `copilot serve` after another, on one port and one data folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = folder / "data"
        self.log = folder / "server.log"
        self._environment = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "PORT": str(self.port),
            "COPILOT_DATA_DIR": str(self.data),
            **(environment or {}),
        }
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "bot",
                "serve",
                env=self._environment,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(READY_S):
            line = await self._process.stdout.readline()
        assert READY.match(line), self.log.read_text()

    async def kill(self) -> None:
        """End it at this very instruction."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> int:
        """Ask it to end, and return its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        process = self._process
        assert process is not None
        self._process = None
        if process.returncode is None:
            process.send_signal(how)
        code = await process.wait()
        process._transport.close()  # type: ignore[attr-defined]  # its pipe outlives a kill otherwise
        return code

    async def close(self) -> None:
        """End it if it runs."""
        if self._process is not None:
            await self.kill()


@asynccontextmanager
async def running(
    folder: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Product]:
    """Run the product for the time of a test."""
    product = Product(folder, environment)
    try:
        await product.start()
        yield product
    finally:
        await product.close()
