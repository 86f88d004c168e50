"""The application without sockets: real parts, a scripted model, a patient customer."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any
from uuid import uuid4

from bot.bus_memory import MemoryBus
from bot.clock import Clock
from bot.humans.desk_memory import MemoryDesk
from bot.humans.handoff import Handoffs
from bot.knowledge.article import Article
from bot.knowledge.knowledge import open_knowledge
from bot.log import Event, MessageEnded
from bot.metrics import Metrics
from bot.outbox import Outbox
from bot.privacy.redact import Redactor
from bot.privacy.vault import VaultKey
from bot.privacy.vaults import Vaults
from bot.reception.files import FileShelf
from bot.reception.reception import Reception
from bot.scribe import Scribe
from bot.services import Services
from bot.stores.base import EventsAfter, Head, HeadOf, RecordsOf, Store
from bot.stores.memory import MemoryStore
from bot.tenant import Tenant, read_tenant
from bot.tools.demo import DemoTools
from bot.tools.source import Catalogue, Source
from bot.turns.conversation import Pace
from bot.turns.manager import Manager
from bot.turns.outcomes import Outcomes, kept_outcomes
from bot.turns.remembered import DECISION, TURN
from bot.turns.reply import is_impersonal
from bot.watch.alerts import AlertFeed, MemoryAlerts
from bot.watch.watching import WatchedBudgets, Watching
from channels.base import Act, ConversationId, History, Opening, Said
from routing.agent.run import Agent, AgentParts
from routing.cache.answers import MemoryAnswers
from routing.cache.cache import SemanticCache
from routing.clock import Clock as RoutingClock
from routing.execution.engine import Parts
from routing.execution.health import Health
from routing.intent.layers import examples_of, layers_with
from routing.intent.linear import Effort
from routing.intent.train import Model as Classifier
from routing.intent.train import train
from routing.models.base import Model, Stopped, StopReason, Text
from routing.models.offline import OfflineModel
from routing.models.scripted import Script, ScriptedModel
from routing.money.budgets_memory import MemoryBudgets
from routing.money.prices import load_prices
from routing.request import ModelName, Usage
from routing.router import Router

WAIT_S = 5.0
AT_ONCE = Pace(0.0, 4.0, 4.0, gather_s=0.0, sms_quiet_s=0.0)
MODEL = ModelName("claude-haiku-4.5")
OFFLINE = ModelName("offline")
KEY = VaultKey(b"a secret of thirty-two characters")
END = Stopped(StopReason.END, Usage(100, 20))
ANSWER = "Your card arrives in five working days [1]. You can follow it in the app."
ARTICLE = Article(
    id="card-delivery",
    title="When does my card arrive?",
    url="https://help.aurelis.example/card-delivery",
    text="A new card arrives within five working days. You can follow it in the app under Cards.",
)
POLICY = dedent("""
    tenant: aurelis
    version: test
    brand: {name: Aurelis Bank}
    default: {models: [claude-haiku-4.5], budget: {max_cost_usd: 0.05}}
    intents:
      card-delivery: {examples: ["Where is my new card?", "When will my card arrive?"]}
      complaint:
        examples: ["I want to file a complaint"]
        keywords: ["file a complaint"]
        handoff: true
""")  # fmt: skip


def words(text: str) -> tuple[Text, ...]:
    """Return a text as the pieces that a model would stream."""
    return tuple(Text(piece) for piece in text.replace(" ", "| ").split("|"))


def says(text: str) -> Script:
    """Return a script that says a text and ends well."""
    return (*words(text), END)


class Ahead:
    """A clock that a test can put forward."""

    def __init__(self) -> None:
        self.by = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@dataclass
class Stage:
    """One application on a stage, with one customer in it."""

    services: Services
    manager: Manager
    reception: Reception
    model: ScriptedModel
    desk: MemoryDesk
    conversation: ConversationId
    ahead: Ahead
    alerts: MemoryAlerts

    @property
    def handoffs(self) -> Handoffs:
        return self.manager.handoffs

    async def say(self, text: str, client_id: str = "") -> None:
        await self.act(Said(client_id or uuid4().hex, text))

    async def act(self, act: Act) -> None:
        await self.reception.accept(self.conversation, act)

    async def events(self) -> tuple[Event, ...]:
        return await self.services.store.find(EventsAfter(self.conversation, 0))

    async def history(self) -> History:
        return await self.reception.history(self.conversation, 0, None, False)

    async def head(self) -> Head:
        return (await self.services.store.find(HeadOf(self.conversation)))[0]

    async def again(self) -> "Stage":
        """Return the same stage with another customer in it."""
        opened = await self.reception.open(Opening("pk_demo", "", None, "en"))
        return replace(self, conversation=opened.conversation)

    async def told(self) -> list[str]:
        """Return the names of what operations were told, in order."""
        await self.services.alerts.flush()
        return [alert.event.NAME for alert in self.alerts.told]

    async def turns(self) -> list[dict[str, Any]]:
        """Return what was kept of the turns of this conversation, the oldest first."""
        return await self.kept(TURN)

    async def decisions(self) -> list[dict[str, Any]]:
        """Return the decisions of this conversation, the oldest first."""
        return await self.kept(DECISION)

    async def kept(self, kind: str) -> list[dict[str, Any]]:
        """Return the records of a kind of this conversation, the oldest first."""
        found = await self.services.store.find(RecordsOf(kind, conversation=self.conversation))
        return [json.loads(record.json) for record in reversed(found)]

    async def until(self, wanted: str, count: int = 1) -> tuple[Event, ...]:
        """Wait until the log has so many events of a type, and return the log."""
        async with (
            asyncio.timeout(WAIT_S),
            self.services.bus.subscribe(self.conversation) as following,
        ):
            events = await self.events()
            watching = aiter(following)
            while sum(wanted == event.body.TYPE for event in events) < count:
                await anext(watching)
                events = await self.events()
            return events

    async def until_asked(self, count: int = 1) -> None:
        """Wait until the model was asked so often."""
        async with asyncio.timeout(WAIT_S):
            while len(self.model.requests) < count:  # noqa: ASYNC110 - a script has no event for it
                await asyncio.sleep(0.001)

    async def settle(self) -> None:
        """Let every task run until it waits; exact, since nothing here waits for a thread."""
        for _ in range(100):
            await asyncio.sleep(0)

    async def until_idle(self) -> tuple[Event, ...]:
        """Wait until no conversation has a task, and return the log."""
        async with asyncio.timeout(WAIT_S):
            await self.manager.idle()
        return await self.events()

    async def answers(self, count: int = 1) -> list[MessageEnded]:
        """Wait for so many ended messages, and return them."""
        events = await self.until(MessageEnded.TYPE, count)
        return [event.body for event in events if isinstance(event.body, MessageEnded)]


@asynccontextmanager
async def staged(
    folder: Path,
    scripts: Sequence[Script] = (says(ANSWER),),
    *,
    pace: Pace = AT_ONCE,
    store: Store | None = None,
    keyless: bool = False,
    customer: str = "",
    second: Model | None = None,
    policy: str = POLICY,
    others: Sequence[Model] = (),
    tools: Sequence[Source] = (),
    channel: str = "web",
) -> AsyncIterator[Stage]:
    """Set the stage: by default no waiting for quiet, and a model that answers from a script.

    A `second` model, if there is one, is what the first falls back to; `others` are there for a
    policy that names them.
    """
    if second is not None:
        named = f"models: [{MODEL}]"
        policy = POLICY.replace(named, f"{named}, fallback: {{models: [{second.name}]}}")
    tenant = replace(read_tenant(policy, "policy.yaml"), pace=pace)
    model = ScriptedModel(MODEL, scripts)
    models: dict[ModelName, Model] = {OFFLINE: OfflineModel()}
    if not keyless:
        models[MODEL] = model
    for one in (*others, *([second] if second is not None else [])):
        models[one.name] = one
    desk = MemoryDesk()
    knowledge = await open_knowledge(folder / "knowledge.db")
    await knowledge.add(tenant.id, [ARTICLE])
    ahead, alerts = Ahead(), MemoryAlerts()
    clock, log = Clock(now=ahead.now), store or MemoryStore()
    services = replace(
        _services(tenant, models, log, alerts, await kept_outcomes(log)),
        knowledge=knowledge,
        files=FileShelf(folder / "files", KEY, tenant.id),
        clock=clock,
        tools=Catalogue([DemoTools(), *tools]),
    )
    services = replace(services, outbox=Outbox(services.scribe, log, desk, clock))
    manager = Manager(services)
    reception = Reception(services, manager)
    try:
        conversation = ConversationId(f"{channel}-{uuid4().hex[:24]}")
        await reception.meet(Head(conversation, tenant.id, channel, customer, "en"))
        yield Stage(services, manager, reception, model, desk, conversation, ahead, alerts)
    finally:
        await manager.drain(0)
        await services.scribe.close()
        await knowledge.close()
        await services.store.close()


@cache
def trained(examples: tuple[tuple[str, str], ...]) -> Classifier | None:
    """Return the classifier of these examples: it takes longer than the rest of the stage."""
    return train(examples, Effort())


def _services(
    tenant: Tenant,
    models: dict[ModelName, Model],
    store: Store,
    alerts: MemoryAlerts,
    outcomes: Outcomes,
) -> Services:
    clock, bus = Clock(), MemoryBus()
    scribe = Scribe(store, bus)
    health, metrics, routing_clock = Health(), Metrics(), RoutingClock()
    feed = AlertFeed([alerts], metrics, clock)
    watching = Watching(tenant.policy, health, feed, clock)
    budgets = WatchedBudgets(MemoryBudgets(routing_clock), watching)
    parts = Parts(models, load_prices(), health, routing_clock, budgets=budgets)
    layers = layers_with(tenant.policy, trained(tuple(examples_of(tenant.policy))))
    router = Router(tenant.policy, layers, parts)
    router.outcomes = outcomes.tally
    return Services(
        tenant=tenant,
        store=store,
        bus=bus,
        scribe=scribe,
        vaults=Vaults(store, KEY, tenant.id),
        redactor=Redactor(tenant.operators),
        router=router,
        knowledge=None,  # type: ignore[arg-type]  # set by the caller, which opens it
        outbox=Outbox(scribe, store, MemoryDesk(), clock),
        files=None,  # type: ignore[arg-type]  # set by the caller, which knows the folder
        clock=clock,
        metrics=metrics,
        cache=SemanticCache(MemoryAnswers(), routing_clock, is_impersonal=is_impersonal),
        agent=Agent(AgentParts(router, router.prices)),
        tools=Catalogue(),
        alerts=feed,
        watching=watching,
        outcomes=outcomes,
    )
