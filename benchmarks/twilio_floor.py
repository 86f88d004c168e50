"""The least that can be done about a message: its signature verified, one row kept, empty TwiML.

`python -m benchmarks.twilio_floor --database FILE --token TOKEN --public URL` runs it in a process
of its own, on the product's own loop: nothing is sealed, nobody is answered.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import sqlite3
from pathlib import Path
from urllib.parse import parse_qsl

from aiohttp import web

from benchmarks.bare import new_event_loop

PATH = "/channels/sms"
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class Floor:
    """A row for each message, flushed before the answer."""

    def __init__(self, database: Path, token: str, public: str) -> None:
        self._token = token.encode()
        self._url = public + PATH
        self._database = sqlite3.connect(database, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute("CREATE TABLE messages (id TEXT PRIMARY KEY, body BLOB)")

    async def serve(self) -> None:
        """Listen on a free port of the loopback address; the address stands on standard output."""
        app = web.Application()
        app.router.add_post(PATH, self.keep)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        print(f"http://{host}:{port}", flush=True)
        await asyncio.get_running_loop().create_future()

    async def keep(self, request: web.Request) -> web.Response:
        """Write one row; the transaction is on the disk when this returns."""
        body = await request.read()
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        signed = self._url + "".join(name + form[name] for name in sorted(form))
        right = base64.b64encode(hmac.digest(self._token, signed.encode(), hashlib.sha1))
        if not hmac.compare_digest(right, request.headers["X-Twilio-Signature"].encode()):
            raise web.HTTPForbidden
        row = (form["MessageSid"], body)
        self._database.execute("INSERT OR IGNORE INTO messages VALUES (?, ?)", row)
        return web.Response(text=EMPTY, content_type="text/xml")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", type=Path, required=True, help="a file that is not there")
    parser.add_argument("--token", required=True, help="the account's, which signs")
    parser.add_argument("--public", required=True, help="scheme and host that are signed")
    chosen = parser.parse_args()
    with asyncio.Runner(loop_factory=new_event_loop) as runner_of_loop:
        floor = Floor(chosen.database, chosen.token, chosen.public)
        runner_of_loop.run(floor.serve())
