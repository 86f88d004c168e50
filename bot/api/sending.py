"""Sending an answer while it is made, and stopping when nobody waits for it any more."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web

from bot.api.answer import Answer, Changed, Piece, TakenBack
from bot.api.call import Call
from bot.api.errors import ApiRefused, Unavailable
from bot.api.repeats import Given
from bot.errors import BotError, StoreFailed

T = TypeVar("T")
LOOK_EVERY_S = 0.2
"""How often a call that sends nothing looks whether its caller is still there."""
WRITE_S = 30.0
"""How long a caller may take to read what is sent."""
MOST_KEPT_BYTES = 1 << 20
"""Longer streams are not kept for a repeated call."""
DOWN = "the database is down"
EVENTS = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}


class CallerGone(BotError):
    """The caller has closed the connection; the call was stopped and booked."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer on its way out, and what is kept of it for a repeated call."""

    response: web.StreamResponse
    given: Given | None


async def while_connected(request: web.Request, work: Coroutine[Any, Any, T]) -> T:
    """Return what the work comes to; cancel it when the caller goes away.

    Raises:
        CallerGone: he did; the work has cleaned up by then.
        ApiRefused: the work did.
        StoreFailed: the work did.
    """
    async with asyncio.TaskGroup() as group:
        task = group.create_task(_outcome(work))
        watch = group.create_task(_gone(request))
        await asyncio.wait((task, watch), return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        watch.cancel()
    if task.cancelled():
        raise CallerGone("the caller went away")
    outcome = task.result()
    if isinstance(outcome, BotError):
        raise outcome
    return outcome


async def whole(call: Call) -> Answer:
    """Return the answer once it is whole.

    Raises:
        ApiRefused: no model had one.
        StoreFailed: the disk failed.
    """
    answer: Answer | None = None
    async with aclosing(call.pieces()) as pieces:
        async for piece in pieces:
            if isinstance(piece, Answer):
                answer = piece
    assert answer is not None, "a call ends with its answer, or raises"
    return answer


async def streamed(
    request: web.Request,
    call: Call,
    written: Callable[[Piece], bytes],
    failed: Callable[[ApiRefused], bytes],
) -> Sent:
    """Send the pieces as they come; the status is only sent with the first text.

    Raises:
        ApiRefused: it failed before anything was sent.
        CallerGone: the caller does not read.
        StoreFailed: the disk failed before anything was sent.
    """
    outlet = _Outlet(request, call.trace_id)
    try:
        async with aclosing(call.pieces()) as pieces:
            async for piece in pieces:
                await outlet.send(written(piece), isinstance(piece, Changed | TakenBack))
    except (ApiRefused, StoreFailed) as error:
        if outlet.response is None:
            raise
        refused = error if isinstance(error, ApiRefused) else Unavailable(DOWN)
        outlet.is_whole = False
        await outlet.send(failed(refused), False)
    return await outlet.end()


class _Outlet:
    """One stream to one caller."""

    def __init__(self, request: web.Request, trace_id: str) -> None:
        self._request = request
        self._headers = {**EVENTS, "X-Trace-Id": trace_id}
        self._kept = bytearray()
        self._waiting = b""
        self.response: web.StreamResponse | None = None
        self.is_whole = True

    async def send(self, written: bytes, can_wait: bool) -> None:
        """Send bytes; before the first of them, what can wait waits for something to say."""
        self._waiting += written
        if not self._waiting or (can_wait and self.response is None):
            return
        try:
            async with asyncio.timeout(WRITE_S):
                if self.response is None:
                    self.response = web.StreamResponse(headers=self._headers)
                    await self.response.prepare(self._request)
                await self.response.write(self._waiting)
        except (ConnectionError, TimeoutError):
            if self._request.transport is not None:
                self._request.transport.abort()
            raise CallerGone("the caller does not read") from None
        self._keep(self._waiting)
        self._waiting = b""

    async def end(self) -> Sent:
        """End the stream."""
        assert self.response is not None, "an answer always has bytes"
        try:
            await self.response.write_eof()
        except ConnectionError:
            raise CallerGone("the caller went away at the end") from None
        given = Given(200, bytes(self._kept), self._headers) if self.is_whole else None
        return Sent(self.response, given)

    def _keep(self, written: bytes) -> None:
        self.is_whole = self.is_whole and len(self._kept) + len(written) <= MOST_KEPT_BYTES
        if self.is_whole:
            self._kept += written


async def _outcome(work: Coroutine[Any, Any, T]) -> T | BotError:
    """Return what the work comes to, refusals too: a group would wrap what is raised."""
    try:
        return await work
    except (ApiRefused, CallerGone, StoreFailed) as error:
        return error


async def _gone(request: web.Request) -> None:
    """Return once the caller has closed the connection."""
    while _is_there(request):  # noqa: ASYNC110 - a transport has no event for it
        await asyncio.sleep(LOOK_EVERY_S)


def _is_there(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()
