"""A race between both vendors' SDKs over real sockets: a stream read by more than one task."""

import asyncio
from contextlib import aclosing
from dataclasses import replace

import pytest

from routing.errors import FailureKind as K
from routing.execution.health import LEAST_FIRST_TOKENS
from routing.progress import Progress
from routing.request import ModelName
from tests.emulators.faults import Fault, Plan
from tests.emulators.server import ANSWER
from tests.routing.models.test_faults import VENDORS, shown, town
from tests.routing.samples import GPT, HAIKU, decision, request

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("first", VENDORS)
@pytest.mark.parametrize(
    ("plans", "outcomes"),
    [
        ((Plan(Fault.STALL), Plan()), (K.CANCELLED, None)),
        ((Plan(Fault.SLOW_FIRST, seconds=0.2), Plan(Fault.STALL)), (None, K.CANCELLED)),
        ((Plan(Fault.STALL), Plan(Fault.STALL_WITH_PINGS)), (K.CANCELLED, K.CANCELLED)),
    ],
    ids=["rival wins", "first wins", "given up"],
)
async def test_one_whole_answer_comes_of_a_race_and_no_connection_is_left(
    first: ModelName, plans: tuple[Plan, Plan], outcomes: tuple[K | None, K | None]
) -> None:
    second = GPT if first == HAIKU else HAIKU
    steps: list[Progress] = []
    async with town() as place:
        for name, plan in zip((first, second), plans, strict=True):
            place.vendors[name].plans.queue.append(plan)
        for _ in range(LEAST_FIRST_TOKENS):
            place.health.record(first, None, 100.0, first_token_s=0.0)
        run = place.engine.run(replace(decision(first, second), hedge=True), request())
        limit_s = 0.5 if None not in outcomes else 20
        try:
            async with asyncio.timeout(limit_s), aclosing(run):
                steps.extend([step async for step in run])
        except TimeoutError:
            assert None not in outcomes

    assert [(each.model, each.failed) for each in run.attempts] == [
        (first, outcomes[0]),
        (second, outcomes[1]),
    ]
    assert all(each.cost_usd > 0 for each in run.attempts)
    assert shown(steps) == (ANSWER if None in outcomes else "")
