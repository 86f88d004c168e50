"""The page of the emulated Slack for everybody: keyboard, names, contrast, narrow windows."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, expect

from tests.e2e.browser import chromium, picture
from tests.e2e.desk_page_site import CARD, App, Person, served, tab

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

FOCUSED = "document.activeElement?.textContent.trim() ?? ''"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def violations(person: Person) -> list[object]:
    """Return what axe complains about; the styles that it adds itself break our policy."""
    person.complaints.check()
    person.complaints.expected.append("Applying inline style violates")
    found = (await Axe().run(person.page)).response["violations"]
    return [
        (problem["id"], [(node["html"], node["failureSummary"]) for node in problem["nodes"]])
        for problem in found
    ]


async def furnished(app: App) -> str:
    """Put one of each thing into #support, and return the card's ts."""
    server = app.server
    ts = await app.card(trace_url="https://copilot.example/trace")
    await app.card(replace(CARD, owner="human", human="slack:T1:U1"), ts)
    await server.says("T1", "C1", "U2", "Good morning <@U1>, `code`, *bold*, see <#C2|ops>")
    said = await server.says("T1", "C1", "U1", "&gt; quoted\nand not", files=[("a.txt", b"x")])
    await server.reacts("T1", "C1", said, "U1", "eyes")
    await server.edits("T1", "C1", said, "&gt; quoted\nand not so")
    await server.says("T1", "C1", "U3", "Is somebody on it?", ts)
    await app.whisper("U1", "It is yours.")
    return ts


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 900])
async def test_axe_finds_no_violation(browser: Browser, scheme: str, width: int) -> None:
    options: dict[str, Any] = {"viewport": {"width": width, "height": 900}}
    options |= {"color_scheme": scheme, "reduced_motion": "reduce"}
    async with served() as app:
        ts = await furnished(app)
        async with tab(browser, app.server, **options) as dana:
            name = f"{scheme}-{width}"
            await expect(dana.main.locator(".is-whisper")).to_be_visible()
            await picture(dana.page, f"desk-channel-{name}")
            assert await violations(dana) == []
            await dana.row(ts).get_by_role("button", name="1 reply").click()
            await expect(dana.thread.get_by_text("Is somebody on it?")).to_be_visible()
            await picture(dana.page, f"desk-thread-{name}")
            assert await violations(dana) == []
            await dana.page.goto(f"{app.server.url}/?as=U1#home")
            await expect(dana.main.get_by_text("Support queue")).to_be_visible()
            await picture(dana.page, f"desk-home-{name}")
            assert await violations(dana) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_no_violation_in_modals_and_menus(browser: Browser, scheme: str) -> None:
    async with served() as app:
        ts = await furnished(app)
        async with tab(browser, app.server, color_scheme=scheme, reduced_motion="reduce") as dana:
            await dana.row(ts).get_by_role("button", name="More", exact=True).click()
            await expect(dana.page.get_by_role("menu")).to_be_visible()
            await picture(dana.page, f"desk-menu-{scheme}")
            assert await violations(dana) == []
            await dana.page.keyboard.press("Escape")
            await dana.row(ts).get_by_role("button", name="Resolve").click()
            await picture(dana.page, f"desk-confirm-{scheme}")
            assert await violations(dana) == []
            await dana.page.keyboard.press("Escape")
            await dana.row(ts).get_by_role("button", name="Reveal").click()
            await expect(dana.modal).to_be_visible()
            await dana.modal.get_by_role("button", name="Reveal").click()
            await picture(dana.page, f"desk-reveal-{scheme}")
            assert await violations(dana) == []


async def test_the_keyboard_is_enough(browser: Browser) -> None:
    async with served() as app:
        ts = await app.card()
        async with tab(browser, app.server) as dana:
            keyboard = dana.page.keyboard
            await expect(dana.main.get_by_role("textbox")).to_be_focused()
            for _ in range(30):
                await keyboard.press("Shift+Tab")
                if await dana.page.evaluate(FOCUSED) == "Suggest reply":
                    break
            app.go_on.set()
            await keyboard.press("Enter")
            await expect(dana.modal.get_by_label("To the customer")).to_be_focused()
            await keyboard.press("Control+Enter")
            await expect(dana.modal).to_have_count(0)
            await expect(dana.row(ts).get_by_role("button", name="Suggest reply")).to_be_focused()
            await expect(dana.row(ts).get_by_role("button", name="1 reply")).to_be_visible()
            for _ in range(10):
                await keyboard.press("Tab")
                if "1 reply" in await dana.page.evaluate(FOCUSED):
                    break
            await keyboard.press("Enter")
            await expect(dana.thread.get_by_role("textbox")).to_be_focused()
            await keyboard.type("One line")
            await keyboard.press("Shift+Enter")
            await keyboard.type("and another")
            await keyboard.press("Enter")
            await expect(dana.thread.get_by_text("and another")).to_be_visible()
            await keyboard.press("Escape")

            await expect(dana.thread).to_be_hidden()
            assert app.server.messages("T1", "C1", ts)[-1].text == "One line\nand another"


async def test_a_click_on_what_is_shown_anew_keeps_the_focus(browser: Browser) -> None:
    async with served() as app:
        ts = await app.card()
        async with tab(browser, app.server) as dana:
            assign = dana.row(ts).get_by_role("button", name="Assign")
            await assign.focus()
            await app.card(replace(CARD, intent="billing.changed"), ts)
            await expect(dana.row(ts)).to_contain_text("billing.changed")

            await expect(assign).to_be_focused()
