"""The composition root: builds every object of the application, and takes it apart again."""

import asyncio
import gc
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from bot.api.keys import KeyFile
from bot.api.routes import ApiRoutes, ApiTerms
from bot.api.sandbox import Sandbox
from bot.audit.anchors import Signer
from bot.audit.keeper import AuditKeeper, Watched
from bot.audit.logins import Logins
from bot.bus_memory import MemoryBus
from bot.clock import Clock
from bot.configured import Configured, House, open_configured
from bot.http import Operations, build_http
from bot.humans.desk_http import DeskRoutes
from bot.humans.desk_memory import MemoryDesk
from bot.humans.sla_watch import SlaWatch
from bot.humans.tickets import KeptTickets
from bot.knowledge.knowledge import Knowledge, open_knowledge
from bot.knowledge.reading import read_folder
from bot.lock import FolderLock
from bot.metrics import Metrics
from bot.models import models_of
from bot.outbox import Outbox
from bot.privacy.redact import Redactor
from bot.privacy.vault import VaultKey
from bot.privacy.vaults import Vaults
from bot.reception.files import FileShelf
from bot.reception.reception import Reception
from bot.reception.sent_files import SentFiles
from bot.scribe import Scribe
from bot.secret import desk_token, kept_secret, session_key, site_secret, telephone_key
from bot.services import Services
from bot.settings import DEMO, Settings
from bot.stores.base import Store
from bot.stores.sqlite import open_sqlite
from bot.tenant import Tenant, load_tenant
from bot.tools.demo import DemoTools
from bot.tools.source import Catalogue
from bot.turns.manager import Manager
from bot.turns.outcomes import kept_outcomes
from bot.turns.reply import is_impersonal
from bot.watch.alerts import AlertFeed, LoggedAlerts
from bot.watch.spent import spent_today
from bot.watch.watching import WatchedBudgets, Watching
from channels.limits import Rate
from channels.web import WebChat, WebSite, WebTerms
from channels.widget_files import Look, widget_routes
from routing.agent.run import Agent, AgentParts
from routing.cache.answers import MemoryAnswers
from routing.cache.cache import SemanticCache
from routing.clock import Clock as RoutingClock
from routing.execution.engine import Parts
from routing.execution.health import Health
from routing.intent.layers import Layers
from routing.intent.stored import kept_layers
from routing.models.base import Model
from routing.models.sdk import SdkModel
from routing.money.budgets_memory import MemoryBudgets
from routing.money.prices import load_prices
from routing.router import Router

log = logging.getLogger("copilot.app")
DRAIN_S = 6.0
"""How long all that runs may take to finish when the process is told to end; with the goodbyes
after it the end comes within ten seconds."""
GOODBYE_S = 0.2
BURST_S = 6.0
"""Calls of the API that a key may make at once, in seconds of its rate."""


@dataclass(frozen=True, slots=True)
class Base:
    """What everything else stands on."""

    store: Store
    knowledge: Knowledge
    key: VaultKey
    clock: Clock
    configured: Configured


@dataclass(frozen=True, slots=True)
class App:
    """The running application."""

    settings: Settings
    services: Services
    manager: Manager
    reception: Reception
    web_chat: WebChat
    operations: Operations
    http: web.Application
    lock: FolderLock
    background: tuple[asyncio.Task[None], ...]
    configured: Configured

    async def drain(self) -> None:
        """Take nothing new, finish what runs, say goodbye to every socket."""
        self.operations.is_draining = True
        log.info("app.draining", extra={"active": self.manager.active})
        monotonic = self.services.clock.monotonic
        until = monotonic() + DRAIN_S
        await self.configured.stop_taking()
        await self.manager.drain(max(0.0, until - monotonic()))
        await self.configured.drain()
        await self.web_chat.drain(GOODBYE_S)

    async def close(self) -> None:
        """Stop everything and let go of the files; the log is complete by then."""
        for task in self.background:
            task.cancel()
        await asyncio.gather(*self.background, return_exceptions=True)
        await self.manager.drain(0)
        await self.services.agent.close()
        await self.services.alerts.flush()
        await self.configured.close()
        await self.services.scribe.close()
        await self.services.router.close()
        await self.services.knowledge.close()
        await self.services.store.close()
        self.lock.release()


async def start(settings: Settings, clock: Clock | None = None) -> App:
    """Build the application, recover what a crash left undone, and start its background work.

    Raises:
        SettingsRefused: a setting is wrong.
        PolicyRefused: the policy file is not valid.
        StoreFailed: the database cannot be opened.
    """
    clock = clock or Clock()
    tenant = load_tenant(settings.policy)
    secret = kept_secret(settings)
    lock = FolderLock(settings.data)
    store = await open_sqlite(settings.database)
    knowledge = await open_knowledge(settings.database)
    if settings.is_demo:
        await knowledge.add(tenant.id, read_folder(DEMO / "articles"))
    key = VaultKey(secret)
    configured = await open_configured(settings, tenant, key, clock)
    base = Base(store, knowledge, key, clock, configured)
    layers = kept_layers(tenant.policy, settings.data)
    services = await _services(settings, tenant, base, layers)
    manager = Manager(services)
    reception = Reception(services, manager)
    house = House(services, manager.handoffs, reception)
    configured.add_slack(settings, house)
    configured.add_twilio(settings, house, telephone_key(secret))
    web_chat = _web_chat(settings, services, reception, secret)
    operations = Operations(services, web_chat)
    logins = Logins(clock.monotonic)
    desk = DeskRoutes(services, manager.handoffs, desk_token(secret), logins)
    api = _api(settings, services, layers, logins)
    keeper = _keeper(settings, services, logins, secret)
    routes = [*web_chat.routes(), *_widget(tenant), *operations.routes()]
    routes += [*desk.routes(), *api.routes(), *configured.routes()]
    background = (*await configured.start(), *_background(services, manager, keeper, configured))
    recovered = await manager.recover()
    log.info("app.ready", extra={"tenant": tenant.id, "recovered": recovered})
    return App(
        settings=settings,
        services=services,
        manager=manager,
        reception=reception,
        web_chat=web_chat,
        operations=operations,
        http=build_http(routes),
        lock=lock,
        background=background,
        configured=configured,
    )


def _background(
    services: Services, manager: Manager, keeper: AuditKeeper, configured: Configured
) -> tuple[asyncio.Task[None], ...]:
    loop = asyncio.get_running_loop()
    tickets = KeptTickets(services.scribe, services.clock)
    watch = SlaWatch(services, manager.wake, tickets)
    return (
        loop.create_task(services.outbox.run()),
        loop.create_task(manager.sweep()),
        loop.create_task(services.alerts.run()),
        loop.create_task(watch.run()),
        loop.create_task(keeper.run()),
        loop.create_task(_settle(services.router.models.values(), configured)),
    )


async def _settle(models: Iterable[Model], configured: Configured) -> None:
    """Load what will be needed, then take all that is there out of the collector's sight.

    What two SDKs leave behind takes a full collection 145 ms, in which nobody is answered.
    """
    await warm(models)
    await configured.warm()
    gc.collect()
    gc.freeze()


async def warm(models: Iterable[Model]) -> None:
    """Load the SDKs that will be needed, one after the other and in threads: it takes seconds."""
    for model in models:
        if isinstance(model, SdkModel):
            await model.warm()


async def _services(settings: Settings, tenant: Tenant, base: Base, layers: Layers) -> Services:
    clock, metrics, health = base.clock, Metrics(), Health()
    bus, routing_clock = MemoryBus(), RoutingClock(clock.monotonic, lambda: clock.now().date())
    scribe = Scribe(base.store, bus)
    spent = await spent_today(base.store, tenant.policy, clock.now().date())
    feed = AlertFeed((LoggedAlerts(), *base.configured.sinks), metrics, clock)
    watching = Watching(tenant.policy, health, feed, clock, spent)
    parts = Parts(
        models=models_of(settings, tenant.policy, routing_clock),
        prices=load_prices(),
        health=health,
        clock=routing_clock,
        timeouts=settings.timeouts,
        budgets=WatchedBudgets(MemoryBudgets(routing_clock, spent), watching),
    )
    router = Router(tenant.policy, layers, parts)
    outcomes = await kept_outcomes(base.store)
    router.outcomes = outcomes.tally
    return Services(
        tenant=tenant,
        store=base.store,
        bus=bus,
        scribe=scribe,
        vaults=Vaults(base.store, base.key, tenant.id),
        redactor=Redactor(tenant.operators),
        router=router,
        knowledge=base.knowledge,
        outbox=Outbox(scribe, base.store, MemoryDesk(), clock),
        files=FileShelf(settings.files, base.key, tenant.id),
        clock=clock,
        metrics=metrics,
        cache=SemanticCache(MemoryAnswers(), routing_clock, is_impersonal=is_impersonal),
        agent=Agent(AgentParts(router, router.prices, routing_clock)),
        tools=Catalogue([DemoTools()] if settings.is_demo else ()),
        alerts=feed,
        watching=watching,
        outcomes=outcomes,
        is_sandbox=settings.is_sandbox,
    )


def _keeper(settings: Settings, services: Services, logins: Logins, secret: bytes) -> AuditKeeper:
    return AuditKeeper(
        Watched(
            store=services.store,
            tenant=services.tenant,
            policy=settings.policy,
            data=settings.data,
            signer=Signer(secret),
            clock=services.clock,
            logins=logins,
            notice=services.alerts.notice,
        )
    )


def _api(settings: Settings, services: Services, layers: Layers, logins: Logins) -> ApiRoutes:
    clock = services.clock
    routing_clock = RoutingClock(clock.monotonic, lambda: clock.now().date())
    sandbox = Sandbox(layers, services.router.prices, routing_clock, settings.timeouts)
    rate = Rate(burst=BURST_S * settings.api_per_s, per_s=settings.api_per_s)
    terms = ApiTerms(rate=rate, counted=services.metrics.called, logins=logins)
    return ApiRoutes(services, KeyFile(settings.data), sandbox, terms)


def _web_chat(
    settings: Settings, services: Services, reception: Reception, secret: bytes
) -> WebChat:
    sites = [
        WebSite(site.key, site.origins, site_secret(secret, site.key))
        for site in services.tenant.sites
    ]
    terms = WebTerms(public_url=settings.public_url)
    return WebChat(reception, sites, session_key(secret), terms, SentFiles(services))


def _widget(tenant: Tenant) -> list[web.RouteDef]:
    origins = {site.key: site.origins for site in tenant.sites}
    look = Look(brand=tenant.brand, greeting=tenant.greeting)
    return widget_routes(origins, lambda _: look)
