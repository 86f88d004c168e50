"""Turns whose rule may use tools: what the customer sees of it, and what is kept."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from bot.log import ChoicesOffered, Escalation, MessageStarted
from bot.stores.base import Owner
from bot.tools.source import Found, Order
from bot.turns.turn import Turn
from routing.agent.tools import Effect, Offer, offer_of
from routing.errors import FailureKind, ModelFailed
from routing.models.base import Stopped, StopReason, Text, ToolCalled
from routing.models.scripted import Hold, Script, ScriptedModel
from routing.request import ModelName, Redacted, Tool, ToolCall, Usage
from tests.bot.stage import END, POLICY, staged
from tests.bot.turns.test_turn_outcomes import assert_replays

ASKED = Stopped(StopReason.TOOL_USE, Usage(100, 20))
QUESTION = "Where is my ticket T-1042? My e-mail is anna.keller@example.com."
LOOKUP = ToolCall(
    "t1", "lookup_ticket", Redacted(json.dumps({"ticket": "T-1042", "email": "[EMAIL_1]"}))
)
STANDS = "It waits for you: upload the photo again."
LUNA = ModelName("gpt-6-luna")
SORTED = """\
classifier: {models: [gpt-6-luna], ask_below: 1.0, budget: {max_cost_usd: 0.0005}}
"""
KYC = (
    POLICY
    + """\
  ticket:
    examples: ["Where is my ticket T-1042?", "What became of my ticket?"]
    keywords: ["my ticket"]
    agent: {tools: [lookup_ticket, close_ticket], max_steps: 3, total_budget_usd: 0.05}
"""
)


def asks(call: ToolCall, text: str = "") -> Script:
    return (*([Text(text)] if text else []), ToolCalled(call), ASKED)


def whole(text: str) -> Script:
    return (Text(text), END)


async def test_a_ticket_is_looked_up_and_told_in_one_bubble(tmp_path: Path) -> None:
    scripts = [asks(LOOKUP, "Let me look."), whole(STANDS)]
    async with staged(tmp_path, scripts, policy=KYC) as stage:
        await stage.say(QUESTION)
        answer = (await stage.answers())[0]
        events = await stage.until_idle()
        first, second = stage.model.requests

        assert answer.text == f"Let me look.\n\n{STANDS}"
        assert answer.status == "done"
        bubbles = [event for event in events if isinstance(event.body, MessageStarted)]
        assert len(bubbles) == 1
        assert [tool.name for tool in first.tools] == ["lookup_ticket"]
        (result,) = second.messages[-1].results
        assert "waiting for the customer" in result.text
        assert "anna.keller" not in repr(stage.model.requests)


async def test_both_steps_are_on_the_bill_and_the_call_is_in_the_journal(tmp_path: Path) -> None:
    async with staged(tmp_path, [asks(LOOKUP), whole(STANDS)], policy=KYC) as stage:
        await stage.say(QUESTION)
        await stage.answers()
        await stage.until_idle()
        (turn,) = await stage.turns()
        (decision,) = await stage.decisions()
        (call,) = await stage.kept("tool")
        steps = await stage.kept("step")

        costs = [Decimal(attempt["cost_usd"]) for attempt in turn["attempts"]]
        assert [attempt["purpose"] for attempt in turn["attempts"]] == ["answer", "answer"]
        assert all(costs)
        assert sum(costs) == Decimal(turn["cost_usd"])
        assert decision["basis"]["needs"] == ["tools"]
        assert decision["max_cost_usd"] == "0.05"
        assert (call["name"], call["tries"], call["is_free"]) == ("lookup_ticket", 1, False)
        assert {step["number"] for step in steps} == {1, 2}
        assert "anna.keller" not in json.dumps([turn, decision, call, steps])
        assert await assert_replays(stage) == 1


class ClosingTickets:
    """Offers one side effect, and counts how often it was done."""

    def __init__(self) -> None:
        self.done = 0

    def offers(self) -> tuple[Offer, ...]:
        schema = '{"type": "object", "properties": {"ticket": {"type": "string"}}}'
        return (offer_of(Tool("close_ticket", "Closes a ticket.", schema), Effect.WRITE),)

    async def call(self, order: Order) -> Found:
        self.done += 1
        return Found(f"{order.name}: done")


CLOSE = ToolCall("t1", "close_ticket", Redacted('{"ticket": "T-1042"}'))


async def test_what_changes_something_waits_for_a_human(tmp_path: Path) -> None:
    closing = ClosingTickets()
    scripts = [asks(CLOSE, "I can close it.")]
    async with staged(tmp_path, scripts, policy=KYC, tools=[closing]) as stage:
        await stage.say("Please close my ticket T-1042.")
        events = await stage.until(Escalation.TYPE)
        answer = (await stage.answers())[0]
        await stage.until_idle()
        (turn,) = await stage.turns()

        assert closing.done == 0
        assert answer.text.startswith("I can close it.\n\nI am passing you on to a colleague")
        assert (turn["outcome"], turn["reason"]) == ("handed_over", "policy")
        assert (await stage.head()).owner is Owner.QUEUE
        assert ChoicesOffered.TYPE not in [event.body.TYPE for event in events]
        assert await stage.kept("gap") == []


async def test_a_call_for_nothing_that_exists_is_no_outage(tmp_path: Path) -> None:
    wrong = asks(ToolCall("t1", "lookup_ticket", Redacted("{}")))
    async with staged(tmp_path, [wrong], policy=KYC) as stage:
        await stage.say(QUESTION)
        await stage.answers()
        await stage.until_idle()
        (turn,) = await stage.turns()

        assert turn["outcome"] == "offered"
        [offer] = [e.body for e in await stage.events() if isinstance(e.body, ChoicesOffered)]
        assert offer.items[0].id == "human_tool"
        assert [attempt["failed"] for attempt in turn["attempts"]] == [None, None, None]


async def test_a_vendor_that_fails_in_the_second_step_is_an_outage(tmp_path: Path) -> None:
    broken: Script = (ModelFailed(FailureKind.AUTH, status=401),)
    async with staged(tmp_path, [asks(LOOKUP), broken], policy=KYC) as stage:
        await stage.say(QUESTION)
        await stage.until(Escalation.TYPE)
        await stage.until_idle()
        (turn,) = await stage.turns()

        assert (turn["outcome"], turn["reason"]) == ("handed_over", "outage")


async def test_a_turn_that_is_begun_again_does_not_end_with_the_last_word_of_the_old_one(
    tmp_path: Path,
) -> None:
    """A run that was saved whole, and a crash before the customer saw it: it said nothing."""
    again = "Here it is: upload the photo again."
    scripts = [asks(LOOKUP), whole(STANDS), whole(again)]
    async with staged(tmp_path, scripts, policy=KYC) as stage:
        await stage.say(QUESTION)
        await stage.answers()
        await stage.until_idle()
        as_if_it_was_not_answered = replace(await stage.head(), answered_seq=0)
        await Turn(stage.services, as_if_it_was_not_answered, 1).run()

        assert [answer.text for answer in await stage.answers(2)] == [STANDS, again]


async def test_a_run_with_tools_pays_for_the_second_opinion_out_of_its_budget(
    tmp_path: Path,
) -> None:
    said = '{"intent": "ticket", "confidence": 0.9}'
    classifier = ScriptedModel(LUNA, [(Text(said), Stopped(StopReason.END, Usage(400, 16)))])
    policy = SORTED + KYC.replace('    keywords: ["my ticket"]\n', "")
    async with staged(
        tmp_path, [asks(LOOKUP), whole(STANDS)], policy=policy, others=[classifier]
    ) as stage:
        await stage.say("Any news from the people there about T-1042 and anna@example.com?")
        await stage.answers()
        await stage.until_idle()
        (turn,) = await stage.turns()
        (decision,) = await stage.decisions()

        purposes = [attempt["purpose"] for attempt in turn["attempts"]]
        assert purposes == ["classify", "answer", "answer"]
        assert turn["intent"] == "ticket"
        assert decision["basis"]["spent_usd"] == turn["attempts"][0]["cost_usd"]


async def test_what_a_tool_has_found_is_told_to_the_next_turn_and_not_looked_up_again(
    tmp_path: Path,
) -> None:
    scripts = [asks(LOOKUP), whole(STANDS), whole("As I said: the photo.")]
    async with staged(tmp_path, scripts, policy=KYC) as stage:
        await stage.say(QUESTION)
        await stage.answers()
        await stage.say("And what became of my ticket?")
        await stage.answers(2)
        request = stage.model.requests[-1]
        told = [message for message in request.messages if message.calls or message.results]

        assert [call.name for message in told for call in message.calls] == ["lookup_ticket"]
        (result,) = told[1].results
        assert "waiting for the customer" in result.text
        assert request.messages[-1].text == "And what became of my ticket?"
        assert len(await stage.kept("tool")) == 1


async def test_what_a_tool_has_found_is_told_after_a_turn_that_nobody_has_seen(
    tmp_path: Path,
) -> None:
    never: Script = (Hold(asyncio.Event()), END)
    scripts = [asks(LOOKUP), never, whole(STANDS)]
    async with staged(tmp_path, scripts, policy=KYC) as stage:
        await stage.say(QUESTION)
        await stage.until_asked(2)
        await stage.say("It is about the photo of my ticket.")
        await stage.answers()
        told = [m for m in stage.model.requests[-1].messages if m.results]

        assert "waiting for the customer" in told[0].results[0].text
        assert len(await stage.kept("tool")) == 1


async def test_what_went_wrong_and_what_another_episode_has_found_is_not_told(
    tmp_path: Path,
) -> None:
    wrong = replace(LOOKUP, arguments=Redacted("{}"))
    async with staged(tmp_path, [asks(wrong), whole(STANDS), whole(STANDS)], policy=KYC) as stage:
        await stage.say(QUESTION)
        await stage.answers()
        await stage.say("And what became of my ticket?")
        await stage.answers(2)

        assert not any(m.calls or m.results for m in stage.model.requests[-1].messages)
