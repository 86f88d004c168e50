"""Two models that race for an answer, for the tests of what comes of it."""

import asyncio
from dataclasses import replace
from decimal import Decimal

from routing.clock import Clock
from routing.decision import Decision
from routing.errors import FailureKind as K
from routing.execution.engine import Engine, Parts, Run
from routing.execution.health import LEAST_FIRST_TOKENS
from routing.models.base import ToolCalled
from routing.models.scripted import Pause, Script
from routing.money.budgets import Account
from routing.money.budgets_memory import MemoryBudgets
from routing.progress import Delta, Progress
from routing.request import ModelName, Redacted, ToolCall
from tests.routing.house import PRICES, TODAY, House
from tests.routing.samples import GPT, HAIKU, OFFLINE, decision, request

DAY = Account("aurelis/2026-11-24/tenant", Decimal(1))
CLOCK = Clock(lambda: 0.0, lambda: TODAY)
NEVER: Script = (Pause(),)
CALL = ToolCalled(ToolCall("c1", "find", Redacted('{"id": 1}')))
BOTH_USD = PRICES.worst(HAIKU, 100, 400, TODAY) + PRICES.worst(GPT, 100, 400, TODAY)


def hedged(*order: ModelName, max_cost_usd: str = "1", max_attempts: int = 3) -> Decision:
    given = decision(
        *(order or (HAIKU, GPT, OFFLINE)), max_cost_usd=max_cost_usd, max_attempts=max_attempts
    )
    return replace(given, hedge=True)


def impatient(house: House, patience_s: float = 0.0, samples: int = LEAST_FIRST_TOKENS) -> House:
    """Have the first model known as one that begins after so many seconds."""
    for _ in range(samples):
        house.health.record(HAIKU, None, house.now, first_token_s=patience_s)
    return house


def said(steps: list[Progress]) -> str:
    return "".join(step.text for step in steps if isinstance(step, Delta))


def outcomes(run: Run) -> list[tuple[int, ModelName, K | None]]:
    return [(each.number, each.model, each.failed) for each in run.attempts]


def is_tidy(house: House) -> bool:
    """Tell whether no stream is open and no task is left."""
    streams = [model.open_streams for model in house.models.values()]
    return not any(streams) and asyncio.all_tasks() == {asyncio.current_task()}


async def until_asked(house: House, name: ModelName) -> None:
    for _ in range(100):
        if house.asked(name):
            return
        await asyncio.sleep(0)
    raise AssertionError(f"{name} was not asked")


def raced(house: House, budgets: MemoryBudgets) -> Run:
    clock = Clock(lambda: house.now, lambda: TODAY)
    engine = Engine(Parts(house.models, PRICES, house.health, clock, budgets=budgets))
    return engine.run(hedged(), request(), [DAY])
