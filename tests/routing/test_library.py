"""The library as somebody uses it who has no bot."""

import subprocess
import sys
from pathlib import Path

import pytest

import routing
from routing import (
    Delta,
    FellBack,
    Finished,
    Health,
    Mend,
    Message,
    OfflineModel,
    Parts,
    Redacted,
    Request,
    Role,
    Router,
    SandboxModel,
    layers_of,
    load_prices,
    read_policy,
)
from routing.request import ModelName, TenantId

ROOT = Path(__file__).parent.parent.parent
POLICY = """
tenant: example
version: 1
default:
  models: [claude-haiku-4.5]
  fallback: {models: [gpt-5.5-instant]}
  budget: {max_cost_usd: 0.05}
"""
MODELS = ("claude-haiku-4.5", "gpt-5.5-instant")


def router() -> Router:
    policy = read_policy(POLICY, "policy.yaml")
    models = {ModelName(name): SandboxModel(ModelName(name)) for name in MODELS}
    parts = Parts({**models, ModelName("offline"): OfflineModel()}, load_prices(), Health())
    return Router(policy, layers_of(policy), parts)


def asked(fault: str = "") -> Request:
    return Request(
        tenant=TenantId("example"),
        conversation="c1",
        turn=1,
        system=Redacted("Answer shortly."),
        messages=(Message(Role.CUSTOMER, Redacted("When do you open?")),),
        metadata=(("fault", fault),) if fault else (),
    )


@pytest.mark.parametrize("fault", ["", "claude-haiku-4.5:cut_after_4"])
async def test_a_question_is_decided_and_answered_whatever_the_first_model_does(fault: str) -> None:
    own, request = router(), asked(fault)
    guess = own.classify(request.messages[-1].text)
    steps = [step async for step in own.answer(own.decide(request, guess), request)]
    text = "".join(step.text for step in steps if isinstance(step, Delta))
    fell_back = [step.mend for step in steps if isinstance(step, FellBack)]

    assert text == "I could not find anything about that. Would you like to talk to a person?"
    assert isinstance(steps[-1], Finished)
    assert fell_back == ([Mend.CONTINUE] if fault else [])


def test_every_public_name_is_there_and_no_other_one() -> None:
    assert [name for name in routing.__all__ if getattr(routing, name) is None] == []
    with pytest.raises(AttributeError, match="'Nonsense'"):
        _ = routing.Nonsense


def test_the_library_loads_nothing_of_the_bot_and_its_parts_load_little() -> None:
    script = (
        "import sys, routing.errors; small = len([m for m in sys.modules if 'routing' in m]);"
        "from routing import Router; print(small, [m for m in sys.modules"
        " if m.split('.')[0] in ('bot', 'channels', 'anthropic', 'openai', 'aiohttp')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert run.stdout.strip() == "2 []"
