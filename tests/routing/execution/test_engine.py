"""A decision carried out, with scripted models: what comes of every outcome."""

import asyncio

import pytest

from routing.errors import FailureKind as K
from routing.errors import ModelFailed, UnknownModel
from routing.execution.health import Circuit
from routing.models.base import Cited, Stopped, StopReason, Text
from routing.models.scripted import Hold
from routing.progress import Began, Delta, Exhausted, FellBack, Finished, Mend
from routing.request import ModelName, Usage
from tests.routing.house import DONE, GOOD, PRICES, TODAY, USAGE, House
from tests.routing.samples import GPT, HAIKU, OFFLINE, decision


async def test_a_reply_comes_piece_by_piece_and_ends_with_its_cost() -> None:
    house = House(haiku=[(Text("All "), Cited(1, "cards#1", "five days"), Text("good."), DONE)])
    run, steps = await house.play()

    cost = PRICES.cost(HAIKU, USAGE, TODAY)
    assert steps == [
        Began(HAIKU, 1),
        Delta("All "),
        Cited(1, "cards#1", "five days"),
        Delta("good."),
        Finished(HAIKU, StopReason.END, run.attempts, cost, 0.0),
    ]
    assert run.cost_usd == cost > 0
    assert (run.attempts[0].chars, run.attempts[0].vendor_id) == (9, "msg_1")
    assert run.attempts[0].usage == USAGE


async def test_nothing_is_asked_before_the_first_step() -> None:
    house = House(haiku=[GOOD])
    run = house.run()
    assert house.asked(HAIKU) == 0
    await run.aclose()

    assert house.asked(HAIKU) == 0
    assert run.attempts == ()


async def test_a_model_that_fails_before_text_is_replaced_unseen() -> None:
    house = House(haiku=[(ModelFailed(K.AUTH, status=401),)], gpt=[GOOD])
    run, steps = await house.play()

    assert steps[:3] == [
        Began(HAIKU, 1),
        FellBack(HAIKU, GPT, K.AUTH, Mend.UNSEEN, is_retry=False),
        Began(GPT, 2),
    ]
    assert [(each.model, each.failed) for each in run.attempts] == [(HAIKU, K.AUTH), (GPT, None)]
    assert run.attempts[0].cost_usd == 0


async def test_a_stream_that_just_ends_was_cut() -> None:
    house = House(haiku=[(Text("All "),)], gpt=[GOOD])
    run, _ = await house.play()

    assert run.attempts[0].failed is K.CUT


async def test_a_cut_before_text_is_tried_once_more_with_the_same_model() -> None:
    house = House(haiku=[(), GOOD])
    _, steps = await house.play()

    assert FellBack(HAIKU, HAIKU, K.CUT, Mend.UNSEEN, is_retry=True) in steps
    assert isinstance(steps[-1], Finished)


async def test_what_follows_the_terminal_marker_is_ignored() -> None:
    house = House(haiku=[(*GOOD, Text("more"), ModelFailed(K.CUT))])
    _, steps = await house.play()

    assert isinstance(steps[-1], Finished)
    assert Delta("more") not in steps
    assert house.models[HAIKU].open_streams == 0


async def test_a_rate_limited_model_is_left_at_once_and_not_asked_until_then() -> None:
    house = House(
        haiku=[(ModelFailed(K.RATE_LIMITED, status=429, retry_after_s=30.0),)], gpt=[GOOD]
    )
    await house.play()
    run, _ = await house.play()

    assert house.asked(HAIKU) == 1
    assert [each.why for each in run.skipped] == ["its circuit is open"]
    assert house.health.down(129.9) == {HAIKU}
    assert house.health.down(130.0) == frozenset()


async def test_when_every_model_fails_the_run_says_so_with_every_attempt() -> None:
    house = House(
        haiku=[(ModelFailed(K.AUTH, status=401),)],
        gpt=[(Text("Half"), ModelFailed(K.SERVER))],
        offline=[(ModelFailed(K.UNGROUNDED),)],
    )
    run, steps = await house.play()

    assert steps[-1] == Exhausted(run.attempts, run.cost_usd, retract=False)
    assert [each.failed for each in run.attempts] == [K.AUTH, K.SERVER, K.UNGROUNDED]
    assert run.cost_usd == run.attempts[1].cost_usd > 0


async def test_a_run_that_ends_in_the_middle_of_text_says_that_it_must_be_retracted() -> None:
    house = House(haiku=[(Text("Half"), ModelFailed(K.SERVER))])
    _, steps = await house.play(decision(HAIKU))

    assert isinstance(steps[-1], Exhausted)
    assert steps[-1].retract


async def test_when_no_model_fits_the_run_is_exhausted_without_an_attempt() -> None:
    house = House(haiku=[GOOD], gpt=[GOOD])
    _, steps = await house.play(decision(HAIKU, GPT, max_cost_usd="0.0001"))

    assert isinstance(steps[-1], Exhausted)
    assert [each.model for each in steps[-1].skipped] == [HAIKU, GPT]
    assert house.asked(HAIKU) == 0


async def test_what_an_attempt_has_cost_is_missing_for_the_next_one() -> None:
    usage = Usage(input_tokens=100, output_tokens=400)
    refusal = Stopped(StopReason.REFUSAL, usage)
    house = House(haiku=[(refusal,)], gpt=[GOOD], offline=[GOOD])
    run, _ = await house.play(decision(HAIKU, GPT, OFFLINE, max_cost_usd="0.005"))

    assert [each.model for each in run.attempts] == [HAIKU, OFFLINE]
    assert run.skipped[0].model == GPT


async def test_a_refusal_is_no_answer_is_billed_and_does_not_count_against_the_model() -> None:
    house = House(haiku=[(Stopped(StopReason.REFUSAL, USAGE),)], gpt=[GOOD])
    for _ in range(5):
        run, _ = await house.play()

    assert run.attempts[0].failed is K.REFUSED
    assert run.attempts[0].cost_usd > 0
    assert house.health.circuit(HAIKU) is Circuit.CLOSED


@pytest.mark.parametrize("reason", [StopReason.END, StopReason.LENGTH])
async def test_an_answer_without_a_word_is_no_answer(reason: StopReason) -> None:
    house = House(haiku=[(Stopped(reason, USAGE),)], gpt=[GOOD])
    run, _ = await house.play()

    assert run.attempts[0].failed is K.MALFORMED
    assert run.attempts[1].failed is None


@pytest.mark.parametrize("reason", [StopReason.LENGTH, StopReason.TOOL_USE])
async def test_other_endings_are_told_to_the_caller(reason: StopReason) -> None:
    house = House(haiku=[(Text("All"), Stopped(reason, USAGE))])
    _, steps = await house.play()

    assert isinstance(steps[-1], Finished)
    assert steps[-1].reason is reason


@pytest.mark.parametrize("usage", [Usage(), Usage(estimated=True)])
async def test_usage_that_the_vendor_left_out_is_estimated_and_never_zero(usage: Usage) -> None:
    house = House(haiku=[(Text("All good."), Stopped(StopReason.END, usage))])
    run, _ = await house.play()

    booked = run.attempts[0].usage
    assert booked.estimated
    assert booked.input_tokens >= 100
    assert booked.output_tokens > 0
    assert run.cost_usd > 0


@pytest.mark.parametrize("kind", [K.TIMEOUT_FIRST, K.CUT, K.MALFORMED, K.SERVER, K.OVERLOADED])
async def test_an_attempt_that_may_have_been_worked_on_is_booked_with_its_prompt(kind: K) -> None:
    house = House(haiku=[(ModelFailed(kind),)], offline=[GOOD])
    run, _ = await house.play(decision(HAIKU, OFFLINE))

    assert run.attempts[0].usage.input_tokens >= 100
    assert run.attempts[0].cost_usd > 0


@pytest.mark.parametrize(
    "failure",
    [
        ModelFailed(K.SERVER, status=500),
        ModelFailed(K.OVERLOADED, status=529),
        ModelFailed(K.CONNECTION),
        ModelFailed(K.QUOTA, status=402),
        ModelFailed(K.TOO_LARGE, status=413),
    ],
    ids=str,
)
async def test_an_attempt_that_was_turned_away_is_free(failure: ModelFailed) -> None:
    house = House(haiku=[(failure,)], offline=[GOOD])
    run, _ = await house.play(decision(HAIKU, OFFLINE))

    assert run.cost_usd == 0


async def test_the_limit_of_the_decision_reaches_the_model() -> None:
    house = House(haiku=[GOOD])
    await house.play(decision(HAIKU, max_output_tokens=123))

    assert house.models[HAIKU].max_output_tokens == [123]


async def test_a_model_without_a_price_is_refused_before_anything_is_asked() -> None:
    house = House(haiku=[GOOD])

    with pytest.raises(UnknownModel):
        house.run(decision(ModelName("nobody"), HAIKU))


async def test_the_time_to_the_first_text_counts_the_attempts_before() -> None:
    gate = asyncio.Event()
    house = House(haiku=[(Hold(gate), ModelFailed(K.AUTH))], gpt=[GOOD])
    run = house.run()
    assert await anext(run) == Began(HAIKU, 1)
    house.now += 2.0
    gate.set()
    steps = [step async for step in run]

    assert run.attempts[0].total_s == 2.0
    assert run.attempts[1].first_token_s == 0.0
    assert isinstance(steps[-1], Finished)
    assert steps[-1].first_token_s == 2.0
    assert house.health.latency_s() == {GPT: 0.0}
