"""The least that relaying tokens can cost: a vendor's stream, split, to a WebSocket; no more.

`python -m benchmarks.bare --vendor http://127.0.0.1:8901` runs it in a process of its own: no
redaction, no log, no decision, nothing is kept.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

try:
    import uvloop
except ImportError:  # the extra `fast` is not installed
    new_event_loop = asyncio.new_event_loop
else:
    new_event_loop = uvloop.new_event_loop
"""The product's own choice of a loop, so that both have the same."""

DATA = b"data: "
HEADERS = {"x-api-key": "benchmark", "anthropic-version": "2023-06-01"}
MODEL = "claude-haiku-4-5"


class Bare:
    """One WebSocket in, one request to the vendor for each message, its text out."""

    def __init__(self, vendor: str) -> None:
        self._vendor = vendor
        self._client: aiohttp.ClientSession | None = None

    async def serve(self) -> None:
        """Listen on a free port of the loopback address; the address stands on standard output."""
        app = web.Application()
        app.router.add_get("/ws", self.enter)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        host, port = runner.addresses[0][:2]
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as self._client:
            print(f"http://{host}:{port}", flush=True)
            await asyncio.get_running_loop().create_future()

    async def enter(self, request: web.Request) -> web.WebSocketResponse:
        """Answer the messages of one socket, one after the other."""
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            asked = json.loads(message.data)
            async for text in self._texts(asked["text"]):
                await socket.send_str(json.dumps({"type": "message.delta", "text": text}))
            await socket.send_str('{"type": "end"}')
        return socket

    async def _texts(self, question: str) -> AsyncIterator[str]:
        assert self._client is not None
        url = f"{self._vendor}/v1/messages"
        async with self._client.post(url, json=body_of(question), headers=HEADERS) as response:
            rest = b""
            async for chunk in response.content.iter_any():
                *frames, rest = (rest + chunk).split(b"\n\n")
                for frame in frames:
                    event = json.loads(frame[frame.index(DATA) + len(DATA) :])
                    if event["type"] == "content_block_delta":
                        yield event["delta"]["text"]


def body_of(question: str) -> dict[str, object]:
    """Return a request for a streamed answer."""
    return {
        "model": MODEL,
        "max_tokens": 2000,
        "messages": [{"role": "user", "content": question}],
        "stream": True,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vendor", default="", help="address of the vendor; empty for none")
    with asyncio.Runner(loop_factory=new_event_loop) as runner_of_loop:
        runner_of_loop.run(Bare(parser.parse_args().vendor).serve())
