"""The body of a vendor's answer as pieces: read, decoded, its connection kept for the next."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, suppress
from dataclasses import dataclass
from typing import Protocol

from routing.errors import ModelFailed
from routing.models.base import Piece, Stopped

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

    def feed(self, piece: bytes) -> Sequence[Piece]:
        """Return what this piece of the body brings, in order; never `Stopped`."""
        ...


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an answer, open."""

    chunks: AsyncGenerator[bytes, None]
    broken: tuple[type[Exception], ...]
    """What `chunks` raises when the connection breaks."""


async def relay(
    opening: AbstractAsyncContextManager[Body], decoder: Decoder
) -> AsyncGenerator[Piece, None]:
    """Yield the pieces of an answer; without `Stopped` when the body ends before its marker.

    After the marker the rest is read to its end, so that the usage is known and the connection
    goes back to the pool; but not for long, and whatever goes wrong there no longer matters.

    Args:
        opening: asks the vendor; entered and left here, and the body is closed before.
        decoder: fresh.

    Raises:
        ModelFailed: as `opening` or the decoder says.
        Exception: one of `broken`, before the marker, as far as `opening` lets it through.
    """
    async with opening as body, aclosing(body.chunks) as chunks:
        async for chunk in chunks:
            for piece in decoder.feed(chunk):
                yield piece
            if decoder.has_stopped:
                break
        if decoder.has_stopped:
            with suppress(TimeoutError, ModelFailed, *body.broken):
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
