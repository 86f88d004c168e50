"""Where Slack's requests come in: verified, kept, acknowledged; acted on later."""

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from aiohttp import web

from channels.errors import ChannelBusy, ChannelRefused
from channels.slack.base import Envelope, Inbox
from channels.slack.envelope import (
    Challenge,
    RateLimited,
    Received,
    SslCheck,
    Unknown,
    read_request,
)
from channels.slack.signature import verify

log = logging.getLogger("copilot.slack")
PATH = "/channels/slack/events"
NO_RETRY = {"X-Slack-No-Retry": "1"}
"""The same bytes would be refused again."""


@dataclass(frozen=True, slots=True)
class IngressTerms:
    """How much is read of a request, and for how long."""

    most_bytes: int = 1_048_576
    read_s: float = 5.0
    """Slack itself gives up after three seconds."""


class Ingress:
    """`POST /channels/slack/events`: events, interactions and commands alike.

    A 200 means that it is kept, or came before; whoever dies afterwards loses nothing.
    """

    def __init__(
        self,
        inbox: Inbox,
        signing_secret: str,
        kick: Callable[[], None],
        now: Callable[[], float],
        terms: IngressTerms | None = None,
    ) -> None:
        """Keep in `inbox` and call `kick` then; `now` is in Unix seconds."""
        assert signing_secret, "an empty signing secret would let everybody in"
        self._inbox = inbox
        self._secret = signing_secret
        self._kick = kick
        self._now = now
        self._terms = terms or IngressTerms()

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what to add to the server."""
        return (web.post(PATH, self.take),)

    async def take(self, request: web.Request) -> web.Response:
        """Answer one request."""
        if "Content-Encoding" in request.headers:
            return await _hung_up(request)
        try:
            body = await self._read(request)
        except TimeoutError:
            return web.Response(status=408)
        if body is None:
            return web.Response(status=413, headers=NO_RETRY)
        headers = request.headers
        timestamp = headers.get("X-Slack-Request-Timestamp", "")
        try:
            signature = headers.get("X-Slack-Signature", "")
            verify(self._secret, body, timestamp, signature, self._now())
        except ChannelRefused as refused:
            log.warning("slack.unsigned", extra={"code": refused.code})
            return web.Response(status=401)
        try:
            received = read_request(headers.get("Content-Type", ""), body)
        except ChannelRefused as refused:
            log.warning("slack.malformed", extra={"code": refused.code})
            return web.Response(status=400, headers=NO_RETRY)
        return await self._answer(received)

    async def _answer(self, received: Received) -> web.Response:
        match received:
            case Challenge(text):
                return web.Response(text=text)
            case SslCheck():
                return web.Response()
            case RateLimited(team, minute):
                log.warning("slack.events_dropped", extra={"team": team, "minute": minute})
                return web.Response()
            case Unknown():
                log.info("slack.unknown")
                return web.Response()
            case Envelope():
                return await self._keep(received)
            case _:
                assert_never(received)

    async def _keep(self, envelope: Envelope) -> web.Response:
        try:
            is_new = await self._inbox.keep(envelope)
        except ChannelBusy as busy:
            # Not 200: Slack shall send it again.
            log.error("slack.not_kept", extra={"envelope": envelope.id})
            wait = str(max(1, math.ceil(busy.retry_after_s)))
            return web.Response(status=503, headers={"Retry-After": wait})
        if is_new:
            self._kick()
        return web.Response()

    async def _read(self, request: web.Request) -> bytes | None:
        """Return the body, or None when it is too large; never reads much more than allowed."""
        most = self._terms.most_bytes
        if (request.content_length or 0) > most:
            return None
        body = bytearray()
        async with asyncio.timeout(self._terms.read_s):
            while piece := await request.content.readany():
                body += piece
                if len(body) > most:
                    return None
        return bytes(body)


async def _hung_up(request: web.Request) -> web.Response:
    """Refuse a body that is packed, and read no more of it.

    Slack packs nothing, and a megabyte of somebody else's may unpack to a thousand; what is left
    unread of a request would be unpacked while its connection lingers.
    """
    response = web.Response(status=415, headers=NO_RETRY)
    response.force_close()
    await response.prepare(request)
    await response.write_eof()
    if request.transport is not None:
        request.protocol.force_close()
    return response
