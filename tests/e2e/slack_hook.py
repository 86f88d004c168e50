"""Somebody who is told by webhooks what goes wrong: an endpoint behind a real socket."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.watch.webhooks import signature_of

HOOK_SECRET, HOOK_VARIABLE = "the secret of the endpoint", "OPS_WEBHOOK_SECRET"


@dataclass
class Hook:
    """What has arrived, each delivery signed."""

    url: str = ""
    told: list[dict[str, Any]] = field(default_factory=list)
    unsigned: int = 0

    def of(self, name: str) -> list[dict[str, Any]]:
        """Return what was told of one kind of event, or of what it ended."""
        return [one for one in self.told if one["type"] == name]

    async def take(self, request: web.Request) -> web.Response:
        """Take one delivery."""
        body = await request.text()
        signed = signature_of(HOOK_SECRET.encode(), request.headers["Copilot-Timestamp"], body)
        if request.headers["Copilot-Signature"] != signed:
            self.unsigned += 1
        self.told.append(json.loads(body))
        return web.Response()


@asynccontextmanager
async def hooked() -> AsyncIterator[Hook]:
    """Listen for deliveries."""
    hook = Hook()
    app = web.Application()
    app.add_routes([web.post("/hook", hook.take)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        hook.url = f"http://{host}:{port}/hook"
        yield hook
    finally:
        await runner.cleanup()
