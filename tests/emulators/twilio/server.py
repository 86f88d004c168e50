"""Twilio on 127.0.0.1: the REST API over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from tests.emulators.server import drop
from tests.emulators.twilio import intelligence, media, rest
from tests.emulators.twilio.faults import AFTERWARDS, INSTEAD, LATER, Fault, Faults, Limits
from tests.emulators.twilio.intelligence import Transcribing
from tests.emulators.twilio.state import (
    VERSION,
    ApiError,
    Dict,
    RestCall,
    StoredMessage,
    VoiceCall,
    call_json,
    message_json,
)

BASE = f"/{VERSION}/Accounts/{{account}}"
MOST_BODY_BYTES = 1024 * 1024
BROKEN = "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
STATUS_OF = {20003: 401, 20404: 404, 20429: 429, 20500: 500, 20503: 503}
"""The HTTP status of a code; 400 for all others."""
OUTSIDE_WINDOW = 63016
Act = Callable[[web.Request, RestCall, Fault | None], Awaitable[web.StreamResponse]]
Changed = Callable[[VoiceCall, dict[str, str]], None]


class TwilioServer(Transcribing):
    """See the package's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.faults = Faults()
        self.calls: list[RestCall] = []
        self.limits = Limits()
        self.limits_on = False
        self.is_down = False
        self.window_refusal = "report"
        """How 63016 is told: by the status (`report`) or at the create (`create`)."""
        self.list_lag_s = 0.0
        """How long a message that was created is not yet in the list, by the clock."""
        self.call_listeners: list[Changed] = []
        """Told when a phone call is changed by REST: the call, and the parameters."""
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()

    @property
    def url(self) -> str:
        return self.state.url

    @property
    def account(self) -> str:
        return self.state.account

    @property
    def auth_token(self) -> str:
        return self.state.auth_token

    @auth_token.setter
    def auth_token(self, token: str) -> None:
        self.state.auth_token = token

    @property
    def api_keys(self) -> dict[str, str]:
        """Keys with their secrets, which are as good as the account with its token."""
        return self.state.api_keys

    @property
    def messages(self) -> list[StoredMessage]:
        return self.state.messages

    @property
    def inbound(self) -> list[StoredMessage]:
        return self.state.inbound

    @property
    def opted_out(self) -> set[tuple[str, str]]:
        return self.state.opted_out

    @property
    def voice_calls(self) -> dict[str, VoiceCall]:
        return self.state.voice_calls

    def called(self, target: str) -> list[RestCall]:
        """Return the calls of one target: `send`, `find`, `list`, `media`, `call`, `change`."""
        return [call for call in self.calls if call.target == target]

    # Being a server

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        app.router.add_post(f"{BASE}/Messages.json", self._on("send", self._send))
        app.router.add_get(f"{BASE}/Messages.json", self._on("list", self._list))
        app.router.add_get(f"{BASE}/Messages/{{sid}}.json", self._on("find", self._find))
        app.router.add_post(f"{BASE}/Messages/{{sid}}.json", self._on("change", self._change))
        app.router.add_delete(f"{BASE}/Messages/{{sid}}.json", self._on("change", self._delete))
        app.router.add_get(f"{BASE}/Messages/{{sid}}/Media.json", self._on("find", self._media))
        app.router.add_get(
            f"{BASE}/Messages/{{sid}}/Media/{{media}}", self._on("media", self._open)
        )
        app.router.add_post(f"{BASE}/Calls.json", self._on("call", self._begin_call))
        app.router.add_get(f"{BASE}/Calls/{{sid}}.json", self._on("call", self._find_call))
        app.router.add_post(f"{BASE}/Calls/{{sid}}.json", self._on("call", self._change_call))
        transcript = f"/{intelligence.VERSION}/Transcripts/{{sid}}"
        app.router.add_get(transcript, self._on("transcript", self._transcript))
        app.router.add_get(f"{transcript}/Sentences", self._on("transcript", self._sentences))
        app.router.add_get("/{account:AC[0-9a-f]{32}}/{media}", self._on("store", self._store))
        app.router.add_route("*", "/{rest:.*}", self._on("", self._unknown))
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0.1, handler_cancellation=False
        )
        await self._runner.setup()
        for _ in range(2):
            await web.TCPSite(self._runner, "127.0.0.1", port).start()
            port = 0
        (host, first), (_, second) = (address[:2] for address in self._runner.addresses)
        self.state.url = f"http://{host}:{first}"
        self.state.media_url = f"http://{host}:{second}"

    async def close(self) -> None:
        self._closing.set()
        try:
            await self.stop_sending()
        finally:
            if self._runner is not None:
                await self._runner.cleanup()

    def _on(self, target: str, act: Act) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return what takes the calls of one route: note them, and let them go wrong."""

        async def take(request: web.Request) -> web.StreamResponse:
            call = await rest.read_call(request, target, self.state.clock())
            self.calls.append(call)
            self.wake()
            try:
                return await self._with_faults(request, call, act)
            finally:
                self.wake()

        return take

    async def _with_faults(
        self,
        request: web.Request,
        call: RestCall,
        act: Act,
    ) -> web.StreamResponse:
        if request.path_qs in self.faults.to_be_repeated:
            self.faults.to_be_repeated.discard(request.path_qs)
            return self._drop(request, call, is_repeated=True)
        fault = None if self.is_down else self.faults.take(call.target, call.params.get("To", ""))
        if self.is_down or (fault is not None and fault.kind == "dropped"):
            return self._drop(request, call)
        if fault is not None and fault.kind == "slow":
            await self._pause(fault.delay_s)
        if fault is not None and fault.kind in INSTEAD:
            return self._noted(call, wrong(fault))
        try:
            if call.target != "store":
                rest.authorise(self.state, request)
            answer: web.StreamResponse = await act(request, call, fault)
        except ApiError as error:
            answer = refused(error)
        if fault is None or fault.kind not in AFTERWARDS:
            return self._noted(call, answer)
        match fault.kind:
            case "lost":
                return self._drop(request, call)
            case "hang":
                await self._pause(None)
                return self._drop(request, call)
            case "slow_after":
                await self._pause(fault.delay_s)
                return self._noted(call, answer)
            case _:
                return self._noted(call, wrong(fault))

    async def _pause(self, seconds: float | None) -> None:
        """Wait so long, or until the server is closed."""
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    def _noted(self, call: RestCall, answer: web.StreamResponse) -> web.StreamResponse:
        call.outcome = str(answer.status)
        return answer

    def _drop(
        self, request: web.Request, call: RestCall, is_repeated: bool = False
    ) -> web.StreamResponse:
        """Reset the connection instead of answering."""
        call.outcome = "dropped"
        repeats = request.method == "GET" and "Connection" not in request.headers
        if repeats and not is_repeated:
            self.faults.to_be_repeated.add(request.path_qs)
        drop(request, is_reset=True)
        raise asyncio.CancelledError

    # What is asked for

    async def _send(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        message = rest.create(self.state, call)
        self._check_window(message)
        self._check_limits(message)
        if fault is not None and fault.kind in LATER:
            message.fails_with, message.fails_as = fault.said_code, fault.kind
        created = message_json(self.state, message)
        self.state.messages.append(message)
        await self.accepted(message)
        return web.json_response(created, status=201)

    def _check_window(self, message: StoredMessage) -> None:
        if not message.to.startswith("whatsapp:") or message.content:
            return
        if self.state.is_window_open(message.sender, message.to):
            return
        if self.window_refusal == "create":
            raise ApiError(400, OUTSIDE_WINDOW, "Outside of the allowed window")
        message.fails_with, message.fails_as = OUTSIDE_WINDOW, "failed"

    def _check_limits(self, message: StoredMessage) -> None:
        if not self.limits_on:
            return
        now, sender = self.state.clock(), message.sender
        if self.limits.is_looping(sender, message.to, now):
            raise ApiError(400, 14107, "Too many replies between two numbers")
        if self.limits.is_full(sender, now):
            raise ApiError(400, 21611, "The sender has too many messages queued")
        kind = self.state.numbers[sender].kind
        wait_s = self.limits.wait_s(sender, kind, message.segments, now)
        if wait_s:
            raise ApiError(429, 20429, "Too Many Requests", wait_s)

    async def _list(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        newest_at = self.state.clock() - self.list_lag_s if self.list_lag_s else None
        return web.json_response(rest.listing(self.state, call, newest_at))

    async def _find(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        message = self.state.message(request.match_info["sid"])
        return web.json_response(message_json(self.state, message))

    async def _change(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        return web.json_response(rest.change(self.state, request.match_info["sid"], call))

    async def _delete(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        message = self.state.message(request.match_info["sid"])
        kept = self.inbound if message.direction == "inbound" else self.messages
        kept.remove(message)
        return web.Response(status=204)

    async def _media(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        message = self.state.message(request.match_info["sid"])
        return web.json_response(media.listing(self.state, message))

    async def _open(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        return media.redirect(self.state, request)

    async def _store(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.StreamResponse:
        return await media.send(self.state, request, fault is not None and fault.kind == "cut")

    async def _begin_call(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        return web.json_response(rest.begin_call(self.state, call), status=201)

    async def _find_call(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        found = self.state.voice_calls.get(request.match_info["sid"])
        if found is None:
            raise ApiError(404, 20404, "The requested resource was not found")
        return web.json_response(call_json(self.state, found))

    async def _change_call(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        changed = rest.change_call(self.state, request.match_info["sid"], call)
        for listener in list(self.call_listeners):
            listener(changed, dict(call.params))
        return web.json_response(call_json(self.state, changed))

    async def _transcript(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        return web.json_response(intelligence.transcript_json(self.state, self.found(request)))

    async def _sentences(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        most = self.sentences_page
        return web.json_response(intelligence.listing(self.state, self.found(request), call, most))

    async def _unknown(
        self, request: web.Request, call: RestCall, fault: Fault | None
    ) -> web.Response:
        raise ApiError(404, 20404, f"The requested resource {request.path} was not found")


def refused(error: ApiError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s else {}
    return web.json_response(error.json(), status=error.status, headers=headers)


def wrong(fault: Fault) -> web.Response:
    """Return the answer of a fault that has one."""
    code = fault.said_code
    status = fault.status or STATUS_OF.get(code, 400)
    match fault.kind:
        case "refused" | "busy":
            return refused(ApiError(status, code, "", int(fault.retry_after_s)))
        case "problem" | "problem_after":
            return problem(fault.status or STATUS_OF.get(fault.code, 400), fault.code or 20001)
        case "not_json":
            return web.Response(status=fault.status or 200, text="upstream connect error")
        case _:
            return web.Response(status=fault.status or 502, text=BROKEN, content_type="text/html")


def problem(status: int, code: int) -> web.Response:
    """Return an error in the form of RFC 9457."""
    said: Dict = {
        "type": f"https://www.twilio.com/docs/api/errors/{code}",
        "title": "The request was not done",
        "status": status,
        "code": code,
        "detail": "as the test asks for",
        "instance": "/emulated",
    }
    return web.json_response(said, status=status, content_type="application/problem+json")


@asynccontextmanager
async def twilio_running(port: int = 0) -> AsyncIterator[TwilioServer]:
    """Serve a Twilio."""
    server = TwilioServer()
    await server.start(port)
    try:
        yield server
    finally:
        await server.close()
