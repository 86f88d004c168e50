"""The scene of the Twilio emulator's tests: a server, the real SDK, and an app that notes all."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from multidict import MultiDict
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance

from tests.emulators.twilio import TwilioServer, twilio_running

OURS, THEIRS = "+15550100", "+15550123"
PUBLIC = "https://bank.example"
CALLBACK = f"{PUBLIC}/channels/sms/status?outbox=7"
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
OLD_AUTH = pytest.mark.filterwarnings(
    "ignore:BasicAuth is deprecated:DeprecationWarning",
    "ignore:The 'auth' parameter is deprecated:DeprecationWarning",
)
"""The SDK's own asynchronous client (9.13.0) still says it so; for a module's `pytestmark`."""
DROP = 0
"""A status: the app drops the connection instead of answering."""


@dataclass(frozen=True, slots=True)
class Got:
    """One request as it came to the app."""

    path: str
    """With the query."""
    form: MultiDict[str]
    body: str
    headers: dict[str, str]

    @property
    def url(self) -> str:
        return PUBLIC + self.path

    def is_signed(self, secret: str, algorithm: str = "HMAC_SHA1") -> bool:
        """Return what the SDK makes of it, with what the app knows: its own public URL."""
        signature = self.headers.get("X-Twilio-Signature", "")
        is_json = "json" in self.headers.get("Content-Type", "")
        said: object = self.body if is_json else self.form
        is_right = RequestValidator(secret).validate(self.url, said, signature, algorithm)
        return bool(is_right)


@dataclass(slots=True)
class App:
    """Notes what comes, and answers as it is told."""

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answers: deque[tuple[int, str, str]] = field(default_factory=deque)
    """Status, body, content type of the next answers; then an empty TwiML each time."""
    open: int = 0
    most_open: int = 0
    gate: asyncio.Event | None = None
    """When set, answers wait for it."""

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        form = MultiDict((name, str(value)) for name, value in (await request.post()).items())
        self.got.append(Got(request.path_qs, form, body, dict(request.headers)))
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        if self.gate is not None:
            await self.gate.wait()
        self.open -= 1
        status, said, kind = self.answers.popleft() if self.answers else (200, EMPTY, "text/xml")
        if status == DROP:
            assert request.transport is not None
            request.transport.abort()
            raise asyncio.CancelledError
        return web.Response(status=status, text=said, content_type=kind)

    @property
    def statuses(self) -> list[str]:
        """What was reported to it."""
        return [got.form["MessageStatus"] for got in self.got if "MessageStatus" in got.form]


@dataclass(slots=True)
class Scene:
    """What a test needs at hand."""

    server: TwilioServer
    client: Client
    app: App

    async def send(self, body: str = "hello", to: str = THEIRS, **more: object) -> MessageInstance:
        said: dict[str, object] = {"to": to, "from_": OURS, "body": body, **more}
        if "messaging_service_sid" in more:
            del said["from_"]
        return await self.client.messages.create_async(**said)


@asynccontextmanager
async def app_running() -> AsyncIterator[App]:
    app = App()
    site = web.Application()
    site.router.add_route("*", "/{rest:.*}", app.take)
    runner = web.AppRunner(site, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    app.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield app
    finally:
        await runner.cleanup()


@asynccontextmanager
async def staged() -> AsyncIterator[Scene]:
    async with twilio_running() as server, app_running() as app:
        server.deliver_to(app.url, PUBLIC)
        server.number(OURS)
        async with AsyncTwilioHttpClient() as http:
            client = Client(server.account, server.auth_token, http_client=http)
            client.api.base_url = server.url
            yield Scene(server, client, app)


async def refusal_of(sending: Awaitable[object]) -> tuple[int, int]:
    """Return status and code with which the SDK says that a call was refused."""
    try:
        await sending
    except TwilioRestException as error:
        return error.status, error.code or 0
    raise AssertionError("it was not refused")
