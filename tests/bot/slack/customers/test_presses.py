"""Buttons that customers press in Slack."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.humans.handoff import Reply
from bot.log import Choice, ChoicesOffered, Feedback, SurveyAnswered
from bot.privacy.redact import fixed
from bot.stores.base import Draft, Owner, Write
from tests.bot.slack.customers.stage import ANNA, BEN, OTHER_TEAM, TEAM, buttons_of, human, scene
from tests.bot.stage import ANSWER


async def test_a_thumb_is_kept_and_thanked_for(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks()
        answer = await here.until_said(ts, ANSWER)
        await here.rest()
        await here.server.clicks(TEAM, here.direct, answer.ts, ANNA, "customer_rate:down")

        [kept] = [e.body for e in await here.events() if isinstance(e.body, Feedback)]
        assert kept.value == "down"
        [thanks] = here.server.ephemerals(TEAM, here.direct, ANNA)
        assert thanks.text == "Thank you for telling us."


async def test_an_offer_is_two_buttons_that_say_afterwards_what_was_chosen(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks()
        await here.until_said(ts, ANSWER)
        await here.rest()
        offered = ChoicesOffered((Choice("human", "Yes, please"), Choice("bot", "No, thanks")))
        services = here.stage.services
        write = Write(here.conversation, services.clock.now(), events=(Draft(offered, "bot"),))
        await services.scribe.write(write)
        offer = await here.until_said(ts, "Choose an answer")
        await here.rest()
        await here.server.clicks(TEAM, here.direct, offer.ts, ANNA, "customer_choose:0")
        await here.rest()

        changed = here.server.message(TEAM, here.direct, offer.ts)
        assert (changed.text, buttons_of(changed)) == ("You chose: Yes, please", [])
        head = await here.head()
        assert head is not None
        assert head.owner is Owner.QUEUE


@pytest.mark.promise("X107")
async def test_a_handoff_from_slack_is_answered_in_the_customers_thread(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks()
        answer = await here.until_said(ts, ANSWER)
        await here.rest()
        await here.server.clicks(TEAM, here.direct, answer.ts, ANNA, "customer_human")
        await here.until_said(ts, "I am passing you on")
        await here.rest()
        await here.stage.services.outbox.send_due()
        [card] = here.stage.desk.cards.values()
        await here.stage.handoffs.claim(here.conversation, human())
        reply = Reply(fixed("Hello, this is *Dana*."), key="r1")
        await here.stage.handoffs.reply(here.conversation, human(), reply)
        said = await here.until_said(ts, "this is *Dana*")
        await here.asks("Thank you!", thread=ts)
        await here.rest()
        await here.stage.handoffs.resolve(here.conversation, human())
        survey = await here.until_said(ts, "How did we do?")
        await here.rest()
        await here.server.clicks(TEAM, here.direct, survey.ts, ANNA, "customer_survey:4")

        assert (card.channel, card.reason, card.is_verified) == ("slack", "button", True)
        assert said.username == "Dana"
        assert len(here.stage.model.requests) == 1
        lines = here.texts(ts)
        assert lines[0] == ANSWER
        assert lines[2:4] == ["Dana has joined the chat.", "Hello, this is *Dana*."]
        assert lines[4] == "Dana has left the chat."
        [answered] = [e.body for e in await here.events() if isinstance(e.body, SurveyAnswered)]
        assert (answered.score, answered.episode) == (4, 1)
        assert buttons_of(here.server.message(TEAM, here.direct, survey.ts)) == []


@pytest.mark.promise("K82")
async def test_a_button_of_one_workspace_does_nothing_in_another(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        ts = await here.asks()
        answer = await here.until_said(ts, ANSWER)
        await here.rest()
        copied = here.server.channel(OTHER_TEAM, here.direct, kind="im")
        copied.messages[answer.ts] = replace(answer, thread="")
        await here.server.clicks(OTHER_TEAM, here.direct, answer.ts, ANNA, "customer_human")
        await here.server.clicks(TEAM, here.direct, answer.ts, BEN, "customer_human")
        await here.rest()

        head = await here.head()
        assert head is not None
        assert head.owner is Owner.BOT
