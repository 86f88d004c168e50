"""Many turns at once on one shared budget, through the engine."""

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from routing.clock import Clock
from routing.execution.engine import Engine, Parts
from routing.execution.health import Health
from routing.models.base import Stopped, StopReason, Text
from routing.models.scripted import ScriptedModel
from routing.money.budgets import Account, Hold
from routing.money.budgets_memory import MemoryBudgets
from routing.progress import Finished, Progress
from routing.request import Usage
from tests.routing.house import PRICES, TODAY
from tests.routing.samples import HAIKU, OFFLINE, decision, request

DAY = Account("aurelis/2026-11-24/tenant", Decimal("0.005"), "tenant")
ANSWER = (Text("All "), Text("good."), Stopped(StopReason.END, Usage(100, 200)))
LOCAL = (Text("From the help centre."), Stopped(StopReason.END, Usage()))
TURNS = 12


class Checked(MemoryBudgets):
    """Budgets that notes the most that was ever used."""

    peak_usd = Decimal(0)

    async def reserve(self, accounts: Sequence[Account], amount_usd: Decimal) -> Hold:
        hold = await super().reserve(accounts, amount_usd)
        self.peak_usd = max(self.peak_usd, self.spent_usd(DAY.key) + self.held_usd(DAY.key))
        return hold


async def test_turns_at_once_never_spend_more_than_the_day_has_and_all_are_answered() -> None:
    clock = Clock(lambda: 100.0, lambda: TODAY)
    budgets = Checked(clock)
    models = {
        HAIKU: ScriptedModel(HAIKU, [ANSWER] * TURNS),
        OFFLINE: ScriptedModel(OFFLINE, [LOCAL] * TURNS),
    }
    engine = Engine(Parts(models, PRICES, Health(), clock, budgets=budgets))

    async def one() -> list[Progress]:
        run = engine.run(decision(HAIKU, OFFLINE), request(), (DAY,))
        return [step async for step in run]

    async with asyncio.timeout(5):
        played = await asyncio.gather(*(one() for _ in range(TURNS)))
    ends = [end for steps in played if isinstance(end := steps[-1], Finished)]
    paid = [end for end in ends if end.model == HAIKU]

    assert len(ends) == TURNS
    assert 1 <= len(paid) < TURNS
    assert budgets.peak_usd <= DAY.limit_usd
    assert budgets.spent_usd(DAY.key) == sum(end.cost_usd for end in ends)
    assert budgets.held_usd(DAY.key) == 0
