"""SMS and WhatsApp, wired: everything of it that runs in this process."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from aiohttp import web

from bot.errors import StoreFailed
from bot.humans.receipts import NoReceipts, Receipts
from bot.outlets.ledger import Ledger
from bot.reception.reception import Reception
from bot.services import Services
from bot.settings import TwilioSettings
from bot.sms.addresses import CHANNEL, Names
from bot.sms.consent import Consents
from bot.sms.events import SmsGivenUp
from bot.sms.hooks import Hooks
from bot.sms.inbox import Inbox, Kept
from bot.sms.intake import Intake
from bot.sms.ledger import FORM
from bot.sms.loops import Loops
from bot.sms.outlet import Outlet
from bot.sms.parts import Keeping, SmsParts, SmsTime
from bot.sms.queue import Actions, Queue
from bot.sms.routes import Routes
from bot.sms.rows import Rows
from bot.sms.terms import SmsTerms
from bot.upkeep import Upkeep
from channels.twilio.base import Twilio
from channels.twilio.door import Door, DoorTerms
from channels.twilio.signature import Keys

log = logging.getLogger("copilot.sms")
PRUNE_EVERY_S = 3600.0
TAKEN_S = 2.0
"""How long what is being acted on may take when the process is told to end."""
OUT_S = 2.0
"""How long what is being sent may take then; the next process finds out what became of the rest."""


@dataclass(frozen=True, slots=True)
class SmsAround:
    """What SMS is wired into."""

    services: Services
    reception: Reception
    cabinet: Keeping
    twilio: Twilio
    """Closed by whoever made it."""
    secret: bytes = field(repr=False)
    """Of the installation: see `bot.secret`."""
    terms: SmsTerms
    public_url: str
    """As Twilio calls us, without a slash at the end."""
    time: SmsTime = field(default_factory=SmsTime)
    receipts: Receipts = field(default_factory=NoReceipts)


class SmsSide:
    """All of SMS in this process: `routes` at once, the rest between `start` and `close`."""

    def __init__(self, settings: TwilioSettings, around: SmsAround) -> None:
        self._around = around
        services, cabinet = around.services, around.cabinet
        names = Names(around.secret)
        own = (settings.sender,) if settings.sender else ()
        terms = replace(around.terms, numbers=(*around.terms.numbers, *own))
        self.parts = SmsParts(
            twilio=around.twilio,
            services=services,
            cabinet=cabinet,
            names=names,
            consents=Consents(cabinet, names),
            routes=Routes(cabinet, names),
            rows=Rows(cabinet, services.clock),
            ledger=Ledger(cabinet, services.clock, FORM),
            loops=Loops(cabinet, services.clock, terms.loop),
            terms=terms,
            public_url=around.public_url.rstrip("/"),
            time=around.time,
            receipts=around.receipts,
        )
        self.outlet = Outlet(self.parts)
        self._inbox = Inbox(cabinet, services.clock)
        intake = Intake(self.parts, around.reception, self.outlet.push)
        actions = Actions(intake.wished, intake.act, self._gave_up, intake.conversation_of)
        self.queue = Queue(self._inbox, actions, around.time)
        keys = Keys(settings.auth_token, settings.shared_keys)
        door_terms = DoorTerms(
            account=settings.account_sid,
            refused=lambda word: self.parts.count(f"refused_{word}"),
        )
        door = Door(keys, around.public_url, door_terms)
        self._hooks = Hooks(self.parts, door, self._inbox, self.outlet, self.queue.kick)
        self._upkeep = Upkeep("sms", around.time.sleep)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what is served over HTTP."""
        return self._hooks.routes()

    async def start(self) -> None:
        """Begin: what customers have sent is acted on, and what is in the log goes out.

        Nothing here waits for Twilio. To be called before any conversation goes on.

        Raises:
            StoreFailed: the disk failed.
        """
        self._around.services.scribe.pushes[CHANNEL] = self.outlet.push
        await self._inbox.recover()
        await self.outlet.recover()
        self._upkeep.keep("inbound", self.queue.run)
        self._upkeep.keep("outlet", self.outlet.run)
        self._upkeep.keep("pruning", self._prune)

    async def stop_taking(self) -> None:
        """Act on nothing more that comes in; it is kept for the next process."""
        await self.queue.drain(TAKEN_S)

    async def drain(self) -> None:
        """Begin no message more; let what is being sent end."""
        await self.outlet.drain(OUT_S)

    async def close(self) -> None:
        """End everything."""
        await self._upkeep.close()
        await self.queue.drain(0.0)
        await self.outlet.close()

    async def prune(self) -> None:
        """Forget what is old.

        Raises:
            StoreFailed: the disk failed.
        """
        parts, services = self.parts, self._around.services
        await self._inbox.prune()
        await parts.rows.prune()
        await parts.loops.prune()
        await parts.routes.prune(services.clock.now() - timedelta(seconds=parts.terms.window_s))
        await parts.ledger.forget_silent(services.store, self.outlet.is_followed)

    async def _prune(self) -> None:
        """Forget what is old, now and then."""
        while True:
            try:
                await self.prune()
            except StoreFailed:
                log.error("sms.not_pruned")
            await self._around.time.sleep(PRUNE_EVERY_S)

    def _gave_up(self, kept: Kept) -> None:
        tenant = self._around.services.tenant.id
        self._around.services.alerts.notice(SmsGivenUp(tenant, kept.inbound.sid))
