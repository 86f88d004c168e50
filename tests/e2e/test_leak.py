"""200 conversations full of personal data, and then every byte that is left of them is searched."""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import aiohttp
import pytest
from stdnum import luhn

from bot.secret import desk_token
from tests.e2e.product import Product
from tests.e2e.visitor import SECRET, SITE, WAIT_S
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.server import Emulator

CONVERSATIONS, PER_PROCESS, AT_ONCE = 200, 50, 8
"""Each process is killed after its share: what it leaves behind is searched as it is, and one
address may open only so many sessions."""
ANSWER = "Thank you. I have noted [EMAIL_1] and [PHONE_1], [CREDIT_CARD_1] I do not need at all."
POLICY = dedent("""
    tenant: aurelis
    version: leak
    brand: {name: Aurelis Bank}
    pace: {quiet_s: 0.1}
    default: {models: [claude-haiku-4.5], budget: {max_cost_usd: 0.1}}
""")
BETWEEN_DIGITS = re.compile(rb"(?<=\d)[ ().\-]{1,3}(?=\d)")
Frame = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Canary:
    """What one customer gives away, found nowhere else."""

    number: int

    @property
    def local_part(self) -> str:
        return f"kim.canary{self.number:04}"

    @property
    def email(self) -> str:
        return f"{self.local_part}@example.com"

    @property
    def card(self) -> str:
        """Sixteen digits with a right check digit, from a range that is for tests."""
        start = f"40000012{self.number + 3000:04}571"
        return start + luhn.calc_check_digit(start)

    @property
    def phone(self) -> str:
        """Ten digits, fictional: 555-0100 to 555-0199."""
        return f"{(212, 415)[self.number // 100]}55501{self.number % 100:02}"

    def card_with(self, mark: str) -> str:
        return mark.join(self.card[n : n + 4] for n in range(0, 16, 4))

    def said(self) -> tuple[tuple[Frame, ...], ...]:
        """Return what the customer sends, one tuple after the other; a tuple is a burst."""
        email, card, phone = self.email, self.card, self.phone
        area, first, last = phone[:3], phone[3:6], phone[6:]
        match self.number % 5:
            case 0:
                whole = f"I am {email}, call me on +1 {area} {first} {last}, card {card}."
                return ((said(whole),),)
            case 1:
                return (
                    (said(f"My card {self.card_with(' ')} was charged twice, what now?"),),
                    (said(f"Write to {email.upper()} or ring ({area}) {first}-{last} please"),),
                )
            case 2:
                first_half, rest = card[:8], card[8:]
                return (
                    (said(f"My card number is {first_half}"), said(f"{rest} as I said")),
                    (said(f"And my phone is {area}-{first}-{last}, e-mail {email}"),),
                )
            case 3:
                forged = f"[EMAIL_1] and [CREDIT_CARD ****1111] are not mine, I have {email}."
                return (
                    (said(forged),),
                    (said(f"What is [PHONE_1]? Mine is {phone}. Card: {self.card_with('-')}"),),
                )
            case _:
                return (
                    (said(f"Please send the contract to <{email}>"),),
                    (
                        {"type": "feedback", "message_id": "b1", "value": "down",
                         "reason": f"Nobody called +1{phone}, nor wrote to {email}"},
                        {"type": "contact", "contact": email,
                         "text": f"Call +1-{area}-{first}-{last} about {card}"},
                        said("Did you get my contact details?"),
                    ),
                )  # fmt: skip


def said(text: str) -> Frame:
    return {"type": "message", "text": text}


@dataclass(frozen=True, slots=True)
class Hit:
    """Something personal in clear."""

    where: str
    what: str


def search(where: str, blob: bytes, canaries: Sequence[Canary]) -> Iterator[Hit]:
    """Yield what is found of the canaries: the e-mail's name, the digits however separated."""
    lowered = blob.lower()
    names = set(re.findall(rb"kim\.canary\d{4}", lowered))
    joined = BETWEEN_DIGITS.sub(b"", lowered)
    runs = b"\n".join(set(re.findall(rb"\d{10,}", joined)))
    parts = set(re.findall(rb"(?<![0-9a-f])\d{8}(?![0-9a-f])", joined))
    for canary in canaries:
        if canary.local_part.encode() in names:
            yield Hit(where, canary.email)
        for digits in (canary.card, canary.phone):
            if digits.encode() in runs:
                yield Hit(where, digits)
        if canary.card[8:].encode() in parts:
            yield Hit(where, f"the second half of {canary.card}")


@dataclass
class View:
    """One raw socket: nothing is taken out of what it receives."""

    socket: aiohttp.ClientWebSocketResponse
    texts: list[str] = field(default_factory=list)

    async def next(self) -> dict[str, Any]:
        text = await self.socket.receive_str()
        self.texts.append(text)
        frame: dict[str, Any] = json.loads(text)
        return frame

    async def until(self, *kinds: str) -> dict[str, Any]:
        while (frame := await self.next())["type"] not in kinds:
            pass
        return frame


@dataclass
class Crowd:
    """Everybody who talks to one process, and what their screens were sent."""

    http: aiohttp.ClientSession
    url: str
    texts: list[str] = field(default_factory=list)

    async def play(self, canary: Canary, gate: asyncio.Semaphore) -> None:
        """Hold one conversation, then look at it from a second tab, in two ways."""
        async with gate, asyncio.timeout(WAIT_S):
            body = {"site_key": SITE}
            async with self.http.post(f"{self.url}/v1/chat/sessions", json=body) as answer:
                assert answer.status == 200, await answer.text()
                session = await answer.json()
            async with AsyncExitStack() as stack:
                live = await self._view(stack, session, {"last_seq": 0})
                for burst in canary.said():
                    await self._speak(live, burst)
                head_seq = await self._replayed(stack, session)
                again = await self._view(stack, session, {"last_seq": head_seq, "epoch": 99})
                await again.until("snapshot")

    async def _view(self, stack: AsyncExitStack, session: Mapping[str, str], seen: Frame) -> View:
        dialled = self.http.ws_connect(session["ws_url"], protocols=["copilot.chat.v1"])
        view = View(await stack.enter_async_context(dialled))
        hello = {"type": "hello", "v": 1, "token": session["token"], **seen}
        await view.socket.send_json(hello)
        await view.until("welcome")
        stack.callback(lambda: self.texts.extend(view.texts))
        return view

    async def _speak(self, view: View, burst: Sequence[Frame]) -> None:
        """Send a burst and read until the reply to the last of it."""
        waiting = 0
        for number, frame in enumerate(burst):
            is_message = frame["type"] == "message"
            client_id = f"m{len(view.texts)}-{number}"
            await view.socket.send_json({**frame, "client_id": client_id} if is_message else frame)
            waiting += is_message
        while waiting:
            waiting -= (await view.until("message.accepted"))["type"] == "message.accepted"
        await view.until("message.end")

    async def _replayed(self, stack: AsyncExitStack, session: Mapping[str, str]) -> int:
        view = await self._view(stack, session, {"last_seq": 1})
        welcome = json.loads(view.texts[0])
        while (await view.next())["seq"] < welcome["head_seq"]:
            pass
        return int(welcome["head_seq"])


async def talk(product: Product, canaries: Sequence[Canary]) -> tuple[str, ...]:
    """Let them all talk to one process; returns every frame, and what the desk shows."""
    gate = asyncio.Semaphore(AT_ONCE)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        crowd = Crowd(http, product.url)
        async with asyncio.TaskGroup() as group:
            for canary in canaries:
                group.create_task(crowd.play(canary, gate))
        headers = {"Authorization": f"Bearer {desk_token(SECRET.encode())}"}
        async with http.get(f"{product.url}/v1/desk/queue", headers=headers) as queue:
            crowd.texts.append(await queue.text())
        async with http.get(f"{product.url}/metrics") as metrics:
            crowd.texts.append(await metrics.text())
    return tuple(crowd.texts)


async def play_all(folder: Path, vendor: Emulator, canaries: Sequence[Canary]) -> tuple[str, ...]:
    """Hold every conversation, killing the process after each share; returns what was shown."""
    policy = folder / "policy.yaml"
    policy.write_text(POLICY)
    environment = {
        "ANTHROPIC_API_KEY": "test",
        "ANTHROPIC_BASE_URL": vendor.url,
        "COPILOT_POLICY": str(policy),
        "COPILOT_SECRET_KEY": SECRET,
        "COPILOT_LOG_LEVEL": "DEBUG",
    }
    product, shown = Product(folder, environment), list[str]()
    try:
        for start in range(0, len(canaries), PER_PROCESS):
            await product.start()
            shown += await talk(product, canaries[start : start + PER_PROCESS])
            await product.kill()
    finally:
        await product.close()
    return tuple(shown)


@pytest.mark.slow
@pytest.mark.promise("P1", "W105")
async def test_nothing_personal_is_left_in_any_byte(tmp_path: Path) -> None:
    canaries = [Canary(number) for number in range(CONVERSATIONS)]
    async with AnthropicEmulator(ANSWER) as vendor:
        shown = await play_all(tmp_path, vendor, canaries)

        files = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
        places = {path.name: path.read_bytes() for path in files}
        places |= {"server.log": (tmp_path / "server.log").read_bytes()}
        places |= {"frames": "\n".join(shown).encode()}
        places |= {"vendor": b"\n".join(vendor.received)}
        hits = [hit for where, blob in places.items() for hit in search(where, blob, canaries)]

        assert {"copilot.db", "copilot.db-wal", "copilot.db-shm"} <= set(places)
        assert len(vendor.received) >= CONVERSATIONS
        for written in (b"[EMAIL_1]", b"[PHONE_1]", b"[CREDIT_CARD"):
            assert written in places["vendor"]
            assert written in places["frames"]
        assert hits == []


@pytest.mark.parametrize(
    "written",
    [
        "xkim.canary0007@example.com",
        "KIM.CANARY0007@EXAMPLE.COM",
        "{card}",
        "{spaced}",
        "{dashed}",
        "({area}) 555-0107",
        "+1{area}5550107",
        "+1 {area}.555.0107",
        "the rest is {rest} as I said",
    ],
)
def test_the_search_finds_what_is_there(written: str) -> None:
    canary = Canary(7)
    text = written.format(
        card=canary.card,
        spaced=canary.card_with(" "),
        dashed=canary.card_with("-"),
        area=canary.phone[:3],
        rest=canary.card[8:],
    )
    blob = b"\0\x07" + json.dumps({"text": text, "at": "2026-11-24T12:00:00"}).encode() + b"\xff"

    assert len(list(search("here", blob, [canary, Canary(8)]))) == 1
