"""What humans see of a conversation that is theirs: the card, and every word to the customer."""

from pathlib import Path

import pytest

from bot.humans.handoff import NotYours, Reply
from bot.humans.human import named
from bot.privacy.redact import fixed
from channels.base import WantsHuman
from tests.bot.humans.watched import watched
from tests.bot.stage import ANSWER, staged

DANA = named("Dana")


async def test_a_reply_that_was_not_written_under_the_card_is_shown_there_once(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await stage.act(WantsHuman())
        await stage.until_idle()
        await stage.handoffs.claim(stage.conversation, DANA)
        form, thread = fixed("From the form"), fixed("From the thread")
        for _ in range(2):
            await stage.handoffs.reply(stage.conversation, DANA, Reply(form, key="V1"))
        await stage.handoffs.reply(stage.conversation, DANA, Reply(thread, is_shown=True))
        await stage.services.outbox.send_due()

        lines = [(line.author, line.text, line.by) for line in stage.desk.lines]
        assert lines == [("agent", form, "Dana")]


async def test_a_reply_that_is_refused_is_shown_nowhere(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.act(WantsHuman())
        await stage.until_idle()
        with pytest.raises(NotYours):
            await stage.handoffs.reply(stage.conversation, DANA, Reply(fixed("Hello")))
        await stage.services.outbox.send_due()

        assert stage.desk.lines == []


async def test_what_the_bot_answers_somebody_who_waits_is_shown_to_the_humans(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await stage.act(WantsHuman())
        await stage.until_idle()
        await stage.say("When will my card arrive?")
        await stage.until_idle()
        await stage.services.outbox.send_due()

        assert [(line.author, line.text) for line in stage.desk.lines] == [
            ("customer", "When will my card arrive?"),
            ("bot", ANSWER),
        ]


async def test_a_takeover_is_stored_as_what_it_is_with_its_cause(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?")
        await stage.until_idle()
        await stage.handoffs.claim(stage.conversation, DANA)
        await stage.services.outbox.send_due()

        [card] = stage.desk.cards.values()
        assert (card.reason, card.cause, card.owner) == ("takeover", "human", "human")
        assert (await stage.head()).waiting_since is not None


async def test_a_card_says_what_is_needed_and_tried_not_that_a_person_is_wanted(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("When will my card arrive?")
        await stage.until_idle()
        await stage.say("I want to talk to a person")
        await stage.until_idle()
        await stage.services.outbox.send_due()

        [card] = stage.desk.cards.values()
        assert card.ask == "When will my card arrive?"
        assert card.tried == (f"Bot: {ANSWER}",)
        assert card.reason == "explicit_request"


@pytest.mark.parametrize("customer", ["", "c-17"])
async def test_a_card_says_whether_the_customers_identity_is_proven(
    tmp_path: Path, customer: str
) -> None:
    async with staged(tmp_path, customer=customer) as stage:
        await stage.act(WantsHuman())
        await stage.until_idle()
        await stage.services.outbox.send_due()

        [card] = stage.desk.cards.values()
        assert card.is_verified is bool(customer)


async def test_a_wish_for_a_person_is_not_what_a_card_is_about(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.say("I want to talk to a person, I want to file a complaint with a human")
        await stage.until_idle()
        await stage.services.outbox.send_due()

        [turn] = await stage.turns()
        [card] = stage.desk.cards.values()
        assert turn["intent"] == "complaint"
        assert (turn["reason"], card.intent) == ("explicit_request", "")


async def test_the_humans_are_told_of_the_ticket_once(tmp_path: Path) -> None:
    async with watched(tmp_path) as one:
        await one.at(901)
        await one.at(905)

        [told] = [line for line in one.stage.desk.lines if "ticket" in line.text]
        assert told.calls == ""
        number = told.text.removesuffix(".").split()[-1]
        assert number.startswith("T-")
        assert number in (await one.told())[-1]
