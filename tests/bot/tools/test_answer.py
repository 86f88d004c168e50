"""A run with tools as the reply of a turn."""

import asyncio
from decimal import Decimal

from bot.tools.answer import ToolAnswer
from routing.errors import FailureKind, ModelFailed
from routing.models.base import StopReason, Text
from routing.models.scripted import Pause
from routing.progress import Delta, Exhausted, FellBack, Finished, Mend, Progress
from routing.request import Redacted
from tests.routing.agent.workshop import ANSWER, Workshop, asks, call
from tests.routing.samples import GPT, HAIKU, OFFLINE, decision

CUT = ModelFailed(FailureKind.MALFORMED)


async def played(answer: ToolAnswer, seen: str | None = None) -> list[Progress]:
    progress: list[Progress] = []
    async with asyncio.timeout(5):
        async for each in answer:
            progress.append(each)
            if isinstance(each, FellBack) and each.mend is Mend.CONTINUE and seen is not None:
                answer.shown(Redacted(seen))
    return progress


def said(progress: list[Progress]) -> str:
    return "".join(each.text for each in progress if isinstance(each, Delta))


async def test_what_is_said_before_and_after_a_tool_is_one_reply_in_two_paragraphs() -> None:
    shop = Workshop(asks(call(), text="Let me look."), ANSWER)
    answer = ToolAnswer(shop.run())

    progress = await played(answer)

    assert said(progress) == "Let me look.\n\nIt is on its way."
    last = progress[-1]
    assert isinstance(last, Finished)
    assert (last.model, last.reason) == (HAIKU, StopReason.END)
    assert last.attempts == answer.attempts
    assert len(last.attempts) == 2


async def test_a_step_that_breaks_goes_on_from_what_was_shown_of_it() -> None:
    broken = (Text("It is on its"), CUT)
    shop = Workshop(asks(call(), text="Let me look."), broken, gpt=[(Text(" way."), *ANSWER[-1:])])

    progress = await played(ToolAnswer(shop.run()), "Let me look.\n\nIt is on")

    assert shop.house.models[GPT].requests[0].said == "It is on"
    assert isinstance(progress[-1], Finished)


async def test_an_answer_that_was_taken_back_begins_anew_without_a_gap() -> None:
    shop = Workshop(
        asks(call(), text="Let me look."),
        (Text("It is on its"), CUT),
        gpt=[asks(call(id_="t2"), text="I look again."), (Text("Here"), CUT)],
    )
    answer = ToolAnswer(shop.run(decision=decision(HAIKU, GPT, OFFLINE, max_attempts=9)))

    progress = await played(answer)

    mends = [each.mend for each in progress if isinstance(each, FellBack)]
    assert mends[-1] is Mend.RETRACT
    last_retraction = max(n for n, each in enumerate(progress) if isinstance(each, FellBack))
    assert said(progress[last_retraction:]) == "It is on its way."
    assert isinstance(progress[-1], Finished)


async def test_calls_that_wait_for_somebody_are_for_a_human() -> None:
    shop = Workshop(asks(call("pay_back", order="A", amount=1), text="I pay it back."))

    progress = await played(ToolAnswer(shop.run()))

    assert isinstance(progress[-1], Exhausted)
    assert shop.tools.asked == []


async def test_a_run_without_money_is_exhausted() -> None:
    shop = Workshop(ANSWER)
    terms = shop.with_terms(total_budget_usd=Decimal(0))

    assert await played(ToolAnswer(shop.run(terms=terms))) == [Exhausted((), Decimal(0), False)]


async def test_when_every_model_fails_it_says_whether_text_is_to_be_taken_back() -> None:
    shop = Workshop((Text("It is"), CUT), gpt=[(CUT,)])

    progress = await played(ToolAnswer(shop.run(decision=decision(HAIKU, GPT))))

    assert isinstance(progress[-1], Exhausted)
    assert progress[-1].retract
    assert len(progress[-1].attempts) == 2


async def test_a_reply_that_is_stopped_books_its_attempt() -> None:
    shop = Workshop((Text("It is"), Pause()))
    answer = ToolAnswer(shop.run())

    async for each in answer:
        if isinstance(each, Delta):
            break
    await answer.aclose()

    assert [attempt.failed for attempt in answer.attempts] == [FailureKind.CANCELLED]
    assert shop.house.models[HAIKU].open_streams == 0
