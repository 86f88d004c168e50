"""The widget in a real browser: asking, answers, stopping, people, and what survives a reload."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from channels.base import Said, Stopped, WantsHuman
from channels.scripted import Script
from tests.e2e.browser import chromium, picture
from tests.e2e.widget_site import CONVERSATION, STARTERS, served, tab

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

LONG = " ".join(f"word{number}" for number in range(60)) + "."
MARKED = """You were **not** charged twice. The second line is a *reservation* [1].

- It shows as **pending**
- It disappears by itself within 3 working days

See https://help.example.com/double or ask for `case 4` [1]."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_a_question_gets_a_streamed_answer_with_its_source(browser: Browser) -> None:
    async with served(Script(MARKED, pace_s=0.02)) as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.chat.get_by_role("button", name=STARTERS[0]).click()
        await expect(customer.chat.locator(".is-streaming .text")).to_contain_text("You were not")
        await picture(customer.page, "streaming-light")
        answer = customer.chat.locator(".from-bot:not(.is-streaming) .text")

        await expect(answer.locator("strong").first).to_have_text("not")
        await expect(answer.locator("li")).to_have_count(2)
        await expect(answer.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
        await customer.chat.locator(".text .cite").first.click()
        await expect(customer.chat.locator(".source-card")).to_contain_text("first working day")
        await picture(customer.page, "answered-light")
        await customer.chat.locator(".text .cite").first.press("Escape")
        await expect(customer.chat.locator(".source-card")).to_be_hidden()
        await expect(customer.chat.locator("#widget")).to_be_visible()


@pytest.mark.promise("B5", "W90")
async def test_a_connection_that_breaks_in_mid_answer_shows_every_word_once(
    browser: Browser,
) -> None:
    async with served(Script(LONG, pace_s=0.03)) as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("When is my statement ready?")
        for word in ("word5 ", "word25 "):
            await expect(customer.chat.locator(".from-bot .text")).to_contain_text(word)
            site.cut()

        await expect(customer.chat.locator(".from-bot:not(.is-streaming) .text")).to_have_text(LONG)
        await expect(customer.chat.locator(".from-bot")).to_have_count(1)
        await expect(customer.chat.locator(".from-own")).to_have_count(1)


@pytest.mark.promise("W94")
async def test_an_answer_that_begins_anew_replaces_what_was_shown(browser: Browser) -> None:
    script = Script(LONG, pace_s=0.01, reset_after=20)
    async with served(script) as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("Hello")

        await expect(customer.chat.locator(".from-bot:not(.is-streaming) .text")).to_have_text(LONG)


async def test_a_reload_keeps_the_history_and_the_draft(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("When is my statement ready?")
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        await customer.chat.locator("#text").fill("And where do I")
        await customer.page.reload()
        await customer.open()

        await expect(customer.chat.locator(".from-own .text")).to_have_text(
            "When is my statement ready?"
        )
        await expect(customer.chat.locator(".from-bot .text")).to_contain_text("first working day")
        await expect(customer.chat.locator("#text")).to_have_value("And where do I")


@pytest.mark.promise("B3")
async def test_a_message_that_could_not_be_sent_survives_a_reload_and_goes_out_once(
    browser: Browser,
) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        customer.complaints.expected += ["503", "WebSocket"]
        await customer.open()
        await customer.online()
        site.has_chat = False
        site.cut()
        await customer.ask("Keep this for me")
        await expect(customer.chat.locator(".delivery")).to_have_text("Not sent yet")
        await expect(customer.chat.locator("#banner")).to_contain_text("connection was lost")
        await picture(customer.page, "unsent-light")
        await customer.page.reload()
        await customer.open()
        await expect(customer.chat.locator(".from-own .text")).to_have_text("Keep this for me")
        site.has_chat = True

        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible(timeout=15_000)
        assert len(site.conversations.of(Said)) == 1


@pytest.mark.promise("W95")
async def test_two_tabs_show_the_same_conversation(browser: Browser) -> None:
    async with served(Script(LONG, pace_s=0.01)) as site, tab(browser, site.url) as first:
        await first.open()
        await first.ask("From the first tab")
        await expect(first.chat.locator(".from-bot .thumbs")).to_be_visible()
        page = await first.page.context.new_page()
        await page.goto(site.url)
        await page.get_by_role("button", name="Open chat").click()
        second = page.frame_locator("iframe")
        await second.locator("#text").fill("From the second tab")
        await second.locator("#text").press("Enter")
        await expect(second.locator(".from-bot .thumbs")).to_have_count(2)
        await expect(first.chat.locator(".from-bot .thumbs")).to_have_count(2)

        texts = await first.chat.locator(".message .text").all_inner_texts()
        assert texts == await second.locator(".message .text").all_inner_texts()
        assert texts == ["From the first tab", LONG, "From the second tab", LONG]


@pytest.mark.promise("W93")
async def test_stop_ends_the_answer_and_keeps_what_was_shown(browser: Browser) -> None:
    async with served(Script(LONG, pace_s=0.05)) as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("Tell me everything")
        await expect(customer.chat.locator(".from-bot .text")).to_contain_text("word3")
        await customer.chat.get_by_role("button", name="Stop the answer").click()

        await expect(customer.chat.locator(".ending")).to_have_text("You stopped this answer.")
        await expect(customer.chat.locator(".from-bot .text")).not_to_contain_text("word59")
        await expect(customer.chat.locator("#stop")).to_be_hidden()
        assert len(site.conversations.of(Stopped)) == 1


@pytest.mark.promise("W102")
async def test_a_human_can_be_asked_for_and_is_introduced(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.chat.get_by_role("button", name="Talk to a human").click()
        await expect(customer.chat.locator("#human")).to_have_text("A person has been asked for")
        await expect(customer.chat.locator(".line-requested")).to_be_visible()
        site.conversations.join(CONVERSATION, "Maya")
        site.conversations.say(CONVERSATION, "Hello, I am Maya. How can I help?")

        await expect(customer.chat.locator(".from-agent .author")).to_have_text("Maya")
        await expect(customer.chat.locator("#presence")).to_have_text("Maya is here")
        await picture(customer.page, "human-light")
        site.conversations.append(CONVERSATION, "escalation", state="left", name="Maya")
        await expect(customer.chat.locator("#human")).to_have_text("Talk to a human")
        assert len(site.conversations.of(WantsHuman)) == 1


async def test_without_websockets_the_event_stream_takes_over(browser: Browser) -> None:
    async with served(Script(LONG, pace_s=0.01)) as site, tab(browser, site.url) as customer:
        customer.complaints.expected += ["503", "WebSocket"]
        site.has_sockets = False
        await customer.open()
        await customer.ask("Can you hear me?")

        finished = customer.chat.locator(".from-bot:not(.is-streaming) .text")
        await expect(finished).to_have_text(LONG)
        assert len(site.conversations.of(Said)) == 1


async def test_a_conversation_that_was_erased_begins_anew(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        # The server sends a second close frame (aiohttp's autoclose): goes with its mending.
        customer.complaints.expected += ["403"]
        await customer.open()
        await customer.ask("First")
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        site.conversations.forget(CONVERSATION)
        await expect(customer.chat.locator("#banner")).to_contain_text("has ended")
        await customer.chat.get_by_role("button", name="Start a new conversation").click()
        await customer.ask("Second")

        await expect(customer.chat.locator(".from-own .text")).to_have_text("Second")
        await expect(customer.chat.locator(".from-bot .thumbs")).to_have_count(1)


@pytest.mark.promise("W99")
async def test_too_many_messages_are_kept_and_sent_a_little_later(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        await customer.open()
        sent = [f"Message {number}" for number in range(7)]
        for text in sent:
            await customer.ask(text)
        await expect(customer.chat.locator("#problem")).to_contain_text("a little fast")
        await picture(customer.page, "rate-limit-light")

        await expect(customer.chat.locator(".from-bot .thumbs")).to_have_count(7)
        assert [act.text for act in site.conversations.of(Said) if isinstance(act, Said)] == sent
        await expect(customer.chat.locator("#problem")).to_have_text("")


async def test_answers_that_come_while_the_window_is_closed_are_counted(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("I will be back")
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        await customer.chat.get_by_role("button", name="Close chat").click()
        site.conversations.say(CONVERSATION, "Are you there?")
        launcher = customer.page.get_by_role("button", name="Open chat, 1 unread message")

        await expect(launcher).to_be_focused()
        await picture(customer.page, "unread-light")
        await launcher.click()
        await expect(customer.chat.locator(".from-agent")).to_be_visible()
        await customer.chat.get_by_role("button", name="Close chat").click()
        read = customer.page.get_by_role("button", name="Open chat", exact=True)
        await expect(read).to_be_visible()


async def test_the_transcript_is_a_text_file(browser: Browser, tmp_path: Path) -> None:
    async with served(Script(MARKED)) as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("Why was I charged twice?")
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        async with customer.page.expect_download() as waiting:
            await customer.chat.get_by_role("button", name="Download transcript").click()
        download = await waiting.value
        await download.save_as(tmp_path / "transcript.txt")
        text = (tmp_path / "transcript.txt").read_text("utf-8-sig")

        assert download.suggested_filename == "conversation-with-aurelis-bank.txt"
        assert "You: Why was I charged twice?" in text
        assert "Assistant: You were not charged twice." in text
        assert "[1] When is my statement ready? <https://help.example.com/statements>" in text
