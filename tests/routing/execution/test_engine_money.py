"""The money of a turn: what is set aside, what is booked, and where it ends an answer."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from decimal import Decimal

import pytest

from routing.beside.advice import Advice
from routing.clock import Clock
from routing.decision import Attempt, Decision, Purpose
from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.execution.engine import Engine, Parts, Run
from routing.execution.health import Circuit, Health, Turned
from routing.models.base import Counted, Piece, Stopped, StopReason, Text
from routing.models.scripted import Hold, Pause, ScriptedModel
from routing.money.budgets import Account
from routing.money.budgets_memory import MemoryBudgets
from routing.money.fuse import BYTES_PER_TOKEN, STRETCH_BYTES
from routing.progress import Advised, Began, Delta, Exhausted, Finished, Progress
from routing.request import ModelName, Redacted, Request, Usage
from tests.routing.house import GOOD, PRICES, TODAY, USAGE, House
from tests.routing.samples import GPT, HAIKU, OFFLINE, OPUS, decision, request

ZERO = Decimal(0)
CLOCK = Clock(lambda: 0.0, lambda: TODAY)
DAY = Account("aurelis/2026-11-24/tenant", Decimal("0.004"))


class Endless(ScriptedModel):
    """A vendor that does not keep to the limit it is given."""

    sentence = "This is one of very many sentences. "

    async def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
        self.open_streams += 1
        try:
            while True:
                for word in self.sentence.split(" ")[:-1]:
                    yield Text(f"{word} ")
        finally:
            self.open_streams -= 1


class Wise:
    """An advisor that always says the same."""

    def __init__(self, advice: Advice) -> None:
        self._advice = advice
        self.left_usd: list[Decimal] = []

    async def advise(self, decision: Decision, request: Request, left_usd: Decimal) -> Advice:
        self.left_usd.append(left_usd)
        return self._advice


def aside(cost_usd: str, purpose: Purpose, failed: K | None = None) -> Attempt:
    return Attempt(OPUS, 1, USAGE, Decimal(cost_usd), failed, 0.1, 0.2, 5, purpose=purpose)


def house_with(house: House, budgets: MemoryBudgets | None, advisor: Wise | None = None) -> Engine:
    parts = Parts(house.models, PRICES, house.health, CLOCK, budgets=budgets, advisor=advisor)
    return Engine(parts)


def said(steps: list[Progress]) -> str:
    return "".join(step.text for step in steps if isinstance(step, Delta))


async def played(run: Run) -> list[Progress]:
    async with asyncio.timeout(5):
        return [step async for step in run]


async def test_an_answer_is_made_shorter_rather_than_left_out() -> None:
    house = House(gpt=[GOOD], offline=[GOOD])
    run, _ = await house.play(decision(GPT, OFFLINE, max_cost_usd="0.006"))

    limit = house.models[GPT].max_output_tokens[0]
    assert [each.model for each in run.attempts] == [GPT]
    assert 100 <= limit < 400
    assert PRICES.worst(GPT, 100, limit, TODAY) <= Decimal("0.006")


@pytest.mark.promise("R2")
async def test_a_vendor_that_ignores_its_limit_is_stopped_at_a_sentence_within_the_cap() -> None:
    house = House(haiku=[GOOD])
    house.models[HAIKU] = Endless(HAIKU, [])
    run, steps = await house.play(decision(HAIKU, max_cost_usd="0.001"))

    affordable = PRICES.price(HAIKU, TODAY).rates_for(100).most_output_tokens(Decimal("0.001"), 100)
    assert isinstance(steps[-1], Finished)
    assert steps[-1].reason is StopReason.BUDGET
    assert said(steps).rstrip().endswith("sentences.")
    assert len(said(steps)) <= affordable * BYTES_PER_TOKEN
    assert ZERO < run.cost_usd <= Decimal("0.001")
    assert house.models[HAIKU].open_streams == 0


@pytest.mark.promise("R2")
async def test_a_vendor_that_ignores_its_limit_never_ends_a_sentence_and_is_stopped() -> None:
    house = House(haiku=[GOOD])
    house.models[HAIKU] = Endless(HAIKU, [])
    Endless.sentence, before = "and so on ", Endless.sentence
    try:
        run, steps = await house.play(decision(HAIKU, max_cost_usd="0.001"))
    finally:
        Endless.sentence = before

    assert isinstance(steps[-1], Finished)
    assert steps[-1].reason is StopReason.BUDGET
    assert run.cost_usd <= Decimal("0.001")


async def test_an_honest_vendor_is_never_cut_by_the_meter_when_its_limit_is_the_requests() -> None:
    """Long words: five bytes a token, so that three a token would be too few."""
    text = "Reimbursements " * 130
    usage = Usage(100, 390)
    house = House(haiku=[(*map(Text, text.split(" ")), Stopped(StopReason.END, usage))])
    worst_usd = PRICES.worst(HAIKU, 100, 400, TODAY)
    _, steps = await house.play(decision(HAIKU, max_cost_usd=str(worst_usd + Decimal("0.0001"))))

    assert isinstance(steps[-1], Finished)
    assert steps[-1].reason is StopReason.END
    assert len(text) > 400 * BYTES_PER_TOKEN + STRETCH_BYTES


async def test_what_the_vendors_own_advisor_used_is_billed_at_its_own_price() -> None:
    others = (("claude-opus-4-7", Usage(1_000, 100)), ("claude-opus-4-7", Usage(10, 1)))
    house = House(haiku=[(Text("All"), Stopped(StopReason.END, USAGE, "msg_1", others))])
    run, _ = await house.play()

    opus = PRICES.price(OPUS, TODAY)
    assert opus.vendor_id == "claude-opus-4-7"
    assert run.cost_usd == PRICES.cost(HAIKU, USAGE, TODAY) + opus.cost(Usage(1_010, 101))
    assert run.attempts[0].usage == USAGE


async def test_another_model_without_a_price_is_billed_at_the_highest() -> None:
    others = (("claude-nobody", Usage(1_000, 100)),)
    house = House(haiku=[(Text("All"), Stopped(StopReason.END, USAGE, "msg_1", others))])
    run, _ = await house.play()

    assert run.cost_usd > PRICES.cost(HAIKU, USAGE, TODAY) + PRICES.cost(
        OPUS, Usage(1_000, 100), TODAY
    )


async def test_what_was_spent_beside_the_answer_is_on_the_bill_and_off_the_cap() -> None:
    house = House(haiku=[GOOD], offline=[GOOD])
    run = house.run(decision(HAIKU, OFFLINE, max_cost_usd="0.001"))
    run.spend(aside("0.0008", Purpose.CLASSIFY))
    await played(run)

    assert [(each.number, each.model, each.purpose) for each in run.attempts] == [
        (1, OPUS, Purpose.CLASSIFY),
        (2, OFFLINE, Purpose.ANSWER),
    ]
    assert run.cost_usd == Decimal("0.0008")
    assert run.skipped[0].why == "needs up to $0.0006, $0.0002 is left"


async def test_when_no_attempt_fits_the_run_says_what_was_needed_and_left() -> None:
    house = House(haiku=[GOOD], gpt=[GOOD])
    run = house.run(decision(GPT, HAIKU, max_cost_usd="0.0001"))
    steps = await played(run)

    assert isinstance(steps[-1], Exhausted)
    assert steps[-1].short is not None
    assert steps[-1].short.needed_usd == PRICES.worst(HAIKU, 100, 100, TODAY)
    assert steps[-1].short.left_usd == Decimal("0.0001")


async def test_a_turn_that_failed_for_another_reason_was_not_short_of_money() -> None:
    house = House(haiku=[(ModelFailed(K.AUTH, status=401),)])
    _, steps = await house.play(decision(HAIKU))

    assert isinstance(steps[-1], Exhausted)
    assert steps[-1].short is None


async def test_a_shared_budget_is_held_during_an_attempt_and_booked_after_it() -> None:
    budgets = MemoryBudgets(CLOCK)
    run = house_with(House(haiku=[GOOD]), budgets).run(decision(HAIKU), request(), [DAY])
    held = [budgets.held_usd(DAY.key) async for step in run if isinstance(step, Began)]

    assert held == [PRICES.worst(HAIKU, 100, 400, TODAY)]
    assert budgets.held_usd(DAY.key) == 0
    assert budgets.spent_usd(DAY.key) == run.cost_usd > 0


@pytest.mark.promise("R2")
async def test_what_a_shared_budget_has_no_room_for_is_skipped_with_the_reason() -> None:
    budgets = MemoryBudgets(CLOCK, {DAY.key: Decimal("0.003")})
    house = House(haiku=[GOOD], offline=[GOOD])
    run = house_with(house, budgets).run(decision(HAIKU, OFFLINE), request(), [DAY])
    steps = await played(run)

    assert [each.model for each in run.attempts] == [OFFLINE]
    assert run.skipped[0].why == "needs up to $0.0021, $0.001 is left"
    assert isinstance(steps[-1], Finished)
    assert house.asked(HAIKU) == 0


async def test_a_turn_without_room_in_a_shared_budget_says_which_and_how_much() -> None:
    budgets = MemoryBudgets(CLOCK, {DAY.key: Decimal("0.004")})
    run = house_with(House(haiku=[GOOD]), budgets).run(decision(HAIKU), request(), [DAY])
    steps = await played(run)

    assert isinstance(steps[-1], Exhausted)
    assert steps[-1].short is not None
    assert (steps[-1].short.account, steps[-1].short.left_usd) == (DAY.key, ZERO)


async def test_a_probe_that_a_shared_budget_refuses_is_given_back() -> None:
    house = House(haiku=[GOOD])
    for _ in range(3):
        house.health.record(HAIKU, K.SERVER, -20.0)
    budgets = MemoryBudgets(CLOCK, {DAY.key: Decimal("0.004")})
    await played(house_with(house, budgets).run(decision(HAIKU), request(), [DAY]))

    assert house.health.admits(HAIKU, 0.0)


async def test_a_run_that_is_closed_leaves_nothing_set_aside() -> None:
    budgets = MemoryBudgets(CLOCK)
    house = House(haiku=[(Text("Half"), Pause())])
    run = house_with(house, budgets).run(decision(HAIKU), request(), [DAY])
    async for step in run:
        if isinstance(step, Delta):
            break
    await run.aclose()

    assert budgets.held_usd(DAY.key) == 0
    assert budgets.spent_usd(DAY.key) == run.cost_usd > 0


async def test_what_was_spent_beside_the_answer_counts_on_shared_budgets_too() -> None:
    for name in (HAIKU, OFFLINE):
        budgets = MemoryBudgets(CLOCK)
        engine = house_with(House(haiku=[GOOD], offline=[GOOD]), budgets)
        run = engine.run(decision(name), request(), [DAY])
        run.spend(aside("0.0005", Purpose.CLASSIFY))
        await played(run)

        assert budgets.spent_usd(DAY.key) == run.cost_usd >= Decimal("0.0005")
        assert budgets.held_usd(DAY.key) == 0


async def test_the_advisor_is_asked_first_and_its_advice_reaches_the_model() -> None:
    advice = Advice(Redacted("Mind the date."), (aside("0.001", Purpose.ADVISE),), None)
    wise, house = Wise(advice), House(haiku=[GOOD])
    wanting = replace(decision(HAIKU, max_cost_usd="0.01"), wants_advisor=True)
    run = house_with(house, None, wise).run(wanting, request())
    steps = await played(run)

    assert steps[:2] == [Advised(OPUS, None), Began(HAIKU, 2)]
    assert wise.left_usd == [Decimal("0.01")]
    assert house.models[HAIKU].requests[0].advice == "Mind the date."
    assert [each.purpose for each in run.attempts] == [Purpose.ADVISE, Purpose.ANSWER]
    assert run.cost_usd > Decimal("0.001")


@pytest.mark.parametrize(
    ("attempts", "failed"), [((aside("0.001", Purpose.ADVISE, K.CUT),), K.CUT), ((), None)]
)
async def test_an_advisor_that_has_nothing_to_say_is_harmless(
    attempts: tuple[Attempt, ...], failed: K | None
) -> None:
    house = House(haiku=[GOOD])
    wise = Wise(Advice(Redacted(""), attempts, failed))
    wanting = replace(decision(HAIKU), wants_advisor=True)
    steps = await played(house_with(house, None, wise).run(wanting, request()))

    assert said(steps) == "All good."
    assert [step for step in steps if isinstance(step, Advised)] == [
        Advised(OPUS, failed) for _ in attempts
    ]
    assert house.models[HAIKU].requests[0].advice == ""


async def test_an_advisor_that_is_not_wanted_is_not_asked() -> None:
    wise = Wise(Advice(Redacted("?"), (), None))
    await played(house_with(House(haiku=[GOOD]), None, wise).run(decision(HAIKU), request()))

    assert wise.left_usd == []


async def test_a_run_tells_which_circuits_it_has_turned() -> None:
    health = Health()
    model = ScriptedModel(HAIKU, [(ModelFailed(K.AUTH, status=401),), GOOD])
    models: dict[ModelName, ScriptedModel] = {HAIKU: model}
    now = [0.0]
    engine = Engine(Parts(models, PRICES, health, Clock(lambda: now[0], lambda: TODAY)))
    down = engine.run(decision(HAIKU), request())
    await played(down)
    now[0] = 60.0
    back = engine.run(decision(HAIKU), request())
    await played(back)

    assert down.turned == (Turned(HAIKU, Circuit.OPEN),)
    assert back.turned == (Turned(HAIKU, Circuit.CLOSED),)


async def test_of_many_runs_at_once_exactly_one_probes_a_model_that_was_down() -> None:
    go_on = asyncio.Event()
    house = House(haiku=[(Hold(go_on), *GOOD)], gpt=[(Hold(go_on), *GOOD)])
    for _ in range(3):
        house.health.record(HAIKU, K.SERVER, house.now)
    house.now += 10.0
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(house.play(decision(HAIKU, GPT))) for _ in range(8)]
        for _ in range(5):
            await asyncio.sleep(0)
        go_on.set()

    models = [task.result()[0].attempts[0].model for task in tasks]
    assert house.asked(HAIKU) == models.count(HAIKU) == 1
    assert house.asked(GPT) == 7
    assert house.health.circuit(HAIKU) is Circuit.CLOSED


async def test_a_cut_answer_is_booked_with_what_the_vendor_has_counted_of_the_prompt() -> None:
    house = House(
        haiku=[(Counted(Usage(7, cache_read_tokens=90)), Text("It arrives"), ModelFailed(K.CUT))]
    )
    run, _ = await house.play(decision(HAIKU))

    usage = run.attempts[0].usage
    assert (usage.input_tokens, usage.cache_read_tokens, usage.estimated) == (7, 90, True)
    assert usage.output_tokens > 0
