"""The widget for everybody: keyboard, screen readers, contrast, small screens, right to left."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Frame, Page, expect

from channels.scripted import Script
from tests.e2e.browser import chromium, picture
from tests.e2e.widget_site import CONVERSATION, Site, Tab, served, tab

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

MARKED = "Your statement is **ready** [1].\n\n1. Open the app\n2. Press `Documents`\n\nThat is all."
LONG = " ".join(f"Sentence number {number}." for number in range(12))
FOCUSED = """() => {
  const deep = (root) => root.activeElement?.shadowRoot ? deep(root.activeElement.shadowRoot)
    : root.activeElement;
  return deep(document)?.getAttribute("aria-label") ?? "";
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


def inside(page: Page) -> Frame:
    """Return the frame of the widget."""
    return next(frame for frame in page.frames if "/widget/frame.html" in frame.url)


async def violations(customer: Tab, *places: Page | Frame) -> list[object]:
    """Return what axe complains about; the styles that it adds itself break our policy."""
    customer.complaints.check()
    customer.complaints.expected.append("Applying inline style violates")
    found = [(await Axe().run(place)).response["violations"] for place in places]
    return [
        (problem["id"], [(node["html"], node["failureSummary"]) for node in problem["nodes"]])
        for problems in found
        for problem in problems
    ]


async def show_everything(site: Site, customer: Tab) -> None:
    """Put one of each thing on the screen."""
    await customer.open()
    await customer.ask("When is my statement ready? My mail is [EMAIL_1]")
    await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
    await customer.chat.locator(".source-chip").first.click()
    await customer.chat.get_by_role("button", name="This answer did not help").click()
    site.conversations.join(CONVERSATION, "Maya")
    site.conversations.say(CONVERSATION, "Hello, I am **Maya**.")
    say = site.conversations.append
    say(CONVERSATION, "escalation", state="left", name="Maya")
    say(CONVERSATION, "choices", items=[{"id": "a", "label": "Yes"}, {"id": "b", "label": "No"}])
    say(CONVERSATION, "csat.request", episode=1)
    say(CONVERSATION, "notice", code="nobody_there", text="Nobody is here until 9 o'clock.")
    site.conversations.show(CONVERSATION, "status", text="Looking through our help centre")
    await expect(customer.chat.locator(".contact form")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_axe_finds_no_violation(browser: Browser, scheme: str, width: int) -> None:
    # A narrow window is full-screen: so tall, all of the conversation is measured for contrast.
    height = 760 if width > 360 else 2200
    options = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    async with (
        served(Script(MARKED)) as site,
        tab(browser, site.url, **options, reduced_motion="reduce") as customer,
    ):
        await show_everything(site, customer)
        await picture(customer.page, f"everything-{scheme}-{width}")

        assert await violations(customer, customer.page, inside(customer.page)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_no_violation_on_the_demo_page(browser: Browser, scheme: str) -> None:
    async with served() as site, tab(browser, site.url, color_scheme=scheme) as customer:
        await expect(customer.page.get_by_role("button", name="Open chat")).to_be_visible()
        await picture(customer.page, f"page-{scheme}")

        assert await violations(customer, customer.page) == []


async def test_the_keyboard_is_enough(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        page, chat = customer.page, customer.chat
        await expect(page.get_by_role("button", name="Open chat")).to_be_visible()
        for _ in range(30):
            await page.keyboard.press("Tab")
            if await page.evaluate(FOCUSED) == "Open chat":
                break
        await page.keyboard.press("Enter")
        await expect(chat.locator("#text")).to_be_focused()
        await page.keyboard.type("Is it ready?")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("Please")
        await page.keyboard.press("Enter")
        await expect(chat.locator(".from-bot .thumbs")).to_be_visible()
        await expect(chat.locator(".from-own .text")).to_have_text("Is it ready?\nPlease")
        await page.keyboard.press("Shift+Tab")
        await expect(chat.locator("#human")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await expect(chat.get_by_role("button", name="This answer did not help")).to_be_focused()
        await page.keyboard.press("Escape")

        await expect(page.get_by_role("button", name="Open chat")).to_be_focused()
        await expect(page.locator("iframe")).to_be_hidden()


async def test_a_window_over_the_whole_page_keeps_the_focus(browser: Browser) -> None:
    small = {"width": 360, "height": 740}
    async with served(Script("Yes.")) as site, tab(browser, site.url, viewport=small) as customer:
        page, chat = customer.page, customer.chat
        await customer.open()
        await expect(chat.locator("#widget")).to_have_attribute("aria-modal", "true")
        await expect(chat.locator("#text")).to_be_focused()
        stops = []
        for _ in range(24):
            await page.keyboard.press("Tab")
            stops.append(await inside(page).evaluate("document.activeElement.id"))

        assert {"text", "human", "close", "save", "log"} <= set(stops)
        assert await page.evaluate("document.activeElement.tagName") == "SUPPORT-COPILOT"
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Open chat")).to_be_focused()


async def test_screen_readers_hear_finished_sentences_once(browser: Browser) -> None:
    async with served(Script(LONG, pace_s=0.02)) as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("Tell me")
        await expect(customer.chat.locator(".from-bot .text")).to_contain_text("number 6.")
        site.cut()
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        heard = await customer.chat.locator("#live p").all_inner_texts()

        assert " ".join(heard) == f"Assistant: {LONG}"
        assert all(line.endswith(".") for line in heard)
        await expect(customer.chat.locator("#log")).to_have_attribute("aria-live", "off")
        await customer.page.reload()
        await customer.open()
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        assert await customer.chat.locator("#live p").count() == 0


@pytest.mark.parametrize("width", [360, 320])
async def test_a_small_screen_never_scrolls_sideways(browser: Browser, width: int) -> None:
    wide = f"{'w' * 200} https://help.example.com/{'x' * 200}\n\n```\n{'code ' * 60}\n```"
    small = {"width": width, "height": 640}
    async with served(Script(wide)) as site, tab(browser, site.url, viewport=small) as customer:
        await picture(customer.page, f"page-{width}")
        await show_everything(site, customer)
        source = {"n": 1, "title": "A very long title " * 9, "url": "", "quote": "q" * 300}
        ended = {"text": "See [1]", "status": "done", "author": "bot", "citations": [source]}
        site.conversations.append(CONVERSATION, "message.end", message_id="m", **ended)
        await customer.chat.locator(".source-chip").last.click()
        overflow = "({scrollWidth, clientWidth}) => scrollWidth - clientWidth"
        page = customer.page.locator("html")
        frame = customer.chat.locator("html")
        log = customer.chat.locator("#log")

        assert [await each.evaluate(overflow) for each in (page, frame, log)] == [0, 0, 0]
        await picture(customer.page, f"wide-{width}")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Mit einem Menschen sprechen"),
        ("es", "Hablar con una persona"),
        ("fr-CA", "Parler à une personne"),
        ("ar", "التحدث مع شخص"),
        ("xx", "Talk to a human"),
    ],
)
async def test_the_widget_speaks_the_language_of_the_page(
    browser: Browser, language: str, words: str
) -> None:
    async with served() as site:
        site.language = language
        site.direction = "rtl" if language == "ar" else "ltr"
        async with tab(browser, site.shop_url, locale="en-US") as customer:
            await customer.page.locator("button.launcher").click()
            await expect(customer.chat.locator("#human")).to_have_text(words)
            await customer.ask("متى يكون كشف حسابي جاهزا؟" if language == "ar" else "Ready?")
            await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
            await picture(customer.page, f"language-{language}")
            box = await customer.chat.locator("#send").bounding_box()
            field = await customer.chat.locator("#text").bounding_box()

            assert box is not None
            assert field is not None
            assert (box["x"] < field["x"]) is (language == "ar")
            direction = await inside(customer.page).evaluate("document.documentElement.dir")
            assert direction == site.direction


async def test_every_language_has_the_same_texts(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        shapes = await customer.page.evaluate(
            """async () => {
              const shape = (value) => typeof value === "string"
                ? [...value.matchAll(/\\{\\w+\\}/g)].map(String).sort().join()
                : Array.isArray(value) ? value.length : Object.keys(value).sort().join();
              const read = async (language) => {
                const words = (await import(`/widget/texts/${language}.js`)).default;
                return Object.entries(words).filter(([key]) => key !== "unread")
                  .map(([key, value]) => `${key}:${shape(value)}`).sort();
              };
              return Promise.all(["en", "es", "fr", "de", "ar"].map(read));
            }"""
        )

        assert all(shape == shapes[0] for shape in shapes)


async def test_those_who_want_less_motion_get_none(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url, reduced_motion="reduce") as customer:
        await customer.open()
        await customer.online()
        site.conversations.show(CONVERSATION, "typing", on=True)
        await expect(customer.chat.locator(".dots i").first).to_be_visible()
        dots = await customer.chat.locator(".dots i").first.evaluate(
            "node => getComputedStyle(node).animationName"
        )
        panel = await customer.page.locator(".panel").evaluate(
            "node => getComputedStyle(node).animationName"
        )

        assert (dots, panel) == ("none", "none")
