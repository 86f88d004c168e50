"""Personal data sent by SMS on every way, and then every byte that is left is searched."""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.secret import desk_token
from channels.slack.ingress import PATH
from tests.e2e.slack_place import (
    DANA,
    OPERATIONS,
    SIGNING_SECRET,
    SUPPORT,
    TEAM,
    prepared,
)
from tests.e2e.sms_place import PERSON, HeldModel
from tests.e2e.sms_process import SmsProcess, sms_process
from tests.e2e.twilio_place import OURS
from tests.e2e.visitor import SECRET
from tests.emulators.slack import Message, SlackServer, slack_running
from tests.emulators.twilio import Fault

pytestmark = pytest.mark.slow

SENDERS = ("+12125550171", "+14155550182", "whatsapp:+13125550193")
CARD, SSN, IBAN = "4000001230005712", "536904399", "GB33BUKB20201555555555"
EMAIL, CALLED = "kim.canary@example.com", "6175550144"
STREET, SURNAME = "7421 Quillfeather Street", "quennelworth"
SAID = (
    f"My name is Kim {SURNAME.title()}, I live at {STREET}, Springfield, IL 62704.",
    f"My card {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]} was declined, SSN 536-90-4399.",
    f"Write to {EMAIL} or call +1 ({CALLED[:3]}) {CALLED[3:6]}-{CALLED[6:]}. IBAN {IBAN}",
)
LATER = f"My name is Kim {SURNAME.title()}, {EMAIL} and {CARD}, and I live at {STREET}."
ANSWER = "Thank you. I have noted [EMAIL_1] and [PHONE_1] for you, the rest I do not need at all."
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"the picture sings like a canary" * 9
BETWEEN_DIGITS = re.compile(rb"(?<=\d)(?:%20|[ ().\-+_])+(?=\d)")


def found_in(blob: bytes) -> Iterator[str]:
    """Yield what is there in clear, however it is separated."""
    lowered = blob.lower().replace(b"%40", b"@").replace(b"%2b", b"+")
    joined = BETWEEN_DIGITS.sub(b"", lowered)
    for word in ("kim.canary", SURNAME, "quillfeather", "the picture sings"):
        if word.encode() in lowered:
            yield word
    if IBAN.lower().encode() in lowered.replace(b" ", b""):
        yield IBAN
    for digits in (CARD, CARD[4:], SSN, CALLED, *(sender[-10:] for sender in SENDERS)):
        if digits.encode() in joined:
            yield digits


@dataclass(frozen=True, slots=True)
class Scene:
    """Everybody."""

    process: SmsProcess
    slack: SlackServer

    @property
    def card(self) -> Message:
        return self.slack.messages(TEAM, SUPPORT)[0]

    async def asks_for_human(self, sender: str) -> None:
        """Say everything, send a picture, and ask for a person, who claims."""
        twilio, to = self.process.twilio, ours(sender)
        for text in SAID:
            assert (await twilio.texts(sender, to, text)).is_ok
        await self.process.until(lambda: len(self.process.got(sender)) >= 1)
        assert (await twilio.texts(sender, to, EMAIL, ((PNG, "image/png"),))).is_ok
        assert (await twilio.texts(sender, to, PERSON)).is_ok
        await self.process.until(lambda: self.slack.messages(TEAM, SUPPORT))
        await self.slack.clicks(TEAM, SUPPORT, self.card.ts, DANA, "claim")
        await self.process.until(lambda: self.card.text.startswith("Claimed"))

    async def works(self, sender: str) -> None:
        """Have a human answer, of whose replies one does not arrive and one is not sent."""
        twilio, card = self.process.twilio, self.card
        before = len(self.process.got(sender))
        await self.slack.says(TEAM, SUPPORT, DANA, "Hello, I am here.", thread=card.ts)
        await self.process.until(lambda: len(self.process.got(sender)) > before)
        await twilio.texts(sender, ours(sender), LATER)
        twilio.faults.add(Fault("send", "undelivered", code=30005))
        await self.slack.says(TEAM, SUPPORT, DANA, "And this is lost.", thread=card.ts)
        await self.stands("30005")
        await twilio.texts(sender, ours(sender), "STOP")
        await self.slack.says(TEAM, SUPPORT, DANA, "And this is not sent.", thread=card.ts)
        await self.stands("opted out")

    async def stands(self, text: str) -> None:
        """Wait until something stands under the card."""
        await self.process.until(
            lambda: any(
                text in one.text for one in self.slack.messages(TEAM, SUPPORT, self.card.ts)
            )
        )

    async def knocks(self, sender: str) -> None:
        """Send what is refused, with everything in it."""
        twilio = self.process.twilio
        form = {"From": sender, "To": OURS, "Body": LATER, "MessageSid": f"SM{0:032}"}
        for path in ("/channels/sms", f"/channels/sms/status?o={EMAIL}", "/channels/voice"):
            for knobs in ({"is_signed": False}, {"signature": LATER}, {"body": LATER.encode()}):
                assert (await twilio.posts(path, form, **knobs)).status == 403
        odd = {**form, "MessageSid": LATER, "AccountSid": twilio.account}
        assert (await twilio.posts("/channels/sms", odd)).status == 400


def ours(sender: str) -> str:
    return f"whatsapp:{OURS}" if sender.startswith("whatsapp:") else OURS


def searched(scene: Scene, folder: Path) -> dict[str, bytes]:
    """Return everything that has left the product or is left of it."""
    blobs = {
        f"{number} {call.method}": json.dumps(call.arguments, default=str).encode()
        for number, call in enumerate(scene.slack.calls)
    }
    blobs |= {"model": b"\n".join(scene.process.model.received)}
    blobs |= {
        "callbacks": "\n".join(one.callback for one in scene.process.twilio.messages).encode()
    }
    for path in (folder / "data").rglob("*"):
        if path.is_file():
            blobs[path.name] = path.read_bytes() + str(path).encode()
    return blobs | {"server.log": (folder / "server.log").read_bytes()}


async def shown(process: SmsProcess) -> Mapping[str, bytes]:
    """Return what the product tells whoever may ask."""
    headers = {"Authorization": f"Bearer {desk_token(SECRET.encode())}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        answers = {}
        for path in ("/v1/desk/queue", "/metrics", "/readyz"):
            async with http.get(process.product.url + path) as answer:
                answers[path] = await answer.read()
        return answers


@asynccontextmanager
async def scene(folder: Path) -> AsyncIterator[Scene]:
    async with slack_running() as slack:
        settings = prepared(slack)
        more = {
            "COPILOT_LOG_LEVEL": "DEBUG",
            "COPILOT_SLACK_BASE_URL": slack.url,
            "COPILOT_HANDOFF_CHANNEL": SUPPORT,
            "COPILOT_OPS_CHANNEL": OPERATIONS,
            "SLACK_BOT_TOKEN": settings.bot_token,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        }
        async with sms_process(folder, HeldModel(ANSWER), more) as process:
            slack.deliver_to(f"{process.product.url}{PATH}", SIGNING_SECRET)
            process.twilio.number(f"whatsapp:{OURS}")
            yield Scene(process, slack)


@pytest.mark.promise("P1")
async def test_nothing_personal_is_left_of_what_came_by_sms(tmp_path: Path) -> None:
    first, second, third = SENDERS
    async with scene(tmp_path) as here:
        process = here.process
        await here.asks_for_human(first)
        await here.works(first)
        await here.knocks(first)
        for text in SAID:
            await process.twilio.texts(third, ours(third), text)
        await process.until(lambda: process.got(third))
        process.model.hold()
        await process.twilio.texts(second, OURS, " ".join(SAID))
        asked = len(process.model.bodies)
        await process.until(lambda: len(process.model.bodies) > asked)
        told = await shown(process)
        ending: Any = process.product._process
        await process.product.kill()
        left = searched(here, tmp_path)
        left["stdout"] = bytes(ending.stdout._buffer)
        process.model.gate.set()
        await process.product.start()
        await process.until(lambda: process.got(second))
        assert await process.product.terminate() == 0
        everywhere = {
            **told,
            **left,
            **{f"{k} after": v for k, v in searched(here, tmp_path).items()},
        }

    hits = {(where, what) for where, blob in everywhere.items() for what in found_in(blob)}
    assert {"copilot.db", "copilot.db-wal", "cabinet.db", "model", "server.log"} <= set(left)
    assert EMAIL in " ".join(here.process.got(second))
    for written in (b"[EMAIL_1]", b"[PHONE_1]", b"[CREDIT_CARD", b"[SSN", b"[IBAN_1]", b"[ADDRESS"):
        assert written in left["model"]
    assert len(left["server.log"]) > 5_000
    assert b"sms-" in left["server.log"]
    assert sorted(hits) == []


@pytest.mark.parametrize("text", [*SAID, LATER, *SENDERS, SENDERS[0].replace("+", "%2B")])
def test_the_search_finds_what_is_there(text: str) -> None:
    assert list(found_in(json.dumps({"x": text}).encode()))


def test_the_search_finds_nothing_in_what_is_harmless() -> None:
    assert not list(found_in(ANSWER.encode() + OURS.encode()))
