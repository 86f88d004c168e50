"""Web chat over real sockets, for tests: a server on a free port and small clients."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

import aiohttp
from aiohttp import ClientWebSocketResponse, WSMsgType, web

from channels.base import ConversationId
from channels.scripted import Script, ScriptedConversations
from channels.web import WebChat, WebSite, WebTerms, WebTimings

T = TypeVar("T")
SECRET = b"s" * 32
SHOP = "https://shop.example.com"
SITE = WebSite("pk_demo", (SHOP,), SECRET)
KEY = b"k" * 32
FAST = WebTerms(timings=WebTimings(tick_s=0.02, close_s=0.5))
LIMIT_S = 5.0
Json = dict[str, object]


async def soon(awaitable: Awaitable[T]) -> T:
    """Wait for something, five seconds at most."""
    async with asyncio.timeout(LIMIT_S):
        return await awaitable


@dataclass(frozen=True, slots=True)
class Opened:
    """A session, as a client holds it."""

    token: str
    conversation: ConversationId
    socket_url: str


class View:
    """A socket that has said hello."""

    def __init__(self, ws: ClientWebSocketResponse) -> None:
        self.ws = ws

    async def send(self, type: str, **fields: object) -> None:
        await self.ws.send_json({"type": type, **fields})

    async def say(self, text: str, client_id: str = "a") -> None:
        await self.send("message", client_id=client_id, text=text)

    async def next(self) -> Json:
        message = await soon(self.ws.receive())
        assert message.type is WSMsgType.TEXT, f"closed with {self.ws.close_code}"
        fields: Json = json.loads(message.data)
        return fields

    async def until(self, type: str) -> list[Json]:
        """Return what comes, up to the first frame of a type."""
        frames = [await self.next()]
        while frames[-1]["type"] != type:
            frames.append(await self.next())
        return frames

    async def closed(self) -> int:
        """Read on until the server closes; return its code."""
        while (await soon(self.ws.receive())).type is WSMsgType.TEXT:
            pass
        assert self.ws.close_code is not None
        return self.ws.close_code


class Served:
    """One server over scripted conversations."""

    def __init__(self, chat: WebChat, conversations: ScriptedConversations, url: str) -> None:
        self.chat = chat
        self.conversations = conversations
        self.url = url
        self.http = aiohttp.ClientSession()

    async def post(self, body: Json, origin: str = "") -> tuple[int, Json]:
        """Ask for a session with this body; return status and answer."""
        headers = {"Origin": origin} if origin else {}
        whole = {"site_key": SITE.key, **body}
        address = f"{self.url}/v1/chat/sessions"
        async with self.http.post(address, json=whole, headers=headers) as response:
            return response.status, await response.json()

    async def ask(self, origin: str = "", **body: object) -> tuple[int, Json]:
        """Ask for a session; return status and answer."""
        return await self.post(body, origin)

    async def session(self, origin: str = "", **body: object) -> Opened:
        status, answer = await self.ask(origin, **body)
        assert status == 200, answer
        return Opened(
            str(answer["token"]),
            ConversationId(str(answer["conversation_id"])),
            str(answer["ws_url"]),
        )

    @asynccontextmanager
    async def raw(self, origin: str = "") -> AsyncIterator[View]:
        """A socket that has not said hello."""
        address = self.url.replace("http", "ws") + "/v1/chat/ws"
        headers = {"Origin": origin} if origin else {}
        protocols = ("copilot.chat.v1",)
        async with self.http.ws_connect(address, protocols=protocols, headers=headers) as ws:
            yield View(ws)

    @asynccontextmanager
    async def view(
        self, session: Opened, last_seq: int = 0, origin: str = "", **more: object
    ) -> AsyncIterator[View]:
        """A socket that has said hello; the welcome is the first frame to come."""
        async with self.raw(origin) as view:
            await view.send("hello", v=1, token=session.token, last_seq=last_seq, **more)
            yield view

    def log(self, conversation: ConversationId) -> list[Json]:
        """Return every event of a conversation, decoded."""
        return [json.loads(frame.json) for frame in self.conversations.log_of(conversation).frames]


@asynccontextmanager
async def serving(
    script: Script | None = None, terms: WebTerms = FAST, port: int = 0
) -> AsyncIterator[Served]:
    """Run a server with conversations of its own."""
    conversations = ScriptedConversations(script)
    try:
        async with serving_over(conversations, terms, port) as served:
            yield served
    finally:
        await conversations.close()


@asynccontextmanager
async def serving_over(
    conversations: ScriptedConversations, terms: WebTerms = FAST, port: int = 0
) -> AsyncIterator[Served]:
    """Run a server over conversations that outlive it."""
    chat = WebChat(conversations, [SITE], KEY, terms)
    app = web.Application()
    app.add_routes(chat.routes())
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, reuse_address=True)
    await site.start()
    served = Served(chat, conversations, f"http://127.0.0.1:{runner.addresses[0][1]}")
    try:
        yield served
    finally:
        await served.http.close()
        await chat.drain(0.0)
        await runner.cleanup()


async def until(claim: Callable[[], bool]) -> None:
    """Wait until a claim is true, five seconds at most."""
    async with asyncio.timeout(LIMIT_S):
        while not claim():  # noqa: ASYNC110 - claims are about state, not about events
            await asyncio.sleep(0.001)


async def connected(served: Served, count: int) -> None:
    """Wait until so many views are open."""
    await until(lambda: served.chat.connections == count)


def logged(frames: list[Json]) -> list[Json]:
    """Return the log events among frames."""
    return [frame for frame in frames if "seq" in frame]
