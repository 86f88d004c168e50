"""Thumbs, survey, choices, contact form, status, and text that must stay text."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from channels.base import Chose, LeftContact, Rated, Surveyed, Typed
from channels.scripted import Script
from tests.e2e.browser import LONGEST_WAIT_MS, chromium, picture
from tests.e2e.widget_site import CONVERSATION, served, tab

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ATTACKS = (
    "<script>window.hurt = 1</script>",
    "<img src=x onerror='window.hurt = 1'>",
    "[press](javascript:window.hurt=1)",
    "[press](data:text/html,<script>window.hurt=1</script>)",
    "<svg onload=window.hurt=1>",
    "![](https://example.com/pixel.png)",
    "<a href='https://example.com' style='position:fixed'>x</a>",
    "`</code><img src=x onerror=window.hurt=1>`",
    "**<iframe srcdoc='<script>parent.hurt=1</script>'></iframe>**",
    "&lt;img src=x&gt; &amp;",
)
NODES = "#entries :is(img, script, svg:not(.icon), iframe:not(.frame), style, [style], [onerror])"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as running:
        yield running


@pytest.mark.promise("W101")
async def test_markup_in_any_text_stays_text(browser: Browser) -> None:
    answer = "\n\n".join(ATTACKS)
    async with served(Script(answer)) as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask(answer)
        await expect(customer.chat.locator(".from-bot .thumbs")).to_be_visible()
        say = site.conversations.append
        say(CONVERSATION, "escalation", state="joined", name=ATTACKS[1])
        say(CONVERSATION, "notice", code="x", text=ATTACKS[0])
        say(CONVERSATION, "choices", items=[{"id": "a", "label": ATTACKS[1]}])
        bad = {"n": 1, "title": ATTACKS[1], "quote": ATTACKS[0], "url": "javascript:window.hurt=1"}
        say(CONVERSATION, "message.start", message_id="m", author="bot")
        end = {"text": "See [1]", "status": "done", "author": "bot", "citations": [bad]}
        say(CONVERSATION, "message.end", message_id="m", **end)
        site.conversations.show(CONVERSATION, "status", text=ATTACKS[1])
        await expect(customer.chat.locator(".from-bot .thumbs")).to_have_count(2)
        await customer.chat.locator(".source-chip").last.click()

        await expect(customer.chat.locator(".source-card").last).to_contain_text(ATTACKS[0])
        await expect(customer.chat.locator(".choice")).to_have_text(ATTACKS[1])
        await expect(customer.chat.locator(".from-own .text")).to_have_text(answer)
        await expect(customer.chat.locator(".from-bot .text").first).to_contain_text(ATTACKS[0])
        await expect(customer.chat.locator(NODES)).to_have_count(0)
        links = await customer.chat.locator("#entries a").evaluate_all(
            "all => all.map(a => a.href)"
        )
        assert {link for link in links if not link.startswith("https://")} == set()
        hurt = [await frame.evaluate("window.hurt") for frame in customer.page.frames]
        assert hurt == [None] * len(hurt)


async def test_a_thumb_down_asks_for_the_reason(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("When?")
        await customer.chat.get_by_role("button", name="This answer did not help").click()
        await customer.chat.get_by_label("It is too long").check()
        await customer.chat.get_by_label("Something else").fill("and old")
        await picture(customer.page, "reason-light")
        await customer.chat.locator(".remark").get_by_role("button", name="Send").click()

        await expect(customer.chat.get_by_text("Thank you for telling us.")).to_be_visible()
        rated = await site.conversations.wait_for(Rated, 2)
        assert [(act.value, act.reason) for act in rated if isinstance(act, Rated)] == [
            ("down", ""),
            ("down", "It is too long: and old"),
        ]


async def test_the_survey_takes_a_score_and_a_comment(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("Thanks")
        site.conversations.append(CONVERSATION, "csat.request", episode=1)
        await customer.chat.get_by_label("4: Good").check()
        await expect(customer.chat.locator(".score-word")).to_have_text("Good")
        await customer.chat.get_by_label("Anything to add?").fill("Quick")
        await picture(customer.page, "survey-light")
        await customer.chat.locator(".survey").get_by_role("button", name="Send").click()

        await expect(customer.chat.get_by_text("Thank you for your rating.")).to_be_visible()
        assert await site.conversations.wait_for(Surveyed, 1) == [Surveyed(4, "Quick")]


async def test_a_choice_is_made_once(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("Shall I wait?")
        items = [{"id": "wait", "label": "Wait"}, {"id": "mail", "label": "Leave my contact"}]
        site.conversations.append(CONVERSATION, "choices", items=items)
        await customer.chat.get_by_role("button", name="Leave my contact").click()

        await expect(customer.chat.get_by_text("You chose: Leave my contact")).to_be_visible()
        await expect(customer.chat.locator(".choice")).to_have_count(0)
        assert await site.conversations.wait_for(Chose, 1) == [Chose("mail")]


async def test_who_goes_on_with_the_bot_is_not_told_that_a_person_has_left(
    browser: Browser,
) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("Can I talk to a person?")
        say = site.conversations.append
        say(CONVERSATION, "escalation", state="requested", reason="button")
        human = customer.chat.locator("#human")
        await expect(human).to_have_attribute("aria-disabled", "true")
        say(CONVERSATION, "escalation", state="left")
        await expect(human).to_have_attribute("aria-disabled", "false")
        say(CONVERSATION, "escalation", state="joined", name="Dana")
        say(CONVERSATION, "escalation", state="left", name="Dana")

        left = customer.chat.locator(".line-left")
        await expect(left).to_have_count(1)
        await expect(left).to_contain_text("Dana has left the chat.")


@pytest.mark.promise("K66")
async def test_a_corrected_message_changes_its_bubble(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("What does it cost?")
        say, agent = site.conversations.append, {"message_id": "h1", "author": "agent"}
        say(CONVERSATION, "escalation", state="joined", name="Dana")
        say(CONVERSATION, "message.start", **agent)
        say(CONVERSATION, "message.delta", message_id="h1", i=0, text="It costs 5 euro")
        say(CONVERSATION, "message.end", text="It costs 5 euro", status="done", **agent)
        bubble = customer.chat.locator(".from-agent .text")
        await expect(bubble).to_have_text("It costs 5 euro")
        say(CONVERSATION, "message.end", text="It costs 6 euro", status="done", **agent)

        await expect(bubble).to_have_text("It costs 6 euro")
        await expect(bubble).to_have_count(1)


async def test_when_nobody_is_there_a_contact_can_be_left(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.ask("Anybody?")
        text = "Our people are back at 9 o'clock."
        site.conversations.append(CONVERSATION, "notice", code="nobody_there", text=text)
        form = customer.chat.locator(".contact form")
        await form.get_by_role("button", name="Send").click()
        await expect(form.get_by_role("alert")).to_contain_text("Please enter")
        await form.get_by_label("E-mail or phone number").fill("ada@example.org")
        await form.get_by_label("What is it about?").fill("My card")
        await form.get_by_role("button", name="Send").click()

        await expect(customer.chat.get_by_text("We will get back to you.")).to_be_visible()
        assert await site.conversations.wait_for(LeftContact, 1) == [
            LeftContact("ada@example.org", "My card")
        ]


async def test_what_is_being_done_is_shown_and_typing_is_told(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.chat.locator("#text").press_sequentially("Hm")
        assert (await site.conversations.wait_for(Typed, 1))[0] == Typed(True)
        site.conversations.show(CONVERSATION, "status", text="Looking through our help centre")

        await expect(customer.chat.locator("#activity")).to_contain_text("Looking through")
        await customer.chat.locator("#text").fill("")
        assert (await site.conversations.wait_for(Typed, 2))[1] == Typed(False)
        site.conversations.show(CONVERSATION, "typing", on=False)
        await expect(customer.chat.locator("#activity")).to_be_hidden()


async def test_a_text_that_is_too_long_is_counted_and_not_sent(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        await customer.open()
        await customer.online()
        await customer.chat.locator("#text").fill("😀" * 7_990)
        await expect(customer.chat.locator("#counter")).to_have_text("10 characters left")
        await customer.chat.locator("#text").fill("a" * 8_003)

        await expect(customer.chat.locator("#counter")).to_have_text("3 characters too many")
        await expect(customer.chat.locator("#send")).to_be_disabled()


SUBSET = {
    "**a** _b_ `c`": "<p><strong>a</strong> <em>b</em> <code>c</code></p>",
    "a * b * c, 2*3 and snake_case_name": "<p>a * b * c, 2*3 and snake_case_name</p>",
    "1. one\n2. two": "<ol><li>one</li><li>two</li></ol>",
    "- x\n  - y": '<ul><li>x</li><li class="deep-1">y</li></ul>',
    "# Head\ntext": "<p><strong>Head</strong></p><p>text</p>",
    "```\n<b>**x**\n```": '<pre tabindex="0" dir="ltr"><code>&lt;b&gt;**x**</code></pre>',
    "a\nb": "<p>a<br>b</p>",
    "\\*not\\*": "<p>*not*</p>",
    "***": "",
    "**open": "<p>**open</p>",
    "[a](ftp://x.example)": "<p>[a](ftp://x.example)</p>",
    "see (https://a.example/x).": (
        '<p>see (<a href="https://a.example/x" target="_blank" '
        'rel="noopener noreferrer nofollow">https://a.example/x</a>).</p>'
    ),
    "![a cat](https://a.example/cat.png)": (
        '<p><a href="https://a.example/cat.png" target="_blank" '
        'rel="noopener noreferrer nofollow">a cat</a></p>'
    ),
    "[](https://a.example)[ ](x)!": "<p>[](https://a.example)[ ](x)!</p>",
    "yes [1][2] and [33]": "<p>yes <i>1</i><i>2</i> and <i>33</i></p>",
}
SHOW = """async ([text, isOpen]) => {
  const { showMarkdown } = await import("/widget/markdown_view.js");
  const node = document.createElement("div");
  const cite = (n) => Object.assign(document.createElement("i"), { textContent: n });
  const leaf = (words) => [document.createTextNode(words)];
  showMarkdown(node, text, { isOpen, cite, leaf });
  return node.innerHTML;
}"""
CUTS = """async (text) => {
  const { showMarkdown } = await import("/widget/markdown_view.js");
  const options = {
    cite: (n) => document.createTextNode(n), leaf: (words) => [document.createTextNode(words)],
  };
  const whole = document.createElement("div");
  showMarkdown(whole, text, { ...options, isOpen: false });
  const grown = document.createElement("div");
  for (let end = 0; end <= text.length; end += 1) {
    showMarkdown(grown, text.slice(0, end), { ...options, isOpen: true });
  }
  showMarkdown(grown, text, { ...options, isOpen: false });
  return [whole.innerHTML, grown.innerHTML];
}"""


async def show(page: Page, text: str, is_open: bool = False) -> str:
    shown: str = await page.evaluate(SHOW, [text, is_open])
    return shown


async def test_the_markdown_subset_becomes_elements(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        shown = {text: await show(customer.page, text) for text in SUBSET}

        assert shown == SUBSET


async def test_a_growing_text_shows_no_half_marks(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        growing = ["It is **bo", "See `co", "It is *", "[the page](https://a.exa"]
        shown = [await show(customer.page, text, is_open=True) for text in growing]

        assert shown == [
            "<p>It is <strong>bo</strong></p>",
            "<p>See <code>co</code></p>",
            "<p>It is </p>",
            "<p>the page</p>",
        ]


async def test_markdown_does_not_depend_on_where_the_stream_is_cut(browser: Browser) -> None:
    async with served() as site, tab(browser, site.url) as customer:
        for text in [*SUBSET, "\n\n".join(SUBSET), *ATTACKS]:
            whole, grown = await customer.page.evaluate(CUTS, text)

            assert whole == grown


async def test_hostile_markdown_does_not_hang_the_page(browser: Browser) -> None:
    parse = """async (text) => {
      const { parse } = await import("/widget/markdown.js");
      return parse(text, true).length;
    }"""
    hostile = ("*" * 8_000, "[" * 8_000, "**a " * 2_000, "`" * 7_999, "_a" * 4_000, "[](" * 2_700)
    async with served() as site, tab(browser, site.url) as customer:
        async with asyncio.timeout(LONGEST_WAIT_MS / 1000):
            counts = [await customer.page.evaluate(parse, text) for text in hostile]

        assert len(counts) == len(hostile)
