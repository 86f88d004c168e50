"""An engine over scripted models, for the tests of what it does with them."""

import asyncio
from collections.abc import Sequence
from datetime import date

from routing.clock import Clock
from routing.decision import Decision
from routing.execution.engine import Engine, Parts, Run
from routing.execution.health import Health
from routing.execution.watchdog import Timeouts
from routing.models.base import Stopped, StopReason, Text
from routing.models.scripted import Script, ScriptedModel
from routing.money.prices import load_prices
from routing.progress import Progress
from routing.request import ModelName, Usage
from tests.routing.samples import GPT, HAIKU, OFFLINE, decision, request

PRICES = load_prices()
TODAY = date(2026, 11, 24)
USAGE = Usage(input_tokens=100, output_tokens=10)
DONE = Stopped(StopReason.END, USAGE, "msg_1")
GOOD: Script = (Text("All "), Text("good."), DONE)
HASTY = Timeouts(first_token_s=0.03, idle_s=0.02, total_s=0.2)


class House:
    """An engine over scripted models, with a clock that moves only when told."""

    def __init__(self, timeouts: Timeouts | None = None, **scripts: Sequence[Script]) -> None:
        names = {"haiku": HAIKU, "gpt": GPT, "offline": OFFLINE}
        self.models = {names[key]: ScriptedModel(names[key], each) for key, each in scripts.items()}
        self.health = Health()
        self.now = 100.0
        clock = Clock(lambda: self.now, lambda: TODAY)
        self.engine = Engine(Parts(self.models, PRICES, self.health, clock, timeouts or Timeouts()))

    def run(self, given: Decision | None = None) -> Run:
        return self.engine.run(given or decision(HAIKU, GPT, OFFLINE), request())

    async def play(self, given: Decision | None = None) -> tuple[Run, list[Progress]]:
        run = self.run(given)
        async with asyncio.timeout(5):
            return run, [step async for step in run]

    def asked(self, name: ModelName) -> int:
        return len(self.models[name].requests)
