import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.beside.aside import Aside, Asked
from routing.clock import Clock
from routing.decision import Purpose
from routing.errors import FailureKind, ModelFailed
from routing.execution.engine import Parts
from routing.execution.health import Health
from routing.models.base import Piece, Stopped, StopReason, Text
from routing.models.scripted import Hold, Pause, Script, ScriptedModel
from routing.prompting.prompt import prompt_tokens
from routing.request import ModelName, Request, Usage
from tests.routing.house import GOOD, PRICES, TODAY
from tests.routing.samples import GPT, HAIKU, OFFLINE, request

CAP_USD = Decimal("0.01")
SHORT = request(max_output_tokens=60)


class Side:
    """An aside of two models that play scripts."""

    def __init__(self, *scripts: Script, others: Sequence[Script] = (GOOD,)) -> None:
        self.haiku = ScriptedModel(HAIKU, scripts or (GOOD,))
        self.gpt = ScriptedModel(GPT, others)
        self.health = Health()
        self.now = 100.0
        clock = Clock(lambda: self.now, lambda: TODAY)
        models = {HAIKU: self.haiku, GPT: self.gpt, OFFLINE: ScriptedModel(OFFLINE, (GOOD,))}
        self.parts = Parts(models, PRICES, self.health, clock)
        self.aside = Aside(self.parts)

    async def ask(
        self, model: ModelName = HAIKU, cap_usd: Decimal = CAP_USD, most_s: float = 5.0
    ) -> Asked:
        async with asyncio.timeout(5):
            return await self.aside.ask(model, SHORT, cap_usd, most_s, Purpose.ADVISE)


async def test_a_model_answers_beside_the_turn_and_the_call_is_booked_for_its_purpose() -> None:
    side = Side()
    asked = await side.ask()

    assert (asked.text, asked.failed, asked.skipped) == ("All good.", None, "")
    (attempt,) = asked.attempts
    assert (attempt.model, attempt.purpose, attempt.failed) == (HAIKU, Purpose.ADVISE, None)
    assert attempt.cost_usd == PRICES.cost(HAIKU, attempt.usage, TODAY) > 0
    assert side.haiku.requests == [SHORT]
    assert side.haiku.max_output_tokens == [60]


@pytest.mark.parametrize(
    "kind", [kind for kind in FailureKind if kind is not FailureKind.CANCELLED]
)
async def test_a_model_that_fails_is_reported_and_not_tried_again(kind: FailureKind) -> None:
    side = Side((Text("All"), ModelFailed(kind)))
    asked = await side.ask()

    assert (asked.text, asked.failed) == ("", kind)
    assert [attempt.failed for attempt in asked.attempts] == [kind]
    assert len(side.haiku.requests) == 1
    assert side.gpt.requests == []


async def test_an_answer_without_its_end_is_no_answer() -> None:
    asked = await Side((Text('{"intent": "card-lost"}'),)).ask()

    assert (asked.text, asked.failed) == ("", FailureKind.CUT)


@pytest.mark.parametrize("script", [(Pause(),), (Text("Well"), Pause())])
async def test_a_model_that_takes_too_long_is_left_with_its_stream_closed(script: Script) -> None:
    side = Side(script)
    asked = await side.ask(most_s=0.02)

    assert asked.text == ""
    assert asked.failed in {
        FailureKind.TIMEOUT_FIRST,
        FailureKind.TIMEOUT_IDLE,
        FailureKind.TIMEOUT_TOTAL,
    }
    assert asked.attempts[0].cost_usd > 0
    assert side.haiku.open_streams == 0


async def test_impatience_does_not_open_the_breaker_of_a_model_that_answers() -> None:
    side = Side((Pause(),))
    asked = [await side.ask(most_s=0.005) for _ in range(5)]

    assert side.health.down(side.now) == frozenset()
    assert [each.skipped for each in asked] == ["", "", "", *["its circuit is open"] * 2]
    assert len(side.haiku.requests) == 3


async def test_a_model_that_is_down_for_the_turns_is_not_asked_beside_them() -> None:
    side = Side()
    side.health.record(HAIKU, FailureKind.AUTH, side.now)
    asked = await side.ask()

    assert asked == Asked(asked.text, (), None, "its circuit is open")
    assert side.haiku.requests == []


@pytest.mark.parametrize(
    ("model", "why"),
    [
        ("made-up", "it has no price"),
        ("offline", "it is no model to ask"),
        ("claude-opus-4.7", "it is not configured"),
    ],
)
async def test_a_model_that_cannot_be_asked_is_skipped_with_the_reason(
    model: str, why: str
) -> None:
    asked = await Side().ask(ModelName(model))

    assert (asked.text, asked.attempts, asked.failed, asked.skipped) == ("", (), None, why)


@given(cap=st.decimals("0", "0.001", places=7))
def test_no_call_is_made_whose_worst_case_is_above_the_cap(cap: Decimal) -> None:
    most = Usage(input_tokens=prompt_tokens(SHORT), output_tokens=60)
    side = Side((Text("All"), Stopped(StopReason.LENGTH, most)))
    asked = asyncio.run(side.ask(cap_usd=cap))
    worst_usd = side.aside.worst_usd(HAIKU, SHORT)

    assert worst_usd is not None
    assert bool(side.haiku.requests) == bool(asked.attempts) == (worst_usd <= cap)
    assert sum((each.cost_usd for each in asked.attempts), Decimal(0)) <= cap
    assert bool(asked.skipped) == (not asked.attempts)


async def test_the_call_of_a_caller_who_is_cancelled_is_closed_and_still_booked() -> None:
    begun = asyncio.Event()

    class Telling(ScriptedModel):
        def stream(self, request: Request, max_output_tokens: int) -> AsyncGenerator[Piece, None]:
            begun.set()
            return super().stream(request, max_output_tokens)

    side = Side()
    slow = Telling(HAIKU, ((Text("Well"), Hold(asyncio.Event())),))
    aside = Aside(replace(side.parts, models={HAIKU: slow}))
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        call = tasks.create_task(aside.ask(HAIKU, SHORT, CAP_USD, 5.0, Purpose.CLASSIFY))
        await begun.wait()
        call.cancel()

    assert call.cancelled()
    assert aside.unclaimed(replace(SHORT, turn=2)) == ()
    (attempt,) = aside.unclaimed(SHORT)
    assert (attempt.purpose, attempt.failed) == (Purpose.CLASSIFY, FailureKind.CANCELLED)
    assert attempt.cost_usd > 0
    assert aside.unclaimed(SHORT) == ()
    assert side.health.down(side.now) == frozenset()
