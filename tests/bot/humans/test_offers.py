"""A human is offered where that is not done at once: beside an answer, once, with its reason."""

from pathlib import Path

import pytest

from bot.humans.escalation import CAUSE, OFFERS, Reason
from bot.log import ChoicesOffered, MessageEnded
from bot.stores.base import Owner
from channels.base import Chose
from tests.bot.stage import POLICY, Stage, says, staged

ANGRY = ("Where is my new card?", "That does not help.", "This is ridiculous!")
ANSWERS = [says(f"It arrives in {days} days.") for days in ("five", "four", "three", "two")]
DEAR = "budgets: {tenant_day_usd: 0.0001}\n" + POLICY


async def offers(stage: Stage) -> list[str]:
    """Return the ids of the choices that would bring a person, in order."""
    bodies = [event.body for event in await stage.events()]
    choices = [body for body in bodies if isinstance(body, ChoicesOffered)]
    return [one.id for body in choices for one in body.items if one.id in OFFERS]


async def say_all(stage: Stage, *texts: str) -> None:
    for text in texts:
        await stage.say(text)
        await stage.until_idle()


async def test_who_loses_patience_is_answered_and_offered_a_human_once(tmp_path: Path) -> None:
    async with staged(tmp_path, ANSWERS) as stage:
        await say_all(stage, *ANGRY)
        said = [e.body.text for e in await stage.events() if isinstance(e.body, MessageEnded)]
        await stage.act(Chose("bot"))
        await say_all(stage, "You are useless!!")

        assert said[-2:] == [
            "It arrives in three days.",
            "I am sorry that this costs you so much patience. Shall I bring in a colleague?",
        ]
        assert await offers(stage) == ["human_frustration"]
        assert (await stage.head()).owner is Owner.BOT


async def test_who_takes_the_offer_waits_for_that_reason(tmp_path: Path) -> None:
    async with staged(tmp_path, ANSWERS) as stage:
        await say_all(stage, *ANGRY)
        await stage.act(Chose("human_frustration"))
        await stage.until_idle()
        await stage.services.outbox.send_due()

        [card] = stage.desk.cards.values()
        assert (card.reason, card.cause) == ("frustration", "rule")


async def test_one_sharp_word_offers_nobody(tmp_path: Path) -> None:
    async with staged(tmp_path, ANSWERS) as stage:
        await say_all(stage, "Where is my new card?", "This is ridiculous!")

        assert await offers(stage) == []


async def test_where_money_is_why_there_is_no_answer_that_is_the_reason(tmp_path: Path) -> None:
    async with staged(tmp_path, policy=DEAR) as stage:
        await say_all(stage, "Xylophones, bassoons or oboes?")
        await stage.act(Chose("human_budget"))
        await stage.until_idle()

        assert stage.model.requests == []
        assert await offers(stage) == ["human_budget"]
        assert (await stage.head()).reason == "budget"


@pytest.mark.parametrize("reason", sorted(OFFERS.values(), key=str))
def test_what_is_offered_is_never_done_unasked_and_has_a_cause(reason: Reason) -> None:
    assert reason in CAUSE
