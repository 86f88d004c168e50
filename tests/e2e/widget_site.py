"""The widget as a customer meets it: our server, and a bank's page on another origin."""

import asyncio
import html
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aiohttp import web
from playwright.async_api import Browser, FrameLocator, Page

from channels.base import Act, ConversationId, Frame
from channels.scripted import Script, ScriptedConversations
from channels.token import sign_identity
from channels.web import WebChat, WebSite
from channels.widget_files import Look, widget_routes
from tests.e2e.browser import LONGEST_WAIT_MS, Complaints

SECRET = b"the secret of the site, 32 bytes"
STARTERS = ("Why was I charged twice?", "I lost my card")
LOOK = Look("Aurelis Bank", "", STARTERS)
CONVERSATION = ConversationId("c_1")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Heard(ScriptedConversations):
    """The shipped double, which also tells when something was accepted."""

    def __init__(self, script: Script) -> None:
        super().__init__(script)
        self._news = asyncio.Condition()

    async def accept(self, conversation: ConversationId, act: Act) -> tuple[Frame, ...]:
        """Take what a customer did, and tell."""
        frames = await super().accept(conversation, act)
        async with self._news:
            self._news.notify_all()
        return frames

    async def wait_for(self, kind: type[Act], count: int) -> list[Act]:
        """Return the acts of one kind once there are so many; wait five seconds at most."""
        async with asyncio.timeout(LONGEST_WAIT_MS / 1000), self._news:
            await self._news.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)

    def of(self, kind: type[Act]) -> list[Act]:
        """Return what was accepted of one kind, in order."""
        return [act for _, act in self.acts if isinstance(act, kind)]


@dataclass
class Site:
    """Both servers, and what a test may do to them."""

    conversations: Heard
    url: str = ""
    """Of our server, which serves the demo page."""
    shop_url: str = ""
    """Of the bank's own page, with the strictest policy that lets the widget in."""
    customer: str | None = ""
    """Who is signed in at the bank: empty for nobody, None when the bank cannot tell."""
    language: str = "en"
    direction: str = "ltr"
    has_sockets: bool = True
    has_chat: bool = True
    file_answers: list[Handler] = field(default_factory=list)
    """What answers the next uploads instead of the chat, in order."""
    transports: list[object] = field(default_factory=list)

    @web.middleware
    async def gate(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Remember the connections of the chat, and close what a test wants closed."""
        is_chat = request.path.startswith("/v1/chat/")
        is_socket = request.path == "/v1/chat/ws"
        if (is_chat and not self.has_chat) or (is_socket and not self.has_sockets):
            raise web.HTTPServiceUnavailable
        if request.path == "/v1/chat/files" and self.file_answers:
            return await self.file_answers.pop(0)(request)
        if is_socket or request.path == "/v1/chat/stream":
            self.transports.append(request.transport)
        return await handler(request)

    def cut(self) -> None:
        """Drop every connection of the chat, as a network does."""
        for transport in self.transports:
            if transport is not None:
                transport.abort()  # type: ignore[attr-defined]
        self.transports.clear()

    async def shop(self, request: web.Request) -> web.Response:
        """Serve the bank's page."""
        page = f"""<!doctype html><html lang="{self.language}" dir="{self.direction}"><head>
        <meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Bank</title>
        <link rel="icon" href="data:,">
        <script async src="{self.url}/widget.js" data-key="pk_shop" data-token-url="/who"></script>
        </head><body><main><h1>Aurelis Bank</h1><p>{html.escape("Your accounts")}</p></main></body>
        </html>"""
        policy = (
            f"default-src 'none'; script-src {self.url}; style-src {self.url}; "
            f"frame-src {self.url}; connect-src 'self'; img-src data:"
        )
        headers = {"Content-Security-Policy": policy}
        return web.Response(text=page, content_type="text/html", headers=headers)

    async def who(self, request: web.Request) -> web.Response:
        """Answer the loader: who is signed in."""
        if self.customer is None:
            raise web.HTTPInternalServerError
        if not self.customer:
            return web.Response(status=204)
        soon = datetime.now(UTC) + timedelta(minutes=5)
        return web.json_response({"token": sign_identity(SECRET, self.customer, soon)})


@asynccontextmanager
async def served(script: Script | None = None) -> AsyncIterator[Site]:
    """Run both servers."""
    site = Site(Heard(script or Script()))
    shop = web.Application()
    shop.add_routes([web.get("/", site.shop), web.get("/who", site.who)])
    shop_runner, site.shop_url = await _run(shop)
    sites = [
        WebSite("pk_demo", (), SECRET),
        WebSite("pk_shop", (site.shop_url,), SECRET),
    ]
    chat = WebChat(site.conversations, sites, b"a key that signs sessions, 32 b.")
    app = web.Application(middlewares=[site.gate])
    app.add_routes(chat.routes())
    app.add_routes(widget_routes({each.key: each.origins for each in sites}, lambda _: LOOK))
    runner, site.url = await _run(app)
    try:
        yield site
    finally:
        site.cut()
        await site.conversations.close()
        await chat.drain(0.0)
        await runner.cleanup()
        await shop_runner.cleanup()


async def _run(app: web.Application) -> tuple[web.AppRunner, str]:
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"


@dataclass
class Tab:
    """One tab with the widget in it."""

    page: Page
    chat: FrameLocator
    complaints: Complaints

    async def open(self) -> None:
        """Press the launcher, and wait until one can write."""
        await self.page.get_by_role("button", name="Open chat").click()
        await self.chat.locator("#text").wait_for()

    async def online(self) -> None:
        """Wait until the view is connected: what is not logged gets through, too."""
        await self.chat.locator("#widget[data-phase=online]").wait_for()

    async def ask(self, text: str) -> None:
        """Write a message and press Enter."""
        await self.chat.locator("#text").fill(text)
        await self.chat.locator("#text").press("Enter")


@asynccontextmanager
async def tab(browser: Browser, url: str, **options: object) -> AsyncIterator[Tab]:
    """Show a page in a fresh profile; at the end its console must have been silent."""
    context = await browser.new_context(**options)  # type: ignore[arg-type]
    context.set_default_timeout(LONGEST_WAIT_MS)
    complaints = Complaints(context)
    try:
        page = await context.new_page()
        await page.goto(url)
        yield Tab(page, page.frame_locator("iframe"), complaints)
    finally:
        await context.close()
    complaints.check()
