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
from bot.privacy.vault import VaultKey
from bot.reception.reception import Reception
from bot.services import Services
from bot.settings import CABINET_FILE, Settings, read_key
from bot.tenant import Tenant
from bot.watch.alerts import Alerts, LoggedAlerts

if TYPE_CHECKING:
    from bot.slack.open import SlackSide
    from bot.stores.cabinet_sqlite import SqliteCabinet
    from bot.watch.sinks import Later
    from bot.watch.webhooks import Webhooks


@dataclass(slots=True)
class Configured:
    """What a company has besides: None stands for what it has not."""

    cabinet: "SqliteCabinet | None" = None
    webhooks: "Webhooks | None" = None
    alerts: "Later | None" = None
    """In Slack, once that is there."""
    slack: "SlackSide | None" = None

    @property
    def sinks(self) -> tuple[Alerts, ...]:
        """Who else is told what goes wrong."""
        return tuple(sink for sink in (self.webhooks, self.alerts) if sink is not None)

    def add_slack(
        self, settings: Settings, services: Services, handoffs: Handoffs, reception: Reception
    ) -> None:
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
                services=services,
                handoffs=handoffs,
                reception=reception,
                cabinet=self.cabinet,
                alerts=self.alerts,
                spill=Spill(told),
                public_url=settings.public_url,
            ),
        )

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what is served besides."""
        return () if self.slack is None else self.slack.routes()

    async def start(self) -> tuple[asyncio.Task[None], ...]:
        """Begin the work of what there is; returns tasks to cancel."""
        if self.slack is not None:
            await self.slack.start()
        loop = asyncio.get_running_loop()
        return () if self.webhooks is None else (loop.create_task(self.webhooks.run()),)

    async def stop_taking(self) -> None:
        """Act on nothing new."""
        if self.slack is not None:
            await self.slack.stop_taking()

    async def drain(self) -> None:
        """Bring out what is finished."""
        if self.slack is not None:
            await self.slack.drain()

    async def close(self) -> None:
        """Let go of everything."""
        if self.slack is not None:
            await self.slack.close()
        if self.webhooks is not None:
            await self.webhooks.close()
        if self.cabinet is not None:
            await self.cabinet.close()


async def open_configured(
    settings: Settings, tenant: Tenant, key: VaultKey, clock: Clock
) -> Configured:
    """Open what is configured, Slack excepted: see `add_slack`.

    Raises:
        SettingsRefused: a webhook's secret is not set.
        StoreFailed: the cabinet cannot be opened.
    """
    configured = Configured()
    if not tenant.webhooks and settings.slack is None:
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
