"""The whole product in a real browser: a question, its source, a person, the way back."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.humans.handoff import Reply
from bot.humans.human import named
from bot.privacy.redact import fixed
from bot.settings import DEMO
from tests.e2e.browser import chromium, picture
from tests.e2e.visitor import served, settings_for
from tests.e2e.widget_site import tab

pytestmark = pytest.mark.slow


@pytest.mark.promise("W102", "B4")
async def test_a_customer_asks_gets_a_source_then_a_person_and_is_asked_how_it_was(
    tmp_path: Path,
) -> None:
    settings = replace(settings_for(tmp_path, "", None, None), policy=DEMO / "policy.yaml")
    async with (
        served(settings) as place,
        chromium() as browser,
        tab(browser, place.url) as customer,
    ):
        await customer.open()
        await customer.ask("I lost my card on the bus. Write to kim@example.com")
        log = customer.chat.get_by_role("log", name="Conversation")
        await expect(log).to_contain_text("freeze it in the app at once")
        await expect(log).to_contain_text("Lost or stolen card")
        await customer.chat.get_by_role("button", name="Talk to a human").click()
        await expect(log).to_contain_text("I am passing you on to a colleague")
        head = (await place.app.manager.handoffs.queue())[0]
        handoffs = place.app.manager.handoffs
        await handoffs.claim(head.conversation, named("Dana"))
        await handoffs.reply(
            head.conversation, named("Dana"), Reply(fixed("Hello, your card is blocked now."))
        )
        await expect(log).to_contain_text("Hello, your card is blocked now.")
        await picture(customer.page, "product-human")
        await handoffs.resolve(head.conversation, named("Dana"))
        await expect(log).to_contain_text("This conversation is closed.")
        await customer.chat.get_by_role("radio").first.wait_for()
        await picture(customer.page, "product-resolved")
