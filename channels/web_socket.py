"""One WebSocket of web chat: a view of a conversation, and what its customer does."""

import asyncio
from collections.abc import Sequence
from functools import partial

from aiohttp import WSMsgType, web

from channels.base import ConversationId, Frame, History
from channels.errors import ChannelBusy, ChannelRefused
from channels.token import Session
from channels.upload import MOST_ATTACHED, MOST_FILE_BYTES
from channels.web_feed import Cursor, follow
from channels.web_hub import Hub
from channels.web_intake import Answer, Intake
from channels.web_outlet import Outlet
from channels.web_pulse import Pulse, Verdict, judge_socket
from channels.wire.web import (
    MOST_FRAME_BYTES,
    MOST_TEXT_CHARS,
    Hello,
    encode_goaway,
    encode_welcome,
)

YIELD_FRAMES = 64
"""A long replay lets others run after so many frames."""


class Socket:
    """A socket after its hello.

    Two tasks: the caller's, which listens, and one that feeds. Both write through one outlet.
    Nothing waits in memory here: what a slow reader has not taken stays in the bounded watch.
    """

    def __init__(
        self, hub: Hub, ws: web.WebSocketResponse, outlet: Outlet, session: Session, address: str
    ) -> None:
        self._hub = hub
        self._ws = ws
        self._outlet = outlet
        self._intake = Intake(hub, session, address)
        self._clock = hub.terms.clock
        self._heard_at = self._pinged_at = self._clock.monotonic()
        self._is_listening = True
        self._closing_since: float | None = None

    @property
    def conversation(self) -> ConversationId:
        """The conversation it shows."""
        return self._intake.session.conversation

    @property
    def is_ending(self) -> bool:
        """True once our close frame is out, or the connection was dropped."""
        return self._closing_since is not None

    async def run(self, hello: Hello) -> None:
        """Serve the socket until it closes, from whatever side."""
        session = self._intake.session
        self._cursor = Cursor(session.conversation, session.is_verified, hello.last_seq)
        self._hub.join(self)
        feed = asyncio.get_running_loop().create_task(self._feed(hello.epoch))
        try:
            await self._listen()
        except ConnectionError:
            pass
        finally:
            self._hub.leave(self)
            await self._outlet.stop(feed)
        if not feed.cancelled():
            feed.result()

    async def _feed(self, epoch: int | None) -> None:
        code, reason = 1011, "internal error"
        try:
            await follow(self._hub.conversations, self._cursor, epoch, self)
            code, reason = 1001, "going away"
        except ChannelRefused:
            code, reason = 4410, "conversation gone"
        except ChannelBusy:
            code, reason = 1013, "try again later"
        except ConnectionError:
            code = 0
        except asyncio.CancelledError:
            code = 0
            raise
        finally:
            if code:
                await self.end(code, reason)

    async def _listen(self) -> None:
        while True:
            message = await self._ws.receive()
            self._heard_at = self._clock.monotonic()
            match message.type:
                case WSMsgType.TEXT if not self.is_ending:
                    await self._take(message.data)
                case WSMsgType.BINARY if not self.is_ending:
                    await self.end(1003, "binary frames are not understood")
                case WSMsgType.PING if not self.is_ending:
                    await self._outlet.write(partial(self._ws.pong, message.data))
                case WSMsgType.TEXT | WSMsgType.BINARY | WSMsgType.PING | WSMsgType.PONG:
                    continue
                case WSMsgType.CLOSE if not self.is_ending:
                    await self._ws.close()
                    return
                case _:
                    # Our close frame has been answered, or the line is dead: nothing follows.
                    self._outlet.abort()
                    return

    async def _take(self, text: str) -> None:
        self._is_listening = False
        try:
            answer = await self._intake.take(text)
        finally:
            self._is_listening = True
            self._heard_at = self._clock.monotonic()
        if answer.texts or answer.frames:
            await self._outlet.write(lambda: self._reply(answer))
        if answer.close is not None:
            await self.end(answer.close.code, answer.close.reason)

    async def _reply(self, answer: Answer) -> None:
        for text in answer.texts:
            await self._ws.send_str(text)
        for frame in answer.frames:
            # What the feed has not reached yet comes through the feed: a later seq now would
            # make the client take the events before it for repeats.
            if frame.seq is None or frame.seq <= self._cursor.sent:
                await self._ws.send_str(frame.json)

    async def welcome(self, history: History) -> None:
        """Show where the log stands; the first frame of the socket."""
        limits = self._hub.terms.limits
        text = encode_welcome(
            self.conversation,
            history.epoch,
            history.head_seq,
            history.resume,
            {
                "frame_bytes": MOST_FRAME_BYTES,
                "text_chars": MOST_TEXT_CHARS,
                "file_bytes": MOST_FILE_BYTES,
                "files": MOST_ATTACHED,
                "messages": limits.messages.burst,
                "messages_per_s": limits.messages.per_s,
            },
        )
        await self._outlet.write(lambda: self._ws.send_str(text))

    async def show(self, frames: Sequence[Frame]) -> None:
        """Write frames in order, in as few steps as they come."""
        await self._outlet.write(lambda: self._show(frames))

    async def _show(self, frames: Sequence[Frame]) -> None:
        for number, frame in enumerate(frames, start=1):
            await self._ws.send_str(frame.json)
            self._cursor.passed(frame)
            if number % YIELD_FRAMES == 0:
                await asyncio.sleep(0)
                self._outlet.progressed()

    def tick(self, now: float, wall: float) -> None:
        """Ping, or give up what is dead, slow or expired."""
        pulse = Pulse(
            heard_at=self._heard_at,
            pinged_at=self._pinged_at,
            sending_since=self._outlet.sending_since,
            closing_since=self._closing_since,
            is_listening=self._is_listening,
        )
        match judge_socket(pulse, self._hub.terms.timings, now):
            case Verdict.PING:
                self._pinged_at = now
                self._hub.spawn(self._ping())
            case Verdict.SLOW | Verdict.SILENT | Verdict.LEFT_OPEN as verdict:
                self._hub.counts[verdict.value] += 1
                self._abort(now)
            case Verdict.FINE:
                pass
        if wall >= self._intake.session.expires_at and not self.is_ending:
            self._hub.spawn(self.end(4401, "token_expired"))

    def forgive(self, late_s: float) -> None:
        """Do not count a time in which this process stood still."""
        self._heard_at += late_s
        self._pinged_at += late_s

    async def announce(self, reason: str, after_s: float) -> None:
        """Send `goaway`."""
        await self._quietly(encode_goaway(reason, after_s))

    async def end(self, code: int, reason: str) -> None:
        """Send a close frame; the listener goes on until the other side answers it.

        A reader that is in the way of the frame has stopped reading, and is dropped.
        """
        if self.is_ending:
            return
        self._closing_since = self._clock.monotonic()
        if self._outlet.sending_since is not None:
            self._outlet.abort()
            return
        body = code.to_bytes(2, "big") + reason.encode()
        try:
            await self._outlet.write(lambda: self._ws.send_frame(body, WSMsgType.CLOSE))
        except ConnectionError:
            self._outlet.abort()

    def _abort(self, now: float) -> None:
        self._closing_since = self._closing_since or now
        self._outlet.abort()

    async def _ping(self) -> None:
        try:
            await self._outlet.write(lambda: self._ws.ping())
        except ConnectionError:
            self._outlet.abort()

    async def _quietly(self, text: str) -> None:
        if self.is_ending or self._outlet.sending_since is not None:
            return
        try:
            await self._outlet.write(lambda: self._ws.send_str(text))
        except ConnectionError:
            self._outlet.abort()
