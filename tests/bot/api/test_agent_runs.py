"""`POST /v1/agent/runs`: a task with tools, the server's and the caller's own."""

from pathlib import Path

import pytest

from bot.tools.source import Catalogue, Found, Order
from bot.turns.remembered import TURN
from routing.agent.tools import Effect, Offer, offer_of
from routing.models.base import Stopped, StopReason, ToolCalled
from routing.models.scripted import Script
from routing.request import Redacted, Tool, ToolCall, Usage
from tests.bot.api.front import Front, Json, fronted
from tests.bot.stage import says

pytestmark = pytest.mark.slow

EMAIL = "jane.doe@example.org"
TASK = f"Find the ticket of {EMAIL} and tell me how it stands"
SCHEMA = (
    '{"type": "object", "properties": {"email": {"type": "string", "x-personal": true}},'
    ' "required": ["email"], "additionalProperties": false}'
)
USED = Stopped(StopReason.TOOL_USE, Usage(50, 9))


def asks_for(name: str) -> Script:
    """Return a script that asks for a tool."""
    call = ToolCall("call_1", name, Redacted('{"email": "[EMAIL_1]"}'))
    return (ToolCalled(call), USED)


class Tickets:
    """A source of two tools that remembers what it was asked."""

    def __init__(self) -> None:
        self.orders: list[Order] = []

    def offers(self) -> tuple[Offer, ...]:
        return (
            offer_of(Tool("find_ticket", "Finds a ticket.", SCHEMA)),
            offer_of(Tool("close_ticket", "Closes a ticket.", SCHEMA), Effect.WRITE),
        )

    async def call(self, order: Order) -> Found:
        self.orders.append(order)
        return Found(f"The ticket of {order.arguments['email']} is open.")


async def run(front: Front, key: str | None = None, **more: object) -> tuple[int, Json]:
    """Return status and answer of one call."""
    body = {"task": TASK, **more}
    status, answer, _ = await front.post("/v1/agent/runs", body, key)
    return status, answer


async def test_a_tool_of_the_server_gets_the_real_value_and_the_model_never_sees_it(
    tmp_path: Path,
) -> None:
    tickets = Tickets()
    scripts = [asks_for("find_ticket"), says("The ticket of [EMAIL_1] is open.")]
    tools = Catalogue([tickets])
    async with fronted(tmp_path, scripts, tools=tools) as front:
        status, answer = await run(front, tools=["find_ticket"], maxSteps=3)
        seen = front.model.requests[1].messages

        assert (status, answer["status"]) == (200, "done")
        assert answer["output"] == f"The ticket of {EMAIL} is open."
        assert [order.arguments["email"] for order in tickets.orders] == [EMAIL]
        assert EMAIL not in repr(seen)
        assert [step["calls"][0]["name"] for step in answer["steps"][:1]] == ["find_ticket"]
        assert answer["routing"]["costUsd"] > 0


async def test_a_tool_of_the_callers_own_is_pending_until_he_brings_the_result(
    tmp_path: Path,
) -> None:
    scripts = [asks_for("my_crm"), says("The ticket of [EMAIL_1] is closed.")]
    own = {
        "name": "my_crm",
        "description": "Looks a customer up.",
        "parameters": {"type": "object", "properties": {"email": {"type": "string"}}},
    }
    async with fronted(tmp_path, scripts) as front:
        _, first = await run(front, tools=[own])
        (pending,) = first["pending"]
        results = [{"key": pending["key"], "text": f"{EMAIL} has a closed ticket"}]
        _, last = await run(front, tools=[own], runId=first["run_id"], results=results)
        _, bill = await front.get("/v1/billing")

        assert first["status"] == "needs_results"
        assert pending["arguments"] == f'{{"email": "{EMAIL}"}}'
        assert (last["status"], last["run_id"]) == ("done", first["run_id"])
        assert last["output"] == f"The ticket of {EMAIL} is closed."
        assert EMAIL not in repr(front.model.requests)
        assert EMAIL not in "".join(record.json for record in await front.records(TURN))
        assert bill["total"]["attempts"] == 2


async def test_a_side_effect_waits_until_it_is_agreed_to_and_is_no_part_of_a_test(
    tmp_path: Path,
) -> None:
    tickets = Tickets()
    scripts = [asks_for("close_ticket"), says("It is closed.")]
    tools = Catalogue([tickets])
    async with fronted(tmp_path, scripts, tools=tools) as front:
        _, first = await run(front, tools=["close_ticket"])
        before = len(tickets.orders)
        more: Json = {"runId": first["run_id"], "confirm": [first["pending"][0]["key"]]}
        _, last = await run(front, tools=["close_ticket"], **more)
        status, refused = await run(front, front.test, tools=["close_ticket"])

        assert (first["status"], before) == ("needs_confirmation", 0)
        assert (last["status"], len(tickets.orders)) == ("done", 1)
        assert (status, refused["error"]["path"]) == (400, "tools[0]")


async def test_a_run_that_is_not_there_or_names_what_is_not_there_is_refused(
    tmp_path: Path,
) -> None:
    async with fronted(tmp_path) as front:
        missing, _ = await run(front, runId="no-such-run")
        unknown, error = await run(front, tools=["find_ticket"])
        dear, _ = await run(front, totalBudgetUsd=0.0000001)

        assert (missing, unknown, dear) == (404, 400, 422)
        assert error["error"]["path"] == "tools[0]"
        assert front.model.requests == []


async def test_a_test_key_runs_on_simulated_models(tmp_path: Path) -> None:
    tickets = Tickets()
    tools = Catalogue([tickets])
    async with fronted(tmp_path, tools=tools) as front:
        metadata = {"tool": 'find_ticket:{"email": "[EMAIL_1]"}'}
        _, answer = await run(front, front.test, tools=["find_ticket"], metadata=metadata)

        assert answer["status"] == "done"
        assert front.model.requests == []
        assert len(tickets.orders) == 1
