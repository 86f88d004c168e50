"""What runs with tools may spend: budgets of money, and amounts in calls."""

from decimal import Decimal

from routing.agent.progress import (
    Ending,
)
from routing.agent.run import Agent, AgentParts
from routing.agent.terms import Limit
from routing.execution.engine import Engine, Parts
from routing.execution.health import Health
from routing.money.budgets import Account
from routing.money.budgets_memory import MemoryBudgets
from tests.routing.agent.workshop import (
    ANSWER,
    CLOCK,
    EngineAnswers,
    Workshop,
    asks,
    call,
)
from tests.routing.house import PRICES
from tests.routing.samples import HAIKU, OFFLINE, decision


async def test_an_amount_above_its_limit_is_refused_also_in_two_halves() -> None:
    pays = [
        asks(call("pay_back", order="A", amount=60)),
        asks(call("pay_back", order="A", amount=40)),
        asks(call("pay_back", order="B", amount=20.5)),
    ]
    shop = Workshop(*pays, ANSWER)
    limit = Limit("pay_back", "amount", Decimal(50), Decimal(60))

    end, _ = await shop.play(terms=shop.with_terms(needs_confirmation=False, limits=(limit,)))

    texts = [step.results[0].text for step in end.steps if step.results]
    assert "at most 50 is allowed" in texts[0]
    assert "status" in texts[1]
    assert "at most 60 is allowed in all calls together" in texts[2]
    assert len(shop.tools.asked) == 1


async def test_the_budget_of_all_steps_ends_the_run() -> None:
    """One step costs $0.00015; its worst case with a short answer and this prompt much more."""
    shop = Workshop(asks(call()))

    end, _ = await shop.play(
        terms=shop.with_terms(max_steps=50, total_budget_usd=Decimal("0.004")),
        decision=decision(HAIKU, OFFLINE, max_output_tokens=150),
    )

    assert end.ending is Ending.BUDGET
    assert 1 <= len(end.steps) < 50
    assert end.cost_usd <= Decimal("0.004")
    assert shop.house.asked(OFFLINE) == 0


async def test_an_answer_is_made_no_longer_than_what_is_left_can_pay_for() -> None:
    shop = Workshop(asks(call()), ANSWER)

    await shop.play(
        terms=shop.with_terms(total_budget_usd=Decimal("0.004")),
        decision=decision(HAIKU, OFFLINE, max_output_tokens=4000),
    )

    limits = shop.house.models[HAIKU].max_output_tokens
    assert limits[1] <= limits[0] < 800


async def test_a_run_without_money_asks_nobody() -> None:
    shop = Workshop(ANSWER)

    end, _ = await shop.play(terms=shop.with_terms(total_budget_usd=Decimal(0)))

    assert (end.ending, end.steps) == (Ending.BUDGET, ())
    assert end.cost_usd == 0
    assert shop.house.asked(HAIKU) == shop.house.asked(OFFLINE) == 0


async def test_a_budget_that_others_have_used_up_ends_the_run_as_well() -> None:
    shop = Workshop(asks(call()), ANSWER)
    haiku = shop.house.models[HAIKU]
    parts = Parts({HAIKU: haiku}, PRICES, Health(), CLOCK, budgets=MemoryBudgets(CLOCK))
    day = Account("aurelis/2026-11-24/tenant", Decimal("0.001"))
    shop.agent = Agent(AgentParts(EngineAnswers(Engine(parts), day), PRICES, CLOCK))

    end, _ = await shop.play(decision=decision(HAIKU))

    assert end.ending is Ending.BUDGET
    assert end.why.startswith("needs up to $")
    assert shop.house.asked(HAIKU) == 0
