"""What the parts of the application work with; built once, in `bot/app.py`."""

from dataclasses import dataclass

from bot.bus import Bus
from bot.clock import Clock
from bot.knowledge.knowledge import Knowledge
from bot.metrics import Metrics
from bot.outbox import Outbox
from bot.privacy.redact import Redactor
from bot.privacy.vaults import Vaults
from bot.reception.files import FileShelf
from bot.scribe import Scribe
from bot.stores.base import Store
from bot.tenant import Tenant
from bot.tools.source import Catalogue
from bot.turns.outcomes import Outcomes
from bot.watch.alerts import AlertFeed
from bot.watch.watching import Watching
from routing.agent.run import Agent
from routing.cache.cache import SemanticCache
from routing.router import Router


@dataclass(frozen=True, slots=True)
class Services:
    """One tenant's product, wired."""

    tenant: Tenant
    store: Store
    bus: Bus
    scribe: Scribe
    vaults: Vaults
    redactor: Redactor
    router: Router
    knowledge: Knowledge
    outbox: Outbox
    files: FileShelf
    clock: Clock
    metrics: Metrics
    cache: SemanticCache
    agent: Agent
    tools: Catalogue
    alerts: AlertFeed
    watching: Watching
    outcomes: Outcomes
    is_sandbox: bool = False
    """Every paid model is simulated: nothing that is answered is ever billed."""
