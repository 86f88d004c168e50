"""A request's own cap and the budgets that it shares."""

from decimal import Decimal

import pytest

from routing.clock import Clock
from routing.errors import BudgetExceeded
from routing.money.budgets import Account
from routing.money.budgets_memory import MemoryBudgets
from routing.money.purse import Purse
from tests.routing.house import TODAY

CLOCK = Clock(lambda: 0.0, lambda: TODAY)
DAY = Account("aurelis/2026-11-24/tenant", Decimal(10))


async def test_without_shared_budgets_the_cap_alone_counts() -> None:
    purse = Purse(Decimal(3), None, [DAY])
    earmark = await purse.reserve(Decimal(2))
    assert purse.left_usd == 1
    await purse.settle(earmark, Decimal(1))

    assert purse.left_usd == 2


async def test_what_a_shared_budget_refuses_is_not_missing_from_the_cap() -> None:
    purse = Purse(Decimal(30), MemoryBudgets(CLOCK), [DAY])
    with pytest.raises(BudgetExceeded):
        await purse.reserve(Decimal(11))

    assert purse.left_usd == 30


async def test_what_costs_nothing_asks_nobody() -> None:
    budgets = MemoryBudgets(CLOCK, {DAY.key: Decimal(10)})
    earmark = await Purse(Decimal(3), budgets, [DAY]).reserve(Decimal(0))

    assert earmark.hold is None


async def test_what_was_spent_beside_is_booked_with_the_next_attempt_and_once() -> None:
    budgets = MemoryBudgets(CLOCK)
    purse = Purse(Decimal(5), budgets, [DAY])
    purse.spend(Decimal(1))
    earmark = await purse.reserve(Decimal(2))
    assert budgets.held_usd(DAY.key) == 3
    await purse.settle(earmark, Decimal(2))
    await purse.close()

    assert budgets.spent_usd(DAY.key) == 3
    assert purse.left_usd == 2


async def test_what_no_attempt_came_after_is_booked_at_the_end_even_without_room() -> None:
    budgets = MemoryBudgets(CLOCK, {DAY.key: Decimal(10)})
    purse = Purse(Decimal(5), budgets, [DAY])
    purse.spend(Decimal(1))
    await purse.close()
    await purse.close()

    assert budgets.spent_usd(DAY.key) == 11
