"""Files in a real browser: choosing, dropping and pasting them, and what the customer is told."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, expect

from channels.base import Said, Uploaded
from channels.scripted import Script
from channels.upload import MOST_FILE_BYTES
from tests.e2e.browser import chromium, picture
from tests.e2e.test_widget_access import inside, violations
from tests.e2e.widget_files import PASTE, PDF, PNG, File, choose, file, until_ready
from tests.e2e.widget_site import CONVERSATION, served, tab

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


async def gone(request: web.Request) -> web.StreamResponse:
    """Answer as a server that has never heard of files."""
    await request.read()
    raise web.HTTPNotFound


async def test_a_file_is_chosen_sent_and_still_there_after_a_reload(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        await customer.open()
        chat = customer.chat
        await expect(chat.get_by_role("button", name="Attach a file")).to_be_enabled()
        await choose(customer, file(), file("Kontoauszug März.pdf", "application/pdf", PDF))
        await until_ready(customer, 2)
        await expect(chat.locator(".chip-size").first).to_have_text("33 kB")
        await expect(chat.locator("#file-note")).to_have_text(
            "Kontoauszug März.pdf is ready to send."
        )
        await chat.locator("#text").fill("Here are both")
        await picture(customer.page, "files-chips-light")
        await chat.locator("#send").click()

        await expect(chat.locator(".chip")).to_have_count(0)
        await expect(chat.locator(".from-own .text")).to_have_text("Here are both")
        await expect(chat.locator(".from-bot .thumbs")).to_be_visible()
        await picture(customer.page, "files-sent-light")
        await customer.page.reload()
        await customer.open()
        names = chat.locator(".from-own .attached .chip-name")
        await expect(names).to_have_text(["photo.png", "Kontoauszug März.pdf"])
        await expect(chat.locator("#file-note")).to_have_text("")
        said = site.conversations.of(Said)[0]
        assert isinstance(said, Said)
        sent = [site.conversations.files[CONVERSATION, each] for each in said.attachments]
        assert [each.content for each in sent] == [PNG, PDF]


async def test_a_file_needs_no_words(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        await customer.open()
        await expect(customer.chat.locator("#send")).to_be_disabled()
        await choose(customer, file())
        await until_ready(customer)
        await customer.chat.locator("#text").press("Enter")

        await expect(customer.chat.locator(".from-own .attached li")).to_have_count(1)
        await expect(customer.chat.locator(".from-own .text")).to_be_hidden()
        assert [act.text for act in site.conversations.of(Said) if isinstance(act, Said)] == [""]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([file("run.exe", "application/x-msdownload")], "run.exe cannot be sent: only pictures"),
        ([file("page.html", "text/html", b"<p>")], "page.html cannot be sent"),
        ([file("big.pdf", "application/pdf", bytes(MOST_FILE_BYTES + 1))], "may have 5 MB at most"),
        ([file("no.txt", "text/plain", b"")], "no.txt is empty."),
        ([file("false.png", "image/png", b"MZ\x90\x00")], "false.png cannot be sent"),
        ([file(f"{n}.png") for n in range(6)], "5.png was left out: one message takes 5 files"),
    ],
    ids=["program", "page", "large", "empty", "false", "six"],
)
async def test_what_cannot_be_sent_is_refused_with_the_reason(
    browser: Browser, files: list[File], reason: str
) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        customer.complaints.expected += ["415"]
        await customer.open()
        await choose(customer, *files)

        kept = 0 if len(files) == 1 else 5
        await expect(customer.chat.locator("#file-note")).to_contain_text(reason)
        await until_ready(customer, kept)
        await expect(customer.chat.locator("#file-note")).to_contain_text(reason)
        await expect(customer.chat.locator(".chip")).to_have_count(kept)
        assert len(site.conversations.of(Uploaded)) == kept


async def test_a_refusal_is_shown_and_the_rest_is_kept(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        await customer.open()
        await choose(
            customer, file("run.exe", "application/x-msdownload"), file("a.svg", "image/svg+xml")
        )

        await expect(customer.chat.locator("#file-note")).to_contain_text("run.exe cannot be sent")
        await expect(customer.chat.locator("#file-note")).to_contain_text("a.svg cannot be sent")
        await picture(customer.page, "files-refused-light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
async def test_axe_finds_no_violation_with_files(browser: Browser, scheme: str, width: int) -> None:
    options = {"viewport": {"width": width, "height": 760}, "color_scheme": scheme}
    async with (
        served(Script("Yes.")) as site,
        tab(browser, site.url, **options, reduced_motion="reduce") as customer,
    ):
        await customer.open()
        await choose(customer, file())
        await until_ready(customer)
        await customer.ask("Look at this")
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        never = asyncio.Event()

        async def slow(request: web.Request) -> web.StreamResponse:
            await never.wait()
            raise web.HTTPNotFound

        async def broken(request: web.Request) -> web.StreamResponse:
            await request.read()
            raise web.HTTPInternalServerError

        customer.complaints.expected += ["500", "404"]
        site.file_answers += [broken, slow]
        await choose(customer, file("a very long name of a file " * 4 + ".png"), file("b.png"))
        await expect(customer.chat.locator(".chip[data-state=failed]")).to_have_count(1)
        await expect(customer.chat.locator(".chip[data-state=uploading]")).to_have_count(1)
        await choose(customer, file("x.svg", "image/svg+xml"))
        await picture(customer.page, f"files-{scheme}-{width}")
        frame = inside(customer.page)
        overflow = "({scrollWidth, clientWidth}) => scrollWidth - clientWidth"

        assert await customer.chat.locator("html").evaluate(overflow) == 0
        assert await customer.chat.locator("#composer").evaluate(overflow) == 0
        assert await violations(customer, customer.page, frame) == []
        never.set()


async def test_files_are_dropped_and_pasted(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        await customer.open()
        frame = inside(customer.page)
        what = {"type": "image/png", "name": "shot.png", "bytes": list(PNG[:40])}
        assert await frame.evaluate(PASTE, {**what, "kind": "dragover"}) is True
        await expect(customer.chat.locator("#drop")).to_be_visible()
        await picture(customer.page, "files-drop-light")
        assert await frame.evaluate(PASTE, {**what, "kind": "drop"}) is True
        await expect(customer.chat.locator("#drop")).to_be_hidden()
        assert await frame.evaluate(PASTE, {**what, "kind": "paste"}) is True

        await until_ready(customer, 2)
        assert len(site.conversations.of(Uploaded)) == 2


async def test_without_websockets_files_go_out_as_well(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        customer.complaints.expected += ["503", "WebSocket"]
        site.has_sockets = False
        await customer.open()
        await choose(customer, file())
        await until_ready(customer)
        await customer.ask("Over the stream")

        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        await expect(customer.chat.locator(".from-own .attached li")).to_have_count(1)
        await expect(customer.chat.locator(".from-own .delivery")).to_have_text("Sent")


async def test_a_server_that_knows_no_files_takes_the_button_away(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        customer.complaints.expected += ["404"]
        site.file_answers.append(gone)
        await customer.open()
        await choose(customer, file())

        await expect(customer.chat.locator("#attach")).to_be_hidden()
        await expect(customer.chat.locator(".chip")).to_have_count(0)
        await expect(customer.chat.locator("#file-note")).to_have_text(
            "Files cannot be sent in this chat."
        )
        await customer.ask("Then without")
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()


async def test_files_that_were_not_sent_are_lost_with_a_reload_and_that_is_said(
    browser: Browser,
) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.chat.locator("#text").fill("I was about to")
        await choose(customer, file())
        await until_ready(customer)
        await customer.page.reload()
        await customer.open()

        await expect(customer.chat.locator("#text")).to_have_value("I was about to")
        await expect(customer.chat.locator("#file-note")).to_contain_text("are lost with a reload")
        await expect(customer.chat.locator(".chip")).to_have_count(0)
        await customer.page.reload()
        await customer.open()
        await expect(customer.chat.locator("#file-note")).to_have_text("")


async def test_a_message_with_a_file_that_could_not_go_out_survives_a_reload(
    browser: Browser,
) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        customer.complaints.expected += ["503", "WebSocket"]
        await customer.open()
        await choose(customer, file())
        await until_ready(customer)
        site.has_chat = False
        site.cut()
        await customer.ask("Keep it")
        await expect(customer.chat.locator(".delivery")).to_have_text("Not sent yet")
        await customer.page.reload()
        await customer.open()
        await expect(customer.chat.locator(".from-own .attached .chip-name")).to_have_text(
            "photo.png"
        )
        site.has_chat = True

        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        said = site.conversations.of(Said)
        assert len(said) == 1
        assert isinstance(said[0], Said)
        assert len(said[0].attachments) == 1


async def test_an_upload_that_failed_is_tried_again_and_one_that_came_too_soon_waits(
    browser: Browser,
) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        await request.read()
        raise web.HTTPInternalServerError

    async def too_soon(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.Response(status=429, headers={"Retry-After": "1"})

    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        customer.complaints.expected += ["500", "429"]
        site.file_answers += [broken, too_soon]
        await customer.open()
        await choose(customer, file())
        await expect(customer.chat.locator("#file-note")).to_have_text(
            "photo.png could not be uploaded."
        )
        await customer.chat.get_by_role("button", name="Upload photo.png again").click()

        await until_ready(customer)
        assert len(site.conversations.of(Uploaded)) == 1


async def test_files_need_no_mouse(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        page, chat = customer.page, customer.chat
        # The browser needs a moment to hand choosers over: a listener from the beginning.
        page.on("filechooser", lambda _: None)
        await customer.open()
        await customer.online()
        await expect(chat.locator("#text")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(chat.locator("#attach")).to_be_focused()
        async with page.expect_file_chooser() as waiting:
            await page.keyboard.press("Enter")
        chooser = await waiting.value
        assert chooser.is_multiple()
        await chooser.set_files([file("a.png"), file("b.png")])  # type: ignore[arg-type]
        await until_ready(customer, 2)
        await chat.get_by_role("button", name="Remove a.png").focus()
        await page.keyboard.press("Enter")
        await expect(chat.get_by_role("button", name="Remove b.png")).to_be_focused()
        await page.keyboard.press("Space")

        await expect(chat.locator("#attach")).to_be_focused()
        await expect(chat.locator("#chips")).to_be_hidden()


async def test_while_a_file_is_on_its_way_nothing_is_sent_without_it(browser: Browser) -> None:
    go_on = asyncio.Event()

    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:

        async def slow(request: web.Request) -> web.StreamResponse:
            await request.read()
            await go_on.wait()
            return web.Response(status=503, headers={"Retry-After": "1"})

        customer.complaints.expected += ["503"]
        site.file_answers.append(slow)
        await customer.open()
        await choose(customer, file())
        await customer.ask("Look")
        await expect(customer.chat.locator("#file-note")).to_contain_text("Please wait")
        await expect(customer.chat.locator("#send")).to_be_disabled()
        await expect(customer.chat.locator("#text")).to_have_value("Look")
        go_on.set()

        await until_ready(customer)
        await customer.chat.locator("#send").click()
        await expect(customer.chat.locator(".from-own .attached li")).to_have_count(1)


async def test_a_conversation_that_begins_anew_gets_the_chosen_files_once_more(
    browser: Browser,
) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        customer.complaints.expected += ["403"]
        await customer.open()
        await choose(customer, file())
        await until_ready(customer)
        site.conversations.forget(CONVERSATION)
        await expect(customer.chat.locator("#banner")).to_contain_text("has ended")
        await customer.chat.get_by_role("button", name="Start a new conversation").click()
        await until_ready(customer)
        await customer.ask("In the new one")

        await expect(customer.chat.locator(".from-own .attached li")).to_have_count(1)
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Datei anhängen"),
        ("es", "Adjuntar un archivo"),
        ("fr", "Joindre un fichier"),
        ("ar", "إرفاق ملف"),
    ],
)
async def test_the_button_speaks_every_language(
    browser: Browser, language: str, words: str
) -> None:
    async with served(Script("Ja.")) as site:
        site.language = language
        site.direction = "rtl" if language == "ar" else "ltr"
        async with tab(browser, site.shop_url, locale="en-US") as customer:
            await customer.page.locator("button.launcher").click()
            await expect(customer.chat.get_by_role("button", name=words)).to_be_enabled()
            await choose(customer, file("photo.png"))
            await until_ready(customer)
            await customer.chat.locator("#text").press("Enter")
            await expect(customer.chat.locator(".from-own .attached li")).to_have_count(1)
            await choose(customer, file("كشف.png" if language == "ar" else "two.png"))
            await until_ready(customer)
            await picture(customer.page, f"files-{language}")


async def test_the_transcript_names_the_files(browser: Browser) -> None:
    async with served(Script("Yes.")) as site, tab(browser, site.url) as customer:
        await customer.open()
        await choose(customer, file())
        await until_ready(customer)
        await customer.chat.locator("#send").click()
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        async with customer.page.expect_download() as waiting:
            await customer.chat.get_by_role("button", name="Download transcript").click()
        text = (await (await waiting.value).path()).read_text("utf-8-sig")

        assert "File: photo.png" in text
