"""The least that can be done: an event kept on disk and acknowledged, or passed on to a WebSocket.

`python -m benchmarks.slack_floor --database FILE` runs it in a process of its own, on the
product's own loop: nothing is verified, sealed, redacted, looked up or logged.
"""

import argparse
import asyncio
import json
import sqlite3
from pathlib import Path

from aiohttp import web

from benchmarks.bare import new_event_loop

KEEP, RELAY, SOCKET = "/keep", "/relay", "/ws"


class Floor:
    """A row for each event, flushed before the answer; and a relay to whoever listens."""

    def __init__(self, database: Path) -> None:
        self._database = sqlite3.connect(database, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE events (id TEXT PRIMARY KEY, body BLOB)")
        self._sockets: list[web.WebSocketResponse] = []

    async def serve(self) -> None:
        """Listen on a free port of the loopback address; the address stands on standard output."""
        app = web.Application()
        app.router.add_post(KEEP, self.keep)
        app.router.add_post(RELAY, self.relay)
        app.router.add_get(SOCKET, self.enter)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        print(f"http://{host}:{port}", flush=True)
        await asyncio.get_running_loop().create_future()

    async def keep(self, request: web.Request) -> web.Response:
        """Write one row; the transaction is on the disk when this returns."""
        body = await request.read()
        row = (json.loads(body)["event_id"], body)
        self._database.execute("INSERT OR IGNORE INTO events VALUES (?, ?)", row)
        return web.Response()

    async def relay(self, request: web.Request) -> web.Response:
        """Tell every socket what was written."""
        event = json.loads(await request.read())["event"]
        told = json.dumps({"type": "message.end", "author": "agent", "text": event["text"]})
        for socket in self._sockets:
            await socket.send_str(told)
        return web.Response()

    async def enter(self, request: web.Request) -> web.WebSocketResponse:
        """Keep a socket until it hangs up."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self._sockets.append(socket)
        async for _ in socket:
            pass
        self._sockets.remove(socket)
        return socket


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", type=Path, required=True, help="a file that is not there")
    with asyncio.Runner(loop_factory=new_event_loop) as runner_of_loop:
        runner_of_loop.run(Floor(parser.parse_args().database).serve())
