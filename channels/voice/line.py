"""Our mouth on one call: a bounded queue of frames, and the one task that writes them."""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal

from aiohttp import web

from channels.voice.base import End, Said
from channels.voice.frames import write_frame

NORMAL: Final = 1000
YIELD_FRAMES: Final = 16
"""A long queue lets others run after so many frames."""
_ALWAYS: Final = math.inf
"""The generation of what belongs to the call and not to an answer."""

Socket = web.WebSocketResponse[Literal[False]]
Count = Callable[[str], None]
"""Adds one to a number with a fixed name."""


@dataclass(frozen=True, slots=True)
class LineTerms:
    """How a line is written; seconds where it says `_s`."""

    queued_frames: int = 2_000
    """More than a long answer is: who is owed more has stopped reading."""
    queued_chars: int = 256 * 1024
    write_s: float = 5.0
    """One frame that takes longer belongs to a peer that has stopped reading."""
    end_s: float = 5.0
    """After `end` the vendor closes within this, or we do."""
    close_s: float = 1.0
    """For the other side's close frame."""


@dataclass(frozen=True, slots=True)
class _Entry:
    generation: float
    size: int
    write: Callable[[], Awaitable[None]]
    is_end: bool = False


class SocketLine:
    """The `Line` of one WebSocket.

    A frame goes from the queue to the transport within one step of the loop, and the transport
    takes the next only when it has given the last to the system: so a `cut` reaches all the rest.
    A queue that is full ends the connection.
    """

    def __init__(
        self, ws: Socket, transport: asyncio.Transport, terms: LineTerms, count: Count
    ) -> None:
        self.closed_with: int | None = None
        """The code with which we closed first; None while we have not."""
        self._ws = ws
        self._transport = transport
        self._terms = terms
        self._count = count
        self._queue: deque[_Entry] = deque()
        self._queued_chars = 0
        self._oldest = -math.inf
        self._has_frames = asyncio.Event()
        self._is_deaf = False
        """True once nothing more is taken."""
        self._is_over = asyncio.Event()
        self._end_written = asyncio.Event()
        transport.set_write_buffer_limits(high=0)
        self._writing = asyncio.get_running_loop().create_task(self._write_all())

    @property
    def unsent_bytes(self) -> int:
        """How much was handed to the transport that the system has not taken: one frame at most."""
        return self._transport.get_write_buffer_size()

    def say(self, frame: Said, generation: int) -> None:
        """Queue a frame of an answer; the end of the call is said with `end`."""
        assert not isinstance(frame, End), "expected Line.end for the end of a call"
        text = write_frame(frame)
        if not self._is_deaf:
            self._push(_Entry(generation, len(text), partial(self._ws.send_str, text)))

    def cut(self, generation: int) -> None:
        """Drop everything of an older generation."""
        self._oldest = max(self._oldest, generation)
        kept = [entry for entry in self._queue if entry.generation >= self._oldest]
        for _ in range(len(self._queue) - len(kept)):
            self._count("relay_frame_cut")
        self._queue = deque(kept)
        self._queued_chars = sum(entry.size for entry in kept)

    def pong(self, message: bytes) -> None:
        """Answer a ping behind all that is queued."""
        if not self._is_deaf:
            self._push(_Entry(_ALWAYS, len(message), partial(self._ws.pong, message)))

    async def end(self, handoff: str = "") -> None:
        """Say `end` behind all that is queued; return once it is written, or nothing can be."""
        text = write_frame(End(handoff))
        if not self._is_deaf:
            self._is_deaf = True
            self._push(_Entry(_ALWAYS, len(text), partial(self._ws.send_str, text), is_end=True))
        await self._end_written.wait()

    async def close(self, code: int) -> None:
        """Close the socket with this code now; what is queued is dropped."""
        if self.closed_with is None:
            self.closed_with = code
        await self.stop()
        await self._close(code)

    async def stop(self) -> None:
        """Write nothing more; what is queued is dropped."""
        self._mark_over()
        self._writing.cancel()
        await asyncio.wait((self._writing,))
        if not self._writing.cancelled():
            self._writing.result()

    def abort(self) -> None:
        """Drop the connection."""
        self._mark_over()
        self._transport.abort()

    def _mark_over(self) -> None:
        self._is_deaf = True
        self._queue.clear()
        self._queued_chars = 0
        self._is_over.set()
        self._end_written.set()

    def _push(self, entry: _Entry) -> None:
        if entry.generation < self._oldest:
            self._count("relay_frame_cut")
            return
        self._queue.append(entry)
        self._queued_chars += entry.size
        terms = self._terms
        if len(self._queue) > terms.queued_frames or self._queued_chars > terms.queued_chars:
            self._count("relay_slow")
            self.abort()
            return
        self._has_frames.set()

    async def _write_all(self) -> None:
        written = 0
        try:
            while True:
                entry = await self._next()
                await self._write(entry)
                if entry.is_end:
                    self._end_written.set()
                    await self._leave()
                    return
                written += 1
                if written % YIELD_FRAMES == 0:
                    await asyncio.sleep(0)
        except ConnectionError:
            # Whoever reads from this socket notices, too, and tells the application.
            self._mark_over()

    async def _next(self) -> _Entry:
        while not self._queue:
            self._has_frames.clear()
            await self._has_frames.wait()
        entry = self._queue.popleft()
        self._queued_chars -= entry.size
        return entry

    async def _write(self, entry: _Entry) -> None:
        try:
            async with asyncio.timeout(self._terms.write_s):
                await entry.write()
        except TimeoutError:
            self._count("relay_slow")
            self.abort()
            raise ConnectionAbortedError from None

    async def _leave(self) -> None:
        """Wait for the vendor to close, then close ourselves."""
        try:
            async with asyncio.timeout(self._terms.end_s):
                await self._is_over.wait()
        except TimeoutError:
            self._count("relay_end_unanswered")
            self.closed_with = NORMAL
            await self._close(NORMAL)

    async def _close(self, code: int) -> None:
        try:
            async with asyncio.timeout(self._terms.close_s):
                await self._ws.close(code=code)
        except TimeoutError:
            self._transport.abort()
