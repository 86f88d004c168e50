"""A small app at the other end of a relay, for testing the caller: it does as it is told."""

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web
from twilio.request_validator import RequestValidator

from tests.emulators.twilio.relay import Account, Caller, Vendor, calling

PUBLIC = "https://bank.example"
SOCKET = "wss://bank.example/channels/voice/relay?n=1"
Sent = Mapping[str, Any] | str | bytes
Answers = Callable[[Mapping[str, Any]], Sequence[Sent]]


def relay_twiml(
    greeting: str = "", more: str = "", inside: str = "", url: str = SOCKET, root: str = PUBLIC
) -> str:
    welcome = f' welcomeGreeting="{greeting}"' if greeting else ""
    return (
        f'<Response><Connect action="{root}/channels/voice/ended">'
        f'<ConversationRelay url="{url}"{welcome} {more}>{inside}</ConversationRelay>'
        "</Connect></Response>"
    )


def words(text: str, interruptible: bool = True) -> list[Sent]:
    """Return an answer as frames, one per word, and an empty last one."""
    more = {} if interruptible else {"interruptible": False}
    tokens = [{"type": "text", "token": f"{word} ", **more} for word in text.split(" ")]
    return [*tokens, {"type": "text", "token": "", "last": True}]


@dataclass
class App:
    """What it answers, and what it was told."""

    twiml: str = field(default_factory=relay_twiml)
    after: list[str] = field(default_factory=list)
    """TwiML for the action, in order; then `<Hangup/>`."""
    answers: Answers = lambda frame: []
    """Frames to send for a frame of Twilio's."""
    url: str = ""
    root: str = ""
    """What a proxy has taken off the path."""
    heard: list[dict[str, Any]] = field(default_factory=list)
    """Frames of Twilio's."""
    calls: list[dict[str, str]] = field(default_factory=list)
    ended: list[dict[str, str]] = field(default_factory=list)
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    codes: list[int | None] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [frame for frame in self.heard if frame.get("type") == kind]

    async def call(self, request: web.Request) -> web.Response:
        self.calls.append(await self._form(request))
        return web.Response(text=self.twiml, content_type="text/xml")

    async def end(self, request: web.Request) -> web.Response:
        self.ended.append(await self._form(request))
        text = self.after.pop(0) if self.after else "<Response><Hangup/></Response>"
        return web.Response(text=text, content_type="text/xml")

    async def relay(self, request: web.Request) -> web.StreamResponse:
        signature = request.headers.get("X-Twilio-Signature", "")
        self.hosts.append(request.host)
        address = f"wss://bank.example{self.root}{request.path_qs}"
        if not RequestValidator(Account().auth_token).validate(address, {}, signature):
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            frame = message.json()
            self.heard.append(frame)
            for answer in self.answers(frame):
                await _send(socket, answer)
        self.codes.append(socket.close_code)
        return socket

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve it on the loopback."""
        site = web.Application()
        site.add_routes(
            [
                web.post("/channels/voice", self.call),
                web.post("/channels/voice/ended", self.end),
                web.get("/channels/voice/relay", self.relay),
            ]
        )
        runner = web.AppRunner(site, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            yield
        finally:
            await runner.cleanup()

    async def say(self, *frames: Sent) -> None:
        """Send frames on the last socket."""
        for frame in frames:
            await _send(self.sockets[-1], frame)

    async def _form(self, request: web.Request) -> dict[str, str]:
        form = await request.post()
        url = PUBLIC + self.root + request.path_qs
        signature = request.headers.get("X-Twilio-Signature", "")
        assert RequestValidator(Account().auth_token).validate(url, form, signature)
        return {name: str(value) for name, value in form.items()}


async def _send(socket: web.WebSocketResponse, frame: Sent) -> None:
    with contextlib.suppress(ConnectionError):
        match frame:
            case bytes():
                await socket.send_bytes(frame)
            case str():
                await socket.send_str(frame)
            case _:
                await socket.send_json(frame)


@contextlib.asynccontextmanager
async def on_the_phone(app: App, vendor: Vendor | None = None) -> AsyncIterator[Caller]:
    """Serve the app, and call it."""
    async with (
        app.running(),
        calling(Account(), app.url, "+15550123", "+15550100", vendor=vendor) as caller,
    ):
        yield caller
