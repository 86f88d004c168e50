"""A file on its way back: from a human to the customer, and to nobody else."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import expect

from bot.humans.handoff import Reply
from bot.humans.human import named
from bot.log import Attachment
from bot.privacy.redact import fixed
from bot.reception.files import About
from bot.settings import DEMO
from channels.base import ConversationId
from tests.e2e.browser import chromium, picture
from tests.e2e.test_files import CANARY, customer_at, place_in
from tests.e2e.visitor import Place, served, settings_for
from tests.e2e.widget_site import tab

pytestmark = pytest.mark.slow
FILE_ID = f"f-{'a' * 24}"
DANA = named("Dana")


async def give(place: Place, conversation: str, text: str = "Here is the form.") -> None:
    """Answer a conversation with a file, as a human does."""
    to = ConversationId(conversation)
    about = About("form.pdf", "application/pdf", len(CANARY))
    await place.app.services.files.put(to, FILE_ID, about, CANARY, 10)
    handoffs = place.app.manager.handoffs
    await handoffs.claim(to, DANA)
    attached = Attachment(FILE_ID, fixed("form.pdf"), "application/pdf", len(CANARY))
    await handoffs.reply(to, DANA, Reply(fixed(text), (attached,)))


async def test_a_customer_opens_what_a_human_sent_and_a_stranger_does_not(tmp_path: Path) -> None:
    async with (
        place_in(tmp_path) as place,
        customer_at(place.url) as customer,
        customer_at(place.url) as stranger,
    ):
        await give(place, customer.conversation)
        address = f"{place.url}/v1/chat/files/{FILE_ID}"
        async with customer.http.get(address, headers=customer.headers) as answer:
            content, headers, status = await answer.read(), answer.headers, answer.status
        statuses = []
        for given in (stranger.headers, {}, {"Authorization": "Bearer x"}):
            async with stranger.http.get(address, headers=given) as answer:
                statuses.append(answer.status)

        assert (status, content) == (200, CANARY)
        assert headers["Content-Disposition"].startswith("attachment")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert statuses == [404, 401, 401]


async def test_a_file_that_no_message_carries_stays_closed(tmp_path: Path) -> None:
    async with place_in(tmp_path) as place, customer_at(place.url) as customer:
        kept = await customer.upload(CANARY, "application/pdf", "mine.pdf")
        address = f"{place.url}/v1/chat/files/{kept}"
        async with customer.http.get(address, headers=customer.headers) as answer:
            before = answer.status
        assert await customer.say("Mine", "a", kept) == 202
        async with customer.http.get(address, headers=customer.headers) as answer:
            after = answer.status

        assert (before, after) == (404, 200)


@pytest.mark.promise("K65")
async def test_the_widget_saves_a_file_that_came_with_a_human_s_words(tmp_path: Path) -> None:
    settings = replace(settings_for(tmp_path, "", None, None), policy=DEMO / "policy.yaml")
    async with (
        served(settings) as place,
        chromium() as browser,
        tab(browser, place.url) as customer,
    ):
        await customer.open()
        await customer.ask("I want to talk to a person")
        log = customer.chat.get_by_role("log", name="Conversation")
        await expect(log).to_contain_text("I am passing you on to a colleague")
        head = (await place.app.manager.handoffs.queue())[0]
        await give(place, head.conversation)
        link = log.get_by_role("button", name="form.pdf")
        await link.wait_for()
        async with customer.page.expect_download() as coming:
            await link.click()
        saved = Path(await (await coming.value).path())
        await picture(customer.page, "file-from-human")

        assert (await coming.value).suggested_filename == "form.pdf"
        assert await asyncio.to_thread(saved.read_bytes) == CANARY
