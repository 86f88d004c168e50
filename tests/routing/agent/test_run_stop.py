"""Runs that are cancelled or begun again after a crash."""

import asyncio

from routing.agent.effects import Hands
from routing.agent.errors import RunOver
from routing.agent.journal import Entry, MemoryJournal
from routing.agent.progress import AgentProgress, Ending, ToolAnswered
from routing.agent.run import AgentRun
from routing.agent.step import Step
from routing.agent.tools import Effect, offer_of
from routing.errors import FailureKind
from routing.models.base import Text
from routing.models.scripted import Pause
from routing.request import Tool, ToolCall
from tests.routing.agent.workshop import ANSWER, WORDS, ScriptedTools, Workshop, asks, call
from tests.routing.samples import HAIKU

PAY = asks(call("pay_back", order="A", amount=10))


async def consumed(run: AgentRun) -> list[AgentProgress]:
    return [each async for each in run]


def gated(*scripts: object) -> tuple[Workshop, ScriptedTools, asyncio.Event]:
    gate = asyncio.Event()
    tools = ScriptedTools(gate=gate)
    return Workshop(*scripts, tools=tools), tools, gate  # type: ignore[arg-type]  # scripts


async def test_a_side_effect_goes_on_when_its_run_is_cancelled_and_is_replayed_later() -> None:
    shop, tools, gate = gated(PAY, ANSWER)
    terms = shop.with_terms(needs_confirmation=False)

    run = shop.run(terms=terms)
    waiting = asyncio.ensure_future(consumed(run))
    await asyncio.wait_for(tools.began.wait(), 5)
    waiting.cancel()
    await asyncio.wait((waiting,), timeout=5)
    assert (waiting.cancelled(), tools.finished) == (True, 0)
    gate.set()
    late = await shop.agent.close()
    end, progress = await shop.play(terms=terms)

    assert (run.report.ending, late) == (Ending.CANCELLED, 0)
    assert tools.finished == len(tools.asked) == 1
    assert [each.was_replayed for each in progress if isinstance(each, ToolAnswered)] == [True]
    assert end.ending is Ending.DONE
    assert shop.house.asked(HAIKU) == 2


async def test_reading_is_given_up_when_its_run_is_cancelled_and_done_again_later() -> None:
    shop, tools, gate = gated(asks(call()), ANSWER)

    waiting = asyncio.ensure_future(consumed(shop.run()))
    await asyncio.wait_for(tools.began.wait(), 5)
    waiting.cancel()
    await asyncio.wait((waiting,), timeout=5)
    gate.set()
    end, _ = await shop.play()

    assert (len(tools.asked), tools.finished) == (2, 1)
    assert end.ending is Ending.DONE


async def test_a_side_effect_that_takes_too_long_is_left_to_itself() -> None:
    slow = offer_of(shop_tool("pay_back"), Effect.WRITE, timeout_s=0.0)
    shop, tools, gate = gated(PAY, ANSWER)
    tools.offered = (slow,)
    terms = shop.with_terms(needs_confirmation=False)

    end, _ = await shop.play(terms=terms)
    gate.set()
    await shop.agent.close()
    later, _ = await shop.play(terms=terms)

    assert (end.ending, later.ending) == (Ending.FAILED, Ending.DONE)
    assert tools.finished == len(tools.asked) == 1


async def test_reading_that_takes_too_long_is_a_failure_for_the_model() -> None:
    shop, tools, _ = gated(asks(call()), ANSWER)
    tools.offered = (offer_of(shop_tool("lookup_ticket"), timeout_s=0.0),)

    end, _ = await shop.play()

    assert end.steps[0].results[0].text == "lookup_ticket failed: no answer in time"
    assert end.ending is Ending.DONE


async def test_a_run_goes_on_after_a_restart_where_its_journal_ends() -> None:
    shop = Workshop(asks(call(id_="a"), call(id_="b", ticket="T-2")), ANSWER)

    run = shop.run()
    async for each in run:
        if isinstance(each, ToolAnswered):
            break
    await run.aclose()
    end, progress = await shop.play()

    assert len(shop.tools.asked) == 2
    assert [each.call.id for each in progress if isinstance(each, ToolAnswered)] == ["b"]
    assert (shop.house.asked(HAIKU), len(end.steps)) == (2, 2)
    assert end.cost_usd == sum(attempt.cost_usd for attempt in end.attempts)


async def test_a_crash_between_a_side_effect_and_its_step_does_not_repeat_it() -> None:
    shop = Workshop(PAY, ANSWER)
    terms = shop.with_terms(needs_confirmation=False)
    journal = Crashing()
    hands = Hands(shop.tools, journal, WORDS)

    try:
        await shop.play(terms=terms, hands=hands)
    except ConnectionError:
        journal.is_mended = True
    end, _ = await shop.play(terms=terms, hands=hands)

    assert len(shop.tools.asked) == 1
    assert end.ending is Ending.DONE


async def test_a_run_that_is_over_is_not_asked_again() -> None:
    shop = Workshop(asks(call()), ANSWER)

    first, _ = await shop.play()
    second, progress = await shop.play()

    assert second == first
    assert progress == [second]
    assert shop.house.asked(HAIKU) == 2


async def test_a_closed_run_books_the_attempt_under_way() -> None:
    shop = Workshop((Text("Let me"), Pause()))

    run = shop.run()
    async for each in run:
        if str(each).startswith("Delta"):
            break
    await run.aclose()

    assert run.report.ending is Ending.CANCELLED
    assert [each.failed for each in run.report.attempts] == [FailureKind.CANCELLED]
    assert run.report.cost_usd > 0
    assert shop.house.models[HAIKU].open_streams == 0


async def test_no_call_is_made_for_a_run_that_is_not_current_any_more() -> None:
    shop = Workshop(PAY, ANSWER)
    hands = Hands(shop.tools, Overtaken(), WORDS)

    end, _ = await shop.play(terms=shop.with_terms(needs_confirmation=False), hands=hands)

    assert (end.ending, shop.tools.asked) == (Ending.CANCELLED, [])


def shop_tool(name: str) -> Tool:
    return next(each.tool for each in ScriptedTools().offered if each.tool.name == name)


class Crashing(MemoryJournal):
    """Loses the process when the first result is to be noted in its step."""

    is_mended = False

    async def save(self, run: str, step: Step) -> None:
        if step.results and not self.is_mended:
            raise ConnectionError
        await super().save(run, step)


class Overtaken(MemoryJournal):
    """Somebody else has the floor."""

    async def begin(self, key: str, call: ToolCall) -> Entry:
        raise RunOver("the floor has changed hands")
