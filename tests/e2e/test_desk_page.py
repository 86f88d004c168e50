"""The page of the emulated Slack in a real browser: cards, threads, modals, streams, two people."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.e2e.browser import chromium, picture
from tests.e2e.desk_page_site import ANSWER, CARD, DRAFT, App, event_of, served, tab

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ATTACKS = (
    "<script>window.hurt = 1</script>",
    "<img src=x onerror='window.hurt = 1'>",
    "<javascript:window.hurt=1|press>",
    "<data:text/html,<script>window.hurt=1</script>|press>",
    "[press](javascript:window.hurt=1)",
    "*<svg onload=window.hurt=1>*",
    "&lt;img src=x onerror='window.hurt = 1'&gt;",
    "<!date^1^{<b>x</b>}^javascript:window.hurt=1|<b>x</b>>",
    "`<iframe srcdoc='<script>parent.hurt=1</script>'>`",
)
NODES = "#app :is(img, script, iframe, style, [style], [onerror], [onload], b)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def test_a_card_is_shown_and_a_click_reaches_the_app_as_the_one_who_looks(
    browser: Browser,
) -> None:
    async with served() as app:
        ts = await app.card(trace_url="https://copilot.example/trace")
        async with tab(browser, app.server, "U2") as robin:
            card = robin.row(ts)
            await expect(card.get_by_role("heading")).to_have_text("The customer asks for a person")
            await expect(card.locator("blockquote")).to_have_text(CARD.ask)
            await expect(card.locator("time[data-format]")).to_contain_text("today")
            await expect(card.get_by_role("link", name="Trace")).to_have_attribute(
                "href", "https://copilot.example/trace"
            )
            await card.get_by_role("button", name="Claim").click()

            await expect(card).to_contain_text("Claimed by @Robin")
            await expect(card.get_by_role("button", name="Claim")).to_have_count(0)
            clicked = app.of("block_actions")
            assert [(one["user"]["id"], one["message"]["ts"]) for one in clicked] == [("U2", ts)]


async def test_a_button_that_asks_first_does_nothing_until_it_is_confirmed(
    browser: Browser,
) -> None:
    async with served() as app, tab(browser, app.server) as dana:
        ts = await app.card()
        await dana.row(ts).get_by_role("button", name="Claim").click()
        await dana.row(ts).get_by_role("button", name="Resolve").click()
        await expect(dana.page.get_by_role("dialog", name="Resolve?")).to_be_visible()
        await dana.page.keyboard.press("Escape")
        await expect(dana.page.get_by_role("dialog")).to_have_count(0)
        assert len(app.of("block_actions")) == 1
        await dana.row(ts).get_by_role("button", name="Resolve").click()
        await dana.page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
        await app.server.until(lambda: len(app.of("block_actions")) == 2)

        assert app.of("block_actions")[1]["actions"][0]["action_id"] == "resolve"


async def test_two_people_in_two_tabs_see_the_same_and_each_his_own(browser: Browser) -> None:
    async with served() as app:
        ts = await app.card()
        async with (
            tab(browser, app.server, "U1", f"C1/{ts}") as dana,
            tab(browser, app.server, "U2") as robin,
        ):
            await dana.replies("Hello, I am *Dana* & here")
            await app.whisper("U2", "Dana was faster.")
            await app.whisper("U1", "It is yours.", ts)

            said = dana.thread.locator(".row", has_text="Hello")
            await expect(said.locator("strong", has_text="Dana").last).to_have_text("Dana")
            await expect(said.get_by_role("button", name="white check mark, 1")).to_be_visible()
            await expect(dana.thread.get_by_text("It is yours.")).to_be_visible()
            await expect(robin.row(ts).get_by_role("button", name="1 reply")).to_be_visible()
            await expect(robin.main.locator(".is-whisper")).to_contain_text("Only visible to you")
            await expect(robin.main.locator(".is-whisper")).to_contain_text("Dana was faster.")
            await expect(dana.page.get_by_text("Dana was faster.")).to_have_count(0)
            await robin.row(ts).get_by_role("button", name="1 reply").click()
            await expect(robin.thread.get_by_text("& here")).to_be_visible()
            await expect(robin.page.get_by_text("It is yours.")).to_have_count(0)
            event = event_of(app.of("message")[-1])
            assert (event["user"], event["thread_ts"]) == ("U1", ts)
            assert event["text"] == "Hello, I am *Dana* &amp; here"


async def test_a_modal_opens_changes_while_it_is_open_and_is_submitted(browser: Browser) -> None:
    async with served() as app:
        ts = await app.card()
        async with tab(browser, app.server) as dana:
            await dana.row(ts).get_by_role("button", name="Suggest reply").click()
            await expect(dana.modal).to_contain_text("Drafting…")
            await expect(dana.modal.get_by_role("button", name="Send")).to_have_count(0)
            app.go_on.set()
            field = dana.modal.get_by_label("To the customer")
            await expect(field).to_have_value(DRAFT)
            await expect(dana.modal).to_contain_text("Reservations and refunds")
            await field.fill("")
            await dana.modal.get_by_role("button", name="Send").click()
            await expect(field).to_have_attribute("aria-invalid", "true")
            await field.fill("The refund is on its way.\nDana")
            await picture(dana.page, "desk-modal-light")
            await dana.modal.get_by_role("button", name="Send").click()

            await expect(dana.modal).to_have_count(0)
            await expect(dana.row(ts).get_by_role("button", name="1 reply")).to_be_visible()
            submitted = app.of("view_submission")
            values = [
                one["view"]["state"]["values"]["field"]["field"]["value"] for one in submitted
            ]
            assert values == ["The refund is on its way.\nDana"]
            assert submitted[0]["user"]["id"] == "U1"


async def test_a_modal_keeps_what_was_chosen_when_the_app_finds_a_fault_in_it(
    browser: Browser,
) -> None:
    async with served() as app, tab(browser, app.server) as dana:
        ts = await app.card()
        await dana.row(ts).get_by_role("button", name="Claim").click()
        await dana.row(ts).get_by_role("button", name="Reveal").click()
        await dana.modal.get_by_label("What").select_option("[EMAIL_1]")
        await dana.modal.get_by_label("Why").fill("To call him back")
        app.answer = {"response_action": "errors", "errors": {"why": "Say it in other words."}}
        await dana.modal.get_by_role("button", name="Reveal").click()

        await expect(dana.modal.get_by_text("Say it in other words.")).to_be_visible()
        await expect(dana.modal.get_by_label("What")).to_have_value("[EMAIL_1]")
        await expect(dana.modal.get_by_label("Why")).to_have_value("To call him back")
        await dana.page.keyboard.press("Escape")
        await expect(dana.modal).to_have_count(0)
        assert app.server.view_of("T1", "U1") is None


async def test_a_customer_sees_the_status_and_the_answer_grow_and_may_stop_it(
    browser: Browser,
) -> None:
    async with served() as app, tab(browser, app.server, at="direct") as dana:
        await dana.says("When is my statement ready?")
        await expect(dana.main.get_by_text("copilot is looking it up…")).to_be_visible()
        answer = dana.main.locator(".row", has_text="Your statement is ready")
        await expect(dana.main.locator(".is-streaming")).to_contain_text("Your statement")
        await expect(answer).to_contain_text("for more.")
        await expect(answer.locator("li")).to_have_count(2)
        await expect(answer.locator("strong").last).to_have_text("statement")
        await expect(dana.main.locator(".is-streaming")).to_have_count(0)
        app.pace_s = 0.2
        await dana.says("And again?")
        await expect(dana.main.locator(".is-streaming")).to_contain_text("Your statement")
        await dana.button("Stop").click()

        await expect(dana.main.locator(".is-streaming")).to_have_count(0)
        stopped = event_of(app.of("agent_session_stopped")[-1])
        last = list(app.server.messages("T1", app.server.direct_of("T1", "U1")))[-1]
        assert (stopped["user"], stopped["thread_ts"]) == ("U1", last.ts)
        said = app.server.messages("T1", app.server.direct_of("T1", "U1"), last.ts)[-1].text
        assert ANSWER.startswith(said.strip())
        assert len(said) < len(ANSWER)


async def test_markup_in_any_text_stays_text(browser: Browser) -> None:
    async with served() as app, tab(browser, app.server) as dana:
        text = "\n".join(ATTACKS)
        plain = {"type": "plain_text", "text": ATTACKS[1]}
        button = {"type": "button", "action_id": "a", "text": plain, "value": "v"}
        blocks = [
            {"type": "header", "text": plain},
            {"type": "section", "text": {"type": "mrkdwn", "text": text}, "accessory": button},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": text}, plain]},
            {"type": "markdown", "text": text},
        ]
        ts = await app.server.says("T1", "C1", "U2", text, files=[(ATTACKS[1], b"x")])
        await app.call("chat.postMessage", channel="C1", text="blocks", blocks=blocks)
        await app.call("chat.postMessage", channel="C1", markdown_text=text)
        await app.call("chat.postMessage", channel="C1", text="named", username=ATTACKS[1])
        await app.whisper("U1", text)
        home = {"type": "home", "blocks": blocks}
        await dana.says(text)
        await expect(dana.main.locator(".row")).to_have_count(6)

        await expect(dana.row(ts)).to_contain_text(ATTACKS[0])
        await expect(dana.row(ts)).to_contain_text("<img src=x onerror='window.hurt = 1'>")
        await expect(dana.page.locator(NODES)).to_have_count(0)
        await dana.page.get_by_role("link", name="App Home").click()
        await app.server.until(lambda: app.server.home_of("T1", "U1"))
        await app.call("views.publish", user_id="U1", view=home)
        await expect(dana.main.get_by_role("heading", name=ATTACKS[1])).to_be_visible()
        await expect(dana.page.locator(NODES)).to_have_count(0)
        links = await dana.page.locator("#app a").evaluate_all("all => all.map(a => a.protocol)")
        assert set(links) <= {"http:", "https:"}
        assert await dana.page.evaluate("window.hurt") is None


async def test_what_one_has_said_can_be_edited_and_deleted_and_marked(browser: Browser) -> None:
    async with served() as app, tab(browser, app.server) as dana:
        await dana.says("Helo @robin")
        row = dana.main.locator(".row", has_text="Helo")
        await expect(row.locator(".mention")).to_have_text("@Robin")
        await dana.page.keyboard.press("ArrowUp")
        area = dana.page.get_by_role("textbox", name="Edit the message")
        await expect(area).to_have_value("Helo @Robin")
        await area.fill("Hello @robin")
        await area.press("Enter")
        row = dana.main.locator(".row", has_text="Hello @Robin")
        await expect(row).to_contain_text("(edited)")
        await row.hover()
        await row.get_by_role("button", name="Add a reaction").click()
        await dana.page.get_by_role("menuitem", name="eyes").click()
        await expect(row.get_by_role("button", name="eyes, 1: Dana")).to_be_visible()
        await row.get_by_role("button", name="eyes, 1: Dana").click()
        await expect(row.locator(".reaction")).to_have_count(0)
        await row.get_by_role("button", name="More actions").click()
        await dana.page.get_by_role("menuitem", name="Send to customer").click()
        await app.server.until(lambda: app.of("message_action"))
        await row.get_by_role("button", name="More actions").click()
        await dana.page.get_by_role("menuitem", name="Delete").click()
        await dana.page.get_by_role("dialog").get_by_role("button", name="Delete").click()

        await expect(row).to_have_count(0)
        kinds = [event_of(one) for one in app.of("message")]
        assert [one.get("subtype") for one in kinds] == [None, "message_changed", "message_deleted"]
        assert kinds[0]["text"] == "Helo <@U2>"
        assert len(app.of("reaction_added")) == len(app.of("reaction_removed")) == 1
        assert app.of("message_action")[0]["callback_id"] == "send_to_customer"


async def test_commands_shortcuts_files_and_the_home_reach_the_app(
    browser: Browser, tmp_path: Path
) -> None:
    async with served() as app, tab(browser, app.server) as dana:
        await dana.says("/support status")
        await expect(dana.main.locator(".is-whisper")).to_contain_text("2 wait; you asked status")
        await dana.main.get_by_role("button", name="Shortcuts").click()
        await dana.page.get_by_role("menuitem", name="Take the next customer").click()
        await app.server.until(lambda: app.of("shortcut"))
        letter = tmp_path / "letter.txt"
        letter.write_bytes(b"Dear bank")
        await dana.main.locator("input[type=file]").set_input_files(letter)
        await expect(dana.main.locator(".chips li")).to_contain_text("letter.txt")
        await dana.main.get_by_role("textbox").press("Enter")
        await expect(dana.main.get_by_role("link", name="letter.txt")).to_be_visible()
        shared = event_of(app.of("message")[-1])
        async with aiohttp.ClientSession() as http:
            token = {"Authorization": f"Bearer {app.server.team('T1').bot_token}"}
            async with http.get(shared["files"][0]["url_private"], headers=token) as answer:
                assert await answer.read() == b"Dear bank"
        await dana.page.get_by_role("link", name="App Home").click()
        await dana.main.get_by_role("button", name="Claim").first.click()
        await app.server.until(lambda: app.of("block_actions"))

        assert app.of("block_actions")[0]["view"]["type"] == "home"
        assert app.of("shortcut")[0]["callback_id"] == "take_next"
        await picture(dana.page, "desk-home-light")


async def test_an_app_that_does_not_answer_is_told_of(browser: Browser) -> None:
    async with served() as app, tab(browser, app.server) as dana:
        app.status = 500
        app.server.retry_pauses_s = (0.0,)
        await dana.says("/support status")

        await expect(dana.page.get_by_text("The app refused that (500).")).to_be_visible()
        await expect(dana.page.get_by_text("The app did not answer the last thing")).to_be_visible()
        app.status = 200
        await dana.says("/support status")
        await expect(dana.page.locator("#banner")).to_be_hidden()


async def test_acts_are_taken_from_the_page_itself_and_from_nobody_else(browser: Browser) -> None:
    async with served() as app, aiohttp.ClientSession() as http:
        act = {"as": "U1", "act": "say", "channel": "C1", "text": "hello"}
        own = {"Origin": app.server.url}
        tried = [
            await status_of(app, http, act, {}),
            await status_of(app, http, act, {"Origin": "https://example.com"}),
            await status_of(app, http, act, {**own, "Host": "example.com"}),
            await status_of(app, http, {**act, "as": "U9"}, own),
            await status_of(app, http, {**act, "act": "__init__"}, own),
            await status_of(app, http, {**act, "text": " "}, own),
        ]
        assert tried == [403, 403, 403, 404, 409, 409]
        assert app.heard == []

        assert await status_of(app, http, act, own) == 200
        assert [event_of(one)["text"] for one in app.of("message")] == ["hello"]


async def status_of(
    app: App, http: aiohttp.ClientSession, act: object, headers: dict[str, str]
) -> int:
    async with http.post(f"{app.server.url}/page/act", json=act, headers=headers) as answer:
        return answer.status


async def test_a_page_that_lost_the_demo_says_so_and_comes_back(browser: Browser) -> None:
    async with served() as app:
        port = int(app.server.url.rpartition(":")[2])
        async with tab(browser, app.server) as dana:
            dana.complaints.expected += [
                "ERR_CONNECTION_REFUSED",
                "ERR_INCOMPLETE",
                "Failed to load",
            ]
            await app.server.close()
            await expect(dana.page.get_by_text("The demo does not answer.")).to_be_visible()
            await asyncio.sleep(0)
            async with served(port) as again:
                await again.card()

                await expect(dana.button("Claim")).to_be_visible()
                await expect(dana.page.locator("#banner")).to_be_hidden()
