"""Two attempts at one answer, under every interleaving."""

import asyncio
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from decimal import Decimal

import pytest

from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.execution.engine import Run
from routing.execution.race import has_lost
from routing.models.base import Cited, Piece, Stopped, StopReason, Text, Thinking
from routing.models.scripted import Hold as Held
from routing.models.scripted import Pause, Script, ScriptedModel
from routing.money.budgets import Account, Hold
from routing.money.budgets_memory import MemoryBudgets
from routing.progress import Began, Finished, Progress
from routing.request import ModelName, Request
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
from tests.routing.samples import GPT, HAIKU, OPUS


async def test_of_two_that_speak_at_once_the_first_wins_and_the_others_refusal_is_learnt() -> None:
    now = asyncio.Event()
    limited = ModelFailed(K.RATE_LIMITED, status=429, retry_after_s=30.0)
    house = impatient(House(haiku=[(Held(now), *GOOD)], gpt=[(Held(now), limited)]))
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(house.play(hedged()))
        await until_asked(house, GPT)
        now.set()
    run, steps = playing.result()

    assert said(steps) == "All good."
    assert outcomes(run) == [(1, HAIKU, None), (2, GPT, K.RATE_LIMITED)]
    assert run.attempts[1].cost_usd == 0
    assert house.health.down(house.now) == {GPT}


class Clinging(ScriptedModel):
    """Does not let go of its connection before it is told."""

    def __init__(self, name: ModelName) -> None:
        super().__init__(name, [])
        self.let_go = asyncio.Event()

    async def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
        self.requests.append(request)
        self.open_streams += 1
        try:
            await asyncio.get_running_loop().create_future()
            yield DONE
        finally:
            with suppress(asyncio.CancelledError):
                await self.let_go.wait()
            self.open_streams -= 1


async def test_a_loser_that_does_not_let_go_holds_nobody_up_but_the_end() -> None:
    house = impatient(House(haiku=[GOOD], gpt=[GOOD]))
    house.models[HAIKU] = slow = Clinging(HAIKU)
    run = house.run(hedged())
    steps = [await anext(run) for _ in range(5)]
    assert (said(steps), slow.open_streams) == ("All good.", 1)
    slow.let_go.set()
    last = await anext(run)

    assert isinstance(last, Finished)
    assert is_tidy(house)


@pytest.mark.parametrize("closes", [True, False], ids=["closed", "cancelled"])
async def test_whenever_a_race_is_given_up_everything_begun_is_booked_once_and_closed(
    closes: bool,
) -> None:
    """At every step of the event loop from before the first attempt to after the last text."""
    numbers: set[int] = set()
    for moment in range(45):
        ahead = asyncio.Event()
        house = impatient(House(haiku=[(Held(ahead), *GOOD)], gpt=[(Pause(0.0), *GOOD)]))
        budgets = MemoryBudgets(CLOCK)
        run = raced(house, budgets)
        reading = asyncio.get_running_loop().create_task(read(run, pauses=closes))
        for _ in range(moment):
            await asyncio.sleep(0)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading
        if closes:
            await run.aclose()

        asked = [name for name, model in house.models.items() if model.requests]
        booked = [each.model for each in run.attempts]
        assert set(asked) <= set(booked)
        assert len(booked) == len(set(booked))
        assert [each.number for each in run.attempts] == list(range(1, len(booked) + 1))
        assert all(each.cost_usd > 0 for each in run.attempts)
        assert budgets.held_usd(DAY.key) == 0
        assert budgets.spent_usd(DAY.key) == run.cost_usd
        assert is_tidy(house)
        numbers.add(len(booked))
    assert numbers == {0, 1, 2}


async def read(run: Run, *, pauses: bool) -> None:
    """Read all; without pauses the reader is only ever cancelled while it waits for the run."""
    async for _ in run:
        if pauses:
            await asyncio.sleep(0)


def test_whoever_wins_the_text_is_one_models_whole_text_and_the_bill_is_of_both() -> None:
    for seed in range(150):
        asyncio.run(one_race(random.Random(seed)))


async def one_race(chance: random.Random) -> None:
    holds = [asyncio.Event() for _ in range(6)]
    chance.shuffle(holds)
    scripts = [script_of(name, holds[at : at + 3], chance) for at, name in ((0, "a"), (3, "b"))]
    house = impatient(House(haiku=[scripts[0]], gpt=[scripts[1]], offline=[(Text("c"), DONE)]))
    budgets = MemoryBudgets(CLOCK)
    run = raced(house, budgets)
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(collected(run))
        for hold in chance.sample(holds, len(holds)):
            for _ in range(chance.randrange(12)):
                await asyncio.sleep(0)
            hold.set()
    steps = playing.result()

    assert said(steps) in ("a1 a2 a3", "b1 b2 b3", "c")
    assert isinstance(steps[-1], Finished)
    answered = [each.model for each in run.attempts if each.failed is None]
    assert answered == [steps[-1].model]
    assert steps[-1].cost_usd == sum(each.cost_usd for each in run.attempts)
    assert budgets.spent_usd(DAY.key) == run.cost_usd
    assert budgets.held_usd(DAY.key) == 0
    began = [step for step in steps if isinstance(step, Began)]
    assert began[-1].model == steps[-1].model
    assert is_tidy(house)


def script_of(name: str, holds: list[asyncio.Event], chance: random.Random) -> Script:
    if chance.random() < 0.25:
        return (Held(holds[0]), ModelFailed(chance.choice([K.AUTH, K.CUT, K.OVERLOADED])))
    thinking = (Thinking(),) * chance.randrange(3)
    words = [
        (Held(hold), Text(f"{name}{n} " if n < 3 else f"{name}3"))
        for n, hold in enumerate(holds, 1)
    ]
    return (*thinking, *(step for pair in words for step in pair), DONE)


async def collected(run: Run) -> list[Progress]:
    async with asyncio.timeout(5):
        return [step async for step in run]


def test_an_attempt_that_ends_before_text_has_lost_unless_it_asks_for_a_tool() -> None:
    lost = (ModelFailed(K.CUT), DONE, Stopped(StopReason.REFUSAL, USAGE))
    won = (Text("a"), CALL, Cited(1, "a", "b"), Stopped(StopReason.TOOL_USE, USAGE))

    assert all(has_lost(piece) for piece in lost)
    assert not any(has_lost(piece) for piece in won)


class Endless(ScriptedModel):
    """Says nothing until it is told, and then does not keep to the limit it is given."""

    def __init__(self, name: ModelName, speak: asyncio.Event) -> None:
        super().__init__(name, [])
        self._speak = speak

    async def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
        self.open_streams += 1
        try:
            await self._speak.wait()
            while True:
                yield Text("This is one of very many sentences. ")
        finally:
            self.open_streams -= 1


async def test_a_first_model_that_writes_too_much_does_not_spend_what_is_the_rivals() -> None:
    speak = asyncio.Event()
    house = impatient(House(haiku=[GOOD], gpt=[NEVER]))
    house.models[HAIKU] = Endless(HAIKU, speak)
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(house.play(hedged(max_cost_usd=str(BOTH_USD))))
        await until_asked(house, GPT)
        speak.set()
    run, steps = playing.result()

    assert isinstance(steps[-1], Finished)
    assert steps[-1].reason is StopReason.BUDGET
    assert len(said(steps)) <= 6 * 400
    assert run.cost_usd <= BOTH_USD


class Pondering(MemoryBudgets):
    """Takes its time with the second reservation, as a server that is shared may."""

    def __init__(self) -> None:
        super().__init__(CLOCK)
        self.is_asked, self.answer = asyncio.Event(), asyncio.Event()
        self._asked = 0

    async def reserve(self, accounts: Sequence[Account], amount_usd: Decimal) -> Hold:
        self._asked += 1
        if self._asked == 2:
            self.is_asked.set()
            await self.answer.wait()
        return await super().reserve(accounts, amount_usd)


async def test_a_model_that_speaks_while_money_is_found_for_its_rival_is_not_raced() -> None:
    speak, budgets = asyncio.Event(), Pondering()
    house = impatient(House(haiku=[(Held(speak), *GOOD)], gpt=[GOOD]))
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(collected(raced(house, budgets)))
        await budgets.is_asked.wait()
        speak.set()
        for _ in range(5):
            await asyncio.sleep(0)
        budgets.answer.set()

    assert said(playing.result()) == "All good."
    assert house.asked(GPT) == 0
    assert budgets.held_usd(DAY.key) == 0


async def test_a_survivor_that_fails_is_itself_tried_again() -> None:
    fail = asyncio.Event()
    first = (Held(fail), ModelFailed(K.AUTH, status=401))
    rival = (Held(fail), Pause(0.01), ModelFailed(K.SERVER))
    house = impatient(House(haiku=[first, GOOD], gpt=[rival, GOOD]))
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(house.play(hedged(HAIKU, GPT)))
        await until_asked(house, GPT)
        fail.set()

    assert outcomes(playing.result()[0]) == [(1, HAIKU, K.AUTH), (2, GPT, K.SERVER), (3, GPT, None)]


async def test_a_rival_counts_among_the_attempts() -> None:
    fail = asyncio.Event()
    failing = (Held(fail), ModelFailed(K.AUTH, status=401))
    house = impatient(House(haiku=[failing], gpt=[failing]))
    house.models[OPUS] = ScriptedModel(OPUS, [GOOD])
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(house.play(hedged(HAIKU, GPT, OPUS, max_attempts=2)))
        await until_asked(house, GPT)
        fail.set()

    assert outcomes(playing.result()[0]) == [(1, HAIKU, K.AUTH), (2, GPT, K.AUTH)]
    assert house.asked(OPUS) == 0


async def test_a_model_that_is_too_dear_beside_the_first_is_passed_over_for_a_cheaper_one() -> None:
    house = impatient(House(haiku=[NEVER], gpt=[GOOD]))
    house.models[OPUS] = ScriptedModel(OPUS, [GOOD])
    cap_usd = sum(PRICES.worst(name, 100, 400, TODAY) for name in (HAIKU, OPUS))
    run, _ = await house.play(hedged(HAIKU, GPT, OPUS, max_cost_usd=str(cap_usd)))

    assert PRICES.worst(GPT, 100, 400, TODAY) > PRICES.worst(OPUS, 100, 400, TODAY)
    assert outcomes(run) == [(1, HAIKU, K.CANCELLED), (2, OPUS, None)]
