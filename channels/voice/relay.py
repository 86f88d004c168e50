"""The server's side of a call: `WS /channels/voice/relay/{token}`, one socket per connection.

Whoever connects is refused before the socket is accepted unless the vendor has signed the address
as it stands in our TwiML, and the token in it has not been used. Under the bare address the token
is taken from the setup frame, so that there it can only be refused once that is read. What is read
is decoded and handed on; all that is written goes through one `SocketLine`.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol, assert_never

from aiohttp import WSMsgType, web

from channels.errors import ChannelBusy, ChannelError
from channels.voice.base import (
    Callee,
    Closed,
    Dtmf,
    Info,
    Interrupted,
    Prompt,
    RelayError,
    Setup,
)
from channels.voice.frames import MOST_FRAME_BYTES, Ignored, read_text
from channels.voice.line import NORMAL, Count, LineTerms, Socket, SocketLine
from channels.voice.token import PARAMETER, address_with

PATH: Final = "/channels/voice/relay"
GOING_AWAY: Final = 1001
NO_CODE: Final = 1005
ABNORMAL: Final = 1006
POLICY: Final = 1008
BROKEN: Final = 1011
"""Source: RFC 6455, section 7.4.1."""
HARD_FRAME_BYTES: Final = 16 * MOST_FRAME_BYTES
"""A longer frame ends the socket with 1009; one between the two limits is ignored."""


@dataclass(frozen=True, slots=True)
class SocketTerms:
    """How sockets are accepted and watched; seconds where it says `_s`."""

    url: str
    """`wss://…/channels/voice/relay`, as the vendor knows us, whatever a proxy makes of it."""
    most_sockets: int = 1_000
    """One more is 503: the caller hears a busy line."""
    setup_s: float = 5.0
    """The first frame comes within this, and is `setup`."""
    heartbeat_s: float = 10.0
    """A peer that says nothing for so long is pinged, and given up half as long after that."""
    line: LineTerms = field(default_factory=LineTerms)


class UpgradeDoor(Protocol):
    """Knows whose requests are the vendor's: `channels.twilio.door.Door`."""

    def is_upgrade_signed(self, request: web.Request, url: str) -> bool:
        """Return whether the vendor has signed this address for this request."""
        ...


class TokenTaker(Protocol):
    """Takes each token once: `channels.voice.token.Tokens`."""

    async def use(self, token: str) -> str | None:
        """Return the call of a token the first time; None for any that is not good.

        Raises:
            ChannelBusy: it could not be noted as used.
        """
        ...


def ignore_count(name: str) -> None:
    """Count nothing."""


class Relay:
    """All sockets of one process."""

    def __init__(
        self,
        door: UpgradeDoor,
        tokens: TokenTaker,
        callees: Callable[[], Callee],
        terms: SocketTerms,
        count: Count = ignore_count,
    ) -> None:
        if not terms.url.startswith(("wss://", "ws://")):
            raise ValueError(f"expected a wss:// address, got {terms.url!r}")
        self._door = door
        self._tokens = tokens
        self._callees = callees
        self._terms = terms
        self._count = count
        self._sockets = 0
        self._lines: set[SocketLine] = set()
        self._is_draining = False
        self._is_empty = asyncio.Event()
        self._is_empty.set()

    @property
    def sockets(self) -> int:
        """How many are open."""
        return self._sockets

    def routes(self) -> list[web.RouteDef]:
        """Return the address of our TwiML, and the bare one."""
        return [web.get(PATH + "/{token}", self.socket), web.get(PATH, self.socket)]

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection of a call until it closes.

        Raises:
            HTTPForbidden: not signed, or with a token that is not good.
            HTTPBadRequest: no upgrade to a WebSocket.
            HTTPServiceUnavailable: too many, or this process is about to end.
        """
        token = request.match_info.get("token", "")
        url = address_with(self._terms.url, token) if token else self._terms.url
        if not self._door.is_upgrade_signed(request, url):
            self._count("relay_unsigned")
            raise web.HTTPForbidden
        ws: Socket = web.WebSocketResponse(
            timeout=self._terms.line.close_s,
            heartbeat=self._terms.heartbeat_s,
            max_msg_size=HARD_FRAME_BYTES,
            # A read must never wait for a write, so the line answers pings and close frames; text
            # stays bytes, for the library would close over bad UTF-8; and a compressed frame is
            # not written in one step.
            autoping=False,
            autoclose=False,
            decode_text=False,
            compress=False,
            writer_limit=0,
        )
        if not ws.can_prepare(request):
            raise web.HTTPBadRequest
        if self._is_draining or self._sockets >= self._terms.most_sockets:
            self._count("relay_full")
            raise web.HTTPServiceUnavailable
        self._sockets += 1
        self._is_empty.clear()
        try:
            await self._accept(request, ws, token)
        finally:
            self._sockets -= 1
            if not self._sockets:
                self._is_empty.set()
        return ws

    async def drain(self, within_s: float) -> None:
        """Take no more sockets, wait for those that are open, then close the rest with 1001.

        The vendor tells `action` of each that is closed so, and the call can go on elsewhere.
        """
        self._is_draining = True
        try:
            async with asyncio.timeout(within_s):
                await self._is_empty.wait()
        except TimeoutError:
            await self._close_all()

    async def _close_all(self) -> None:
        closing = (line.close(GOING_AWAY) for line in tuple(self._lines))
        # What broke in a line is raised where the line is served.
        await asyncio.gather(*closing, return_exceptions=True)
        try:
            async with asyncio.timeout(self._terms.line.close_s):
                await self._is_empty.wait()
        except TimeoutError:
            self._count("relay_left_open")

    async def _accept(self, request: web.Request, ws: Socket, token: str) -> None:
        expected: Mapping[str, str] | None = None
        if token:
            expected = {await self._call_of(token): token}
        try:
            await ws.prepare(request)
        except ConnectionError:
            return
        transport = request.transport
        if transport is None:
            return
        line = SocketLine(ws, transport, self._terms.line, self._count)
        self._lines.add(line)
        try:
            if self._is_draining:
                await line.close(GOING_AWAY)
                return
            await self._serve(ws, line, expected)
        finally:
            self._lines.discard(line)
            await line.stop()

    async def _call_of(self, token: str) -> str:
        """Return the call of a token that is used herewith."""
        try:
            call = await self._tokens.use(token)
        except ChannelBusy:
            self._count("relay_busy")
            raise web.HTTPServiceUnavailable from None
        if call is None:
            self._count("relay_bad_token")
            raise web.HTTPForbidden
        return call

    async def _expected_of(self, setup: Setup | None) -> Mapping[str, str]:
        """Return the call of the token in a setup frame, if it is good."""
        token = setup.parameters.get(PARAMETER, "") if setup is not None else ""
        if not token:
            return {}
        try:
            return {await self._call_of(token): token}
        except (web.HTTPForbidden, web.HTTPServiceUnavailable):
            return {}

    async def _serve(
        self, ws: Socket, line: SocketLine, expected: Mapping[str, str] | None
    ) -> None:
        setup = await self._setup(ws)
        if expected is None:
            expected = await self._expected_of(setup)
        if setup is None or expected.get(setup.call) != setup.parameters.get(PARAMETER, ""):
            self._count("relay_no_setup" if setup is None else "relay_wrong_call")
            await line.close(POLICY)
            return
        callee = self._callees()
        try:
            await callee.answered(setup, line)
        except ChannelError:
            self._count("relay_not_answered")
            await line.close(BROKEN)
            return
        code = BROKEN
        try:
            code = await self._listen(ws, line, callee)
        finally:
            try:
                await self._leave(line, code)
            finally:
                await callee.gone(code)

    async def _leave(self, line: SocketLine, code: int) -> None:
        if code == ABNORMAL:
            self._count("relay_lost")
            line.abort()
        else:
            await line.close(NORMAL if code == NO_CODE else code)

    async def _setup(self, ws: Socket) -> Setup | None:
        """Return the first frame if it is a setup, and comes in time."""
        try:
            async with asyncio.timeout(self._terms.setup_s):
                message = await ws.receive()
        except TimeoutError:
            return None
        if message.type is not WSMsgType.TEXT:
            return None
        frame = read_text(message.data)
        return frame if isinstance(frame, Setup) else None

    async def _listen(self, ws: Socket, line: SocketLine, callee: Callee) -> int:
        """Hand on what is read; return the code with which the socket has closed."""
        while True:
            message = await ws.receive()
            match message.type:
                case WSMsgType.TEXT:
                    await self._hear(message.data, callee)
                case WSMsgType.BINARY:
                    self._count("relay_ignored_binary")
                case WSMsgType.PING:
                    line.pong(message.data)
                case WSMsgType.PONG:
                    continue
                case WSMsgType.CLOSE:
                    return line.closed_with or message.data or NO_CODE
                case _:
                    # The library calls an end of the connection without a close frame 1000.
                    return line.closed_with or ABNORMAL

    async def _hear(self, raw: bytes, callee: Callee) -> None:
        match read_text(raw):
            case Ignored(reason):
                self._count(f"relay_ignored_{reason}")
            case Setup():
                self._count("relay_ignored_setup")
            case RelayError() as error:
                self._count("relay_error")
                await callee.heard(error)
            case (Prompt() | Interrupted() | Dtmf() | Info() | Closed()) as event:
                await callee.heard(event)
            case other:
                assert_never(other)
