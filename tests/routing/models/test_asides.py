"""Calls beside the turn through both vendors' SDKs, over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from routing.beside.advisor import Advisor
from routing.beside.aside import Aside
from routing.clock import Clock
from routing.decision import Guess, Purpose
from routing.errors import FailureKind
from routing.execution.engine import Parts
from routing.execution.health import Health
from routing.intent.opinion import NONE
from routing.intent.second_opinion import Limits, SecondOpinion
from routing.models.anthropic import AnthropicModel
from routing.models.base import Model
from routing.models.openai import OpenAIModel
from routing.money.prices import load_prices
from routing.policy.policy import Advisor as AdvisorRule
from routing.policy.policy import Policy, Rule
from routing.request import ModelName, Redacted, TenantId
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.faults import Fault, Plan
from tests.emulators.openai import OpenAIEmulator
from tests.emulators.replies import Reply
from tests.emulators.server import Emulator
from tests.routing.intent.bank import SAID
from tests.routing.samples import CARD_PASSAGE, GPT, HAIKU, decision, request

pytestmark = pytest.mark.slow

VENDORS = (HAIKU, GPT)
UNSURE = Guess("statement", 0.4, "linear", (("card-lost", 0.3), ("charged-twice", 0.2)))
TEXT = Redacted("it is gone and I need it")
OPINION = '{"intent": "card-lost", "confidence": 0.9}'
ADVICE = "The card is new, not lost. Promise no date."


def policy(model: ModelName) -> Policy:
    intents = tuple(Rule(intent, examples) for intent, examples in SAID.items())
    classifier = Rule("classifier", models=(model,), max_cost_usd=Decimal("0.05"))
    default = Rule("default", models=VENDORS, advisor=AdvisorRule(model, 0.85))
    return Policy(TenantId("aurelis"), "1", classifier, default, intents, "")


@dataclass(frozen=True, slots=True)
class Annex:
    """One vendor, and what asks its model."""

    vendor: Emulator
    second: SecondOpinion
    advisor: Advisor


@asynccontextmanager
async def annex(name: ModelName, answer: str, most_s: float = 20.0) -> AsyncIterator[Annex]:
    emulator = AnthropicEmulator if name == HAIKU else OpenAIEmulator
    async with emulator() as vendor:
        vendor.replies.append(Reply(answer))
        model: Model = (
            AnthropicModel(HAIKU, "claude-haiku-4-5", "key", vendor.url)
            if name == HAIKU
            else OpenAIModel(GPT, "chat-latest", "key", f"{vendor.url}/v1")
        )
        clock = Clock(lambda: 100.0, lambda: date(2026, 11, 24))
        aside = Aside(Parts({name: model}, load_prices(), Health(), clock))
        second = SecondOpinion(policy(name), aside, Limits(most_s=most_s))
        try:
            yield Annex(vendor, second, Advisor(aside, policy(name), most_s))
        finally:
            await model.close()


def schema_in(body: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that a vendor was sent, each in its own place."""
    schema: dict[str, Any] = (
        body["output_config"]["format"]["schema"]
        if "output_config" in body
        else body["response_format"]["json_schema"]["schema"]
    )
    return schema


@pytest.mark.parametrize("name", VENDORS)
async def test_a_small_model_of_either_vendor_is_asked_with_a_schema(name: ModelName) -> None:
    async with asyncio.timeout(30), annex(name, OPINION) as part:
        understood = await part.second.of(TEXT, UNSURE, request())

    assert (understood.guess.intent, understood.guess.layer) == ("card-lost", "model")
    (attempt,) = understood.attempts
    assert (attempt.model, attempt.purpose, attempt.failed) == (name, Purpose.CLASSIFY, None)
    assert attempt.cost_usd > 0
    assert not attempt.usage.estimated
    (body,) = part.vendor.bodies
    assert schema_in(body)["properties"]["intent"]["enum"] == [NONE, *SAID]


@pytest.mark.parametrize("name", VENDORS)
@pytest.mark.parametrize(
    "plan", [Plan(Fault.SERVER), Plan(Fault.EOF, 2), Plan(Fault.REFUSAL), Plan(Fault.MALFORMED, 1)]
)
async def test_whatever_breaks_at_a_vendor_the_guess_stands(name: ModelName, plan: Plan) -> None:
    async with asyncio.timeout(30), annex(name, OPINION) as part:
        part.vendor.plans.queue.append(plan)
        understood = await part.second.of(TEXT, UNSURE, request())

    assert understood.guess == UNSURE
    assert understood.attempts[0].failed is not None
    assert len(part.vendor.bodies) == 1


@pytest.mark.parametrize("name", VENDORS)
async def test_an_advisor_of_either_vendor_judges_without_a_schema(name: ModelName) -> None:
    turn = request("Where is my new card?", passages=[CARD_PASSAGE])
    async with asyncio.timeout(30), annex(name, ADVICE) as part:
        advice = await part.advisor.advise(decision(name), turn, Decimal("0.2"))

    assert (advice.text, advice.failed) == (ADVICE, None)
    assert [attempt.purpose for attempt in advice.attempts] == [Purpose.ADVISE]
    assert b"You advise a colleague" in part.vendor.received[0]
    assert b"five working days" in part.vendor.received[0]
    assert not {"tools", "response_format", "output_config"} & set(part.vendor.bodies[0])


@pytest.mark.parametrize("name", VENDORS)
async def test_a_vendor_that_says_nothing_is_left_and_its_connection_closed(
    name: ModelName,
) -> None:
    async with asyncio.timeout(30), annex(name, ADVICE, most_s=0.3) as part:
        part.vendor.plans.queue.append(Plan(Fault.STALL, 2))
        advice = await part.advisor.advise(decision(name), request(), Decimal("0.2"))
        await part.vendor.left_early.wait()

    assert advice.text == ""
    assert advice.failed in {FailureKind.TIMEOUT_FIRST, FailureKind.TIMEOUT_IDLE,
                             FailureKind.TIMEOUT_TOTAL}  # fmt: skip
    assert advice.attempts[0].cost_usd > 0
