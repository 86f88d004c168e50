"""The whole story, in three browsers: the customer's widget, and Dana and Robin at the desk.

It leaves a series of screenshots, `desk-story-*.png`, for people to look at.
"""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.stores.base import RecordsOf
from bot.turns.remembered import TURN
from channels.base import ConversationId
from tests.e2e import desk_page_site, widget_site
from tests.e2e.browser import chromium, picture
from tests.e2e.desk_page_site import Person
from tests.e2e.slack_place import DANA, ROBIN, SUPPORT, slack_place
from tests.emulators.slack.page import page

pytestmark = pytest.mark.slow
REPLY = "Hello, it's the desk here: the second line goes away today."


def _user(person: Person) -> str:
    return DANA if f"as={DANA}" in person.page.url else ROBIN


def _signs(reactions: list[str]) -> bool:
    return reactions == ["white_check_mark"]


def _turns(conversation: ConversationId) -> RecordsOf:
    return RecordsOf(TURN, conversation=conversation)


async def presses(person: Person, card: str, button: str) -> None:
    await person.row(card).get_by_role("button", name=button, exact=True).click()


@pytest.mark.promise("K63", "K65", "B4", "X107")
async def test_a_customer_gets_one_of_two_humans_who_claim_at_once(tmp_path: Path) -> None:
    async with (
        slack_place(tmp_path, parts=[page]) as place,
        chromium() as browser,
        widget_site.tab(browser, place.url) as customer,
        desk_page_site.tab(browser, place.slack, DANA) as dana,
        desk_page_site.tab(browser, place.slack, ROBIN) as robin,
    ):
        await customer.open()
        log = customer.chat.get_by_role("log", name="Conversation")
        await customer.ask("How do I freeze my card?")
        await expect(log).to_contain_text("A freeze stops every payment")
        await picture(customer.page, "desk-story-1-the-bot-answers")

        await customer.chat.get_by_role("button", name="Talk to a human").click()
        await expect(log).to_contain_text("I am passing you on to a colleague")
        card = (await place.card()).ts
        await expect(dana.row(card)).to_be_visible()
        await picture(customer.page, "desk-story-2-a-person-was-asked")
        await picture(dana.page, "desk-story-3-the-card")

        claims = [one.row(card).get_by_role("button", name="Claim") for one in (dana, robin)]
        # Without a wait for the page to stand still: the slower one would find no button.
        await asyncio.gather(*(claim.dispatch_event("click") for claim in claims))
        await expect(dana.row(card)).to_contain_text("Claimed by")
        [head] = await place.app.manager.handoffs.queue()
        winner, loser = (dana, robin) if head.human.endswith(DANA) else (robin, dana)
        await expect(loser.main).to_contain_text("has this conversation")
        await expect(winner.main).not_to_contain_text("has this conversation")
        await picture(loser.page, "desk-story-4-the-other-was-faster")

        await winner.page.goto(f"{place.slack.url}/?as={_user(winner)}#{SUPPORT}/{card}")
        await winner.replies(REPLY)
        await expect(log.get_by_text(REPLY)).to_have_count(1)
        await place.slack.until(lambda: _signs(place.thread(place.cards()[0])[0].reactions))
        await customer.ask("Thank you! Write to kim@example.com")
        await expect(winner.thread).to_contain_text("Write to [EMAIL_1]")
        await picture(customer.page, "desk-story-5-a-human-answers")
        await picture(winner.page, "desk-story-6-the-thread")
        turns = len(await place.app.services.store.find(_turns(head.conversation)))

        await winner.replies(";; a nice customer")
        await winner.replies("I have noted it. The assistant is there if you need more.")
        await expect(log).to_contain_text("The assistant is there")
        assert len(await place.app.services.store.find(_turns(head.conversation))) == turns
        await presses(winner, card, "Return to bot")
        await winner.button("Return to bot").last.click()
        await expect(log).to_contain_text("You are talking to the assistant again.")
        await picture(winner.page, "desk-story-7-returned")

        await customer.chat.get_by_role("button", name="Talk to a human").click()
        await expect(winner.row(card)).to_contain_text("Nobody has claimed it")
        await presses(winner, card, "Claim")
        await presses(winner, card, "Resolve")
        await winner.button("Resolve").last.click()
        await expect(log).to_contain_text("This conversation is closed.")
        await customer.chat.get_by_role("radio").first.wait_for()
        await picture(customer.page, "desk-story-8-how-was-it")
        await picture(winner.page, "desk-story-9-resolved")
        await expect(log).not_to_contain_text("a nice customer")
        assert len(place.cards()) == 1
