"""Runs with tools over real sockets: both vendors' SDKs, and failures between and within steps."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from routing.agent.progress import AgentFinished, AgentProgress, Ending
from routing.execution.engine import Engine, Parts
from routing.execution.health import Health
from routing.models.anthropic import AnthropicModel
from routing.models.openai import OpenAIModel
from routing.progress import Delta, FellBack, Mend
from routing.request import ModelName
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.faults import Fault, Plan
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.replies import Call, Reply
from tests.emulators.server import ANSWER, Emulator
from tests.routing.agent.workshop import CLOCK, EngineAnswers, Workshop
from tests.routing.house import PRICES
from tests.routing.samples import GPT, HAIKU, decision

pytestmark = pytest.mark.slow

LOOKUP = Call("lookup_ticket", '{"ticket":"T-1"}', "call_1")
VENDORS = [HAIKU, GPT]


@dataclass
class Town:
    """Both vendors, and a run with tools between them."""

    shop: Workshop
    vendors: dict[ModelName, Emulator]

    async def play(
        self, first: ModelName, max_steps: int = 6
    ) -> tuple[AgentFinished, list[AgentProgress]]:
        second = other(first)
        terms = replace(self.shop.task.terms, max_steps=max_steps)
        return await self.shop.play(decision=decision(first, second), terms=terms)


def other(name: ModelName) -> ModelName:
    return GPT if name == HAIKU else HAIKU


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    async with AnthropicEmulator() as anthropic, OpenAIEmulator() as openai:
        haiku = AnthropicModel(HAIKU, "claude-haiku-4-5", "key", anthropic.url)
        gpt = OpenAIModel(GPT, "chat-latest", "key", f"{openai.url}/v1")
        await asyncio.gather(haiku.warm(), gpt.warm())
        engine = Engine(Parts({HAIKU: haiku, GPT: gpt}, PRICES, Health(), CLOCK))
        yield Town(Workshop(answers=EngineAnswers(engine)), {HAIKU: anthropic, GPT: openai})
        await engine.close()


@pytest.fixture(autouse=True, scope="module")
def _nothing_is_left_unclosed() -> Iterator[None]:
    """What was not closed warns when it is collected, and a warning is a failure."""
    yield
    gc.collect()


def said(progress: list[AgentProgress]) -> str:
    return "".join(each.text for each in progress if isinstance(each, Delta))


@pytest.mark.parametrize("first", VENDORS)
async def test_a_vendor_gets_the_results_of_its_calls(first: ModelName) -> None:
    async with town() as place:
        two = (LOOKUP, replace(LOOKUP, arguments='{"ticket":"T-2"}', id="call_2"))
        place.vendors[first].replies.append(Reply("Let me look.", two))
        end, progress = await place.play(first)

    assert end.ending is Ending.DONE, end.why
    assert said(progress) == "Let me look." + ANSWER
    assert len(place.shop.tools.asked) == 2
    assert [attempt.failed for attempt in end.attempts] == [None, None]
    sent = json.dumps(place.vendors[first].bodies[1])
    assert sent.count("status: in review") == 2


@pytest.mark.parametrize("first", VENDORS)
async def test_an_answer_that_breaks_after_a_tool_ran_is_continued_by_the_other(
    first: ModelName,
) -> None:
    async with town() as place:
        vendor, gate = place.vendors[first], asyncio.Event()
        vendor.replies.append(Reply("", (LOOKUP,)))
        vendor.plans.queue += [Plan(), Plan(Fault.RESET, 3, gate=gate)]
        progress: list[AgentProgress] = []
        run = place.shop.run(decision=decision(first, other(first)))
        async with asyncio.timeout(20):
            async for each in run:
                progress.append(each)
                if isinstance(each, Delta):
                    gate.set()

    end = run.report
    assert end.ending is Ending.DONE, end.why
    assert said(progress) == ANSWER
    assert [each.mend for each in progress if isinstance(each, FellBack)] == [Mend.CONTINUE]
    assert [attempt.model for attempt in end.attempts] == [first, first, other(first)]
    assert len(place.shop.tools.asked) == 1


@pytest.mark.parametrize("first", VENDORS)
async def test_a_call_that_breaks_on_its_way_is_asked_again_by_the_other(first: ModelName) -> None:
    async with town() as place:
        place.vendors[first].replies.append(Reply("", (LOOKUP,)))
        place.vendors[first].plans.queue.append(Plan(Fault.MALFORMED, 1))
        place.vendors[other(first)].replies.append(Reply("", (LOOKUP,)))
        end, progress = await place.play(first)

    assert end.ending is Ending.DONE, end.why
    assert said(progress) == ANSWER
    assert len(place.shop.tools.asked) == 1
    assert [attempt.model for attempt in end.attempts] == [first, other(first), other(first)]


@pytest.mark.parametrize("first", VENDORS)
async def test_the_last_step_is_accepted_without_tools(first: ModelName) -> None:
    async with town() as place:
        place.vendors[first].replies.append(Reply("", (LOOKUP,)))
        end, progress = await place.play(first, max_steps=2)

    assert end.ending is Ending.MAX_STEPS, end.why
    assert said(progress) == ANSWER
    assert "tools" not in place.vendors[first].bodies[1]
    assert "status: in review" in json.dumps(place.vendors[first].bodies[1])
    assert [attempt.failed for attempt in end.attempts] == [None, None]
