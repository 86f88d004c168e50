"""The demo bank's policy, its tools and simulated vendors: a whole run without a key."""

import asyncio
import json
from dataclasses import replace

from bot.privacy.redact import Redactor
from bot.privacy.vault import Vault, VaultKey
from bot.settings import DEMO
from bot.tenant import read_tenant
from bot.tools.demo import DemoTools
from bot.tools.executor import Executor
from bot.tools.source import Catalogue, Customer
from bot.tools.words import words_for
from channels.base import ConversationId
from routing.agent.effects import Hands
from routing.agent.journal import MemoryJournal
from routing.agent.progress import AgentFinished, Ending
from routing.agent.run import Agent, AgentParts, Task
from routing.agent.terms import Terms
from routing.decision import Guess
from routing.execution.engine import Parts
from routing.execution.health import Health
from routing.intent.layers import layers_of
from routing.models.sandbox import SandboxModel
from routing.money.prices import load_prices
from routing.policy.policy import Policy
from routing.progress import Delta
from routing.request import Message, Redacted, Request, Role, TenantId
from routing.router import Router

TENANT, CONVERSATION = TenantId("aurelis"), ConversationId("c1")
ASKED = "Where is my ticket T-1042? My e-mail is anna.keller@example.com."
CALL = json.dumps({"ticket": "T-1042", "email": "[EMAIL_1]"})


def policy() -> Policy:
    text = (DEMO / "policy.yaml").read_text("utf-8")
    return read_tenant(text, "policy.yaml", load_prices().names()).policy


async def test_a_customer_hears_where_his_ticket_stands_and_no_model_sees_his_address() -> None:
    vault = Vault(VaultKey(b"a secret of sixteen bytes or more"), TENANT, CONVERSATION)
    rules, redactor = policy(), Redactor()
    rule = rules.rule_for("kyc-escalation")
    assert rule.agent is not None
    models = {name: SandboxModel(name) for name in rule.chain}
    router = Router(rules, layers_of(rules), Parts(models, load_prices(), Health()))
    executor = Executor(Catalogue([DemoTools()]), Customer(TENANT, CONVERSATION), redactor, vault)
    request = Request(
        tenant=TENANT,
        conversation=CONVERSATION,
        turn=1,
        system=Redacted("You are the assistant of Aurelis Bank."),
        messages=(Message(Role.CUSTOMER, redactor.redact(ASKED, vault)),),
        metadata=(("tool", f"lookup_ticket:{CALL}"),),
    )
    offered = replace(request, tools=tuple(offer.tool for offer in executor.offers()))
    task = Task(
        run="c1/1",
        request=request,
        decision=router.decide(offered, Guess("kyc-escalation", 0.9, "linear")),
        terms=Terms(rule.agent.tools, rule.agent.max_steps, rule.agent.total_budget_usd),
        hands=Hands(executor, MemoryJournal(), words_for(redactor, vault)),
    )

    async with asyncio.timeout(5):
        run = Agent(AgentParts(router, load_prices())).run(task)
        progress = [each async for each in run]

    end = progress[-1]
    assert isinstance(end, AgentFinished)
    assert (end.ending, end.why) == (Ending.DONE, "")
    assert "[EMAIL_1]" in request.messages[0].text
    said = "".join(each.text for each in progress if isinstance(each, Delta))
    assert "waiting for the customer" in said
    assert "anna" not in repr(progress)
    assert 0 < end.cost_usd <= rule.agent.total_budget_usd
