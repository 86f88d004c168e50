"""Shared budgets in one process: atomic, leased, never above their limits."""

import asyncio
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.clock import Clock
from routing.errors import BudgetExceeded
from routing.money.budgets import Account, Hold
from routing.money.budgets_memory import MOST_LAPSED, MemoryBudgets

DAY = Account("aurelis/2026-11-24/tenant", Decimal("1"), "tenant")
INTENT = Account("aurelis/2026-11-24/intent/fees", Decimal("0.5"), "intent fees")
CENT = Decimal("0.01")


class Time:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.today = date(2026, 11, 24)

    def clock(self) -> Clock:
        return Clock(lambda: self.now, lambda: self.today)


def budgets(time: Time | None = None, **spent: str) -> MemoryBudgets:
    known = {DAY.key: Decimal(spent["day"])} if "day" in spent else {}
    return MemoryBudgets((time or Time()).clock(), known, lease_s=60.0)


async def test_what_is_settled_and_set_aside_count_together() -> None:
    shared = budgets()
    hold = await shared.reserve((DAY,), Decimal("0.6"))
    with pytest.raises(BudgetExceeded) as refused:
        await shared.reserve((DAY,), Decimal("0.5"))
    await shared.settle(hold, CENT)
    await shared.reserve((DAY,), Decimal("0.99"))

    assert (refused.value.needed_usd, refused.value.left_usd) == (Decimal("0.5"), Decimal("0.4"))
    assert refused.value.account == DAY.key
    assert (shared.spent_usd(DAY.key), shared.held_usd(DAY.key)) == (CENT, Decimal("0.99"))


async def test_an_amount_is_set_aside_on_every_account_or_on_none() -> None:
    shared = budgets()
    with pytest.raises(BudgetExceeded) as refused:
        await shared.reserve((DAY, INTENT), Decimal("0.7"))

    assert refused.value.account == INTENT.key
    assert shared.held_usd(DAY.key) == shared.held_usd(INTENT.key) == 0


async def test_an_account_named_twice_counts_once() -> None:
    shared = budgets()
    await shared.reserve((DAY, DAY), Decimal("0.7"))

    assert shared.held_usd(DAY.key) == Decimal("0.7")


async def test_what_was_spent_without_asking_is_booked_even_above_the_limit() -> None:
    shared = budgets(day="1.5")
    hold = await shared.reserve((DAY,), Decimal(0))
    await shared.settle(hold, CENT)
    with pytest.raises(BudgetExceeded) as refused:
        await shared.reserve((DAY,), CENT)

    assert shared.spent_usd(DAY.key) == Decimal("1.51")
    assert refused.value.left_usd == 0


async def test_settling_twice_changes_nothing() -> None:
    shared = budgets()
    hold = await shared.reserve((DAY,), Decimal("0.6"))
    await shared.settle(hold, CENT)
    await shared.settle(hold, CENT)

    assert (shared.spent_usd(DAY.key), shared.held_usd(DAY.key)) == (CENT, Decimal(0))


async def test_what_was_spent_before_the_start_counts() -> None:
    shared = budgets(day="0.95")
    with pytest.raises(BudgetExceeded):
        await shared.reserve((DAY,), Decimal("0.06"))
    await shared.reserve((DAY,), Decimal("0.05"))


async def test_a_hold_that_nobody_settles_ends_with_its_lease() -> None:
    time = Time()
    shared = budgets(time)
    await shared.reserve((DAY,), Decimal("0.6"))
    time.now = 59.0
    with pytest.raises(BudgetExceeded):
        await shared.reserve((DAY,), Decimal("0.6"))
    time.now = 60.0
    await shared.reserve((DAY,), Decimal("0.6"))


async def test_a_settlement_after_the_lease_is_booked_once() -> None:
    time = Time()
    shared = budgets(time)
    late = await shared.reserve((DAY,), Decimal("0.6"))
    time.now = 61.0
    await shared.reserve((DAY,), Decimal("0.2"))
    await shared.settle(late, Decimal("0.5"))
    await shared.settle(late, Decimal("0.5"))

    assert shared.spent_usd(DAY.key) == Decimal("0.5")
    assert shared.held_usd(DAY.key) == Decimal("0.2")


async def test_of_too_many_lapsed_holds_the_oldest_are_forgotten() -> None:
    time = Time()
    shared = budgets(time)
    holds = [await shared.reserve((DAY,), Decimal(0)) for _ in range(MOST_LAPSED + 1)]
    time.now = 61.0
    await shared.reserve((), CENT)
    await shared.settle(holds[0], CENT)
    await shared.settle(holds[1], CENT)

    assert shared.spent_usd(DAY.key) == CENT


async def test_accounts_of_days_gone_by_are_forgotten_and_open_holds_are_not() -> None:
    time = Time()
    shared = budgets(time, day="0.3")
    hold = await shared.reserve((INTENT,), CENT)
    time.today = date(2026, 11, 26)
    await shared.reserve((), CENT)
    await shared.settle(hold, CENT)

    assert shared.spent_usd(DAY.key) == 0
    assert shared.spent_usd(INTENT.key) == CENT


@dataclass(frozen=True)
class Call:
    """One call: what it sets aside, what it costs, and how often it lets others go first."""

    amount: int
    cost_percent: int
    pauses: tuple[int, int]
    accounts: tuple[Account, ...]


CALLS = st.builds(
    Call,
    st.integers(0, 60),
    st.integers(0, 100),
    st.tuples(st.integers(0, 3), st.integers(0, 3)),
    st.sampled_from([(DAY,), (INTENT,), (DAY, INTENT), (INTENT, DAY)]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(CALLS, min_size=2, max_size=12))
def test_no_interleaving_of_reservations_exceeds_a_limit(calls: list[Call]) -> None:
    asyncio.run(interleaved(calls))


async def interleaved(calls: list[Call]) -> None:
    shared = budgets()
    granted: list[Decimal] = []
    refusals: list[BudgetExceeded] = []

    def check() -> None:
        for account in (DAY, INTENT):
            used = shared.spent_usd(account.key) + shared.held_usd(account.key)
            assert used <= account.limit_usd

    async def one(call: Call) -> None:
        for _ in range(call.pauses[0]):
            await asyncio.sleep(0)
        amount = call.amount * CENT
        try:
            hold: Hold = await shared.reserve(call.accounts, amount)
        except BudgetExceeded as refused:
            refusals.append(refused)
            return
        finally:
            check()
        for _ in range(call.pauses[1]):
            await asyncio.sleep(0)
        cost = amount * call.cost_percent / 100
        await shared.settle(hold, cost)
        await shared.settle(hold, cost)
        granted.append(cost)
        check()

    async with asyncio.TaskGroup() as group:
        for call in calls:
            group.create_task(one(call))

    assert shared.held_usd(DAY.key) == shared.held_usd(INTENT.key) == 0
    assert all(one.left_usd < one.needed_usd for one in refusals)
    assert sum(granted) >= max(shared.spent_usd(DAY.key), shared.spent_usd(INTENT.key))
