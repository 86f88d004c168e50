"""What answers calls with a test key: every paid model simulated, nothing remembered."""

from dataclasses import dataclass

from routing.clock import Clock
from routing.execution.engine import Parts
from routing.execution.health import Health
from routing.execution.watchdog import Timeouts
from routing.intent.layers import Layers
from routing.models.base import Model
from routing.models.offline import OfflineModel
from routing.models.sandbox import SandboxModel
from routing.money.prices import PriceBook
from routing.policy.policy import OFFLINE, Policy
from routing.request import ModelName
from routing.router import Router

PATIENT = Timeouts()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Makes a router for each call: faults on demand must not open a circuit for the next one."""

    layers: Layers
    prices: PriceBook
    clock: Clock
    timeouts: Timeouts = PATIENT

    def router(self, policy: Policy) -> Router:
        """Return a router of simulated models under a policy: every model with a price is there."""
        models: dict[ModelName, Model] = {
            name: SandboxModel(name) for name in self.prices.names() if name != OFFLINE
        }
        models[OFFLINE] = OfflineModel()
        parts = Parts(models, self.prices, Health(), self.clock, self.timeouts)
        return Router(policy, self.layers, parts)
