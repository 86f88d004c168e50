"""The writing half of one connection: one write at a time, and never one that is cancelled."""

import asyncio
from collections.abc import Awaitable, Callable

from channels.web_terms import WebClock

PAUSE_BYTES = 64 * 1024
"""More than this unsent makes a write wait for the reader."""


class Outlet:
    """Writes to a transport, and knows since when a write has been waiting.

    A write that waits is never cancelled: the library's drain would stay broken. It ends when the
    reader reads, or when the transport is aborted.
    """

    def __init__(self, transport: asyncio.Transport, clock: WebClock) -> None:
        self._transport = transport
        self._clock = clock
        self._lock = asyncio.Lock()
        self.sending_since: float | None = None
        transport.set_write_buffer_limits(high=PAUSE_BYTES)

    @property
    def is_closed(self) -> bool:
        """True once the transport is closing or gone."""
        return self._transport.is_closing()

    @property
    def is_backed_up(self) -> bool:
        """True while something written has not left the process."""
        return self._transport.get_write_buffer_size() > 0

    async def write(self, writes: Callable[[], Awaitable[object]]) -> None:
        """Run one or several writes, alone.

        Raises:
            ConnectionError: the other side is gone.
        """
        async with self._lock:
            self.sending_since = self._clock.monotonic()
            try:
                await writes()
            finally:
                self.sending_since = None

    def progressed(self) -> None:
        """Note, between the writes of one run, that the reader still reads."""
        self.sending_since = self._clock.monotonic()

    def abort(self) -> None:
        """Drop the connection at once, with whatever was not sent; waiting writes end."""
        self._transport.abort()

    async def stop(self, writer: asyncio.Task[None]) -> None:
        """End a task that writes here, without cancelling a write."""
        if self.sending_since is not None:
            self.abort()
        else:
            writer.cancel()
        await asyncio.wait({writer})
