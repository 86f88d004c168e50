"""Our router as a library: a decision and a run of it for every answer, each vendor a fallback.

`python -m benchmarks.rivals.own --claude URL --gpt URL` serves the commands of `child`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from decimal import Decimal
from types import MappingProxyType

from benchmarks.rivals.child import (
    CLAUDE,
    CLAUDE_ID,
    GPT,
    GPT_ID,
    MOST_TOKENS,
    QUESTION,
    SYSTEM,
    Ended,
    Setting,
    main,
)
from routing.decision import Guess
from routing.execution.engine import Parts, Run
from routing.execution.health import Health
from routing.execution.watchdog import Timeouts
from routing.intent.layers import Layers
from routing.intent.rules import keywords_of
from routing.models.anthropic import AnthropicModel
from routing.models.base import Model
from routing.models.openai import OpenAIModel
from routing.money.prices import load_prices
from routing.policy.policy import Policy, Rule
from routing.progress import Delta, Finished
from routing.request import Message, ModelName, Redacted, Request, Role, TenantId
from routing.router import Router

NAMES: Mapping[str, ModelName] = MappingProxyType(
    {CLAUDE: ModelName("claude-haiku-4.5"), GPT: ModelName("gpt-5.5-instant")}
)
BANK = TenantId("aurelis")
GUESS = Guess("default", 1.0, "rules")
REQUEST = Request(
    tenant=BANK,
    conversation="c1",
    turn=1,
    system=Redacted(SYSTEM),
    messages=(Message(Role.CUSTOMER, Redacted(QUESTION)),),
    max_output_tokens=MOST_TOKENS,
    trace_id="trace-1",
)


def policy_for(first: str) -> Policy:
    """Return a policy with one model and the other vendor's as its fallback."""
    second = GPT if first == CLAUDE else CLAUDE
    rule = Rule(
        name="default",
        models=(NAMES[first],),
        fallback_models=(NAMES[second],),
        max_retries=2,
        max_cost_usd=Decimal(1),
        max_output_tokens=MOST_TOKENS,
    )
    return Policy(BANK, "1", Rule(name="classifier"), rule, (), digest="benchmark")


def router_for(
    first: str, models: Mapping[ModelName, Model], timeouts: Timeouts, health: Health
) -> Router:
    """Return a router that asks one vendor, and the other one when that fails."""
    parts = Parts(models, load_prices(), health, timeouts=timeouts)
    return Router(policy_for(first), Layers(keywords_of(()), None), parts)


def run_of(router: Router) -> Run:
    """Return an answer to the question, decided but not begun."""
    return router.answer(router.decide(REQUEST, GUESS), REQUEST)


class Own:
    """One router for each vendor."""

    def __init__(self, models: Mapping[ModelName, Model], setting: Setting) -> None:
        timeouts = Timeouts(first_token_s=setting.silence_s, idle_s=setting.silence_s)
        self._routers = {first: router_for(first, models, timeouts, Health()) for first in NAMES}

    async def stream(self, model: str, ended: Ended) -> AsyncGenerator[str, None]:
        """Yield the text as it comes."""
        async with aclosing(run_of(self._routers[model])) as run:
            async for step in run:
                if type(step) is Delta:
                    yield step.text
                elif type(step) is Finished:
                    ended.finish = step.reason.value


@asynccontextmanager
async def models_at(claude_url: str, gpt_url: str) -> AsyncIterator[Mapping[ModelName, Model]]:
    """Make both models, their SDKs loaded, and close them."""
    claude = AnthropicModel(NAMES[CLAUDE], CLAUDE_ID, "k", claude_url)
    gpt = OpenAIModel(NAMES[GPT], GPT_ID, "k", f"{gpt_url}/v1")
    await asyncio.gather(claude.warm(), gpt.warm())
    try:
        yield {claude.name: claude, gpt.name: gpt}
    finally:
        await claude.close()
        await gpt.close()


@asynccontextmanager
async def own(setting: Setting) -> AsyncIterator[Own]:
    """Make the models and the routers."""
    async with models_at(setting.claude_url, setting.gpt_url) as models:
        yield Own(models, setting)


if __name__ == "__main__":
    main(own)
