"""For networks that break WebSockets: `GET /v1/chat/stream` and `POST /v1/chat/messages`."""

import asyncio
from collections.abc import Sequence
from functools import partial

from aiohttp import web

from channels.base import Act, ConversationId, Frame, History, Said
from channels.errors import ChannelBusy, ChannelRefused
from channels.token import Session
from channels.web_answer import Refusal, open_to
from channels.web_feed import Cursor, follow
from channels.web_hub import Hub
from channels.web_intake import GONE
from channels.web_outlet import Outlet
from channels.web_pulse import Pulse, Verdict, judge_stream
from channels.web_route import answered, asked
from channels.web_sessions import read_body
from channels.web_socket import YIELD_FRAMES
from channels.wire.web import (
    Ack,
    Auth,
    Hello,
    Identify,
    Ping,
    Unknown,
    WireProblem,
    encode_goaway,
    encode_welcome,
    parse_client_object,
    read_object,
)

RETRY_MS = 2000
HEADERS = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "X-Accel-Buffering": "no",
    "Connection": "keep-alive",
}


def event(text: str, seq: int | None = None) -> bytes:
    """Return one server-sent event.

    Source: WHATWG HTML, 9.2 Server-sent events.
    """
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}data: {text}\n\n".encode()


class Stream:
    """One event stream: the same events as a socket, in one direction."""

    def __init__(
        self, hub: Hub, session: Session, request: web.Request, response: web.StreamResponse
    ) -> None:
        assert request.transport is not None
        self._hub = hub
        self._session = session
        self._request = request
        self._response = response
        self._clock = hub.terms.clock
        self._outlet = Outlet(request.transport, self._clock)
        self._pinged_at = self._clock.monotonic()
        self._feed: asyncio.Task[None] | None = None
        self._is_ending = False

    @property
    def conversation(self) -> ConversationId:
        """The conversation it shows."""
        return self._session.conversation

    @property
    def is_ending(self) -> bool:
        """True once it is being closed."""
        return self._is_ending

    async def run(self, last_seq: int, epoch: int | None) -> None:
        """Serve the stream until it ends, from whatever side.

        Raises:
            ChannelRefused: the conversation is gone; nothing was written if it was from the start.
            ChannelBusy: history cannot be read now.
        """
        session = self._session
        self._cursor = Cursor(session.conversation, session.is_verified, last_seq)
        feed = asyncio.get_running_loop().create_task(
            follow(self._hub.conversations, self._cursor, epoch, self)
        )
        self._feed = feed
        self._hub.join(self)
        try:
            await asyncio.wait({feed})
        finally:
            self._is_ending = True
            self._hub.leave(self)
            await self._outlet.stop(feed)
            if self._outlet.is_backed_up:
                self._outlet.abort()  # ending the answer in good order would wait for the reader
        if not feed.cancelled():
            feed.result()

    async def welcome(self, history: History) -> None:
        """Begin the answer: the retry hint and where the log stands."""
        await self._response.prepare(self._request)
        text = encode_welcome(
            self.conversation, history.epoch, history.head_seq, history.resume, {}
        )
        first = f"retry: {RETRY_MS}\n\n".encode() + event(text)
        await self._outlet.write(partial(self._response.write, first))

    async def show(self, frames: Sequence[Frame]) -> None:
        """Write frames in order, several in one piece."""
        for start in range(0, len(frames), YIELD_FRAMES):
            some = frames[start : start + YIELD_FRAMES]
            piece = b"".join(event(frame.json, frame.seq) for frame in some)
            await self._outlet.write(partial(self._response.write, piece))
            for frame in some:
                self._cursor.passed(frame)
            await asyncio.sleep(0)

    def tick(self, now: float, wall: float) -> None:
        """Write a comment line now and then; end what is dead, slow or expired."""
        pulse = Pulse(now, self._pinged_at, self._outlet.sending_since, None, is_listening=True)
        verdict = judge_stream(pulse, self._hub.terms.timings, now)
        if self._outlet.is_closed or wall >= self._session.expires_at:
            self._stop()
        elif verdict is Verdict.SLOW:
            self._hub.counts[verdict.value] += 1
            self._outlet.abort()
        elif verdict is Verdict.PING:
            self._pinged_at = now
            self._hub.spawn(self._quietly(b": still here\n\n"))

    def forgive(self, late_s: float) -> None:
        """Nothing is expected of the reader."""

    async def announce(self, reason: str, after_s: float) -> None:
        """Send `goaway`."""
        await self._quietly(event(encode_goaway(reason, after_s)))

    async def end(self, code: int, reason: str) -> None:
        """End the stream; the client comes back, or not, by itself."""
        self._stop()

    def _stop(self) -> None:
        self._is_ending = True
        if self._feed is None:
            return
        if self._outlet.sending_since is not None:
            self._outlet.abort()
        else:
            self._feed.cancel()  # `run` then ends the answer in good order

    async def _quietly(self, piece: bytes) -> None:
        if self._is_ending or self._outlet.sending_since is not None:
            return
        try:
            await self._outlet.write(lambda: self._response.write(piece))
        except ConnectionError:
            self._outlet.abort()


class Streams:
    """The two routes."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def open(self, request: web.Request) -> web.StreamResponse:
        """Serve `GET /v1/chat/stream`; 204 tells the client to stop coming back."""
        hub = self._hub
        origin = ""
        try:
            origin = hub.check_origin(request)
            hub.check_open()
            hub.check_rate(hub.sockets_per_ip, hub.address(request))
            session = hub.session_of(request)
            last_seq = number_in(request.headers.get("Last-Event-ID", "0"))
            epoch = number_in(request.query.get("epoch", "-1"))
        except Refusal as refusal:
            answer = refusal.answer()
            open_to(answer, origin)
            return answer
        response = web.StreamResponse(headers=HEADERS)
        open_to(response, origin)
        late = None
        try:
            stream = Stream(hub, session, request, response)
            await stream.run(last_seq, epoch if epoch >= 0 else None)
        except ChannelRefused:
            late = web.Response(status=204)
        except ChannelBusy as busy:
            late = Refusal(503, "busy", "try again later", busy.retry_after_s).answer()
        except ConnectionError:
            return response
        if late is None or response.prepared:
            return response
        open_to(late, origin)
        return late

    async def take(self, request: web.Request) -> web.Response:
        """Answer `POST /v1/chat/messages`; 202 once what was done is durable."""
        return await answered(self._hub, request, self._take)

    async def ask(self, request: web.Request) -> web.Response:
        """Answer a preflight request of either route."""
        return asked(self._hub, request, "GET, POST")

    async def _take(self, request: web.Request) -> web.Response:
        hub = self._hub
        hub.check_open()
        session = hub.session_of(request)
        body = await read_body(request, hub.terms.timings.body_s)
        act = read_act(body, request.headers.get("Idempotency-Key", ""))
        if isinstance(act, Said):
            hub.check_rate(hub.messages, session.conversation)
        hub.check_rate(hub.messages_per_ip, hub.address(request))
        try:
            frames = await hub.conversations.accept(session.conversation, act)
        except ChannelBusy as busy:
            raise Refusal(503, "busy", "try again later", busy.retry_after_s) from None
        except ChannelRefused as refused:
            status = 410 if refused.code in GONE else 409
            raise Refusal(status, refused.code, "not accepted") from None
        shown = ",".join(frame.json for frame in frames)
        text = f'{{"accepted":true,"frames":[{shown}]}}'
        return web.Response(status=202, text=text, content_type="application/json")


def read_act(body: bytes, key: str) -> Act:
    """Return what the body of a post says; without a `type` it is a message.

    The key is the client id of a message; a repeat with the same one changes nothing.

    Raises:
        Refusal: 400.
    """
    try:
        fields = {"type": "message", **read_object(body.decode("utf-8", "replace"))}
        if key:
            fields["client_id"] = key
        frame = parse_client_object(fields)
    except WireProblem as problem:
        raise Refusal(400, "invalid_request", f"not understood: {problem.code}") from None
    if isinstance(frame, Hello | Auth | Identify | Ping | Ack | Unknown):
        raise Refusal(400, "invalid_request", "expected something that a customer does")
    return frame


def number_in(text: str) -> int:
    """Return the whole number in a header or query field.

    Raises:
        Refusal: 400.
    """
    try:
        return int(text)
    except ValueError:
        raise Refusal(400, "invalid_request", f"expected a number, got {text!r}") from None
