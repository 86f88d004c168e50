"""Slack's streamed messages over a real socket, with faults, and a port to them through its SDK."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import aiohttp
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from channels.slack.base import Json, Slack, TeamId, Upload
from channels.slack.clock import SlackClock
from channels.slack.errors import SlackBusy, SlackRefused, SlackUnreachable
from channels.slack.stream import SlackStream, Target
from channels.slack.stream_state import StreamTerms

LIFE_S = 300.0
TARGET = Target(TeamId("T1"), "C1", "1.000001", "U1", "T1")
YIELDS = 12
T = TypeVar("T")


class TurnedClock:
    """Time that passes only when told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleepers: list[tuple[float, asyncio.Event]] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, for_s: float) -> None:
        sleeper = (self.now + for_s, asyncio.Event())
        self.sleepers.append(sleeper)
        try:
            await sleeper[1].wait()
        finally:
            self.sleepers.remove(sleeper)

    def turn(self, for_s: float) -> None:
        self.now += for_s
        for due_at, event in self.sleepers:
            if due_at <= self.now + 1e-9:
                event.set()


@dataclass
class Message:
    """One message as Slack shows it."""

    text: str
    opened_at: float
    is_open: bool
    blocks: list[Any] = field(default_factory=list)
    metadata: Any = None


class FakeStreams:
    """The state machine; `faults` are used up by the calls that come, one each."""

    def __init__(self, clock: TurnedClock) -> None:
        self.clock = clock
        self.messages: dict[str, Message] = {}
        self.calls: list[tuple[str, Any]] = []
        self.faults: list[str] = []
        self.faults_of: dict[str, list[str]] = {}
        self.updates_of_open = 0
        self.busy = 0
        self.most_at_once = 0
        self.most_chars = 12_000
        self.url = ""

    def count(self, method: str) -> int:
        return sum(name == method for name, _ in self.calls)

    def shown(self) -> list[str]:
        return [message.text for _, message in sorted(self.messages.items()) if message.text]

    async def answer(self, request: web.Request) -> web.Response:
        self.busy += 1
        self.most_at_once = max(self.most_at_once, self.busy)
        try:
            return self._answer(request.match_info["method"], await request.json())
        finally:
            self.busy -= 1

    def _answer(self, method: str, body: Json) -> web.Response:
        self.calls.append((method, body))
        queue = self.faults_of.get(method) or self.faults
        match queue.pop(0) if queue else "":
            case "429":
                return web.json_response(
                    {"ok": False, "error": "ratelimited"}, status=429, headers={"Retry-After": "7"}
                )
            case "500":
                return web.json_response({"ok": False, "error": "fatal_error"}, status=500)
            case "500 after":
                self._act(method, body)
                return web.json_response({"ok": False, "error": "fatal_error"}, status=500)
            case "close":
                for message in self.messages.values():
                    message.is_open = False
            case "":
                pass
            case error:
                if error == "stopped_by_user" and body.get("ts") in self.messages:
                    self.messages[body["ts"]].is_open = False
                return web.json_response({"ok": False, "error": error})
        error = self._act(method, body)
        if error.startswith("!"):
            return web.json_response({"ok": False, "error": error[1:]})
        return web.json_response({"ok": True, "ts": error, "messages": self._replies()})

    def _replies(self) -> list[Any]:
        return [
            {
                "ts": ts,
                "text": message.text,
                **({"metadata": message.metadata} if message.metadata else {}),
            }
            for ts, message in sorted(self.messages.items())
        ]

    def _act(self, method: str, body: Json) -> str:
        """Do it; returns the `ts`, or an error after `!`."""
        assert body["channel"] == TARGET.channel
        text = body.get("markdown_text", "")
        said = [b["text"] for b in body.get("blocks", ()) if b["type"] == "markdown"]
        text = text or "".join(said)
        if method in ("chat.startStream", "chat.postMessage"):
            assert body["thread_ts"] == TARGET.thread
            ts = f"2.{len(self.calls):06}"
            is_open = method == "chat.startStream"
            message = Message(text, self.clock.now, is_open, body.get("blocks", []))
            message.metadata = body.get("metadata")
            self.messages[ts] = message
            return ts
        if method == "conversations.replies":
            return ""
        if body["ts"] not in self.messages:
            return "!message_not_found"
        message = self.messages[body["ts"]]
        if self.clock.now - message.opened_at >= LIFE_S:
            message.is_open = False
        return self._change(method, body, message, text)

    def _change(self, method: str, body: Json, message: Message, text: str) -> str:
        ts = str(body["ts"])
        if method == "chat.delete":
            if message.is_open:
                return "!cant_delete_message"
            del self.messages[ts]
        elif method == "chat.update":
            if message.is_open:
                self.updates_of_open += 1
                return "!streaming_state_conflict"
            if not text and not body.get("blocks"):
                return "!no_text"
            message.text, message.blocks = text, body.get("blocks", [])
        elif not message.is_open:
            return "!message_not_in_streaming_state"
        elif len(message.text + text) > self.most_chars:
            return "!msg_too_long"
        else:
            message.text += text
            message.is_open = method == "chat.appendStream"
            message.blocks = body.get("blocks", message.blocks)
        return ts


class PortSlack(Slack):
    """The port, through the real SDK, without pacing."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        self.in_flight = 0

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        self.in_flight += 1
        try:
            response = await self._client.api_call(method, json=dict(arguments))
        except SlackApiError as error:
            if error.response.status_code == 429:
                raise SlackBusy(method, float(error.response.headers["Retry-After"])) from None
            if error.response.status_code >= 500:
                raise SlackUnreachable(method, is_unknown=True) from None
            raise SlackRefused(method, str(error.response["error"])) from None
        except aiohttp.ClientError:
            raise SlackUnreachable(method, is_unknown=False) from None
        finally:
            self.in_flight -= 1
        assert isinstance(response.data, dict)
        return response.data

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        raise AssertionError("not used")

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        raise AssertionError("not used")


class Scene:
    """A stream, the Slack that it writes to, and the time of both."""

    def __init__(self, slack: PortSlack, fake: FakeStreams, terms: StreamTerms) -> None:
        self.fake = fake
        self.slack = slack
        self.clock = fake.clock
        clock = SlackClock(fake.clock.monotonic, fake.clock.sleep)
        self.stream = SlackStream(slack, TARGET, clock, terms)

    async def quiet(self) -> None:
        """Return once the writer waits for time or text."""
        still = 0
        while still < YIELDS:
            await asyncio.sleep(0)
            still = 0 if self.slack.in_flight else still + 1

    async def say(self, text: str, then_s: float = 0.4) -> None:
        self.stream.feed(text)
        await self.quiet()
        self.clock.turn(then_s)
        await self.quiet()

    async def run(self, ending: Coroutine[Any, Any, T]) -> T:
        """Await an ending, turning the clock whenever nothing else can happen."""
        task = asyncio.get_running_loop().create_task(ending)
        async with asyncio.timeout(5):
            await self.quiet()
            while not task.done():
                due_at = min((due for due, _ in self.clock.sleepers), default=self.clock.now)
                self.clock.turn(max(0.0, due_at - self.clock.now))
                await self.quiet()
        return task.result()


@asynccontextmanager
async def staged(terms: StreamTerms | None = None) -> AsyncIterator[Scene]:
    """Serve a Slack on a free port, and a stream into it."""
    fake = FakeStreams(TurnedClock())
    application = web.Application()
    application.router.add_post("/api/{method}", fake.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    fake.url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/"
    try:
        async with aiohttp.ClientSession() as session:
            client = AsyncWebClient(token="xoxb-fake", base_url=fake.url, session=session)
            yield Scene(PortSlack(client), fake, terms or StreamTerms())
    finally:
        await runner.cleanup()
