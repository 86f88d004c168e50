"""Calls over real sockets, for tests: a relay on a free port, and a peer as the vendor has one."""

import asyncio
import json
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import web
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from channels.twilio.door import Door
from channels.twilio.signature import Keys
from channels.voice.base import Heard, Line, Setup
from channels.voice.line import LineTerms
from channels.voice.relay import PATH, Relay, SocketTerms
from channels.voice.token import MemoryUsed, Tokens, Used, address_with

T = TypeVar("T")
LIMIT_S = 5.0
AUTH_TOKEN = "0" * 32
PUBLIC = "wss://bank.example/channels/voice/relay"
CALL = "CA" + "1" * 32
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TERMS = SocketTerms(PUBLIC, line=LineTerms(close_s=0.5))
LOST = 1006


async def soon(awaitable: Awaitable[T]) -> T:
    """Wait for something, five seconds at most."""
    async with asyncio.timeout(LIMIT_S):
        return await awaitable


async def until(claim: Callable[[], bool]) -> None:
    """Wait until a claim is true, five seconds at most."""
    async with asyncio.timeout(LIMIT_S):
        while not claim():  # noqa: ASYNC110 - claims are about state, not about events
            await asyncio.sleep(0.001)


@dataclass
class ListeningCallee:
    """Notes what it is told."""

    setup: Setup | None = None
    told: list[Heard] = field(default_factory=list)
    closed_with: int | None = None
    on_heard: Callable[[Heard], Awaitable[None]] | None = None
    line: Line = field(init=False)

    async def answered(self, setup: Setup, line: Line) -> None:
        self.setup, self.line = setup, line

    async def heard(self, event: Heard) -> None:
        self.told.append(event)
        if self.on_heard is not None:
            await self.on_heard(event)

    async def gone(self, code: int) -> None:
        assert self.closed_with is None, "gone is told once"
        self.closed_with = code


class Peer:
    """The vendor's end of a socket."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws

    async def send(self, type: str, **fields: object) -> None:
        await self.ws.send(json.dumps({"type": type, **fields}))

    async def setup(self, token: str, call: str = CALL) -> None:
        await self.send("setup", **setup(token, call))

    async def next(self) -> dict[str, Any]:
        raw = await soon(self.ws.recv())
        assert isinstance(raw, str), "we never send a binary frame"
        frame: dict[str, Any] = json.loads(raw)
        return frame

    async def tokens(self, count: int) -> list[str]:
        """Return the tokens of the next frames."""
        return [str((await self.next())["token"]) for _ in range(count)]

    async def closed(self) -> tuple[list[dict[str, Any]], int]:
        """Read until the socket is closed; return what came, and the code."""
        frames: list[dict[str, Any]] = []
        while True:
            try:
                frames.append(await self.next())
            except ConnectionClosed as gone:
                return frames, gone.rcvd.code if gone.rcvd else LOST


@dataclass
class Switchboard:
    """One relay that is served, with all that it was told."""

    relay: Relay
    tokens: Tokens
    port: int
    counts: Counter[str]
    callees: list[ListeningCallee]
    make: Callable[[], ListeningCallee] = ListeningCallee
    """Makes the next one."""

    async def upgrade(
        self, url: str, signed: str | None = None, path: str = ""
    ) -> ClientConnection:
        """Ask for a socket at the public address `url`, signed for `signed`."""
        headers = {}
        if signed != "":
            headers["X-Twilio-Signature"] = signature(signed or url)
        inner = path or url.removeprefix("wss://bank.example")
        return await connect(
            f"ws://127.0.0.1:{self.port}{inner}",
            additional_headers=headers,
            proxy=None,
            ping_interval=None,
            close_timeout=0.2,
            max_queue=1,
        )

    async def status(self, url: str, signed: str | None = None) -> int:
        """Return the status with which an upgrade is refused."""
        try:
            ws = await self.upgrade(url, signed)
        except InvalidStatus as refused:
            return refused.response.status_code
        await ws.close()
        return 101

    @asynccontextmanager
    async def socket(self, token: str = "") -> AsyncIterator[Peer]:
        """An open socket on which nothing has been said."""
        ws = await self.upgrade(address_with(PUBLIC, token or self.tokens.mint(CALL)))
        try:
            yield Peer(ws)
        finally:
            await ws.close()

    @asynccontextmanager
    async def call(self) -> AsyncIterator[tuple[Peer, ListeningCallee]]:
        """A call that has been taken."""
        token = self.tokens.mint(CALL)
        count = len(self.callees)
        async with self.socket(token) as peer:
            await peer.setup(token)
            await until(lambda: len(self.callees) > count)
            callee = self.callees[-1]
            await until(lambda: callee.setup is not None)
            yield peer, callee


def setup(token: str, call: str = CALL) -> dict[str, object]:
    """Return what the vendor says first."""
    return {
        "sessionId": "VX" + secrets.token_hex(16),
        "callSid": call,
        "accountSid": "AC" + "2" * 32,
        "from": "+15550123",
        "to": "+15550100",
        "direction": "inbound",
        "callStatus": "RINGING",
        "customParameters": {"token": token},
    }


def signature(url: str) -> str:
    """Return what the vendor signs an address with."""
    return str(RequestValidator(AUTH_TOKEN).compute_signature(url, {}))


@asynccontextmanager
async def switchboard(
    terms: SocketTerms = TERMS,
    path: str = PATH,
    now: Callable[[], datetime] = lambda: NOW,
    used: Used | None = None,
) -> AsyncIterator[Switchboard]:
    """Run a relay; behind a proxy that has rewritten the path, if `path` says so."""
    counts: Counter[str] = Counter()

    def new_callee() -> ListeningCallee:
        board.callees.append(board.make())
        return board.callees[-1]

    def count(name: str) -> None:
        counts[name] += 1

    door = Door(Keys(AUTH_TOKEN), "https://bank.example")
    tokens = Tokens(b"s" * 32, used or MemoryUsed(now), now)
    relay = Relay(door, tokens, new_callee, terms, count)
    app = web.Application()
    app.add_routes(relay.routes() if path == PATH else [web.get(path, relay.socket)])
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    board = Switchboard(relay, tokens, runner.addresses[0][1], counts, [])
    try:
        yield board
    finally:
        await relay.drain(0.0)
        await runner.cleanup()
