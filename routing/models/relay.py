"""The body of a vendor's answer as pieces: read, decoded, its connection kept for the next."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Protocol

from routing.errors import ModelFailed
from routing.models.base import Piece, Stopped, Text

MOST_REST_S = 0.5
"""How long the usage is waited for after the marker."""
MOST_END_S = 0.05
"""How long the end of the body is waited for when nothing that matters can follow."""


class Decoder(Protocol):
    """The pure half of a vendor's stream."""

    is_over: bool

    @property
    def stopped(self) -> Stopped | None:
        """The terminal marker with all that is known of the usage; None before it came."""
        ...

    @property
    def has_stopped(self) -> bool:
        """Tell whether the terminal marker has come."""
        ...

    def feed(self, piece: bytes) -> Text | None:
        """Return the text that this piece of the body brings."""
        ...


async def relay(
    chunks: AsyncGenerator[bytes, None], decoder: Decoder, broken: tuple[type[Exception], ...]
) -> AsyncGenerator[Piece, None]:
    """Yield the pieces of an answer; without `Stopped` when the body ends before its marker.

    After the marker the rest is read to its end, so that the usage is known and the connection
    goes back to the pool; but not for long, and whatever goes wrong there no longer matters.

    Args:
        chunks: the body; closed here.
        decoder: fresh.
        broken: what `chunks` raises when the connection breaks.

    Raises:
        ModelFailed: as the decoder says.
        Exception: one of `broken`, before the marker.
    """
    async with aclosing(chunks):
        async for chunk in chunks:
            text = decoder.feed(chunk)
            if text is not None:
                yield text
            if decoder.has_stopped:
                break
        if decoder.has_stopped:
            with suppress(TimeoutError, ModelFailed, *broken):
                await _read_rest(chunks, decoder)
    stopped = decoder.stopped
    if stopped is not None:
        yield stopped


async def _read_rest(chunks: AsyncGenerator[bytes, None], decoder: Decoder) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(MOST_REST_S) as limit:
        if decoder.is_over:
            limit.reschedule(loop.time() + MOST_END_S)
        async for chunk in chunks:
            decoder.feed(chunk)
            if decoder.is_over:
                limit.reschedule(loop.time() + MOST_END_S)
