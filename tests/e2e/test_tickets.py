"""Five representative tickets in the sandbox: what is kept of each explains the whole choice."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from click.testing import CliRunner

from bot.__main__ import copilot
from bot.settings import DEMO
from bot.tenant import load_tenant
from routing.money.prices import PriceBook, load_prices
from routing.request import ModelName
from tests.e2e.product import running
from tests.e2e.test_api_product import made_key
from tests.e2e.visitor import visiting
from tests.routing.policy.test_policy import EXAMPLE

pytestmark = pytest.mark.slow
Fields = dict[str, Any]
NO_KEYS = {"ANTHROPIC_API_KEY": None, "OPENAI_API_KEY": None, "COPILOT_POLICY": None}
BILLING = "I was charged twice for the same thing in a shop"
CARD_LOST = "I lost my card on the bus"
IDENTITY = "My identity check failed. It is ticket T-1042, my e-mail is anna.keller@example.com"
ELSEWHERE = "What will the weather be like in Lisbon tomorrow?"
DISPUTE = "How do I dispute a card payment?"
ADDRESS = "anna.keller@example.com"


@dataclass(frozen=True, slots=True)
class Counter:
    """The running product, with a key of each kind."""

    url: str
    http: aiohttp.ClientSession
    live: str
    test: str

    async def asked(self, text: str) -> tuple[str, Fields]:
        """Ask in a new conversation; return the answer and what was kept of the turn."""
        async with visiting(self.url) as visitor:
            reply = await visitor.ask(text)
        assert reply.is_one_bubble
        page = await self.get("/v1/decisions?limit=1", self.live)
        trace = await self.get(f"/v1/traces/{page['items'][0]['trace_id']}", self.live)
        return reply.ended.text, trace

    async def get(self, path: str, key: str) -> Fields:
        headers = {"Authorization": f"Bearer {key}"}
        async with self.http.get(f"{self.url}{path}", headers=headers) as answer:
            assert answer.status == 200
            found: Fields = await answer.json()
            return found

    async def post(self, path: str, body: Fields) -> Fields:
        headers = {"Authorization": f"Bearer {self.test}"}
        async with self.http.post(f"{self.url}{path}", json=body, headers=headers) as answer:
            assert answer.status == 200
            found: Fields = await answer.json()
            return found


@asynccontextmanager
async def opened(folder: Path, policy: Path | None = None) -> AsyncIterator[Counter]:
    """Start the product with simulated models, under the demo's policy or another one."""
    environment = {"COPILOT_SANDBOX": "1"}
    if policy is not None:
        environment["COPILOT_POLICY"] = str(policy)
    async with running(folder, environment) as product, aiohttp.ClientSession() as http:
        live, test = await made_key(product), await made_key(product, "--test")
        yield Counter(product.url, http, live, test)


def command(*arguments: str) -> str:
    """Return what a command of the product prints."""
    done = CliRunner().invoke(copilot, arguments, env=NO_KEYS)
    assert done.exit_code == 0, done.output
    return done.output


def explained(text: str, policy: Path) -> Fields:
    """Return what `copilot policy explain` says of a text."""
    said: Fields = json.loads(command("policy", "explain", text, "--policy", str(policy), "--json"))
    return said


def prices_of(policy: Path) -> PriceBook:
    return load_tenant(policy).policy.priced(load_prices())


def assert_explains(trace: Fields, prices: PriceBook) -> None:
    """Check that a trace has the intent, every candidate with its sum, and every attempt."""
    decision, turn = trace["decision"], trace["turn"]
    cap_usd = Decimal(decision["max_cost_usd"])
    left_usd = cap_usd - Decimal(decision["basis"]["spent_usd"])
    possible = [one for one in decision["candidates"] if not one["excluded"]]
    today = date.fromisoformat(decision["basis"]["today"])

    assert {one["model"] for one in possible} == set(decision["order"])
    assert decision["guess"]["layer"] in ("rules", "linear", "model", "none")
    for one in possible:
        price = prices.price(ModelName(one["model"]), today)
        worst_usd = price.worst(decision["input_tokens"], one["max_output_tokens"])
        assert Decimal(one["worst_cost_usd"]) == worst_usd <= left_usd
        assert 0 < one["score"] <= 1
        assert [name for name, _ in one["parts"]] == ["cost", "quality", "latency", "reliability"]
    paid = sum(Decimal(attempt["cost_usd"]) for attempt in turn["attempts"])
    assert paid == Decimal(turn["cost_usd"]) <= cap_usd
    assert turn["intent"] == decision["guess"]["intent"]
    assert decision["reasons"]
    assert decision["is_sandbox"] is turn["is_sandbox"] is True
    assert ADDRESS not in json.dumps(trace)


@pytest.mark.parametrize(
    ("text", "rule", "layer", "purposes"),
    [
        (BILLING, "payment-dispute", "linear", ["answer"]),
        (CARD_LOST, "card-lost-or-stolen", "rules", ["answer"]),
        (IDENTITY, "kyc-escalation", "linear", ["answer"]),
        (ELSEWHERE, "default", "none", ["classify", "answer"]),
    ],
)
async def test_a_ticket_of_the_demo_is_explained_by_its_trace(
    tmp_path: Path, text: str, rule: str, layer: str, purposes: list[str]
) -> None:
    async with opened(tmp_path) as counter:
        answer, trace = await counter.asked(text)
        bill = await counter.get("/v1/billing", counter.live)
        before = explained(text, DEMO / "policy.yaml")
        decision, turn = trace["decision"], trace["turn"]

        assert_explains(trace, prices_of(DEMO / "policy.yaml"))
        assert answer
        assert (decision["rule"], decision["guess"]["layer"]) == (rule, layer)
        assert before["decision"]["rule"] == rule
        assert before["decision"]["guess"] == decision["guess"]
        asked = f"model: would {'' if 'classify' in purposes else 'not '}be asked"
        assert layer == "rules" or before["layers"][-1].startswith(asked)
        assert [attempt["purpose"] for attempt in turn["attempts"]] == purposes
        assert turn["attempts"][-1]["model"] == decision["order"][0]
        assert (decision["basis"]["needs"] == ["tools"]) is (rule == "kyc-escalation")
        assert bill["total"] is None


async def test_a_ticket_is_looked_up_in_a_run_whose_every_step_is_shown(tmp_path: Path) -> None:
    call = json.dumps({"ticket": "T-1042", "email": "[EMAIL_1]"})
    body = {
        "task": IDENTITY,
        "tools": ["lookup_ticket"],
        "max_steps": 6,
        "total_budget_usd": 0.08,
        "metadata": {"tool": f"lookup_ticket:{call}"},
    }
    async with opened(tmp_path) as counter:
        run = await counter.post("/v1/agent/runs", body)
        first, last = run["steps"]

        assert run["status"] == "done"
        assert "waiting for the customer" in first["calls"][0]["result"]
        assert (first["text"], last["calls"]) == ("", [])
        paid = sum(Decimal(step["cost_usd"]) for step in run["steps"])
        assert 0 < paid <= Decimal("0.08")


async def test_a_model_that_breaks_in_mid_answer_is_in_the_trace_with_the_one_that_went_on(
    tmp_path: Path,
) -> None:
    body = {
        "messages": [{"role": "user", "content": DISPUTE}],
        "metadata": {"fault": "claude-sonnet-4.6:reset_after_5"},
    }
    async with opened(tmp_path) as counter:
        whole = await counter.post("/v1/route", {"messages": body["messages"]})
        routed = await counter.post("/v1/route", body)
        trace = await counter.get(f"/v1/traces/{routed['trace_id']}", counter.test)
        attempts = trace["turn"]["attempts"]

        assert_explains(trace, prices_of(DEMO / "policy.yaml"))
        assert routed["output"] == whole["output"]
        assert [(one["model"], one["failed"], one["purpose"]) for one in attempts] == [
            ("claude-sonnet-4.6", "cut", "answer"),
            ("gpt-5.5-instant", None, "continue"),
        ]
        assert all(Decimal(one["cost_usd"]) > 0 for one in attempts)


@pytest.mark.parametrize(
    ("text", "rule", "order"),
    [
        ("Why was I charged twice?", "billing-faq", ["claude-haiku-4.5", "offline"]),
        (
            "You locked my account until I prove who I am",
            "kyc-escalation",
            ["gpt-5.5-instant", "claude-opus-4.7", "offline"],
        ),
    ],
)
async def test_a_ticket_under_the_policy_of_the_handbook(
    tmp_path: Path, text: str, rule: str, order: list[str]
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(EXAMPLE, "utf-8")
    shelf = ("--data", str(tmp_path / "data"), "--policy", str(policy))
    # In a thread: a command has an event loop of its own.
    await asyncio.to_thread(command, "knowledge", "add", str(DEMO / "articles"), *shelf)
    async with opened(tmp_path, policy) as counter:
        answer, trace = await counter.asked(text)
        before = explained(text, policy)

        assert_explains(trace, prices_of(policy))
        assert answer.rstrip()[-1] in ".]"
        assert bool(trace["decision"]["left_out"]) is (rule == "billing-faq")
        assert (before["decision"]["rule"], trace["decision"]["rule"]) == (rule, rule)
        assert trace["decision"]["order"] == order
