"""Slack's Socket Mode: addresses for one use, envelopes until acknowledged, sockets that break.

async with sockets_running() as sockets:              # or SocketMode(), its routes() elsewhere
    sockets.base_url                                   # where `apps.connections.open` is
    server.deliver = sockets.deliver                   # everything the SlackServer emits
    await sockets.emit(EVENTS, payload)                # or without one
    await sockets.disconnect("refresh_requested")      # the frame; the socket dies after grace_s
    sockets.reset() ; sockets.silence()                # RST; nothing more is heard or answered
    sockets.error = "link_disabled"                    # the answer to apps.connections.open
    await sockets.until(lambda: not sockets.unacknowledged)
"""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from aiohttp import WSMsgType, web

from tests.emulators.slack.events import EVENTS, decoded
from tests.emulators.slack.server import SlackServer, dropped, slack_running

APP_TOKEN = "xapp-1-A0COPILOT-1-socket"
MOST = 10
"""Source: reference/channels.md 3.2."""
UNTIL_S = 5.0
Payload = Mapping[str, Any]


@dataclass(eq=False, slots=True)
class Socket:
    """One connection."""

    number: int
    web_socket: web.WebSocketResponse
    transport: asyncio.Transport
    agent: str = ""
    """What the client calls itself."""
    is_leaving: bool = False
    """It was told to disconnect: nothing more is sent on it."""
    is_silent: bool = False
    carried: int = 0
    """How many envelopes were sent on it."""
    acknowledged: list[str] = field(default_factory=list)
    """Envelope ids, in the order in which they came."""

    @property
    def takes(self) -> bool:
        return not (self.is_leaving or self.web_socket.closed)


@dataclass(eq=False, slots=True)
class Sent:
    """An envelope, and what became of it."""

    envelope_id: str
    kind: str
    payload: Payload
    on: list[int] = field(default_factory=list)
    """The numbers of the sockets it was sent on."""
    acknowledged: asyncio.Event = field(default_factory=asyncio.Event)


class SocketMode:
    """The server's side of Socket Mode, for one app."""

    def __init__(self, app_token: str = APP_TOKEN) -> None:
        self.app_token = app_token
        self._server: SlackServer | None = None
        self.error = ""
        """What `apps.connections.open` answers, such as `link_disabled`; empty for well."""
        self.retry_after_s = 0
        """Over 0: it answers 429."""
        self.is_broken = False
        """It answers 500, in HTML."""
        self.greets = True
        """Whether a new socket hears `hello`."""
        self.most = MOST
        self.asks_at_once = ""
        """With this reason a new socket is told to disconnect right after `hello`."""
        self.again_s = 0.3
        """What was not acknowledged by then is sent again, with retry_attempt 0."""
        self.grace_s = 0.3
        """After `disconnect` Slack closes the socket so much later."""
        self.is_forgetful = False
        """What no socket acknowledges the first time is never sent again."""
        self.attempts = 0
        """How often `apps.connections.open` was called."""
        self.sockets: list[Socket] = []
        """Those that are connected."""
        self.all: list[Socket] = []
        self.sent: list[Sent] = []
        self._numbers = count(1)
        self._tickets: set[str] = set()
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def part(self, server: SlackServer) -> Sequence[web.RouteDef]:
        """Take the place of HTTP at a server that is about to start."""
        self._server = server
        server.deliver = self.deliver
        return (
            web.post("/api/apps.connections.open", self._open),
            web.get("/link", self._link),
        )

    @property
    def server(self) -> SlackServer:
        assert self._server is not None, "a part of a server"
        return self._server

    @property
    def base_url(self) -> str:
        return f"{self.server.url}/api/"

    @property
    def unacknowledged(self) -> list[Sent]:
        return [sent for sent in self.sent if not sent.acknowledged.is_set()]

    async def deliver(self, body: bytes, headers: Mapping[str, str], content_type: str) -> int:
        """Take what would go out by HTTP; its retries are ours from now on."""
        kind, payload = decoded(body, content_type)
        await self.emit(kind, payload)
        return 200

    async def emit(self, kind: str, payload: Payload) -> Sent:
        """Send an envelope until it is acknowledged, waiting for none of it."""
        sent = Sent(f"envelope-{next(self._numbers)}", kind, payload)
        self.sent.append(sent)
        self._begin(self._push(sent))
        await self._notify()
        return sent

    async def until(self, condition: Callable[[], bool], limit_s: float = UNTIL_S) -> None:
        """Wait for a condition, which is looked at whenever something happens here."""
        async with asyncio.timeout(limit_s), self._changed:
            await self._changed.wait_for(condition)

    async def disconnect(self, reason: str) -> None:
        """Tell every socket to go, and close it after the grace."""
        if reason == "link_disabled":
            self.error = reason
        for one in list(self.sockets):
            await self._dismiss(one, reason)

    async def hang_up(self) -> None:
        """Close every connection with a closing frame and no word before."""
        for one in list(self.sockets):
            one.is_leaving = True
            await one.web_socket.close()

    def reset(self) -> None:
        """Break every connection with an RST, without a closing frame."""
        for one in self.sockets:
            one.is_leaving = True
            raw = one.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.transport.abort()

    def silence(self) -> None:
        """Leave every connection open, but hear and say nothing more: half-open."""
        for one in self.sockets:
            one.is_silent = True
            one.transport.pause_reading()

    async def close(self) -> None:
        """Break what is left."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.reset()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _open(self, request: web.Request) -> web.StreamResponse:
        self.attempts += 1
        await self._notify()
        if self.server.is_down:
            return dropped(request)
        if self.is_broken:
            return web.Response(status=500, text="<html>Oops</html>", content_type="text/html")
        if self.retry_after_s:
            headers = {"Retry-After": str(self.retry_after_s)}
            body = {"ok": False, "error": "ratelimited"}
            return web.json_response(body, status=429, headers=headers)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        error = self.error or ("" if token == self.app_token else "invalid_auth")
        if error:
            return web.json_response({"ok": False, "error": error})
        ticket = f"ticket-{next(self._numbers)}"
        self._tickets.add(ticket)
        url = f"ws://{request.host}/link?ticket={ticket}&app_id=A0COPILOT"
        return web.json_response({"ok": True, "url": url})

    async def _link(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404, text="no such ticket, or a used one")
        self._tickets.remove(ticket)
        web_socket = web.WebSocketResponse()
        await web_socket.prepare(request)
        assert request.transport is not None
        agent = request.headers.get("User-Agent", "")
        one = Socket(next(self._numbers), web_socket, request.transport, agent)
        self.all.append(one)
        if len(self.sockets) >= self.most:
            await self._say(one, _goodbye("too_many_websockets"))
            await web_socket.close()
            return web_socket
        try:
            await self._welcome(one)
            await self._listen(one)
        finally:
            if one in self.sockets:
                self.sockets.remove(one)
            await self._notify()
        return web_socket

    async def _welcome(self, one: Socket) -> None:
        if self.greets:
            hello = {
                "type": "hello",
                "num_connections": len(self.sockets) + 1,
                "debug_info": {"host": "applink-1", "approximate_connection_time": 18060},
                "connection_info": {"app_id": "A0COPILOT"},
            }
            await self._say(one, hello)
        self.sockets.append(one)
        await self._notify()
        if self.asks_at_once:
            await self._dismiss(one, self.asks_at_once)

    async def _listen(self, one: Socket) -> None:
        async for message in one.web_socket:
            if message.type is not WSMsgType.TEXT:
                continue
            said = json.loads(message.data)
            one.acknowledged.append(said["envelope_id"])
            for sent in self.sent:
                if sent.envelope_id == said["envelope_id"]:
                    sent.acknowledged.set()
            await self._notify()

    async def _push(self, sent: Sent) -> None:
        """Send it on one socket after the other, until it is acknowledged."""
        while not sent.acknowledged.is_set():
            one = self._next_for(sent)
            if one is None and self.is_forgetful:
                return
            if one is None:
                await self.until(lambda: self._next_for(sent) is not None, 600.0)
                continue
            await self._say(one, self._envelope(sent))
            sent.on.append(one.number)
            one.carried += 1
            await self._notify()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.again_s):
                    await sent.acknowledged.wait()
            if self.is_forgetful:
                return

    def _next_for(self, sent: Sent) -> Socket | None:
        """Return the socket that has had it least often, of those the one that had least."""
        fit = [one for one in self.sockets if one.takes]
        return min(fit, key=lambda one: (sent.on.count(one.number), one.carried), default=None)

    def _envelope(self, sent: Sent) -> Payload:
        frame: dict[str, Any] = {
            "envelope_id": sent.envelope_id,
            "type": sent.kind,
            "payload": sent.payload,
            "accepts_response_payload": sent.kind != EVENTS,
        }
        if sent.kind == EVENTS:
            # Zero again when it is sent again.
            frame |= {"retry_attempt": 0, "retry_reason": ""}
        return frame

    async def _dismiss(self, one: Socket, reason: str) -> None:
        await self._say(one, _goodbye(reason))
        one.is_leaving = True
        self._begin(self._close_later(one))

    async def _close_later(self, one: Socket) -> None:
        await asyncio.sleep(self.grace_s)
        await one.web_socket.close()

    async def _say(self, one: Socket, frame: Payload) -> None:
        if one.is_silent:
            return
        with contextlib.suppress(ConnectionError, RuntimeError):
            await one.web_socket.send_json(frame)


def _goodbye(reason: str) -> Payload:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}


@contextlib.asynccontextmanager
async def sockets_running(app_token: str = APP_TOKEN) -> AsyncIterator[SocketMode]:
    """Serve a Slack that sends by Socket Mode."""
    mode = SocketMode(app_token)
    async with slack_running([mode.part]):
        try:
            yield mode
        finally:
            await mode.close()
