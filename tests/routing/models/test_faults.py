"""The fault matrix: both vendors' SDKs over real sockets, broken in every way, with a fallback.

Every row ends in one complete answer of the other vendor, or of the same one after a retry.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import date

import pytest

from routing.clock import Clock
from routing.decision import Purpose
from routing.errors import FailureKind as K
from routing.execution.engine import Engine, Parts, Run
from routing.execution.health import HOPELESS, NEUTRAL, Circuit, Health, Thresholds
from routing.execution.watchdog import Timeouts
from routing.models.anthropic import AnthropicModel
from routing.models.base import Model, StopReason
from routing.models.openai import OpenAIModel
from routing.money.prices import load_prices
from routing.progress import Delta, FellBack, Finished, Mend, Progress, SeamFailed
from routing.request import ModelName
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.faults import Fault, Plan
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.replies import Habit, Manner
from tests.emulators.server import ANSWER, Emulator
from tests.routing.samples import GPT, HAIKU, decision, request

pytestmark = pytest.mark.slow

PATIENT = Timeouts(first_token_s=20, idle_s=20, total_s=60)
HASTY = Timeouts(first_token_s=0.5, idle_s=0.5, total_s=60)
VENDORS = [HAIKU, GPT]


@dataclass(frozen=True, slots=True)
class Row:
    """What a fault is expected to come to."""

    fault: Fault
    after: int
    kind: K
    is_free: bool = False
    is_retried: bool = False
    timeouts: Timeouts = PATIENT

    def __str__(self) -> str:
        return f"{self.fault.value}-{self.after}"


ROWS = [
    Row(Fault.AUTH, 0, K.AUTH, is_free=True),
    Row(Fault.BAD_REQUEST, 0, K.BAD_REQUEST, is_free=True),
    Row(Fault.NOT_FOUND, 0, K.BAD_REQUEST, is_free=True),
    Row(Fault.QUOTA, 0, K.QUOTA, is_free=True),
    Row(Fault.TOO_LARGE, 0, K.TOO_LARGE, is_free=True),
    Row(Fault.RATE_LIMITED, 0, K.RATE_LIMITED, is_free=True),
    Row(Fault.RATE_LIMITED_FOR, 0, K.RATE_LIMITED, is_free=True),
    Row(Fault.OVERLOADED, 0, K.OVERLOADED, is_free=True, is_retried=True),
    Row(Fault.SERVER, 0, K.SERVER, is_free=True, is_retried=True),
    Row(Fault.HANG_UP, 0, K.CUT, is_retried=True),
    Row(Fault.EOF, 0, K.CUT, is_retried=True),
    Row(Fault.EOF, 3, K.CUT),
    Row(Fault.EOF_INSIDE, 0, K.CUT, is_retried=True),
    Row(Fault.EOF_INSIDE, 3, K.CUT),
    Row(Fault.CLOSE, 0, K.CUT, is_retried=True),
    Row(Fault.CLOSE, 3, K.CUT),
    Row(Fault.RESET, 0, K.CUT, is_retried=True),
    Row(Fault.RESET, 3, K.CUT),
    Row(Fault.MALFORMED, 0, K.MALFORMED),
    Row(Fault.MALFORMED, 3, K.MALFORMED),
    Row(Fault.STALL, 0, K.TIMEOUT_FIRST, timeouts=HASTY),
    Row(Fault.STALL, 3, K.TIMEOUT_IDLE, timeouts=HASTY),
    Row(Fault.STALL_WITH_PINGS, 0, K.TIMEOUT_FIRST, timeouts=HASTY),
    Row(Fault.STALL_WITH_PINGS, 3, K.TIMEOUT_IDLE, timeouts=HASTY),
    Row(Fault.REFUSAL, 0, K.REFUSED),
]
ERROR_EVENTS = {HAIKU: K.OVERLOADED, GPT: K.SERVER}
"""What the emulators send as an error inside the stream."""


@dataclass(frozen=True, slots=True)
class Town:
    """An engine with both vendors."""

    engine: Engine
    health: Health
    vendors: dict[ModelName, Emulator]
    models: dict[ModelName, Model]
    timeouts: Timeouts

    def with_health(self, health: Health) -> "Town":
        """Return the same town under another breaker."""
        clock = Clock(lambda: 100.0, lambda: date(2026, 11, 24))
        engine = Engine(Parts(self.models, load_prices(), health, clock, self.timeouts))
        return Town(engine, health, self.vendors, self.models, self.timeouts)

    def run(self, first: ModelName) -> Run:
        second = GPT if first == HAIKU else HAIKU
        return self.engine.run(decision(first, second), request())

    async def play(self, first: ModelName, plan: Plan) -> tuple[Run, list[Progress]]:
        """Run a turn whose first attempt goes as planned, opening the gate with the first text."""
        self.vendors[first].plans.queue.append(plan)
        run, steps = self.run(first), []
        async with asyncio.timeout(20), aclosing(run):
            async for step in run:
                steps.append(step)
                if isinstance(step, Delta) and plan.gate is not None:
                    plan.gate.set()
        return run, steps


@asynccontextmanager
async def town(timeouts: Timeouts = PATIENT) -> AsyncIterator[Town]:
    """Build it, and see to it that nothing is left behind."""
    before = asyncio.all_tasks()
    async with AnthropicEmulator() as anthropic, OpenAIEmulator() as openai:
        haiku = AnthropicModel(HAIKU, "claude-haiku-4-5", "key", anthropic.url)
        gpt = OpenAIModel(GPT, "chat-latest", "key", f"{openai.url}/v1")
        await asyncio.gather(haiku.warm(), gpt.warm())
        clock = Clock(lambda: 100.0, lambda: date(2026, 11, 24))
        health = Health()
        models: dict[ModelName, Model] = {HAIKU: haiku, GPT: gpt}
        engine = Engine(Parts(models, load_prices(), health, clock, timeouts))
        try:
            yield Town(engine, health, {HAIKU: anthropic, GPT: openai}, models, timeouts)
        finally:
            await engine.close()
        async with asyncio.timeout(5):
            await asyncio.gather(anthropic.is_idle.wait(), openai.is_idle.wait())
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_left_unclosed() -> Iterator[None]:
    """What was not closed warns when it is collected, and a warning is a failure."""
    yield
    gc.collect()


def shown(steps: list[Progress]) -> str:
    """Return what the customer sees in the end: the deltas that were not taken back."""
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


@pytest.mark.promise("R1")
@pytest.mark.parametrize("first", VENDORS)
@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_a_broken_vendor_ends_in_one_whole_answer(first: ModelName, row: Row) -> None:
    async with town(row.timeouts) as place:
        gate = asyncio.Event() if row.after else None
        run, steps = await place.play(first, Plan(row.fault, row.after, 0.05, gate))

        second = first if row.is_retried else GPT if first == HAIKU else HAIKU
        assert shown(steps) == ANSWER
        assert isinstance(steps[-1], Finished)
        assert [(each.model, each.failed) for each in run.attempts] == [
            (first, row.kind), (second, None)
        ]  # fmt: skip
        assert [step for step in steps if isinstance(step, FellBack)] == [
            FellBack(
                first, second, row.kind, Mend.CONTINUE if row.after else Mend.UNSEEN, row.is_retried
            )
        ]
        assert (run.attempts[0].cost_usd == 0) is row.is_free
        assert run.attempts[1].cost_usd > 0
        assert not run.attempts[1].usage.estimated
        assert (place.health.circuit(first) is Circuit.OPEN) is (row.kind in HOPELESS)

        touchy = place.with_health(Health(Thresholds(in_a_row=1)))
        gate = asyncio.Event() if row.after else None
        await touchy.play(first, Plan(row.fault, row.after, 0.05, gate))

        assert (first in touchy.health.down(100.0)) is (row.kind not in NEUTRAL)


@pytest.mark.parametrize("first", VENDORS)
@pytest.mark.parametrize("after", [1, 3, 9, 14, 99])
@pytest.mark.parametrize("manner", [Manner.CONTINUE, Manner.RESTART, Manner.OVERLAP])
async def test_no_character_is_lost_or_repeated_however_the_next_model_goes_on(
    first: ModelName, after: int, manner: Manner
) -> None:
    async with town() as place:
        for vendor in place.vendors.values():
            vendor.habit = Habit(manner, words=2)
        run, steps = await place.play(first, Plan(Fault.EOF, after, gate=asyncio.Event()))

        assert shown(steps) == ANSWER
        assert not any(isinstance(step, SeamFailed) for step in steps)
        assert [each.purpose for each in run.attempts] == [Purpose.ANSWER, Purpose.CONTINUE]


@pytest.mark.parametrize("first", VENDORS)
async def test_another_answer_takes_the_place_of_the_one_that_was_begun(first: ModelName) -> None:
    async with town() as place:
        for vendor in place.vendors.values():
            vendor.habit = Habit(Manner.NEW)
        _, steps = await place.play(first, Plan(Fault.EOF, 3, gate=asyncio.Event()))

        assert SeamFailed(Mend.RETRACT) in steps
        assert shown(steps) == Habit().other


@pytest.mark.parametrize("first", VENDORS)
@pytest.mark.parametrize("after", [0, 3])
async def test_an_error_inside_the_stream_is_no_answer(first: ModelName, after: int) -> None:
    async with town() as place:
        gate = asyncio.Event() if after else None
        run, steps = await place.play(first, Plan(Fault.ERROR_EVENT, after, gate=gate))

        assert shown(steps) == ANSWER
        assert run.attempts[0].failed is ERROR_EVENTS[first]
        assert run.attempts[0].cost_usd > 0
        assert (run.attempts[0].chars > 0) is (after > 0)


@pytest.mark.parametrize("first", VENDORS)
@pytest.mark.parametrize(
    ("fault", "reason", "is_estimated"),
    [
        (Fault.NONE, StopReason.END, False),
        (Fault.SLOW_FIRST, StopReason.END, False),
        (Fault.UNKNOWN_EVENT, StopReason.END, False),
        (Fault.LENGTH, StopReason.LENGTH, False),
        (Fault.NO_USAGE, StopReason.END, True),
    ],
)
async def test_what_is_odd_but_right_is_an_answer(
    first: ModelName, fault: Fault, reason: StopReason, is_estimated: bool
) -> None:
    async with town() as place:
        run, steps = await place.play(first, Plan(fault, 3))

        assert shown(steps) == ANSWER
        assert isinstance(steps[-1], Finished)
        assert (steps[-1].model, steps[-1].reason) == (first, reason)
        assert run.attempts[0].usage.estimated is is_estimated
        assert run.cost_usd > 0


@pytest.mark.parametrize("first", VENDORS)
async def test_a_rate_limit_is_obeyed_and_never_slept_through(first: ModelName) -> None:
    async with town() as place:
        await place.play(first, Plan(Fault.RATE_LIMITED_FOR, 0, 30.0))

        assert place.health.down(129.9) == {first}
        assert place.health.down(130.0) == frozenset()


@pytest.mark.parametrize("first", VENDORS)
async def test_closing_in_the_middle_closes_the_connection(first: ModelName) -> None:
    async with town() as place:
        vendor = place.vendors[first]
        vendor.plans.queue.append(Plan(Fault.STALL, 3))
        run = place.run(first)
        async for step in run:
            if isinstance(step, Delta):
                break
        assert not vendor.left_early.is_set()
        await run.aclose()
        await asyncio.wait_for(vendor.left_early.wait(), 5)

        assert [each.failed for each in run.attempts] == [K.CANCELLED]
        assert run.cost_usd > 0


@pytest.mark.parametrize("first", VENDORS)
async def test_answers_one_after_another_use_one_connection(first: ModelName) -> None:
    async with town() as place:
        for _ in range(5):
            await place.play(first, Plan())

        assert place.vendors[first].connections == 1


@pytest.mark.parametrize("first", VENDORS)
async def test_the_request_holds_what_was_asked_and_a_limit_and_nothing_forbidden(
    first: ModelName,
) -> None:
    async with town() as place:
        await place.play(first, Plan())

        (body,) = place.vendors[first].bodies
        (raw,) = place.vendors[first].received
        assert body["stream"] is True
        assert body["messages"][-1] == {"role": "user", "content": "Where is my new card?"}
        assert body.get("max_tokens", body.get("max_completion_tokens")) == 400
        assert not {"temperature", "top_p", "top_k"} & body.keys()
        assert b"x-stainless-retry-count: 0" in raw.lower()


async def test_a_vendor_that_is_not_there_is_a_failed_connection_and_free() -> None:
    async with town() as place:
        gone = AnthropicModel(HAIKU, "claude-haiku-4-5", "key", "http://127.0.0.1:9")
        gpt = OpenAIModel(GPT, "chat-latest", "key", "http://127.0.0.1:9/v1")
        engine = Engine(Parts({HAIKU: gone, GPT: gpt}, load_prices(), place.health))
        run = engine.run(decision(HAIKU, GPT, max_attempts=2), request())
        steps = [step async for step in run]
        await engine.close()

        assert [each.failed for each in run.attempts] == [K.CONNECTION, K.CONNECTION]
        assert run.cost_usd == 0
        assert shown(steps) == ""


async def test_a_model_that_was_never_asked_can_be_closed() -> None:
    await AnthropicModel(HAIKU, "claude-haiku-4-5", "key").close()
    await OpenAIModel(GPT, "chat-latest", "key").close()
