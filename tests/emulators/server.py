"""What both emulators share: a loopback server with a memory, which breaks on demand."""

import asyncio
import json
import re
import socket
import struct
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import Any

from aiohttp import web

from routing.models.instance import instance_of
from tests.emulators.faults import Fault, Plan, Plans
from tests.emulators.replies import Habit, Reply, delivered_in, rest_of

MOST_BODY_BYTES = 33 * 1024 * 1024
TOKEN = re.compile(r"\s*\S+\s*$|\s*\S+")
ANSWER = "Your new card is on its way [1]. It takes five working days to arrive [1]."
BEFORE_STREAM = frozenset(
    {
        Fault.AUTH,
        Fault.BAD_REQUEST,
        Fault.NOT_FOUND,
        Fault.OVERLOADED,
        Fault.QUOTA,
        Fault.RATE_LIMITED,
        Fault.RATE_LIMITED_FOR,
        Fault.SERVER,
        Fault.TOO_LARGE,
    }
)
BREAKS = frozenset(
    {
        Fault.CLOSE,
        Fault.EOF,
        Fault.EOF_INSIDE,
        Fault.ERROR_EVENT,
        Fault.MALFORMED,
        Fault.RESET,
        Fault.STALL,
        Fault.STALL_WITH_PINGS,
    }
)


Step = bytes | asyncio.Event
"""What is sent next, or what is waited for before."""


class Refused(Exception):
    """The request is answered with an HTTP error."""

    def __init__(
        self, status: int, body: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> None:
        self.status = status
        self.body = body
        self.headers = dict(headers or {})
        super().__init__(str(status))


class Emulator(ABC):
    """A vendor on 127.0.0.1; `async with AnthropicEmulator() as vendor: vendor.url`."""

    path = ""

    def __init__(self, answer: str = ANSWER, pace_s: float = 0.0, port: int = 0) -> None:
        self.answer = answer
        self.pace_s = pace_s
        self.plans = Plans()
        self.replies: deque[Reply] = deque()
        """What the next requests get instead of the answer."""
        self.habit = Habit()
        """What becomes of an answer that was begun by somebody else."""
        self.received: list[bytes] = []
        """Every request as it came: head and body."""
        self.bodies: list[dict[str, Any]] = []
        """Every request's JSON."""
        self.left_early = asyncio.Event()
        """A client closed its connection before the answer was whole."""
        self.is_idle = asyncio.Event()
        """Set while no answer is under way."""
        self.is_idle.set()
        self._open_answers = 0
        self.url = ""
        self._port = port
        self._runner: web.AppRunner | None = None
        self._peers: set[object] = set()

    @property
    def connections(self) -> int:
        """How many connections were made."""
        return len(self._peers)

    async def __aenter__(self) -> "Emulator":
        app = web.Application(client_max_size=MOST_BODY_BYTES)
        app.router.add_post(self.path, self._answer)
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=0.1
        )
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        head = b"\r\n".join(name + b": " + value for name, value in request.raw_headers)
        self.received.append(head + b"\r\n\r\n" + raw)
        assert request.transport is not None
        self._peers.add(request.transport.get_extra_info("peername"))
        try:
            body = json.loads(raw)
        except ValueError:
            return self._error(request, self.refusal(Fault.BAD_REQUEST, 0, "not JSON"))
        self.bodies.append(body)
        plan = self.plans.take(body.get("model", ""), request.headers.get("x-emulator-fault", ""))
        if plan.fault is Fault.HANG_UP:
            request.transport.abort()
            raise asyncio.CancelledError
        try:
            self.check(request, body, len(raw))
            if plan.fault in BEFORE_STREAM:
                raise self.refusal(plan.fault, plan.seconds, "asked for by the test")
        except Refused as refused:
            return self._error(request, refused)
        if not body.get("stream"):
            whole = self.whole(body, self._reply(body))
            return web.json_response(whole, headers=self.headers())
        return await self._streamed(request, body, plan)

    def _reply(self, body: dict[str, Any]) -> Reply:
        if self.replies:
            return self.replies.popleft()
        schema = self.schema(body)
        if schema is not None:
            return Reply(compact(instance_of(schema, {}, schema)))
        said = delivered_in(self.asked(body))
        return Reply(self.answer if said is None else rest_of(self.answer, said, self.habit))

    def _error(self, request: web.Request, refused: Refused) -> web.Response:
        return web.json_response(
            refused.body, status=refused.status, headers=self.headers() | refused.headers
        )

    async def _streamed(
        self, request: web.Request, body: dict[str, Any], plan: Plan
    ) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"content-type": "text/event-stream; charset=utf-8", **self.headers()}
        )
        await response.prepare(request)
        self._open_answers += 1
        self.is_idle.clear()
        try:
            if await self._wrote_all(request, response, body, plan):
                await response.write_eof()
        except (asyncio.CancelledError, ConnectionError):
            self.left_early.set()
            raise
        finally:
            self._open_answers -= 1
            if not self._open_answers:
                self.is_idle.set()
        return response

    async def _wrote_all(
        self,
        request: web.Request,
        response: web.StreamResponse,
        body: dict[str, Any],
        plan: Plan,
    ) -> bool:
        """Send the answer, or as much as the plan says; False when the connection is gone."""
        reply = Reply("") if plan.fault is Fault.REFUSAL else self._reply(body)
        await response.write(self.opening(body, plan))
        if plan.fault is Fault.SLOW_FIRST:
            await asyncio.sleep(plan.seconds)
        steps = self.steps(body, reply)
        for n, step in enumerate(steps):
            if n == plan.after and plan.fault in BREAKS:
                return await self._break(request, response, plan)
            if n == plan.after and plan.fault is Fault.UNKNOWN_EVENT:
                await response.write(self.unknown())
            if self.pace_s:
                await asyncio.sleep(self.pace_s)
            await self._take(response, step)
        if len(steps) <= plan.after and plan.fault in BREAKS:
            return await self._break(request, response, plan)
        await response.write(self.ending(body, plan, reply))
        return True

    async def _take(self, response: web.StreamResponse, step: Step) -> None:
        if isinstance(step, asyncio.Event):
            await step.wait()
        else:
            await response.write(step)

    def steps(self, body: dict[str, Any], reply: Reply) -> Sequence[Step]:
        """Return what comes between opening and ending: one frame for each token."""
        return [self.token(body, token) for token in TOKEN.findall(reply.text)]

    async def _break(self, request: web.Request, response: web.StreamResponse, plan: Plan) -> bool:
        if plan.gate is not None:
            await plan.gate.wait()
        match plan.fault:
            case Fault.EOF_INSIDE:
                await response.write(self.token({}, "never to be seen")[:-20])
            case Fault.ERROR_EVENT:
                await response.write(self.error_event())
            case Fault.MALFORMED:
                await response.write(self.malformed())
            case Fault.STALL:
                await asyncio.get_running_loop().create_future()
            case Fault.STALL_WITH_PINGS:
                async for ping in self._pings(plan.seconds):
                    await response.write(ping)
            case Fault.RESET | Fault.CLOSE:
                drop(request, is_reset=plan.fault is Fault.RESET)
                return False
        return True

    async def _pings(self, seconds: float) -> AsyncIterator[bytes]:
        while True:
            yield self.ping()
            await asyncio.sleep(seconds)

    @abstractmethod
    def headers(self) -> dict[str, str]:
        """Return the headers of every answer."""

    @abstractmethod
    def check(self, request: web.Request, body: dict[str, Any], size: int) -> None:
        """Raise `Refused` for what the vendor documents as an error."""

    @abstractmethod
    def refusal(self, fault: Fault, seconds: float, message: str) -> Refused:
        """Return the HTTP error of a fault."""

    @abstractmethod
    def schema(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """Return the JSON schema that the answer is to follow."""

    @abstractmethod
    def asked(self, body: dict[str, Any]) -> str:
        """Return the text of the last message."""

    @abstractmethod
    def whole(self, body: dict[str, Any], reply: Reply) -> dict[str, Any]:
        """Return the answer without a stream."""

    @abstractmethod
    def opening(self, body: dict[str, Any], plan: Plan) -> bytes:
        """Return the frames before the first token."""

    @abstractmethod
    def token(self, body: dict[str, Any], text: str) -> bytes:
        """Return the frame of one token."""

    @abstractmethod
    def ending(self, body: dict[str, Any], plan: Plan, reply: Reply) -> bytes:
        """Return the frames after the last token."""

    @abstractmethod
    def error_event(self) -> bytes:
        """Return an error inside the stream."""

    @abstractmethod
    def malformed(self) -> bytes:
        """Return a frame that is not JSON."""

    @abstractmethod
    def unknown(self) -> bytes:
        """Return a frame of a type from the future."""

    @abstractmethod
    def ping(self) -> bytes:
        """Return a frame that only keeps the connection."""


def drop(request: web.Request, *, is_reset: bool) -> None:
    """Let go of the connection in the middle: with a reset, or with an early end."""
    assert request.transport is not None
    if not is_reset:
        request.transport.close()
        return
    peer: socket.socket = request.transport.get_extra_info("socket")
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()


def compact(value: object) -> str:
    """Return JSON as the vendors write it: no spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


async def serve(emulator: Emulator) -> None:
    """Run until the process is ended; the address stands on standard output."""
    async with emulator:
        print(emulator.url, flush=True)  # noqa: T201 - the parent process reads it
        await asyncio.get_running_loop().create_future()
