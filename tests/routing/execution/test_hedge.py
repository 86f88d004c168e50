"""A first model that is slow to begin is raced by the next one."""

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from routing.clock import Clock
from routing.decision import Decision
from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.execution.engine import Engine, Parts
from routing.execution.health import LEAST_FIRST_TOKENS, MOST_FIRST_TOKENS, Circuit, Health
from routing.models.base import Cited, Piece, Stopped, StopReason, Text, Thinking
from routing.models.scripted import Hold, Pause, Script, ScriptedModel
from routing.money.budgets_memory import MemoryBudgets
from routing.progress import Began, Delta, Exhausted, FellBack, Finished, Mend
from routing.request import Usage
from tests.routing.house import DONE, GOOD, PRICES, TODAY, USAGE, House
from tests.routing.racing import (
    BOTH_USD,
    CALL,
    CLOCK,
    DAY,
    NEVER,
    hedged,
    impatient,
    is_tidy,
    outcomes,
    raced,
    said,
    until_asked,
)
from tests.routing.samples import GPT, HAIKU, OFFLINE, OPUS, request


async def test_a_rival_that_speaks_first_answers_and_both_are_on_the_bill() -> None:
    house = impatient(House(haiku=[NEVER], gpt=[GOOD]))
    run, steps = await house.play(hedged())

    assert steps[:-1] == [
        Began(HAIKU, 1),
        FellBack(HAIKU, GPT, K.CANCELLED, Mend.UNSEEN, is_retry=False),
        Began(GPT, 2),
        Delta("All "),
        Delta("good."),
    ]
    assert isinstance(steps[-1], Finished)
    assert steps[-1].model == GPT
    assert outcomes(run) == [(1, HAIKU, K.CANCELLED), (2, GPT, None)]
    assert run.attempts[0].cost_usd == PRICES.cost(HAIKU, Usage(100, 0), TODAY)
    assert run.cost_usd == sum(each.cost_usd for each in run.attempts)
    assert house.health.circuit(HAIKU) is Circuit.CLOSED
    assert is_tidy(house)


async def test_a_first_model_that_is_late_but_ahead_answers_and_the_rival_is_only_billed() -> None:
    speak = asyncio.Event()
    house = impatient(House(haiku=[(Hold(speak), *GOOD)], gpt=[NEVER]))
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(house.play(hedged()))
        await until_asked(house, GPT)
        speak.set()
    run, steps = playing.result()

    assert [type(step) for step in steps] == [Began, Delta, Delta, Finished]
    assert outcomes(run) == [(1, HAIKU, None), (2, GPT, K.CANCELLED)]
    assert run.attempts[1].cost_usd > 0
    assert is_tidy(house)


async def test_a_model_that_begins_as_usual_is_not_raced() -> None:
    house = impatient(House(haiku=[GOOD], gpt=[GOOD]), patience_s=5.0)
    _, steps = await house.play(hedged())

    assert (said(steps), house.asked(GPT)) == ("All good.", 0)


@pytest.mark.parametrize(
    ("given", "samples"),
    [
        (replace(hedged(), hedge=False), LEAST_FIRST_TOKENS),
        (hedged(), LEAST_FIRST_TOKENS - 1),
        (hedged(max_attempts=1), LEAST_FIRST_TOKENS),
        (hedged(HAIKU, OFFLINE), LEAST_FIRST_TOKENS),
        (hedged(HAIKU, OPUS), LEAST_FIRST_TOKENS),
        (hedged(max_cost_usd=str(BOTH_USD - Decimal("0.000001"))), LEAST_FIRST_TOKENS),
    ],
    ids=["not wished", "not known", "one attempt", "local", "not configured", "cap of one"],
)
async def test_a_slow_model_is_not_raced_where_it_may_not_be(given: Decision, samples: int) -> None:
    house = House(haiku=[(Pause(0.01), *GOOD)], gpt=[GOOD], offline=[GOOD])
    run, steps = await impatient(house, samples=samples).play(given)

    assert said(steps) == "All good."
    assert outcomes(run) == [(1, HAIKU, None)]
    assert house.asked(GPT) == house.asked(OFFLINE) == 0
    assert is_tidy(house)


async def test_a_cap_of_exactly_both_worst_cases_allows_a_rival() -> None:
    house = impatient(House(haiku=[NEVER], gpt=[GOOD]))
    run, _ = await house.play(hedged(max_cost_usd=str(BOTH_USD)))

    assert run.attempts[-1].model == GPT
    assert run.cost_usd <= BOTH_USD


async def test_a_rival_whose_circuit_is_open_is_passed_over_and_keeps_its_place() -> None:
    house = House(haiku=[(Pause(0.01), ModelFailed(K.AUTH))], gpt=[GOOD])
    house.models[OPUS] = ScriptedModel(OPUS, [(Pause(0.02), ModelFailed(K.CUT))])
    for _ in range(3):
        house.health.record(GPT, K.SERVER, house.now)
    run, _ = await impatient(house).play(hedged(HAIKU, GPT, OPUS, max_attempts=2))

    assert house.asked(GPT) == 0
    assert outcomes(run)[:2] == [(1, HAIKU, K.AUTH), (2, OPUS, K.CUT)]


async def test_a_shared_budget_that_holds_only_one_allows_no_rival_and_no_probe_is_kept() -> None:
    house = impatient(House(haiku=[(Pause(0.01), *GOOD)], gpt=[GOOD]))
    for _ in range(3):
        house.health.record(GPT, K.SERVER, house.now - 20.0)
    budgets = MemoryBudgets(CLOCK, {DAY.key: 1 - PRICES.worst(HAIKU, 100, 400, TODAY)})
    run = raced(house, budgets)
    steps = [step async for step in run]

    assert (said(steps), house.asked(GPT)) == ("All good.", 0)
    assert house.health.admits(GPT, house.now)
    assert budgets.held_usd(DAY.key) == 0


@pytest.mark.parametrize("piece", [CALL, Cited(1, "cards#1", "five days")])
async def test_what_is_no_text_but_part_of_an_answer_wins_too(piece: Piece) -> None:
    house = impatient(House(haiku=[NEVER], gpt=[(piece, Stopped(StopReason.TOOL_USE, USAGE))]))
    run, steps = await house.play(hedged())

    assert steps[2:4] == [Began(GPT, 2), piece]
    assert outcomes(run)[1] == (2, GPT, None)


async def test_a_model_that_only_thinks_has_not_won() -> None:
    speak = asyncio.Event()
    first = (Thinking(), Thinking(), Hold(speak), *GOOD)
    house = impatient(House(haiku=[first], gpt=[(Thinking(), Text("Mine."), DONE)]))
    _, steps = await house.play(hedged())

    assert said(steps) == "Mine."


@pytest.mark.parametrize(
    "end",
    [(ModelFailed(K.AUTH, status=401),), (Stopped(StopReason.REFUSAL, USAGE),), (DONE,), ()],
    ids=["failed", "refused", "empty", "cut"],
)
async def test_a_rival_without_an_answer_is_not_heard_of_and_the_first_goes_on(end: Script) -> None:
    speak = asyncio.Event()
    house = impatient(House(haiku=[(Hold(speak), *GOOD)], gpt=[end]))
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(house.play(hedged()))
        await until_asked(house, GPT)
        for _ in range(10):
            await asyncio.sleep(0)
        assert house.models[GPT].open_streams == 0
        speak.set()
    run, steps = playing.result()

    assert [type(step) for step in steps] == [Began, Delta, Delta, Finished]
    assert outcomes(run)[0] == (1, HAIKU, None)
    assert run.attempts[1].failed not in (None, K.CANCELLED)
    assert is_tidy(house)


async def test_a_first_model_that_fails_in_the_race_leaves_it_to_the_rival() -> None:
    fail, speak = asyncio.Event(), asyncio.Event()
    house = House(haiku=[(Hold(fail), ModelFailed(K.SERVER))], gpt=[(Hold(speak), *GOOD)])
    run = impatient(house).run(hedged())
    assert await anext(run) == Began(HAIKU, 1)
    async with asyncio.TaskGroup() as group:
        going_on = group.create_task(anext(run))
        await until_asked(house, GPT)
        fail.set()
    speak.set()
    steps = [step async for step in run]

    assert going_on.result() == FellBack(HAIKU, GPT, K.SERVER, Mend.UNSEEN, is_retry=False)
    assert (steps[0], said(steps)) == (Began(GPT, 2), "All good.")
    assert outcomes(run) == [(1, HAIKU, K.SERVER), (2, GPT, None)]


async def test_when_both_fail_the_next_one_is_tried_and_nothing_is_raced_again() -> None:
    house = impatient(House(haiku=[NEVER], gpt=[(ModelFailed(K.AUTH, status=401),)]))
    house.models[OPUS] = ScriptedModel(OPUS, [(Text("Half"), ModelFailed(K.CUT)), GOOD])
    given = hedged(HAIKU, GPT, OPUS, max_attempts=3)
    clock = Clock(lambda: house.now, lambda: TODAY)
    timeouts = replace(Parts(house.models, PRICES, house.health).timeouts, first_token_s=0.02)
    engine = Engine(Parts(house.models, PRICES, house.health, clock, timeouts))
    steps = [step async for step in engine.run(given, request())]

    assert isinstance(steps[-1], Exhausted)
    assert [(each.number, each.model, each.failed) for each in steps[-1].attempts] == [
        (1, HAIKU, K.TIMEOUT_FIRST),
        (2, GPT, K.AUTH),
        (3, OPUS, K.CUT),
    ]
    assert is_tidy(house)


async def test_what_a_winner_leaves_undone_goes_on_with_another_model_than_the_loser() -> None:
    house = impatient(House(haiku=[NEVER], gpt=[(Text("All is "), ModelFailed(K.CUT))]))
    house.models[OPUS] = ScriptedModel(OPUS, [(Text("well."), DONE)])
    run, steps = await house.play(hedged(HAIKU, GPT, OPUS))

    assert said(steps) == "All is well."
    assert outcomes(run) == [(1, HAIKU, K.CANCELLED), (2, GPT, K.CUT), (3, OPUS, None)]
    assert house.asked(HAIKU) == 1


async def test_the_second_attempt_of_an_answer_is_not_raced() -> None:
    slow: Script = (Pause(0.01), *GOOD)
    house = House(haiku=[(ModelFailed(K.SERVER),), slow], gpt=[GOOD], offline=[GOOD])
    run, _ = await impatient(house, patience_s=0.005).play(hedged())

    assert outcomes(run) == [(1, HAIKU, K.SERVER), (2, HAIKU, None)]
    assert house.asked(GPT) == 0


async def test_how_long_a_loser_was_waited_for_counts_as_its_time_to_the_first_text() -> None:
    speak = asyncio.Event()
    house = impatient(House(haiku=[NEVER], gpt=[(Hold(speak), *GOOD)]))
    run = house.run(hedged())
    await anext(run)
    async with asyncio.TaskGroup() as group:
        going_on = group.create_task(anext(run))
        await until_asked(house, GPT)
        house.now += 3.0
        speak.set()
    steps = [step async for step in run]

    assert isinstance(going_on.result(), FellBack)
    assert house.health.patience_s(HAIKU) == 3.0
    assert isinstance(steps[-1], Finished)
    assert steps[-1].first_token_s == 3.0


async def test_the_customers_wait_for_a_rival_includes_the_patience_before_it() -> None:
    house = impatient(House(haiku=[NEVER], gpt=[GOOD]), patience_s=0.0)
    run = house.run(hedged())
    await anext(run)
    house.now += 2.0
    steps = [step async for step in run]

    assert isinstance(steps[-1], Finished)
    assert steps[-1].first_token_s == 2.0


def test_patience_is_the_95th_percentile_of_the_last_times_once_enough_are_known() -> None:
    health = Health()
    assert health.patience_s(HAIKU) is None
    for n in range(1, LEAST_FIRST_TOKENS + 1):
        assert health.patience_s(HAIKU) is None
        health.record(HAIKU, None, 0.0, first_token_s=float(n))
    assert health.patience_s(HAIKU) == LEAST_FIRST_TOKENS
    for n in range(1, 101):
        health.record(HAIKU, None, 0.0, first_token_s=float(n))

    assert health.patience_s(HAIKU) == 100 - MOST_FIRST_TOKENS + 61
    assert health.patience_s(GPT) is None
