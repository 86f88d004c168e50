"""An app that is nothing but the door, on a free port."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from channels.twilio.door import Door, DoorTerms, Webhook, empty_twiml, relay_url
from channels.twilio.signature import Keys

PUBLIC_URL = "https://bank.example"
RELAY_PATH = "/channels/voice/relay"


class Opened:
    """The door, and what came through it."""

    def __init__(self, keys: Keys, public_url: str, most_bytes: int, read_s: float) -> None:
        self.refused: Counter[str] = Counter()
        self.taken: list[Webhook] = []
        self.upgrades: list[bool] = []
        self.url = ""
        self.entered = asyncio.Event()
        self.left = asyncio.Event()
        terms = DoorTerms(most_bytes, read_s, refused=self._refuse)
        self.door = Door(keys, public_url, terms)
        self._relay_url = relay_url(public_url, RELAY_PATH)

    def _refuse(self, word: str) -> None:
        self.refused[word] += 1

    async def take(self, request: web.Request) -> web.Response:
        self.entered.set()
        try:
            self.taken.append(await self.door.take(request))
        finally:
            self.left.set()
        return empty_twiml()

    async def upgrade(self, request: web.Request) -> web.Response:
        self.upgrades.append(self.door.is_upgrade_signed(request, self._relay_url))
        return web.Response()


@asynccontextmanager
async def opened(
    keys: Keys, public_url: str = PUBLIC_URL, most_bytes: int = 65_536, read_s: float = 5.0
) -> AsyncIterator[Opened]:
    scene = Opened(keys, public_url, most_bytes, read_s)
    app = web.Application()
    app.router.add_get(RELAY_PATH, scene.upgrade)
    app.router.add_route("*", "/{rest:.*}", scene.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        scene.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield scene
    finally:
        await runner.cleanup()
