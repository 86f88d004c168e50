"""A model breaks in mid-answer: what the customer reads in the end, and what it has cost."""

from dataclasses import replace
from decimal import Decimal

import pytest

from routing.decision import Purpose
from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.execution.health import Circuit
from routing.models.base import Piece, Stopped, StopReason, Text, ToolCalled
from routing.models.scripted import ScriptedModel
from routing.progress import Began, Delta, FellBack, Finished, Mend, Progress, SeamFailed
from routing.prompting.prompt import prompt_tokens
from routing.request import ModelName, Redacted, Request, ToolCall
from tests.routing.continuing import Continuing, Manner
from tests.routing.house import DONE, GOOD, PRICES, TODAY, USAGE, House
from tests.routing.samples import GPT, HAIKU, OFFLINE, OPUS, decision, request

ANSWER = (
    "Your new card arrives within five working days [1]. It comes by post; "
    "you can follow it in the app under Cards.\n\nExpress costs $29.50."
)
CUT = ModelFailed(K.CUT)


def read(steps: list[Progress]) -> str:
    """Return what a customer reads in the end, on a channel that can take text back."""
    text = ""
    for step in steps:
        match step:
            case FellBack(mend=Mend.RETRACT) | SeamFailed(mend=Mend.RETRACT):
                text = ""
            case Delta(text=piece):
                text += piece
            case _:
                pass
    return text


async def broken(
    said: str, *then: Piece, asked: Request | None = None, order: tuple[ModelName, ...] = ()
) -> tuple[House, list[Progress]]:
    """Let the first model break after some words and the second say something."""
    house = House(haiku=[(Text(said), CUT)], gpt=[then, GOOD], offline=[GOOD])
    run = house.engine.run(decision(*(order or (HAIKU, GPT, OFFLINE))), asked or request())
    return house, [step async for step in run]


def final(steps: list[Progress]) -> Finished:
    assert isinstance(steps[-1], Finished)
    return steps[-1]


@pytest.mark.promise("R1")
@pytest.mark.parametrize("manner", Manner)
async def test_wherever_the_first_model_breaks_the_answer_is_whole_and_nothing_is_said_twice(
    manner: Manner,
) -> None:
    for cut in range(1, len(ANSWER)):
        house = House(haiku=[(Text(ANSWER[:cut]), CUT)], gpt=[GOOD])
        house.models[GPT] = Continuing(GPT, ANSWER, manner)
        _, steps = await house.play()

        assert read(steps) == ANSWER
        assert FellBack(HAIKU, GPT, K.CUT, Mend.CONTINUE, is_retry=False) in steps
        assert not any(isinstance(step, SeamFailed) for step in steps)


async def test_a_continuation_that_breaks_is_continued_in_its_turn() -> None:
    house = House(haiku=[(Text(ANSWER[:30]), CUT)], gpt=[(Text(ANSWER[30:70]), CUT)])
    house.models[OPUS] = Continuing(OPUS, ANSWER)
    run, steps = await house.play(decision(HAIKU, GPT, OPUS))

    assert read(steps) == ANSWER
    assert [each.purpose for each in run.attempts] == [
        Purpose.ANSWER, Purpose.CONTINUE, Purpose.CONTINUE
    ]  # fmt: skip
    assert house.models[OPUS].requests[0].said == ANSWER[:70]


async def test_a_continuation_that_breaks_before_it_is_seen_leaves_the_text_as_it_was() -> None:
    house = House(haiku=[(Text(ANSWER[:30]), CUT)], gpt=[(Text(ANSWER[30:34]), CUT)])
    house.models[OPUS] = Continuing(OPUS, ANSWER)
    _, steps = await house.play(decision(HAIKU, GPT, OPUS))

    assert read(steps) == ANSWER
    assert house.models[OPUS].requests[0].said == ANSWER[:30]


async def test_a_continuation_pays_the_prompt_again_with_what_was_said() -> None:
    house = House(haiku=[(Text(ANSWER[:90]), CUT)], gpt=[(Text(ANSWER[90:]), CUT)], offline=[GOOD])
    run, _ = await house.play()

    first, second = run.attempts[0].usage, run.attempts[1].usage
    assert second.estimated
    assert second.input_tokens > first.input_tokens + 20
    assert run.cost_usd == sum(each.cost_usd for each in run.attempts)


async def test_the_time_to_the_first_text_is_that_of_the_first_model() -> None:
    house = House(haiku=[(Text(ANSWER[:90]), CUT)], gpt=[(Text(ANSWER[90:]), DONE)])
    run = house.run()
    steps = []
    async for step in run:
        steps.append(step)
        house.now += 1.0

    assert final(steps).first_token_s == 1.0


async def test_the_caller_says_what_was_really_shown() -> None:
    house = House(haiku=[(Text("Your card arr"), CUT)], gpt=[GOOD])
    house.models[GPT] = Continuing(GPT, ANSWER)
    run = house.run()
    after: list[Progress] = []
    async for step in run:
        after.append(step)
        if isinstance(step, FellBack):
            run.shown(Redacted("Your new "))
            after.clear()

    assert house.models[GPT].requests[0].said == "Your new "
    assert "Your new " + read(after) == ANSWER


async def test_a_caller_who_has_shown_nothing_gets_a_new_answer() -> None:
    house = House(haiku=[(Text("Y"), CUT)], gpt=[GOOD])
    run = house.run()
    async for step in run:
        if isinstance(step, FellBack):
            run.shown(Redacted(""))

    assert house.models[GPT].requests[0].said == ""
    assert run.attempts[1].purpose is Purpose.ANSWER


@pytest.mark.parametrize(
    ("can_retract", "mend"), [(True, Mend.RETRACT), (False, Mend.APOLOGISE)], ids=["yes", "no"]
)
async def test_what_the_local_model_says_cannot_go_on_from_anything(
    can_retract: bool, mend: Mend
) -> None:
    house, steps = await broken(
        "Your card ", asked=replace(request(), can_retract=can_retract), order=(HAIKU, OFFLINE)
    )

    assert FellBack(HAIKU, OFFLINE, K.CUT, mend, is_retry=False) in steps
    assert house.models[OFFLINE].requests[0].said == ""


async def test_what_a_model_refuses_to_finish_is_not_finished_by_another() -> None:
    house = House(haiku=[(Text("You take "), Stopped(StopReason.REFUSAL, USAGE))], gpt=[GOOD])
    _, steps = await house.play()

    assert FellBack(HAIKU, GPT, K.REFUSED, Mend.RETRACT, is_retry=False) in steps
    assert read(steps) == "All good."


async def test_half_an_object_of_json_is_not_gone_on_from() -> None:
    asked = replace(request(), answer_schema='{"type":"object"}')
    house, steps = await broken('{"a":', Text('{"a": 1}'), DONE, asked=asked)

    assert read(steps) == '{"a": 1}'
    assert house.models[GPT].requests[0].said == ""


async def test_a_new_answer_where_a_continuation_was_due_replaces_what_was_said() -> None:
    _, steps = await broken("Your card may ", Text("Hello! It is on "), Text("its way."), DONE)

    at = steps.index(SeamFailed(Mend.RETRACT))
    assert isinstance(steps[at + 1], Delta)
    assert read(steps) == "Hello! It is on its way."
    assert final(steps).model == GPT


async def test_another_sentence_is_no_answer_so_the_whole_is_asked_for_again() -> None:
    house, steps = await broken("Your card may ", Text("You can see it in the app."), DONE)

    assert steps[3:] == [
        Began(GPT, 2),
        SeamFailed(Mend.RETRACT),
        FellBack(GPT, GPT, K.MALFORMED, Mend.UNSEEN, is_retry=True),
        Began(GPT, 3),
        Delta("All "),
        Delta("good."),
        steps[-1],
    ]
    assert [each.said for each in house.models[GPT].requests] == ["Your card may ", ""]
    assert [each.purpose for each in final(steps).attempts] == [
        Purpose.ANSWER, Purpose.CONTINUE, Purpose.ANSWER
    ]  # fmt: skip
    assert final(steps).attempts[1].cost_usd > 0
    assert house.health.circuit(GPT) is Circuit.CLOSED
    assert house.models[GPT].open_streams == 0


async def test_without_another_attempt_the_other_sentence_is_the_answer() -> None:
    house = House(haiku=[(Text("Your card may "), CUT)], gpt=[(Text("The app shows it."), DONE)])
    _, steps = await house.play(decision(HAIKU, GPT, max_attempts=2))

    assert SeamFailed(Mend.RETRACT) in steps
    assert read(steps) == "The app shows it."


async def test_where_nothing_can_be_taken_back_a_finished_sentence_is_the_end() -> None:
    asked = replace(request(), can_retract=False)
    house, steps = await broken("It comes soon. ", Text("Hello! It is here."), asked=asked)

    assert [step.text for step in steps if isinstance(step, Delta)] == ["It comes soon. "]
    assert final(steps).reason is StopReason.LENGTH
    assert final(steps).attempts[1].cost_usd > 0
    assert house.models[GPT].open_streams == 0


async def test_where_nothing_can_be_taken_back_half_a_sentence_is_apologised_for() -> None:
    asked = replace(request(), can_retract=False)
    _, steps = await broken("It comes ", Text("Hello! It is here."), DONE, asked=asked)

    assert SeamFailed(Mend.APOLOGISE) in steps
    assert steps[-2] == Delta("Hello! It is here.")


async def test_a_model_that_finds_nothing_missing_has_ended_the_answer() -> None:
    _, steps = await broken("It comes soon.", DONE)

    assert read(steps) == "It comes soon."
    assert final(steps).attempts[1].failed is None


async def test_a_model_that_says_nothing_to_half_a_sentence_has_failed() -> None:
    _, steps = await broken("It comes ", DONE)

    assert FellBack(GPT, OFFLINE, K.MALFORMED, Mend.RETRACT, is_retry=False) in steps


async def test_after_a_tool_was_asked_for_without_text_the_step_begins_anew() -> None:
    called = ToolCalled(ToolCall("1", "lookup", Redacted("{}")))
    house = House(haiku=[()], gpt=[GOOD])
    house.models[HAIKU] = ScriptedModel(HAIKU, [(called, ModelFailed(K.SERVER)), GOOD])
    _, steps = await house.play()

    assert steps[:3] == [
        Began(HAIKU, 1),
        called,
        FellBack(HAIKU, HAIKU, K.SERVER, Mend.UNSEEN, is_retry=True),
    ]
    assert house.models[HAIKU].requests[1].said == ""


async def test_a_tool_that_a_continuation_asks_for_comes_after_its_text() -> None:
    called = ToolCalled(ToolCall("1", "lookup", Redacted("{}")))
    house = House(haiku=[(Text("Let me "), CUT)], gpt=[GOOD])
    house.models[GPT] = ScriptedModel(
        GPT, [(Text("look."), called, Stopped(StopReason.TOOL_USE, USAGE))]
    )
    _, steps = await house.play()

    assert steps[-3:-1] == [Delta("look."), called]
    assert final(steps).reason is StopReason.TOOL_USE


async def test_a_continuation_is_never_begun_for_more_than_what_is_left() -> None:
    house = House(haiku=[(Text("word " * 200), CUT)], gpt=[GOOD], offline=[GOOD])
    run, _ = await house.play(decision(HAIKU, GPT, OFFLINE, max_cost_usd="0.009"))

    asked, limit = house.models[GPT].requests[0], house.models[GPT].max_output_tokens[0]
    worst_usd = PRICES.worst(GPT, prompt_tokens(asked), limit, TODAY)
    assert limit < 400
    assert run.attempts[0].cost_usd + worst_usd <= Decimal("0.009")
    assert run.cost_usd <= Decimal("0.009")
