"""Rooms that are opened only where they are configured, and loaded only then.

A start that needs none of them has none of them in memory: together they take several MiB.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from bot.clock import Clock
from bot.humans.handoff import Handoffs
from bot.humans.receipts import NoReceipts
from bot.privacy.vault import VaultKey
from bot.reception.reception import Reception
from bot.services import Services
from bot.settings import CABINET_FILE, Settings, read_key
from bot.tenant import Tenant
from bot.watch.alerts import Alerts, LoggedAlerts

if TYPE_CHECKING:
    from bot.slack.open import SlackSide
    from bot.sms.open import SmsSide
    from bot.stores.cabinet_sqlite import SqliteCabinet
    from bot.voice.open import VoiceSide
    from bot.watch.sinks import Later
    from bot.watch.webhooks import Webhooks
    from channels.twilio.api import TwilioApi


@dataclass(frozen=True, slots=True)
class House:
    """What a side is wired into."""

    services: Services
    handoffs: Handoffs
    reception: Reception


@dataclass(slots=True)
class Configured:
    """What a company has besides: None stands for what it has not."""

    cabinet: "SqliteCabinet | None" = None
    webhooks: "Webhooks | None" = None
    alerts: "Later | None" = None
    """In Slack, once that is there."""
    slack: "SlackSide | None" = None
    twilio: "TwilioApi | None" = None
    sms: "SmsSide | None" = None
    voice: "VoiceSide | None" = None

    @property
    def sinks(self) -> tuple[Alerts, ...]:
        """Who else is told what goes wrong."""
        return tuple(sink for sink in (self.webhooks, self.alerts) if sink is not None)

    def add_slack(self, settings: Settings, house: House) -> None:
        """Wire Slack, if it is set."""
        if settings.slack is None:
            return
        from bot.slack.open import Around, SlackSide
        from bot.watch.sinks import Spill

        assert self.cabinet is not None, "opened with Slack"
        told = (LoggedAlerts(), *(() if self.webhooks is None else (self.webhooks,)))
        self.slack = SlackSide(
            settings.slack,
            Around(
                services=house.services,
                handoffs=house.handoffs,
                reception=house.reception,
                cabinet=self.cabinet,
                alerts=self.alerts,
                spill=Spill(told),
                public_url=settings.public_url,
            ),
        )

    def add_twilio(self, settings: Settings, house: House, key: bytes) -> None:
        """Wire text messages and calls, if Twilio is set; `key` makes what nobody may guess."""
        twilio = settings.twilio
        if twilio is None:
            return
        from bot.sms.open import SmsAround, SmsSide
        from bot.voice.open import VoiceAround, VoiceSide
        from channels.twilio.api import TwilioApi

        assert self.cabinet is not None, "opened with Twilio"
        self.twilio = TwilioApi(
            account_sid=twilio.account_sid,
            auth_token=twilio.auth_token,
            base_url=twilio.base_url,
            api_key=twilio.api_key,
            api_secret=twilio.api_secret,
        )
        texts = SmsAround(
            services=house.services,
            reception=house.reception,
            cabinet=self.cabinet,
            twilio=self.twilio,
            secret=key,
            terms=house.services.tenant.sms,
            public_url=settings.public_url,
            receipts=NoReceipts() if self.slack is None else self.slack.receipts,
        )
        calls = VoiceAround(
            services=house.services,
            reception=house.reception,
            handoffs=house.handoffs,
            cabinet=self.cabinet,
            secret=key,
            public_url=settings.public_url,
            twilio=self.twilio,
        )
        self.sms, self.voice = SmsSide(twilio, texts), VoiceSide(twilio, calls)

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what is served besides."""
        return tuple(route for side in self._sides() for route in side.routes())

    async def start(self) -> tuple[asyncio.Task[None], ...]:
        """Begin the work of what there is; returns tasks to cancel."""
        for side in self._sides():
            await side.start()
        loop = asyncio.get_running_loop()
        return () if self.webhooks is None else (loop.create_task(self.webhooks.run()),)

    async def warm(self) -> None:
        """Load what the first message would wait for."""
        if self.twilio is not None:
            await self.twilio.warm()

    async def stop_taking(self) -> None:
        """Act on nothing new."""
        for side in self._sides():
            await side.stop_taking()

    async def drain(self) -> None:
        """Bring out what is finished."""
        await asyncio.gather(*(side.drain() for side in self._sides()))

    async def close(self) -> None:
        """Let go of everything."""
        for side in self._sides():
            await side.close()
        if self.twilio is not None:
            await self.twilio.close()
        if self.webhooks is not None:
            await self.webhooks.close()
        if self.cabinet is not None:
            await self.cabinet.close()

    def _sides(self) -> "tuple[SlackSide | SmsSide | VoiceSide, ...]":
        return tuple(side for side in (self.slack, self.sms, self.voice) if side is not None)


async def open_configured(
    settings: Settings, tenant: Tenant, key: VaultKey, clock: Clock
) -> Configured:
    """Open what is configured, but for Slack and Twilio: see `add_slack` and `add_twilio`.

    Raises:
        SettingsRefused: a webhook's secret is not set.
        StoreFailed: the cabinet cannot be opened.
    """
    configured = Configured()
    if not tenant.webhooks and settings.slack is None and settings.twilio is None:
        return configured
    from bot.stores.cabinet_sqlite import open_cabinet
    from bot.watch.sinks import Later
    from bot.watch.webhooks import Webhooks, endpoints_of

    endpoints = endpoints_of(tenant.webhooks, read_key)
    configured.cabinet = await open_cabinet(settings.data / CABINET_FILE, key, clock.now)
    if endpoints:
        configured.webhooks = Webhooks.open(configured.cabinet, endpoints, clock)
    if settings.slack is not None and settings.slack.operations_channel:
        configured.alerts = Later()
    return configured
