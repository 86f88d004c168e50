"""Who the customer is: the embedding page says so, and nobody sees another one's conversation."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from channels.base import ConversationId, Said
from channels.scripted import Script
from tests.e2e.browser import chromium, picture
from tests.e2e.widget_site import served, tab

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

IDENTIFY = "supportCopilot.identify()"
STORED = "Object.keys(localStorage).map((key) => key + localStorage[key]).join('\\n')"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.mark.promise("B15")
async def test_the_second_customer_sees_nothing_of_the_first_and_gets_live_answers(
    browser: Browser,
) -> None:
    async with served(Script("Yes.")) as site:
        site.customer = "ada@example.org"
        async with tab(browser, site.shop_url) as customer:
            await customer.open()
            await customer.ask("I am Ada")
            await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
            await customer.chat.locator("#text").fill("Ada's secret draft")
            site.customer = "ben@example.org"
            await customer.page.evaluate(IDENTIFY)
            await expect(customer.chat.locator(".message")).to_have_count(0)
            await expect(customer.chat.locator("#text")).to_have_value("")
            await customer.ask("I am Ben")

            await expect(customer.chat.locator(".from-bot .thumbs")).to_have_count(1)
            await expect(customer.chat.locator(".from-own .text")).to_have_text("I am Ben")
            await customer.page.reload()
            await customer.open()
            await expect(customer.chat.locator(".from-own .text")).to_have_text("I am Ben")
            said = {
                owner: act.text for owner, act in site.conversations.acts if isinstance(act, Said)
            }
            assert said == {ConversationId("c_1"): "I am Ada", ConversationId("c_2"): "I am Ben"}
            frame = next(each for each in customer.page.frames if "/widget/" in each.url)
            stored = await frame.evaluate(STORED)
            assert "c_2" in stored
            assert not any(word in stored for word in ("c_1", "Ada", "secret", "example.org"))


@pytest.mark.promise("B15")
async def test_who_signs_out_leaves_nothing_behind(browser: Browser) -> None:
    async with served(Script("Yes.")) as site:
        site.customer = "ada@example.org"
        async with tab(browser, site.shop_url) as customer:
            await customer.open()
            await customer.ask("I am Ada")
            await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
            site.customer = ""
            await customer.page.reload()
            await customer.open()
            await customer.ask("Somebody else")

            await expect(customer.chat.locator(".from-own .text")).to_have_text("Somebody else")
            await expect(customer.chat.locator(".from-own")).to_have_count(1)


async def test_a_customer_comes_back_to_his_conversation(browser: Browser) -> None:
    async with served(Script("Yes.")) as site:
        site.customer = "ada@example.org"
        async with tab(browser, site.shop_url) as customer:
            await customer.open()
            await customer.ask("Remember me")
            await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
            await customer.page.reload()
            await customer.open()

            await expect(customer.chat.locator(".from-own .text")).to_have_text("Remember me")


async def test_an_identity_that_cannot_be_had_makes_nobody_a_visitor(browser: Browser) -> None:
    async with served(Script("Yes.")) as site:
        site.customer = None
        async with tab(browser, site.shop_url) as customer:
            customer.complaints.expected.append("500")
            await customer.open()
            await expect(customer.chat.locator("#banner")).to_contain_text("Sign in again")
            await expect(customer.chat.locator("#text")).to_be_disabled()
            await expect(customer.chat.locator(".starter, #human").first).to_be_hidden()
            await picture(customer.page, "signed-out-light")
            site.customer = "ada@example.org"
            await customer.chat.get_by_role("button", name="Try again").click()
            await customer.ask("Here I am")

            await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()


@pytest.mark.promise("W86")
async def test_a_page_of_a_foreign_origin_cannot_embed_the_widget(browser: Browser) -> None:
    async with served() as mine, served() as foreign:
        foreign.url = mine.url
        async with tab(browser, foreign.shop_url) as customer:
            customer.complaints.expected += ["frame-ancestors", "chrome-error://"]
            await customer.page.get_by_role("button", name="Open chat").click()

            await expect(customer.chat.locator("#text")).to_have_count(0)
