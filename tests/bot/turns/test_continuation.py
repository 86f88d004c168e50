"""A model dies in mid-answer: one coherent message, in the log and on the screen."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.fixed.texts import Said, text_for
from bot.log import Event, MessageDelta, MessageReset
from bot.privacy.redact import Redactor
from bot.stores.base import RecordsOf
from bot.turns.journal import Journal, Place
from bot.turns.speech import Speech, Spoken
from routing.errors import FailureKind, ModelFailed
from routing.execution.engine import Engine, Parts
from routing.execution.health import Health
from routing.models.base import Text
from routing.models.scripted import Hold, Script, ScriptedModel
from routing.money.prices import load_prices
from routing.progress import Exhausted
from routing.request import ModelName
from tests.bot.stage import ANSWER, MODEL, Stage, says, staged, words
from tests.routing.continuing import Continuing, Manner
from tests.routing.samples import decision, request

pytestmark = pytest.mark.slow

SECOND = ModelName("gpt-5.5-instant")
CUT = ModelFailed(FailureKind.CUT)
SORRY = text_for(Said.BEGIN_AGAIN, "de")


def shown(events: tuple[Event, ...]) -> str:
    """Return what the customer's screen shows of the bot's message in the end."""
    text = ""
    for event in events:
        match event.body:
            case MessageDelta(text=piece):
                text += piece
            case MessageReset():
                text = ""
            case _:
                pass
    return text


def kinds(events: tuple[Event, ...]) -> list[str]:
    return [event.body.TYPE for event in events]


@pytest.mark.promise("R1")
@pytest.mark.parametrize("manner", Manner)
@pytest.mark.parametrize("cut", [12, 21, 40, len(ANSWER) - 1])
async def test_another_model_goes_on_and_no_character_is_lost_or_said_twice(
    tmp_path: Path, manner: Manner, cut: int
) -> None:
    script: Script = (*words(ANSWER[:cut]), CUT)
    async with staged(tmp_path, [script], second=Continuing(SECOND, ANSWER, manner)) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]
        events = await stage.until_idle()

        assert answer.text == shown(events) == ANSWER
        assert answer.status == "done"
        assert [cited.title for cited in answer.citations] == ["When does my card arrive?"]
        assert MessageReset.TYPE not in kinds(events)


async def test_both_attempts_are_on_the_bill_and_the_decision_is_kept(tmp_path: Path) -> None:
    second = Continuing(SECOND, ANSWER)
    async with staged(tmp_path, [(*words(ANSWER[:30]), CUT)], second=second) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]
        await stage.until_idle()
        decisions = await stage.services.store.find(RecordsOf("decision"))
        turn = (await stage.services.store.find(RecordsOf("turn")))[0]

        assert [record.id for record in decisions] == [answer.trace_id] == [turn.id]
        assert turn.json.count('"input_tokens"') == 2
        assert '"cut"' in turn.json
        assert '"outcome":"answered"' in turn.json


async def test_what_the_next_model_is_told_is_what_the_customer_saw(tmp_path: Path) -> None:
    second = Continuing(SECOND, "Write to [EMAIL_1] and we will see to it.")
    script: Script = (*words("Write to kim@example.com and we wi"), CUT)
    async with staged(tmp_path, [script], second=second) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]

        assert second.requests[0].said == "Write to [EMAIL_1] and we "
        assert answer.text == "Write to [EMAIL_1] and we will see to it."


async def test_an_answer_that_does_not_go_on_replaces_what_was_shown(tmp_path: Path) -> None:
    second = ScriptedModel(SECOND, [says("Hello! It comes by post.")])
    async with staged(tmp_path, [(*words("Your card may be on "), CUT)], second=second) as stage:
        await stage.say("When will my card arrive?")
        answer = (await stage.answers())[0]
        events = await stage.until_idle()

        assert answer.text == shown(events) == "Hello! It comes by post."


async def test_a_customer_who_interrupts_gets_the_end_of_the_sentence_from_the_next_model(
    tmp_path: Path,
) -> None:
    second = Continuing(SECOND, ANSWER)
    go_on = asyncio.Event()
    script: Script = (*words("Your card arrives "), Hold(go_on), CUT)
    async with staged(tmp_path, [script, says("By post.")], second=second) as stage:
        await stage.say("When will my card arrive?")
        await stage.until(MessageDelta.TYPE)
        await stage.say("And how?")
        await stage.settle()
        go_on.set()
        answers = await stage.answers(2)

        assert answers[0].text == "Your card arrives in five working days [1]."
        assert answers[1].text == "By post."


async def spoken_where_nothing_can_be_taken_back(
    stage: Stage, *scripts: Script
) -> tuple[Spoken, str]:
    """Let models speak on a channel that keeps what it has; return what was said."""
    services = stage.services
    head = await stage.head()
    vault = await services.vaults.of(stage.conversation)
    place = Place(stage.conversation, head.fence, head.epoch, "t1")
    journal = Journal(services.scribe, services.clock, place, "b1", vault)
    speech = Speech(journal, Redactor(), vault, frozenset(), "")
    names = (MODEL, SECOND)[: len(scripts)]
    models = {
        name: ScriptedModel(name, [script]) for name, script in zip(names, scripts, strict=True)
    }
    engine = Engine(Parts(models, load_prices(), Health()))
    run = engine.run(decision(*names), replace(request(), can_retract=False))
    return await speech.speak(run, SORRY), journal.text


async def test_where_nothing_can_be_taken_back_the_new_answer_follows_an_apology(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        _, text = await spoken_where_nothing_can_be_taken_back(
            stage, (*words("It comes in fi"), CUT), says("Hello! It comes by post.")
        )

        assert text == f"It comes in \u2026\n\n{SORRY}\n\nHello! It comes by post."


async def test_where_nothing_can_be_taken_back_a_whole_sentence_is_enough(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        _, text = await spoken_where_nothing_can_be_taken_back(
            stage, (*words("It comes soon. An"), CUT), says("Hello! It comes by post.")
        )

        assert text.rstrip() == "It comes soon."


async def test_where_nothing_can_be_taken_back_and_nobody_is_left_the_text_stays(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        spoken, text = await spoken_where_nothing_can_be_taken_back(
            stage, (*words("It comes in "), Text("fi"), CUT)
        )

        assert isinstance(spoken.ended, Exhausted)
        assert text == "It comes in \u2026\n\n"
