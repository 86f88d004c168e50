"""Silence, closing, cancelling, and what the breaker learns of them."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.execution.health import Circuit
from routing.execution.watchdog import Timeouts
from routing.models.base import Piece, Text, Thinking
from routing.models.scripted import Pause, Script, ScriptedModel
from routing.progress import Delta, FellBack, Finished, Mend
from routing.request import Request
from tests.routing.house import DONE, GOOD, HASTY, House
from tests.routing.samples import GPT, HAIKU, decision


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ((Pause(),), K.TIMEOUT_FIRST),
        ((Text("Half"), Pause()), K.TIMEOUT_IDLE),
        ((*(Text("word ") for _ in range(3)), Pause()), K.TIMEOUT_IDLE),
    ],
    ids=["before", "after", "later"],
)
async def test_a_silent_model_is_left_for_the_next_one(script: Script, kind: K) -> None:
    house = House(HASTY, haiku=[script], gpt=[GOOD])
    run, steps = await house.play()

    had_text = kind is K.TIMEOUT_IDLE
    assert (
        FellBack(HAIKU, GPT, kind, Mend.CONTINUE if had_text else Mend.UNSEEN, is_retry=False)
        in steps
    )
    assert isinstance(steps[-1], Finished)
    assert run.attempts[0].cost_usd > 0
    assert house.models[HAIKU].open_streams == 0


async def test_a_vendor_that_says_it_works_is_not_left_although_no_text_comes() -> None:
    timeouts = Timeouts(first_token_s=0.02, idle_s=0.01, total_s=5, thinking_s=5)
    script = (Thinking(), Pause(0.06), Text("All "), Thinking(), Pause(0.06), Text("good."), DONE)
    house = House(timeouts, haiku=[script], gpt=[GOOD])
    run, _ = await house.play()

    assert [(each.model, each.failed) for each in run.attempts] == [(HAIKU, None)]


async def test_what_a_models_gaps_are_is_learnt_from_its_answers() -> None:
    house = House(haiku=[(*(Text("word ") for _ in range(102)), DONE)])
    assert house.health.idle_s(HAIKU, 0.5) == 1.0
    await house.play()

    assert house.health.idle_s(HAIKU, 0.5) == 0.5


async def test_an_endless_answer_ends_at_the_limit_of_the_whole() -> None:
    drip = [step for _ in range(100) for step in (Text("."), Pause(0.01))]
    house = House(Timeouts(first_token_s=1, idle_s=1, total_s=0.05), haiku=[drip], gpt=[GOOD])
    run, _ = await house.play()

    assert run.attempts[0].failed is K.TIMEOUT_TOTAL


async def test_a_slow_reader_is_not_taken_for_a_slow_model() -> None:
    house = House(HASTY, haiku=[GOOD])
    run = house.run()
    steps = []
    async for step in run:
        steps.append(step)
        await asyncio.sleep(0.04)

    assert isinstance(steps[-1], Finished)


async def test_closing_a_run_closes_the_stream_and_books_the_attempt() -> None:
    house = House(haiku=[(Text("Half "), Text("of it"), Pause())])
    run = house.run()
    async with aclosing(run):
        async for step in run:
            if step == Delta("of it"):
                break

    assert house.models[HAIKU].open_streams == 0
    assert [each.failed for each in run.attempts] == [K.CANCELLED]
    assert run.attempts[0].chars == 10
    assert run.attempts[0].usage.estimated
    assert run.cost_usd > 0
    assert house.health.down(house.now) == frozenset()


async def test_cancelling_the_reader_closes_the_stream_and_books_the_attempt() -> None:
    house = House(haiku=[(Text("Half"), Pause())])
    run = house.run()
    has_text = asyncio.Event()

    async def read() -> None:
        async for step in run:
            if isinstance(step, Delta):
                has_text.set()

    task = asyncio.get_running_loop().create_task(read())
    await asyncio.wait_for(has_text.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert house.models[HAIKU].open_streams == 0
    assert [each.failed for each in run.attempts] == [K.CANCELLED]


async def test_a_closed_run_yields_nothing_more_and_may_be_closed_again() -> None:
    house = House(haiku=[GOOD])
    run = house.run()
    await anext(run)
    await run.aclose()
    await run.aclose()

    assert [step async for step in run] == []
    assert len(run.attempts) == 1


async def test_a_probe_that_is_closed_before_it_began_is_given_back() -> None:
    house = House(haiku=[(ModelFailed(K.AUTH, status=401),)], gpt=[GOOD])
    for _ in range(3):
        house.health.record(GPT, K.SERVER, house.now)
    house.now += 10.0
    run = house.run()
    async for step in run:
        if isinstance(step, FellBack):
            break
    assert house.health.down(house.now) == {HAIKU, GPT}
    await run.aclose()

    assert house.health.down(house.now) == {HAIKU}


async def test_failures_open_the_circuit_and_the_model_is_skipped_then_probed() -> None:
    house = House(haiku=[*[(ModelFailed(K.SERVER, status=500),)] * 3, GOOD], gpt=[GOOD])
    given = decision(HAIKU, GPT, max_attempts=2)
    for _ in range(4):
        run, _ = await house.play(given)
    assert house.asked(HAIKU) == 3
    assert [each.model for each in run.attempts] == [GPT]
    house.now += 10.0
    run, _ = await house.play(given)

    assert [each.model for each in run.attempts] == [HAIKU]
    assert house.health.circuit(HAIKU) is Circuit.CLOSED


async def test_runs_of_one_engine_do_not_touch_each_other() -> None:
    house = House(haiku=[GOOD, (Text("Half"), ModelFailed(K.CUT))], gpt=[GOOD])
    (first, _), (second, _) = await asyncio.gather(house.play(), house.play())

    assert [len(first.attempts), len(second.attempts)] == [1, 2]


async def test_closing_the_engine_closes_its_models() -> None:
    house = House(haiku=[GOOD], gpt=[GOOD])
    await house.engine.close()

    assert all(model.is_closed for model in house.models.values())


class Clinging(ScriptedModel):
    """A model that does not let go of its connection."""

    async def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
        try:
            yield Text("Half")
            yield DONE
        finally:
            await asyncio.get_running_loop().create_future()


async def test_a_model_that_cannot_let_go_is_left_to_itself() -> None:
    house = House(Timeouts(closing_s=0.02), haiku=[GOOD])
    house.models[HAIKU] = Clinging(HAIKU, [])
    run, steps = await house.play(decision(HAIKU))

    assert isinstance(steps[-1], Finished)
    assert run.attempts[0].failed is None
