"""What Twilio asks of us over HTTP about text messages: it is kept, and answered at once."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web

from bot.errors import StoreFailed
from bot.sms.addresses import number_of
from bot.sms.inbox import Inbox
from bot.sms.outlet import Outlet
from bot.sms.parts import SmsParts
from bot.sms.sender import ROW, STATUS_PATH
from channels.errors import ChannelRefused
from channels.sms.inbound import Inbound, inbound_of
from channels.sms.statuses import status_of
from channels.twilio.base import Address
from channels.twilio.door import Door, empty_twiml

log = logging.getLogger("copilot.sms")
MESSAGE_PATH = "/channels/sms"


class Hooks:
    """Takes messages and statuses: 200 once kept, 503 if not, so that Twilio may come again."""

    def __init__(
        self, parts: SmsParts, door: Door, inbox: Inbox, outlet: Outlet, kick: Callable[[], None]
    ) -> None:
        """`kick` is told that a message was kept."""
        self._parts = parts
        self._door = door
        self._inbox = inbox
        self._outlet = outlet
        self._kick = kick
        self._own = frozenset(number_of(Address(one)) for one in parts.terms.numbers)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what is served."""
        return (
            web.post(MESSAGE_PATH, self._message),
            web.post(STATUS_PATH, self._status),
        )

    async def _message(self, request: web.Request) -> web.Response:
        webhook = await self._door.take(request)
        try:
            inbound = inbound_of(webhook.form)
        except ChannelRefused as refused:
            raise self._bad(refused) from None
        with _kept():
            await self._keep(inbound)
        return empty_twiml()

    async def _status(self, request: web.Request) -> web.Response:
        webhook = await self._door.take(request)
        try:
            update = status_of(webhook.form)
        except ChannelRefused as refused:
            raise self._bad(refused) from None
        row_id = self._parts.names.opened(request.query.get(ROW, ""))
        if row_id is None:
            log.warning("sms.status_unsigned")
            self._parts.count("status_unsigned")
            return empty_twiml()
        with _kept():
            await self._outlet.heard(row_id, update)
        return empty_twiml()

    async def _keep(self, inbound: Inbound) -> None:
        if await self._is_from_us(inbound):
            log.info("sms.from_us", extra={"sid": inbound.sid})
            self._parts.count("from_us")
        elif await self._inbox.keep(inbound):
            self._kick()
        else:
            self._parts.count("repeat")

    async def _is_from_us(self, inbound: Inbound) -> bool:
        """Return whether one of our own numbers wrote: two of them would never stop."""
        routes = self._parts.routes
        await routes.learn(inbound.to, self._parts.services.clock.now())
        return number_of(inbound.sender) in self._own or await routes.is_own(inbound.sender)

    def _bad(self, refused: ChannelRefused) -> web.HTTPBadRequest:
        log.info("sms.bad_webhook", extra={"code": refused.code})
        self._parts.count(f"refused_{refused.code}")
        return web.HTTPBadRequest()


@contextmanager
def _kept() -> Iterator[None]:
    try:
        yield
    except StoreFailed:
        log.error("sms.not_kept")
        raise web.HTTPServiceUnavailable from None
