"""Personal data said on every way through the desk in Slack, and then every byte is searched."""

import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.e2e.slack_place import DANA, ROBIN, SUPPORT, TEAM, SlackPlace, slack_place
from tests.e2e.test_files import Customer, customer_at
from tests.emulators.slack.calls import Call
from tests.emulators.slack.state import Message

pytestmark = pytest.mark.slow

NINA = "U5"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256))
DIGITS = {
    "customer": ("4000001230005712", "2125550107"),
    "human": ("4000001230015711", "2125550119"),
    "direct": ("4000001230025710", "4155550133"),
}
IBAN = "GB33BUKB20201555555555"
"""From the standard's own examples."""
SURNAMES = {"customer": "quennelworth", "human": "ostrowmere", "direct": "thistlegarde"}
BETWEEN_DIGITS = re.compile(rb"(?<=\d)(?:%20|[ ().\-+_])+(?=\d)")
REVEALED = "views.update"


@dataclass(frozen=True, slots=True)
class Canary:
    """What one person gives away."""

    who: str

    @property
    def email(self) -> str:
        return f"kim.canary.{self.who}@example.com"

    @property
    def card(self) -> str:
        return DIGITS[self.who][0]

    @property
    def phone(self) -> str:
        return DIGITS[self.who][1]

    @property
    def said(self) -> str:
        """Everything, in one message."""
        area, first, last = self.phone[:3], self.phone[3:6], self.phone[6:]
        card = " ".join(self.card[n : n + 4] for n in range(0, 16, 4))
        return (
            f"My name is Kim {SURNAMES[self.who].title()}, my card is {card}, my IBAN is {IBAN}, "
            f"write to {self.email} or call +1 {area} {first} {last}."
        )

    @property
    def file(self) -> str:
        return f"{self.email}_{self.card}.png"

    def found_in(self, blob: bytes) -> Iterator[str]:
        """Yield what is there in clear, however it is separated."""
        lowered = blob.lower().replace(b"%40", b"@")
        joined = BETWEEN_DIGITS.sub(b"", lowered)
        if f"canary.{self.who}".encode() in lowered:
            yield self.email
        if SURNAMES[self.who].encode() in lowered:
            yield SURNAMES[self.who]
        for digits in (self.card, self.phone):
            if digits.encode() in joined:
                yield digits
        if IBAN.lower().encode() in lowered.replace(b" ", b""):
            yield IBAN


CUSTOMER, HUMAN, DIRECT = (Canary(who) for who in DIGITS)
CANARIES = (CUSTOMER, HUMAN, DIRECT)


class Everything(logging.Handler):
    """Keeps all that is logged by anybody, with whatever is attached to it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))
        self.lines.append(repr(record.__dict__))


@pytest.fixture
def logged() -> Iterator[Everything]:
    """Let everybody log everything."""
    handler, root = Everything(), logging.getLogger()
    names = ("copilot", "aiohttp", "slack_sdk", "slack_bolt", "websockets", "asyncio")
    loggers = (root, *(logging.getLogger(name) for name in names))
    before = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


@dataclass
class Story:
    """What happens at the desk."""

    place: SlackPlace
    card: Message

    async def chooses(self, user: str, word: str) -> None:
        """Choose in the menu of the card."""
        slack = self.place.slack
        shown = slack.message(TEAM, SUPPORT, self.card.ts)
        [value] = [value for value in options_of(shown) if value.startswith(f"{word}:")]
        await slack.clicks(TEAM, SUPPORT, self.card.ts, user, "more", value)

    async def opened(self, user: str, callback: str, block: str = "") -> dict[str, Any]:
        """Wait for a modal, and for a block in it."""
        slack = self.place.slack

        def is_there() -> bool:
            view = slack.view_of(TEAM, user)
            blocks = view["blocks"] if view and view["callback_id"] == callback else []
            return bool(blocks) and (
                not block or block in {one.get("block_id") for one in blocks if "element" in one}
            )

        await slack.until(is_there)
        view = slack.view_of(TEAM, user)
        assert view is not None
        return view

    async def until_claimed(self) -> None:
        slack = self.place.slack
        await slack.until(
            lambda: slack.message(TEAM, SUPPORT, self.card.ts).text.startswith("Claimed")
        )

    async def whispered(self, user: str, text: str) -> None:
        slack = self.place.slack
        await slack.until(
            lambda: any(text in one.text for one in slack.ephemerals(TEAM, SUPPORT, user))
        )

    async def marked(self, ts: str, name: str) -> None:
        slack = self.place.slack
        await slack.until(lambda: name in slack.message(TEAM, SUPPORT, ts).reactions)


def options_of(message: Message) -> Iterator[str]:
    for block in message.blocks:
        for element in block.get("elements", ()):
            yield from (option["value"] for option in element.get("options", ()))


async def ask_for_human(customer: Customer) -> None:
    """Give everything away, with a file, and ask for a person."""
    file = await customer.upload(PNG, "image/png", CUSTOMER.file)
    assert await customer.say(CUSTOMER.said, "a1", file) in (200, 201, 202)
    assert await customer.say("I want to talk to a person", "a2") in (200, 201, 202)


async def work_at_the_desk(story: Story, customer: Customer) -> None:
    """Let two humans do everything that the desk lets them do, with personal data."""
    slack, card = story.place.slack, story.card
    await slack.says(TEAM, SUPPORT, DANA, f"Before the claim: {HUMAN.said}", card.ts)
    await story.whispered(DANA, "Nobody has claimed")
    await slack.clicks(TEAM, SUPPORT, card.ts, DANA, "claim")
    await story.until_claimed()
    ts = await slack.says(TEAM, SUPPORT, DANA, HUMAN.said, card.ts, [(HUMAN.file, PNG)])
    await story.marked(ts, "white_check_mark")
    await slack.edits(TEAM, SUPPORT, ts, f"{HUMAN.said} Sorry!")
    await slack.says(TEAM, SUPPORT, DANA, f";; {HUMAN.said}", card.ts)
    bad = await slack.says(
        TEAM, SUPPORT, DANA, "See this", card.ts, [(f"{HUMAN.email}_{HUMAN.card}.exe", b"MZ")]
    )
    await story.marked(bad, "x")
    await slack.commands(TEAM, SUPPORT, DANA, "/support", f"note {HUMAN.said}")
    await story.whispered(DANA, "Noted")
    await story.chooses(DANA, "note")
    await story.opened(DANA, "note_view")
    await slack.submits(TEAM, DANA, {"field": HUMAN.said})
    await story.place.said(card, "Note by")
    await story.chooses(ROBIN, "reply")
    await story.opened(ROBIN, "send_view")
    await slack.submits(TEAM, ROBIN, {"field": f"I am not the one: {HUMAN.said}"})
    await story.whispered(ROBIN, "Not sent")
    await slack.clicks(TEAM, SUPPORT, card.ts, DANA, "suggest")
    await story.opened(DANA, "send_view", "field")
    await slack.submits(TEAM, DANA, {"field": f"As it were: {HUMAN.said}"})
    await customer.say(f"Thank you. {CUSTOMER.said}", "a3")
    await story.place.said(card, "Thank you")
    await slack.commands(TEAM, SUPPORT, DANA, "/support", "transcript")
    await story.whispered(DANA, "transcript")
    await story.chooses(DANA, "faq")
    await story.whispered(DANA, "FAQ")
    await slack.opens_home(TEAM, DANA)
    await slack.until(lambda: slack.home_of(TEAM, DANA) is not None)


async def reveal(story: Story) -> str:
    """Look at the e-mail address; returns what was shown."""
    slack = story.place.slack
    await slack.clicks(TEAM, SUPPORT, story.card.ts, DANA, "reveal")
    await story.opened(DANA, "reveal_view", "field")
    await slack.submits(TEAM, DANA, {"field": "[EMAIL_1]", "why": f"he is {HUMAN.email}"})
    await slack.until(lambda: any(one.method == REVEALED for one in revealing(slack.calls)))
    return json.dumps(slack.view_of(TEAM, DANA))


async def write_directly(place: SlackPlace) -> Message:
    """Let a customer in Slack give everything away, and ask for a person."""
    slack = place.slack
    slack.user(TEAM, NINA, "Nina")
    files = [(DIRECT.file, PNG)]
    await slack.direct(TEAM, NINA, DIRECT.said, files=files)
    await slack.direct(TEAM, NINA, "I want to talk to a person")
    card = await place.card(1)
    await slack.clicks(TEAM, SUPPORT, card.ts, ROBIN, "claim")
    await Story(place, card).until_claimed()
    ts = await slack.says(TEAM, SUPPORT, ROBIN, f"So it is: {HUMAN.said}", card.ts)
    await slack.until(lambda: "white_check_mark" in slack.message(TEAM, SUPPORT, ts).reactions)
    here = slack.direct_of(TEAM, NINA)
    await slack.until(
        lambda: any(
            call.arguments.get("channel") == here and "So it is" in json.dumps(call.arguments)
            for call in slack.calls
        )
    )
    return card


def revealing(calls: Sequence[Call]) -> list[Call]:
    """Return the calls that show a value to the one human who has asked for it."""
    return [call for call in calls if call.method == REVEALED and is_reveal(call)]


def is_reveal(call: Call) -> bool:
    view = call.arguments.get("view")
    found = view if isinstance(view, dict) else json.loads(str(view or "{}"))
    return found.get("callback_id") == "reveal_view" and "kim.canary" in json.dumps(found)


def searched(place: SlackPlace, folder: Path, own: str) -> dict[str, bytes]:
    """Return everything that is left; `own` are the direct messages of a customer."""
    calls, allowed = place.slack.calls, revealing(place.slack.calls)
    blobs = {
        f"{number} {call.method}": json.dumps(call.arguments, default=str).encode()
        for number, call in enumerate(calls)
        if call not in allowed
        and call.method != "download"
        # The address of a file is Slack's own, with the name that it has there.
        and call.arguments.get("channel") != own
    }
    blobs |= {
        f"content of {number}": file.content or b""
        for number, file in enumerate(place.slack.state.files.values())
    }
    for path in (folder / "data").rglob("*"):
        if path.is_file():
            blobs[path.name] = path.read_bytes() + path.name.encode()
    return blobs


@pytest.mark.promise("P1", "K76")
async def test_nothing_personal_is_left_in_any_call_log_or_byte(
    tmp_path: Path, logged: Everything
) -> None:
    async with slack_place(tmp_path) as place, customer_at(place.url) as customer:
        await ask_for_human(customer)
        story = Story(place, await place.card())
        await work_at_the_desk(story, customer)
        shown = await reveal(story)
        await write_directly(place)
        async with aiohttp.ClientSession() as http, http.get(f"{place.url}/metrics") as metrics:
            counted = await metrics.read()
        before = searched(place, tmp_path, place.slack.direct_of(TEAM, NINA))
        tokens = [place.slack.team(TEAM).bot_token.encode()]
    after = searched(place, tmp_path, place.slack.direct_of(TEAM, NINA))

    lines = "\n".join(logged.lines).encode()
    everywhere = {**before, **{f"after {name}": blob for name, blob in after.items()}}
    everywhere |= {"log": lines, "metrics": counted}
    hits = {
        (where, what)
        for where, blob in everywhere.items()
        for canary in CANARIES
        for what in canary.found_in(blob)
    }
    assert {"copilot.db", "cabinet.db", "copilot.db-wal"} <= set(before)
    assert CUSTOMER.email in shown
    assert any(b"[CREDIT_CARD" in blob for name, blob in before.items() if "content" in name)
    assert b"[EMAIL_1]" in b"".join(before.values())
    assert len(lines) > 10_000
    assert sorted(hits) == []
    assert not any(token in blob for token in tokens for blob in everywhere.values())


@pytest.mark.parametrize(
    "written", [CUSTOMER.said, CUSTOMER.file, CUSTOMER.file.replace("@", "%40")]
)
def test_the_search_finds_what_is_there(written: str) -> None:
    assert CUSTOMER.email in set(CUSTOMER.found_in(json.dumps({"x": written}).encode()))
    assert CUSTOMER.card in set(CUSTOMER.found_in(json.dumps({"x": written}).encode()))
    assert not list(HUMAN.found_in(written.replace(IBAN, "").encode()))
