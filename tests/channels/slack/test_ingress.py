"""From a signed request over a real socket, through the inbox and the queue, to Bolt."""

import asyncio
import gzip
import io
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.clock import Clock
from bot.privacy.vault import VaultKey
from bot.slack.inbox import CabinetInbox
from bot.stores.cabinet import Cabinet, MemoryCabinet
from bot.stores.cabinet_sqlite import open_cabinet
from channels.errors import ChannelBusy
from channels.slack.base import Envelope, Inbox, Installation, Json, Listeners, TeamId
from channels.slack.bolt import BoltHandler
from channels.slack.envelope import read_request
from channels.slack.ingress import PATH, Ingress
from channels.slack.queue import Queue, QueueTerms
from channels.slack.signature import sign

SECRET = "shh"
FAST = QueueTerms(look_every_s=0.01, first_pause_s=0.0)
TEAM = TeamId("T1")


class Installed:
    def __init__(self) -> None:
        self.teams = {TEAM: Installation(TEAM, bot_user="U0", bot_id="B0")}

    async def save(self, installation: Installation) -> None:
        self.teams[installation.team] = installation

    async def find(self, team: TeamId | None = None) -> Sequence[Installation]:
        return [one for one in self.teams.values() if team in (None, one.team)]

    async def delete(self, team: TeamId, before: float | None = None) -> None:
        self.teams.pop(team, None)


class Heard:
    """A listener that writes down what it hears, and fails so many times first."""

    def __init__(self, failures: int = 0) -> None:
        self.ids: list[str] = []
        self.tries = 0
        self.failures = failures
        self.came = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, team: TeamId, body: Json) -> None:
        self.tries += 1
        self.came.set()
        await self.gate.wait()
        if self.tries <= self.failures:
            raise ValueError("it failed")
        self.ids.append(str(body["event_id"]))


class Hand:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def clock(self) -> Clock:
        return Clock(now=lambda: self.at)


def event(id: str = "Ev1", team: str = "T1", type: str = "message", **more: object) -> bytes:
    inner = {"type": type, "user": "U1", "text": "hello", **more}
    whole = {"type": "event_callback", "team_id": team, "event_id": id, "event": inner}
    return json.dumps(whole).encode()


@asynccontextmanager
async def door(inbox: Inbox, hand: Hand) -> AsyncIterator["Door"]:
    ingress = Ingress(inbox, SECRET, lambda: None, lambda: hand.at.timestamp())
    app = web.Application()
    app.add_routes(ingress.routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as http:
        yield Door(http, f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}", hand)
    await runner.cleanup()


class Door:
    def __init__(self, http: aiohttp.ClientSession, url: str, hand: Hand) -> None:
        self.http, self.url, self.hand = http, url, hand

    async def post(self, body: bytes, off_s: int = 0, **headers: str) -> tuple[int, str]:
        stamp = str(int(self.hand.at.timestamp()) + off_s)
        signed = {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": sign(SECRET, body, stamp),
        }
        whole = {**signed, **{name.replace("_", "-"): v for name, v in headers.items()}}
        async with self.http.post(self.url, data=io.BytesIO(body), headers=whole) as answer:
            return answer.status, await answer.text()


@asynccontextmanager
async def working(queue: Queue) -> AsyncIterator[None]:
    task = asyncio.get_running_loop().create_task(queue.run())
    yield
    await queue.drain(5.0)
    await task


class Minded(CabinetInbox):
    """An inbox that says when an envelope is done."""

    def __init__(self, cabinet: Cabinet, clock: Clock) -> None:
        super().__init__(cabinet, clock)
        self.ended: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def done(self, envelope: Envelope) -> None:
        await super().done(envelope)
        self.ended[envelope.id].set()

    async def until_done(self, id: str) -> None:
        await asyncio.wait_for(self.ended[id].wait(), 5)


@pytest.mark.promise("K58", "K59")
async def test_only_what_slack_signed_lately_comes_in() -> None:
    hand = Hand()
    async with door(CabinetInbox(MemoryCabinet(), hand.clock()), hand) as at:
        challenge = json.dumps({"type": "url_verification", "challenge": "c1"}).encode()

        assert await at.post(challenge) == (200, "c1")
        assert await at.post(challenge, X_Slack_Signature="v0=ä") == (401, "")
        assert [(await at.post(event(), off_s=s))[0] for s in (-299, 299)] == [200, 200]
        assert [(await at.post(event(), off_s=s))[0] for s in (-301, 301)] == [401, 401]
        for stamp in ("", "soon", "1e9", "-5", "\u0661", "9" * 40):
            assert (await at.post(event(), X_Slack_Request_Timestamp=stamp))[0] == 401
        for body in (b"\xff\xfe", b"", b"[" * 100_000, b"[]", b'{"type":"event_callback"}'):
            assert (await at.post(body))[0] == 400
        assert (await at.post(b" " * 1_048_577))[0] == 413


async def test_a_packed_body_is_refused_unread_since_it_may_unpack_to_anything() -> None:
    hand = Hand()
    async with door(CabinetInbox(MemoryCabinet(), hand.clock()), hand) as at, asyncio.timeout(4):
        packed = gzip.compress(event())
        refused = await at.post(packed, Content_Encoding="gzip")
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(at.url).port)
        head = f"POST {PATH} HTTP/1.1\r\nHost: us\r\nContent-Encoding: gzip\r\n"
        writer.write(f"{head}Content-Length: 1000000\r\n\r\n".encode() + packed)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()

        assert refused == (415, "")
        assert answer.startswith(b"HTTP/1.1 415 ")


@pytest.mark.promise("K60", "K62", "K81")
async def test_each_is_acted_on_once_tried_again_or_ignored() -> None:
    hand, cabinet, heard, installed = Hand(), MemoryCabinet(), Heard(failures=2), Installed()
    inbox = Minded(cabinet, hand.clock())
    queue = Queue(inbox, BoltHandler(Listeners({"message": heard}), installed), FAST)
    async with door(inbox, hand) as at, working(queue):
        for number in ("", "1", "2"):
            assert (await at.post(event(), X_Slack_Retry_Num=number))[0] == 200
        await inbox.until_done("Ev1")
        assert (heard.ids, heard.tries) == (["Ev1"], 3)

        await at.post(event("Ev2", type="reaction_added"))
        await at.post(event("Ev3", team="T9"))
        await at.post(event("Ev4", user="U0"))
        for id in ("Ev2", "Ev3", "Ev4"):
            await inbox.until_done(id)
        assert heard.tries == 3

        await at.post(event("Ev5", type="app_uninstalled"))
        await inbox.until_done("Ev5")
        assert installed.teams == {}


@pytest.mark.promise("K61")
async def test_what_was_acknowledged_is_finished_by_another_after_a_death(tmp_path: Path) -> None:
    hand, first, second = Hand(), Heard(), Heard()
    first.gate.clear()
    cabinet = await open_cabinet(tmp_path / "c.db", VaultKey(b"k" * 32), lambda: hand.at)
    inbox = CabinetInbox(cabinet, hand.clock())
    dying = Queue(inbox, BoltHandler(Listeners({"message": first}), Installed()), FAST)
    task = asyncio.get_running_loop().create_task(dying.run())
    async with door(inbox, hand) as at:
        assert (await at.post(event()))[0] == 200
        await asyncio.wait_for(first.came.wait(), 5)
    task.cancel()
    hand.at += timedelta(seconds=FAST.lease_s)
    other = Queue(inbox, BoltHandler(Listeners({"message": second}), Installed()), FAST)
    async with working(other):
        await asyncio.wait_for(second.came.wait(), 5)
    first.failures = 9
    await dying.drain(0.0)
    await cabinet.close()

    assert (first.ids, second.ids) == ([], ["Ev1"])


class Broken(CabinetInbox):
    async def keep(self, envelope: object) -> bool:
        raise ChannelBusy(1.0)


async def test_what_cannot_be_kept_is_not_acknowledged() -> None:
    hand = Hand()
    async with door(Broken(MemoryCabinet(), hand.clock()), hand) as at:
        assert (await at.post(event()))[0] == 503


async def test_a_click_is_heard_by_its_name_up_to_a_colon_and_once_per_trigger() -> None:
    hand, cabinet, clicks = Hand(), MemoryCabinet(), list[str]()

    async def claim(team: TeamId, body: Json) -> None:
        clicks.append(f"{team} {body['actions'][0]['action_id']}")

    inbox = CabinetInbox(cabinet, hand.clock())
    handler = BoltHandler(Listeners(actions={"claim": claim}), Installed())
    for action, trigger in (("claim:3", "1"), ("claim:3", "1"), ("claim", "2"), ("claims", "3")):
        payload = {
            "type": "block_actions",
            "team": {"id": "T1"},
            "trigger_id": trigger,
            "actions": [{"action_id": action, "block_id": "b"}],
        }
        form = urlencode({"payload": json.dumps(payload)}).encode()
        read = read_request("application/x-www-form-urlencoded", form)
        assert isinstance(read, Envelope)
        if await inbox.keep(read):
            await handler.handle(read)

    assert clicks == ["T1 claim:3", "T1 claim"]


async def test_whoever_floods_us_holds_up_nobody_else() -> None:
    hand, cabinet = Hand(), MemoryCabinet()
    slow, begun, order = asyncio.Event(), list[str](), list[str]()

    async def heard(team: TeamId, body: Json) -> None:
        begun.append(str(body["event_id"]))
        if body["event"]["channel"] == "D1":
            await slow.wait()
        order.append(str(body["event_id"]))

    inbox = Minded(cabinet, hand.clock())
    terms = replace(FAST, most_at_once=8, most_of_one=2)
    queue = Queue(inbox, BoltHandler(Listeners({"message": heard}), Installed()), terms)
    async with door(inbox, hand) as at:
        for number in range(20):
            assert (await at.post(event(f"Ev{number}", channel="D1")))[0] == 200
        assert (await at.post(event("EvC", channel="C1", thread_ts="1.1")))[0] == 200
        async with working(queue):
            await inbox.until_done("EvC")
            first, of_one = list(order), len(begun) - 1
            slow.set()
            for number in range(20):
                await inbox.until_done(f"Ev{number}")

    assert first == ["EvC"]
    assert of_one == 2
    assert sorted(order[1:]) == sorted(f"Ev{number}" for number in range(20))
