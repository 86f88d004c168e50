"""What of a turn operations are told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from bot.clock import Clock
from bot.metrics import Metrics
from bot.stores.base import Write
from bot.stores.memory import MemoryStore
from bot.watch.alerts import AlertFeed, MemoryAlerts
from bot.watch.spent import spent_today
from bot.watch.watching import TurnEnded, WatchedBudgets, Watching
from routing.clock import Clock as RoutingClock
from routing.decision import Attempt
from routing.errors import BudgetExceeded, FailureKind
from routing.execution.health import Health
from routing.money.accounts import accounts_of
from routing.money.budgets_memory import MemoryBudgets
from routing.policy.policy import BudgetRule
from routing.policy.reader import read_policy
from routing.watching.events import Event
from tests.bot.stores.samples import NOW, first_head
from tests.bot.turn_records import simulated, tried, turn
from tests.routing.samples import GPT, HAIKU, OFFLINE, request

POLICY = replace(
    read_policy(
        "{tenant: aurelis, version: 1, default: {models: []},"
        " intents: {fees: {examples: [What does it cost?]}}}",
        "policy.yaml",
    ),
    budgets=BudgetRule(Decimal(10), Decimal("0.5"), {"fees": Decimal(1)}),
)
TODAY = date(2026, 11, 24)
FAILED = tried(failed=FailureKind.SERVER, cost="0")


class Watch:
    """A watch with its clock, its models' health, and what it has told."""

    def __init__(self, **spent: str) -> None:
        self.now = 0.0
        self.at = datetime(2026, 11, 24, 12, tzinfo=UTC)
        self.health = Health()
        self._told = MemoryAlerts()
        clock = Clock(lambda: self.at, lambda: self.now)
        self._feed = AlertFeed([self._told], Metrics(), clock, window_s=10**6)
        known = {f"aurelis/2026-11-24/{key}": Decimal(usd) for key, usd in spent.items()}
        self.watching = Watching(POLICY, self.health, self._feed, clock, known)

    def end(self, *attempts: Attempt, rule: str = "fees", short: bool = False) -> None:
        refused = BudgetExceeded(Decimal("0.01"), Decimal(0)) if short else None
        self.watching.turn_ended(TurnEnded(rule, "t1", attempts, refused))

    async def told(self) -> list[Event]:
        await self._feed.flush()
        return [alert.event for alert in self._told.told]

    async def names(self) -> list[str]:
        return [event.NAME for event in await self.told()]


async def test_a_turn_that_went_well_is_no_event() -> None:
    watch = Watch()
    watch.end(tried())
    watch.end()

    assert await watch.told() == []


async def test_a_fallback_within_a_turn_is_told() -> None:
    watch = Watch()
    watch.end(FAILED, tried(GPT))

    assert await watch.names() == ["router.fallback_triggered"]


async def test_a_model_that_goes_down_and_comes_back_is_told_twice() -> None:
    watch = Watch()
    for _ in range(3):
        watch.health.record(HAIKU, FailureKind.SERVER, watch.now)
        watch.end(FAILED)
    watch.now = 20.0
    assert watch.health.admits(HAIKU, watch.now)
    watch.end(tried(GPT))
    watch.health.record(HAIKU, None, watch.now)
    watch.end(tried(HAIKU))

    assert await watch.names() == ["provider.down", "provider.back"]


async def test_a_burst_of_failed_calls_is_told_but_not_what_says_nothing_of_a_model() -> None:
    quiet, loud = Watch(), Watch()
    for _ in range(30):
        quiet.end(
            tried(failed=FailureKind.CANCELLED), tried(OFFLINE, failed=FailureKind.UNGROUNDED)
        )
        quiet.end(tried(failed=FailureKind.REFUSED))
        loud.end(FAILED)

    assert "router.error_burst" not in await quiet.names()
    assert (await loud.names()).count("router.error_burst") == 1


async def test_the_thresholds_of_day_budgets_are_told_with_what_was_spent_before() -> None:
    watch = Watch(tenant="7.5")
    watch.end(tried(cost="0.5"))
    watch.end(tried(cost="0.5"))
    told = await watch.told()

    assert [(one.NAME, one.about) for one in told] == [
        ("billing.threshold_crossed", "tenant/80"),
        ("billing.threshold_crossed", "intent fees/50"),
        ("billing.threshold_crossed", "intent fees/100"),
    ]


async def test_a_new_day_begins_with_nothing_spent() -> None:
    watch = Watch(tenant="7.5")
    watch.at += timedelta(days=1)
    watch.end(tried(cost="0.4"))

    assert await watch.told() == []


async def test_a_turn_too_dear_for_its_own_cap_is_told() -> None:
    watch = Watch()
    watch.end(short=True)
    (told,) = await watch.told()

    assert (told.NAME, told.about) == ("router.budget_exceeded", "cap of fees")


async def test_a_shared_budget_that_refuses_is_told_and_still_refuses() -> None:
    watch = Watch()
    clock = RoutingClock(lambda: watch.now, lambda: TODAY)
    budgets = WatchedBudgets(MemoryBudgets(clock), watch.watching)
    accounts = accounts_of(POLICY, request(), "fees", TODAY)
    hold = await budgets.reserve(accounts, Decimal("0.4"))
    with pytest.raises(BudgetExceeded):
        await budgets.reserve(accounts, Decimal("0.4"))
    await budgets.settle(hold, Decimal("0.1"))
    await budgets.reserve(accounts, Decimal("0.4"))
    (told,) = await watch.told()

    assert (told.NAME, told.about) == ("router.budget_exceeded", "conversation")


async def test_a_cache_that_hardly_ever_answers_is_told() -> None:
    watch = Watch()
    for _ in range(300):
        watch.watching.looked_up(False)

    assert await watch.names() == ["cache.hit_rate_low"]


async def test_a_process_that_starts_knows_what_its_day_has_spent() -> None:
    store = MemoryStore()
    records = (
        turn(tried(cost="0.2"), tried(GPT, "0.3"), trace="t1"),
        turn(tried(cost="0.1"), trace="t2", intent="not-of-this-policy"),
        turn(tried(cost="5"), trace="t3", at=NOW - timedelta(days=1)),
        turn(tried(cost="6"), trace="t4", tenant="other"),
        simulated(turn(tried(cost="7"), trace="t5")),
    )
    await store.commit(Write(records[0].conversation, NOW, create=first_head(), records=records))

    assert await spent_today(store, POLICY, TODAY) == {
        "aurelis/2026-11-24/tenant": Decimal("0.6"),
        "aurelis/2026-11-24/intent/fees": Decimal("0.5"),
        "aurelis/2026-11-24/intent/default": Decimal("0.1"),
        "aurelis/2026-11-24/conversation/c-one": Decimal("0.6"),
    }


async def test_without_shared_budgets_the_log_is_not_read() -> None:
    store = MemoryStore()
    await store.close()

    assert await spent_today(store, replace(POLICY, budgets=BudgetRule()), TODAY) == {}
