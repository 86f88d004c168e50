"""Turns and what they cost: second opinions, advice, shared budgets, and what operations hear."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bot.bus import Status, StatusShown
from bot.stores.base import Owner
from routing.errors import FailureKind, ModelFailed
from routing.models.base import Stopped, StopReason, Text
from routing.models.scripted import Hold, Script, ScriptedModel
from routing.request import ModelName, Redacted, Usage
from tests.bot.stage import ANSWER, END, MODEL, OFFLINE, POLICY, staged
from tests.bot.turns.test_turn_outcomes import assert_replays

pytestmark = pytest.mark.slow

LUNA, OPUS = ModelName("gpt-6-luna"), ModelName("claude-opus-4.7")
SORTED = "classifier: {models: [gpt-6-luna], budget: {max_cost_usd: 0.0005}}\n" + POLICY
DOUBTING = SORTED.replace("0.0005}}", "0.0005}, ask_below: 1.0}").replace(
    'arrive?"]}', 'arrive?"], cache: {enabled: true}}'
)
"""Every message is asked about, and answers are reused."""
ADVISED = POLICY.replace(
    'arrive?"]}',
    'arrive?"], advisor: {model: claude-opus-4.7, when_confidence_below: 0.99999}}',
)
QUESTION = "When will my card arrive?"
UNCLEAR = "Parcel tracking within days"
"""The classifier refuses it: no example has these words."""
FALLBACK = "router.fallback_triggered"
REFUSED = "router.budget_exceeded"


def whole(text: str) -> Script:
    return (Text(text), END)


def sorts(intent: str, confidence: float = 0.9) -> Script:
    said = f'{{"intent": "{intent}", "confidence": {confidence}}}'
    return (Text(said), Stopped(StopReason.END, Usage(400, 16)))


def sorting(*scripts: Script) -> ScriptedModel:
    return ScriptedModel(LUNA, scripts)


def costs(turn: dict[str, Any]) -> dict[str, Decimal]:
    """Return what the attempts of a turn cost, by purpose; each purpose once."""
    made = turn["attempts"]
    by_purpose = {attempt["purpose"]: Decimal(attempt["cost_usd"]) for attempt in made}
    assert len(by_purpose) == len(made)
    assert sum(by_purpose.values()) == Decimal(turn["cost_usd"])
    return by_purpose


async def test_a_second_opinion_changes_what_a_turn_is_about_and_is_billed_once(
    tmp_path: Path,
) -> None:
    small = sorting(sorts("card-delivery"))
    async with staged(tmp_path, [whole(ANSWER)], policy=SORTED, others=[small]) as stage:
        before = stage.services.router.classify(Redacted(UNCLEAR))
        await stage.say(UNCLEAR)
        await stage.answers()
        await stage.until_idle()
        (turn,) = await stage.turns()
        (decision,) = await stage.decisions()
        paid = costs(turn)
        counted = stage.services.metrics.text().decode()

        assert 'copilot_classified_total{asked="yes",layer="model"} 1.0' in counted
        assert (before.intent, before.layer) == ("default", "none")
        assert (turn["intent"], decision["rule"]) == ("card-delivery", "card-delivery")
        assert decision["guess"]["layer"] == "model"
        assert paid.keys() == {"classify", "answer"}
        assert 0 < paid["classify"] <= Decimal("0.0005")
        assert Decimal(decision["basis"]["spent_usd"]) == paid["classify"]
        assert len(small.requests) == 1
        assert small.requests[0].messages[-1].text == UNCLEAR
        assert await assert_replays(stage) == 1


async def test_of_an_answer_from_the_cache_only_the_second_opinion_is_paid(tmp_path: Path) -> None:
    small = sorting(sorts("card-delivery"))
    async with staged(tmp_path, [whole(ANSWER)], policy=DOUBTING, others=[small]) as stage:
        await stage.say(QUESTION)
        await stage.answers()
        other = await stage.again()
        await other.say(QUESTION.lower())
        answer = (await other.answers())[0]
        await other.until_idle()
        (turn,) = await other.turns()
        counted = stage.services.metrics.text().decode()

        assert answer.text == ANSWER
        assert len(stage.model.requests) == 1
        assert costs(turn).keys() == {"classify"}
        assert 'copilot_turns_total{model="none",outcome="answered"} 1.0' in counted
        assert f'outcome="answered",model="{LUNA}"' not in counted


async def test_who_waits_for_a_second_opinion_sees_that_somebody_types(tmp_path: Path) -> None:
    may_speak = asyncio.Event()
    small = sorting((Hold(may_speak), *sorts("card-delivery")))
    async with (
        staged(tmp_path, [whole(ANSWER)], policy=SORTED, others=[small]) as stage,
        stage.services.bus.subscribe(stage.conversation) as following,
    ):
        await stage.say(UNCLEAR)
        async with asyncio.timeout(5):
            async for batch in following:
                if StatusShown(stage.conversation, Status.TYPING) in batch:
                    break
        is_waited_for = len(small.requests) == small.open_streams
        may_speak.set()

        assert is_waited_for
        assert (await stage.answers())[0].text == ANSWER


async def test_a_second_opinion_can_bring_a_human_and_is_billed(tmp_path: Path) -> None:
    small = sorting(sorts("complaint"))
    async with staged(tmp_path, policy=SORTED, others=[small]) as stage:
        await stage.say(UNCLEAR)
        await stage.answers()
        await stage.until_idle()
        (turn,) = await stage.turns()

        assert (turn["outcome"], turn["reason"]) == ("handed_over", "policy")
        assert (await stage.head()).owner is Owner.QUEUE
        assert costs(turn).keys() == {"classify"}
        assert stage.model.requests == []


async def test_a_question_without_an_article_is_no_outage_because_it_was_sorted(
    tmp_path: Path,
) -> None:
    small = sorting(sorts("none"))
    async with staged(tmp_path, policy=SORTED, keyless=True, others=[small]) as stage:
        await stage.say("Xylophones, bassoons or oboes?")
        await stage.answers()
        await stage.until_idle()
        (turn,) = await stage.turns()

        assert [attempt["purpose"] for attempt in turn["attempts"]] == ["classify", "answer"]
        assert (turn["outcome"], turn["reason"]) == ("offered", "")


async def test_advice_reaches_the_answering_model_and_the_bill(tmp_path: Path) -> None:
    wise = ScriptedModel(OPUS, [whole("Say five working days, promise no date.")])
    async with staged(tmp_path, [whole(ANSWER)], policy=ADVISED, others=[wise]) as stage:
        await stage.say(QUESTION)
        answer = (await stage.answers())[0]
        await stage.until_idle()
        (turn,) = await stage.turns()

        assert stage.model.requests[0].advice == "Say five working days, promise no date."
        assert answer.text == ANSWER
        assert costs(turn).keys() == {"advise", "answer"}
        assert [attempt["model"] for attempt in turn["attempts"]] == [OPUS, MODEL]


async def test_advice_that_a_further_message_has_interrupted_is_on_the_bill(
    tmp_path: Path,
) -> None:
    never = asyncio.Event()
    wise = ScriptedModel(OPUS, [(Text("Say"), Hold(never)), whole("Say five days.")])
    async with staged(tmp_path, [whole(ANSWER)], policy=ADVISED, others=[wise]) as stage:
        await stage.say("Where is my")
        async with asyncio.timeout(5):
            while not wise.requests:  # noqa: ASYNC110 - a script has no event for it
                await asyncio.sleep(0.001)
        await stage.say("new card?")
        await stage.answers()
        await stage.until_idle()
        given_up, answered = await stage.turns()

        assert given_up["outcome"] == "superseded"
        assert [one["purpose"] for one in given_up["attempts"]] == ["advise"]
        assert Decimal(given_up["cost_usd"]) > 0
        assert costs(answered).keys() == {"advise", "answer"}


async def test_over_the_budget_of_a_day_the_answer_is_read_from_the_articles(
    tmp_path: Path,
) -> None:
    policy = "budgets: {tenant_day_usd: 0.0001}\n" + POLICY
    async with staged(tmp_path, policy=policy) as stage:
        await stage.say(QUESTION)
        answer = (await stage.answers())[0]
        await stage.until_idle()
        (turn,) = await stage.turns()

        assert answer.text.startswith("A new card arrives within five working days.")
        assert answer.citations
        assert [attempt["model"] for attempt in turn["attempts"]] == [OFFLINE]
        assert turn["cost_usd"] == "0"
        assert stage.model.requests == []
        assert await stage.told() == [REFUSED]


@pytest.mark.parametrize(
    ("question", "intent"), [(UNCLEAR, "complaint"), (QUESTION.lower(), "card-delivery")]
)
async def test_a_second_opinion_counts_on_the_budget_of_the_day_whatever_follows(
    tmp_path: Path, question: str, intent: str
) -> None:
    """Neither a handoff nor an answer from the cache has an attempt to be counted with."""
    dear = (*sorts(intent)[:-1], Stopped(StopReason.END, Usage(400, 60_000)))
    small = sorting(sorts("card-delivery"), dear)
    policy = "budgets: {tenant_day_usd: 0.02}\n" + DOUBTING
    async with staged(tmp_path, [whole(ANSWER)], policy=policy, others=[small]) as stage:
        await stage.say(QUESTION)
        await stage.answers()
        other = await stage.again()
        await other.say(question)
        await other.answers()
        await other.until_idle()
        assert len(stage.model.requests) == 1
        third = await stage.again()
        await third.say("Where is my new card?")
        await third.answers()
        await third.until_idle()
        (turn,) = await third.turns()

        assert [attempt["model"] for attempt in turn["attempts"]] == [OFFLINE]


async def test_over_the_budget_of_a_day_nobody_is_asked_for_a_second_opinion(
    tmp_path: Path,
) -> None:
    small = sorting(sorts("card-delivery"))
    policy = "budgets: {tenant_day_usd: 0.0001}\n" + SORTED
    async with staged(tmp_path, policy=policy, others=[small]) as stage:
        await stage.say(UNCLEAR)
        await stage.answers()
        await stage.until_idle()

        assert small.requests == []
        assert await stage.told() == [REFUSED]


async def test_a_model_that_fails_again_and_again_is_told_once(tmp_path: Path) -> None:
    broken: Script = (ModelFailed(FailureKind.SERVER, status=500),)
    second = ScriptedModel(LUNA, [whole(ANSWER)])
    async with staged(tmp_path, [broken], second=second) as stage:
        for customer in (stage, await stage.again()):
            await customer.say(QUESTION)
            assert (await customer.answers())[0].text == ANSWER
        await stage.until_idle()

        assert len(stage.model.requests) == 2
        assert (await stage.told()).count(FALLBACK) == 1
