"""The vendor's own advisor, from the policy file to the bytes at the vendor and the bill."""

from decimal import Decimal

import pytest

from routing import Health, Message, Parts, Redacted, Request, Role, Router, layers_of, load_prices
from routing.decision import Guess
from routing.models.anthropic import AnthropicModel
from routing.policy.reader import read_policy
from routing.request import TenantId
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.replies import Advice, Reply
from tests.routing.samples import HAIKU

pytestmark = pytest.mark.slow
POLICY = """
tenant: example
version: 1
default:
  models: [claude-haiku-4.5]
  advisor: {model: claude-opus-4.7, when_confidence_below: 0.8, native: true}
  budget: {max_cost_usd: 0.25}
"""


@pytest.mark.parametrize("confidence", [0.5, 0.9])
async def test_the_vendor_may_ask_its_advisor_exactly_when_confidence_is_low(
    confidence: float,
) -> None:
    policy, is_unsure = read_policy(POLICY, "policy.yaml"), confidence < 0.8
    request = Request(
        TenantId("example"), "c1", 1, Redacted(""), (Message(Role.CUSTOMER, Redacted("Why?")),)
    )
    async with AnthropicEmulator() as vendor:
        advice = Advice("Let me see. ") if is_unsure else None
        vendor.replies.append(Reply("You can.", advice=advice))
        model = AnthropicModel(HAIKU, "claude-haiku-4-5", "key", vendor.url)
        router = Router(policy, layers_of(policy), Parts({HAIKU: model}, load_prices(), Health()))
        decision = router.decide(request, Guess("default", confidence, "linear"))
        run = router.answer(decision, request)
        _ = [step async for step in run]
        await router.close()

    asked = [tool["model"] for tool in vendor.bodies[0].get("tools", ())]
    assert asked == (["claude-opus-4-7"] if is_unsure else [])
    assert len(run.attempts) == 1
    assert (run.cost_usd > Decimal("0.03")) == is_unsure
