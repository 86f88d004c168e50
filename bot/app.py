"""The composition root: builds every object of the application, and takes it apart again."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import web

from bot.bus_memory import MemoryBus
from bot.clock import Clock
from bot.desk_http import DeskRoutes
from bot.desk_memory import MemoryDesk
from bot.files import FileShelf
from bot.http import Operations, build_http
from bot.knowledge.knowledge import Knowledge, open_knowledge
from bot.knowledge.reading import read_folder
from bot.lock import FolderLock
from bot.manager import Manager
from bot.metrics import Metrics
from bot.outbox import Outbox
from bot.reception import Reception
from bot.redact import Redactor
from bot.scribe import Scribe
from bot.secret import desk_token, kept_secret, session_key, site_secret
from bot.services import Services
from bot.settings import DEMO, Settings
from bot.stores.base import Store
from bot.stores.sqlite import open_sqlite
from bot.tenant import Tenant, load_tenant
from bot.vault import VaultKey
from bot.vaults import Vaults
from channels.web import WebChat, WebSite, WebTerms
from channels.widget_files import Look, widget_routes
from routing.clock import Clock as RoutingClock
from routing.engine import Parts
from routing.health import Health
from routing.intent.stored import kept_layers
from routing.models.anthropic import AnthropicModel
from routing.models.base import Model
from routing.models.offline import OfflineModel
from routing.models.openai import OpenAIModel
from routing.models.sandbox import SandboxModel
from routing.policy import Policy
from routing.prices import PriceBook, load_prices
from routing.request import ModelName
from routing.router import Router

log = logging.getLogger("copilot.app")
DRAIN_S = 8.0
"""How long running turns may take to finish when the process is told to end."""
GOODBYE_S = 0.2


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

    async def drain(self) -> None:
        """Take nothing new, finish what runs, say goodbye to every socket."""
        self.operations.is_draining = True
        log.info("app.draining", extra={"active": self.manager.active})
        await self.manager.drain(DRAIN_S)
        await self.web_chat.drain(GOODBYE_S)

    async def close(self) -> None:
        """Stop everything and let go of the files; the log is complete by then."""
        for task in self.background:
            task.cancel()
        await asyncio.gather(*self.background, return_exceptions=True)
        await self.manager.drain(0)
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
    services = _services(settings, tenant, store, knowledge, VaultKey(secret), clock)
    manager = Manager(services)
    reception = Reception(services, manager)
    web_chat = _web_chat(settings, tenant, reception, secret)
    operations = Operations(services, web_chat)
    desk = DeskRoutes(services, manager.handoffs, desk_token(secret))
    routes = [*web_chat.routes(), *_widget(tenant), *operations.routes(), *desk.routes()]
    loop = asyncio.get_running_loop()
    background = (
        loop.create_task(services.outbox.run()),
        loop.create_task(manager.sweep()),
        loop.create_task(warm(services.router.models.values())),
    )
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
    )


async def warm(models: Iterable[Model]) -> None:
    """Load the SDKs that will be needed, one after the other and in threads: it takes seconds."""
    for model in models:
        if isinstance(model, AnthropicModel | OpenAIModel):
            await model.warm()


def _services(  # noqa: PLR0913 - the parts that one application is made of
    settings: Settings,
    tenant: Tenant,
    store: Store,
    knowledge: Knowledge,
    key: VaultKey,
    clock: Clock,
) -> Services:
    bus = MemoryBus()
    scribe = Scribe(store, bus)
    prices = load_prices()
    routing_clock = RoutingClock(clock.monotonic, lambda: clock.now().date())
    models = models_of(settings, tenant.policy, prices, routing_clock)
    parts = Parts(models, prices, Health(), routing_clock, settings.timeouts)
    router = Router(tenant.policy, kept_layers(tenant.policy, settings.data), parts)
    return Services(
        tenant=tenant,
        store=store,
        bus=bus,
        scribe=scribe,
        vaults=Vaults(store, key, tenant.id),
        redactor=Redactor(tenant.operators),
        router=router,
        knowledge=knowledge,
        outbox=Outbox(scribe, store, MemoryDesk(), clock),
        files=FileShelf(settings.files, key, tenant.id),
        clock=clock,
        metrics=Metrics(),
    )


def models_of(
    settings: Settings, policy: Policy, prices: PriceBook, clock: RoutingClock
) -> dict[ModelName, Model]:
    """Return every model of the policy that can be reached: a key is set, or it is simulated."""
    models: dict[ModelName, Model] = {ModelName("offline"): OfflineModel()}
    named = {name for rule in (policy.default, *policy.intents) for name in rule.chain}
    for name in sorted(named - set(models)):
        price = prices.price(name, clock.today())
        if settings.is_sandbox:
            models[name] = SandboxModel(name)
        elif price.provider == "anthropic" and settings.anthropic:
            vendor = settings.anthropic
            models[name] = AnthropicModel(name, price.vendor_id, vendor.api_key, vendor.base_url)
        elif price.provider == "openai" and settings.openai:
            vendor = settings.openai
            models[name] = OpenAIModel(name, price.vendor_id, vendor.api_key, vendor.base_url)
    return models


def _web_chat(settings: Settings, tenant: Tenant, reception: Reception, secret: bytes) -> WebChat:
    sites = [
        WebSite(site.key, site.origins, site_secret(secret, site.key)) for site in tenant.sites
    ]
    terms = WebTerms(public_url=settings.public_url)
    return WebChat(reception, sites, session_key(secret), terms)


def _widget(tenant: Tenant) -> list[web.RouteDef]:
    origins = {site.key: site.origins for site in tenant.sites}
    look = Look(brand=tenant.brand, greeting=tenant.greeting)
    return widget_routes(origins, lambda _: look)
