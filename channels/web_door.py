"""How a WebSocket gets in: origin before the upgrade, hello after it."""

from aiohttp import WSMsgType, web

from channels.token import Session, TokenProblem
from channels.web_answer import Refusal
from channels.web_hub import Hub
from channels.web_intake import Close
from channels.web_outlet import Outlet
from channels.web_socket import Socket
from channels.wire.web import (
    MOST_FRAME_BYTES,
    SUBPROTOCOL,
    Hello,
    WireProblem,
    encode_error,
    parse_client_frame,
)


class Door:
    """`GET /v1/chat/ws`."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def enter(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket from the upgrade to its end; refusals are HTTP answers."""
        try:
            self._check(request)
        except Refusal as refusal:
            return refusal.answer()
        timings = self._hub.terms.timings
        # Twice the limit, so that a frame a little over it gets its close frame through.
        ws = web.WebSocketResponse(
            timeout=timings.close_s,
            autoping=False,
            autoclose=False,
            compress=False,
            max_msg_size=2 * MOST_FRAME_BYTES,
            protocols=(SUBPROTOCOL,),
        )
        await ws.prepare(request)
        transport = request.transport
        if transport is None:
            return ws
        outlet = Outlet(transport, self._hub.terms.clock)
        self._hub.greeting.add(ws)
        try:
            greeted = await self._greet(request, ws)
        except ConnectionError:
            return ws
        finally:
            self._hub.greeting.discard(ws)
        if isinstance(greeted, Close):
            await ws.close(code=greeted.code, message=greeted.reason.encode())
            return ws
        hello, session = greeted
        address = self._hub.address(request)
        await Socket(self._hub, ws, outlet, session, address).run(hello)
        return ws

    def _check(self, request: web.Request) -> None:
        hub = self._hub
        hub.check_origin(request)
        hub.check_open()
        hub.check_rate(hub.sockets_per_ip, hub.address(request))
        if request.headers.get("Upgrade", "").lower() != "websocket":
            raise Refusal(426, "upgrade_required", "expected a WebSocket upgrade")
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        if offered and SUBPROTOCOL not in {each.strip() for each in offered.split(",")}:
            raise Refusal(400, "invalid_request", f"expected the subprotocol {SUBPROTOCOL!r}")

    async def _greet(
        self, request: web.Request, ws: web.WebSocketResponse
    ) -> tuple[Hello, Session] | Close:
        """Wait for a good hello; a frame that is none gets an `error` and does not count."""
        clock, timings = self._hub.terms.clock, self._hub.terms.timings
        until = clock.monotonic() + timings.hello_s
        for _ in range(self._hub.terms.limits.strikes):
            try:
                message = await ws.receive(max(0.001, until - clock.monotonic()))
            except TimeoutError:
                return Close(4408, "no hello")
            if message.type is WSMsgType.BINARY:
                return Close(1003, "binary frames are not understood")
            if message.type is not WSMsgType.TEXT:
                raise ConnectionResetError("closed before hello")
            try:
                frame = parse_client_frame(message.data)
            except WireProblem as problem:
                await ws.send_str(encode_error(problem.code))
                continue
            if isinstance(frame, Hello):
                return self._admit(request, frame)
            await ws.send_str(encode_error("hello_expected"))
        return Close(1008, "no hello")

    def _admit(self, request: web.Request, hello: Hello) -> tuple[Hello, Session] | Close:
        hub = self._hub
        if hub.is_draining:
            return Close(1012, "restart")
        try:
            session = hub.tokens.read(hello.token, hub.terms.clock.utc())
        except TokenProblem as problem:
            return Close(4401, problem.code)
        # A browser names its origin with every socket: without one, its token was carried away.
        is_carried = session.is_browser and "Origin" not in request.headers
        if is_carried or not hub.is_from(session, request):
            return Close(4403, "origin refused")
        if hello.conversation and hello.conversation != session.conversation:
            return Close(4403, "token for another conversation")
        return hello, session
