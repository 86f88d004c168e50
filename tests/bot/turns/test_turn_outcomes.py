"""What one turn leaves for the next: its model, its ratings, and a decision to be made again."""

import asyncio
import json
from dataclasses import fields
from pathlib import Path

import pytest

from bot.canonical import canonical
from bot.stores.base import RecordsOf
from bot.stores.sqlite import open_sqlite
from bot.turns.remembered import DECISION
from channels.base import Rated
from routing.deciding.recorded import as_json, replayed
from routing.decision import Decision
from routing.errors import FailureKind, ModelFailed
from routing.models.base import Text
from routing.models.scripted import Hold, Script, ScriptedModel
from routing.request import ModelName
from tests.bot.stage import ANSWER, END, MODEL, POLICY, Stage, staged

pytestmark = pytest.mark.slow

LUNA = ModelName("gpt-6-luna")
TWO = POLICY.replace('arrive?"]}', f'arrive?"], models: [{MODEL}, {LUNA}]}}')
QUESTION = "When will my card arrive?"
BROKEN: Script = (ModelFailed(FailureKind.SERVER, status=500),)
INTENT = "card-delivery"


def whole(text: str) -> Script:
    return (Text(text), END)


async def ask(stage: Stage, question: str, count: int = 1) -> str:
    """Ask something, wait until all is written, and return the id of the answer."""
    await stage.say(question)
    answers = await stage.answers(count)
    await stage.until_idle()
    return answers[-1].message_id


async def assert_replays(stage: Stage) -> int:
    """Make every decision that was kept again, byte for byte; return how many there were."""
    policy, prices = stage.services.tenant.policy, stage.services.router.prices
    records = await stage.services.store.find(RecordsOf(DECISION))
    for record in records:
        again = replayed(record.json, policy, prices)
        decided = {field.name: getattr(again, field.name) for field in fields(Decision)}
        kept = json.loads(record.json)
        beside = {name: kept[name] for name in kept.keys() - decided.keys()}

        assert canonical({**beside, **decided}) == record.json
        assert as_json(replayed(as_json(again), policy, prices)) == as_json(again)
    return len(records)


async def test_the_model_that_answered_before_answers_again(tmp_path: Path) -> None:
    luna = ScriptedModel(LUNA, [BROKEN])
    scripts = [whole(ANSWER), whole("By post [1].")]
    async with staged(tmp_path, scripts, policy=TWO, others=[luna]) as stage:
        await ask(stage, QUESTION)
        await ask(stage, "How will my new card arrive?", 2)
        first, second = await stage.decisions()

        assert (first["order"][0], first["basis"]["previous"]) == (LUNA, None)
        assert (second["order"][0], second["basis"]["previous"]) == (MODEL, MODEL)
        assert any("it answered the turn before" in reason for reason in second["reasons"])
        assert len(luna.requests) == 1
        assert await assert_replays(stage) == 2


async def test_a_turn_that_was_given_up_is_not_the_turn_before(tmp_path: Path) -> None:
    luna = ScriptedModel(LUNA, [BROKEN])
    never = asyncio.Event()
    scripts = [whole(ANSWER), (Hold(never),), whole("By post [1].")]
    async with staged(tmp_path, scripts, policy=TWO, others=[luna]) as stage:
        await ask(stage, QUESTION)
        await stage.say("How will")
        await stage.until_asked(2)
        await ask(stage, "my new card arrive?", 2)
        turns, decisions = await stage.turns(), await stage.decisions()

        assert [turn["outcome"] for turn in turns] == ["answered", "superseded", "answered"]
        assert decisions[-1]["basis"]["previous"] == MODEL


async def test_what_the_prompt_has_no_room_for_is_named_and_the_answer_has_its_source(
    tmp_path: Path,
) -> None:
    policy = POLICY.replace("0.05", "0.0033")
    scripts = [whole(f"Answer {n} [1].") for n in "abcd"]
    long = "My card has not come and I have looked for it in the post every single day. " * 40
    async with staged(tmp_path, scripts, policy=policy) as stage:
        for n, question in enumerate((long, long, long, QUESTION), 1):
            await ask(stage, question, n)
        answer = (await stage.answers(4))[-1]
        decisions = await stage.decisions()

        assert decisions[0]["left_out"] == []
        assert "oldest turn" in decisions[-1]["left_out"][0]
        assert len(stage.model.requests[-1].messages) < 7
        assert stage.model.requests[-1].messages[-1].text == QUESTION
        assert answer.text == "Answer d [1]."
        assert [cited.title for cited in answer.citations] == ["When does my card arrive?"]
        assert await assert_replays(stage) == 4


async def test_a_thumb_counts_for_the_model_that_wrote_the_answer(tmp_path: Path) -> None:
    async with staged(tmp_path, [whole(ANSWER)]) as stage:
        rated = await ask(stage, QUESTION)
        await stage.act(Rated(rated, "down"))
        other = await stage.again()
        await ask(other, QUESTION)
        (decision,) = await other.decisions()
        before = (await stage.decisions())[0]
        await stage.act(Rated(rated, "up"))
        third = await stage.again()
        await ask(third, QUESTION)
        (after,) = await third.decisions()

        assert before["basis"]["outcomes"] == []
        assert decision["basis"]["outcomes"] == [[INTENT, MODEL, 0, 1]]
        assert after["basis"]["outcomes"] == [[INTENT, MODEL, 1, 1]]
        quality = [dict(one["candidates"][0]["parts"])["quality"] for one in (before, decision)]
        assert quality[1] < quality[0]


async def test_ratings_survive_a_restart(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "log.db")
    async with staged(tmp_path, [whole(ANSWER)], store=store) as stage:
        await stage.act(Rated(await ask(stage, QUESTION), "down"))
        other = await stage.again()
        await other.act(Rated(await ask(other, QUESTION), "up"))
    again = await open_sqlite(tmp_path / "log.db")
    async with staged(tmp_path, [whole(ANSWER)], store=again) as stage:
        await ask(stage, QUESTION)
        (decision,) = await stage.decisions()

        assert decision["basis"]["outcomes"] == [[INTENT, MODEL, 1, 2]]
        assert len(await stage.services.store.find(RecordsOf("outcome"))) == 2
        assert await assert_replays(stage) == 3


async def test_an_answer_that_no_vendor_wrote_tells_nothing_about_one(tmp_path: Path) -> None:
    async with staged(tmp_path, keyless=True) as stage:
        await stage.act(Rated(await ask(stage, QUESTION), "down"))
        await stage.act(Rated("b9-nothing", "up"))

        assert await stage.services.store.find(RecordsOf("outcome")) == ()
        assert not stage.services.outcomes.tally
