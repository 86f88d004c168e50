"""The cap of a turn holds whatever the models do, as long as vendors keep to the limits given."""

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.clock import Clock
from routing.errors import FailureKind, ModelFailed
from routing.execution.engine import Engine, Parts, Run
from routing.execution.health import Health
from routing.models.base import Stopped, StopReason, Text
from routing.models.scripted import Script, ScriptedModel
from routing.money.budgets import Account
from routing.money.budgets_memory import MemoryBudgets
from routing.money.prices import load_prices
from routing.progress import Began, Exhausted, FellBack, Finished
from routing.prompting.prompt import prompt_tokens
from routing.request import ModelName, Usage
from tests.routing.samples import GPT, HAIKU, OFFLINE, OPUS, decision, request

PRICES = load_prices()
TODAY = date(2026, 11, 24)
LIMIT = 50
DAY = Account("aurelis/2026-11-24/tenant", Decimal("0.015"))
INPUT_TOKENS = prompt_tokens(request())

texts = st.lists(
    st.sampled_from(["a", "Hello ", "Grüße ", "銀行 ", "1234 5678 ", "[EMAIL_1]"]), max_size=80
)
usages = st.one_of(
    st.just(Usage(estimated=True)),
    st.builds(
        Usage,
        input_tokens=st.integers(0, INPUT_TOKENS),
        output_tokens=st.integers(0, LIMIT),
    ),
)
ends = st.one_of(
    st.none(),
    st.sampled_from([ModelFailed(kind) for kind in FailureKind]),
    st.sampled_from([ModelFailed(kind, status=500) for kind in FailureKind]),
    st.builds(Stopped, reason=st.sampled_from(StopReason), usage=usages),
)


@st.composite
def scripts(draw: st.DrawFn) -> list[Script]:
    """Return what a model does when it is asked once or twice."""
    return [
        [*map(Text, draw(texts)), *([end] if (end := draw(ends)) is not None else [])]
        for _ in range(2)
    ]


async def played(run: Run) -> list[object]:
    return [step async for step in run]


@pytest.mark.promise("R2")
@settings(max_examples=100, deadline=None)
@given(
    plays=st.fixed_dictionaries({name: scripts() for name in (HAIKU, GPT, OPUS, OFFLINE)}),
    order=st.permutations([HAIKU, GPT, OPUS]),
    cap=st.decimals("0.0001", "0.02", places=5),
    max_attempts=st.integers(0, 5),
    spent=st.decimals("0", "0.02", places=5),
    can_retract=st.booleans(),
)
def test_all_attempts_together_never_cost_more_than_the_cap(
    plays: dict[ModelName, list[Script]],
    order: list[ModelName],
    cap: Decimal,
    max_attempts: int,
    spent: Decimal,
    can_retract: bool,
) -> None:
    models = {name: ScriptedModel(name, each) for name, each in plays.items()}
    clock = Clock(lambda: 0.0, lambda: TODAY)
    budgets = MemoryBudgets(clock, {DAY.key: spent})
    engine = Engine(Parts(models, PRICES, Health(), clock, budgets=budgets))
    given_decision = decision(
        *order,
        OFFLINE,
        max_cost_usd=str(cap),
        max_attempts=max_attempts,
        max_output_tokens=LIMIT,
        input_tokens=INPUT_TOKENS,
    )
    run = engine.run(given_decision, replace(request(), can_retract=can_retract), [DAY])
    steps = asyncio.run(played(run))

    began = [step for step in steps if isinstance(step, Began)]
    paid = [each for each in run.attempts if each.model != OFFLINE]
    assert run.cost_usd <= cap
    assert budgets.spent_usd(DAY.key) == spent + run.cost_usd
    assert run.cost_usd == 0 or budgets.spent_usd(DAY.key) <= DAY.limit_usd
    assert budgets.held_usd(DAY.key) == 0
    assert len(paid) <= max_attempts
    assert [step.number for step in began] == list(range(1, len(began) + 1))
    assert len(run.attempts) == len(began)
    assert isinstance(steps[-1], Finished | Exhausted)
    assert sum(isinstance(step, FellBack) for step in steps) == max(len(began) - 1, 0)
    assert all(each.cost_usd > 0 for each in paid if each.chars)
    assert all(model.open_streams == 0 for model in models.values())
