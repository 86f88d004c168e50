"""Many workspaces of an emulated Slack, the whole product beside it, and customers in between.

Slack counts calls by workspace and method, and messages by channel. So every customer's card is in
a workspace of its own (the policy ties a word of his to a channel there): what is measured is us,
and not Slack's patience.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from benchmarks.customers import PROTOCOL, SITE
from benchmarks.processes import Program, Running, product, running
from channels.slack.ingress import PATH
from channels.slack.install import INSTALL
from tests.emulators.slack import Answer, SlackServer, slack_running
from tests.emulators.slack.delivery import HttpDelivery
from tests.emulators.slack.oauth import OAuth
from tests.emulators.slack.sockets import APP_TOKEN, SocketMode
from tests.emulators.slack.state import Message

SIGNING_SECRET = "a signing secret of the benchmark"
BOT, HUMAN = "bot", "agent"
MOST_WAIT_S = 90.0
QUIET_S = 0.8
"""The product waits so long for more from a customer in web chat."""
SLACK_QUIET_S = 1.2
"""The same in Slack."""
POLICY = """\
tenant: benchmark
version: benchmark
default: {models: [claude-haiku-4.5], budget: {max_cost_usd: 1}, max_output_tokens: 2000}
"""


@dataclass(frozen=True, slots=True)
class Workspace:
    """One of the workspaces, with the channel of its desk and who works there."""

    number: int

    @property
    def team(self) -> str:
        """Slack's id of it."""
        return f"T{self.number:03d}"

    @property
    def channel(self) -> str:
        """Where its cards are."""
        return f"C{self.number:03d}"

    @property
    def human(self) -> str:
        """Who answers there."""
        return f"U{self.number:03d}"

    @property
    def matter(self) -> str:
        """What its customers say their question is about."""
        return f"matter {self.number:03d}"


class Widget:
    """A customer's socket, and when what humans say has come through it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._asked = 0
        self._awaited: dict[str, asyncio.Future[float]] = {}
        self.answered = asyncio.Event()
        """Set once the bot has said something whole."""
        self.ended: dict[str, int] = {}
        """How often each text of a human has ended."""
        self.reader = asyncio.get_running_loop().create_task(self._listen())

    async def say(self, text: str) -> None:
        """Say something, and wait for nothing."""
        self._asked += 1
        said = {"type": "message", "client_id": f"q{self._asked}", "text": text}
        await self._socket.send_str(json.dumps(said))

    async def seen_at(self, text: str) -> float:
        """Return when a message of a human with this text has ended, monotonic; waits for it."""
        async with asyncio.timeout(MOST_WAIT_S):
            return await self._wanted(text)

    async def leave(self) -> None:
        """Hang up."""
        self.reader.cancel()
        await asyncio.gather(self.reader, return_exceptions=True)
        await self._socket.close()

    async def _listen(self) -> None:
        async for message in self._socket:
            at = time.monotonic()
            frame = json.loads(message.data)
            if frame["type"] != "message.end":
                continue
            if frame["author"] == HUMAN:
                self._ended(frame["text"], at)
            elif frame["author"] == BOT:
                self.answered.set()

    def _ended(self, text: str, at: float) -> None:
        self.ended[text] = self.ended.get(text, 0) + 1
        wanted = self._wanted(text)
        if not wanted.done():
            wanted.set_result(at)

    def _wanted(self, text: str) -> asyncio.Future[float]:
        if text not in self._awaited:
            self._awaited[text] = asyncio.get_running_loop().create_future()
        return self._awaited[text]


@dataclass(frozen=True, slots=True)
class Bridge:
    """A conversation between a widget and the thread under a card."""

    place: Workspace
    widget: Widget
    card: str
    """The card's `ts`."""
    card_s: float
    """How long after the customer had asked for a person it was in the channel."""


@dataclass(slots=True)
class Timed:
    """Sends to the app, and notes how long each answer took, and which it was."""

    inner: HttpDelivery
    took_s: list[float] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def __call__(self, body: bytes, headers: Mapping[str, str], content_type: str) -> Answer:
        """Post it."""
        began = time.monotonic()
        answer = await self.inner(body, headers, content_type)
        self.took_s.append(time.monotonic() - began)
        self.statuses.append(answer.status)
        return answer


@dataclass(slots=True)
class Town:
    """Everything that runs."""

    slack: SlackServer
    product: Running
    http: aiohttp.ClientSession
    bridges: list[Bridge] = field(default_factory=list)

    async def bridge(self, number: int) -> Bridge:
        """Let a customer ask for a person, and a human of that workspace claim him."""
        place = Workspace(number)
        widget = await self._opened()
        await widget.say(f"I have a question about {place.matter}")
        async with asyncio.timeout(MOST_WAIT_S):
            await widget.answered.wait()
        began = time.monotonic()
        await widget.say("I want to talk to a person")
        card = await self._card(place)
        posted = self._posted_at(place)
        status = await self.slack.clicks(place.team, place.channel, card.ts, place.human, "claim")
        assert status == 200, status
        await until(self.slack, lambda: place.human in str(card.blocks))
        bridge = Bridge(place, widget, card.ts, posted - began)
        self.bridges.append(bridge)
        return bridge

    async def replies(self, bridge: Bridge, text: str) -> None:
        """Let the human write under the card; returns once it is acknowledged."""
        place = bridge.place
        await self.slack.says(place.team, place.channel, place.human, text, bridge.card)

    async def close(self) -> None:
        """Let all customers hang up."""
        for bridge in self.bridges:
            await bridge.widget.leave()
        self.bridges.clear()

    async def _card(self, place: Workspace) -> Message:
        def cards() -> list[Message]:
            return self.slack.messages(place.team, place.channel)

        await until(self.slack, cards)
        return cards()[0]

    def _posted_at(self, place: Workspace) -> float:
        posts = self.slack.called("chat.postMessage")
        return next(one.at for one in posts if one.arguments["channel"] == place.channel)

    async def _opened(self) -> Widget:
        url = f"{self.product.url}/v1/chat"
        body = {"site_key": SITE, "locale": "en"}
        async with self.http.post(f"{url}/sessions", json=body) as response:
            response.raise_for_status()
            token = (await response.json())["token"]
        socket = await self.http.ws_connect(f"{url}/ws", protocols=(PROTOCOL,), max_msg_size=0)
        await socket.send_str(json.dumps({"type": "hello", "v": 1, "token": token}))
        welcome = json.loads(await socket.receive_str())
        assert welcome["type"] == "welcome", welcome
        return Widget(socket)


async def until(slack: SlackServer, condition: Callable[[], object]) -> None:
    """Wait for a condition longer than a test would: the machine may be busy.

    Raises:
        TimeoutError: not even then.
    """
    async with asyncio.timeout(MOST_WAIT_S):
        while not condition():
            with suppress(AssertionError):
                await slack.until(condition)


@asynccontextmanager
async def town(folder: Path, workspaces: int, over_socket: bool = False) -> AsyncIterator[Town]:
    """Run the product against a Slack that has so many workspaces, all of which have installed it.

    Args:
        folder: for the product's data and log.
        workspaces: how many.
        over_socket: events come over Socket Mode instead of HTTP.
    """
    oauth, mode = OAuth(), SocketMode()
    parts = [oauth.part, *((mode.part,) if over_socket else ())]
    async with slack_running(parts) as slack:
        slack.limits_on = True
        for place in map(Workspace, range(workspaces)):
            slack.team(place.team)
            slack.channel(place.team, place.channel)
            slack.user(place.team, place.human, f"Human {place.number}")
        entry = {"SLACK_APP_TOKEN": APP_TOKEN} if over_socket else HTTP_ENTRY
        environment = {**entry, **environment_of(slack, oauth)}
        program = with_slack(product(folder, write_policy(folder, workspaces)), environment)
        async with _started(program) as server, _browser() as http:
            found = Town(slack, server, http)
            for place in map(Workspace, range(workspaces)):
                oauth.team = place.team
                await install(found, oauth)
            if over_socket:
                await mode.until(lambda: bool(mode.sockets))
            else:
                slack.deliver_to(f"{server.url}{PATH}", SIGNING_SECRET)
            try:
                yield found
            finally:
                await found.close()
                slack.deliver = None
        await mode.close()


@asynccontextmanager
async def _started(program: Program) -> AsyncIterator[Running]:
    """Run a program; the emulator answers it while it starts, and while it ends."""
    with ExitStack() as stack:
        try:
            yield await asyncio.to_thread(stack.enter_context, running(program))
        finally:
            await asyncio.to_thread(stack.close)


def _browser() -> aiohttp.ClientSession:
    jar = aiohttp.CookieJar(unsafe=True)
    return aiohttp.ClientSession(cookie_jar=jar, connector=aiohttp.TCPConnector(limit=0))


HTTP_ENTRY = {"SLACK_SIGNING_SECRET": SIGNING_SECRET}


def with_slack(program: Program, environment: Mapping[str, str]) -> Program:
    """Return the product with more in its environment."""
    return replace(program, environment={**program.environment, **environment})


def environment_of(slack: SlackServer, oauth: OAuth) -> dict[str, str]:
    """Return how the product reaches the emulator."""
    return {
        "SLACK_CLIENT_ID": oauth.client_id,
        "SLACK_CLIENT_SECRET": oauth.client_secret,
        "COPILOT_SLACK_BASE_URL": slack.url,
        "COPILOT_PUBLIC_URL": "http://127.0.0.1",
        "COPILOT_HANDOFF_CHANNEL": f"{Workspace(0).team}/{Workspace(0).channel}",
        "COPILOT_SANDBOX": "1",
    }


def write_policy(folder: Path, workspaces: int) -> Path:
    """Write a policy in which each workspace is asked about its own matter."""
    lines, rooms = [POLICY, "intents:"], ["desk:", "  channels:"]
    for place in map(Workspace, range(workspaces)):
        name, said = place.matter.replace(" ", "-"), f'["{place.matter}"]'
        lines.append(f"  {name}: {{examples: {said}, keywords: {said}}}")
        rooms.append(f"    {name}: {place.team}/{place.channel}")
    path = folder / "policy.yaml"
    path.write_text("\n".join((*lines, *rooms, "")), "utf-8")
    return path


async def install(found: Town, oauth: OAuth) -> None:
    """Install the product into the workspace in which the person is, through his browser."""
    url = found.product.url
    async with found.http.get(f"{url}{INSTALL}", allow_redirects=False) as response:
        back = await oauth.allows(response.headers["Location"])
    there = urlsplit(back)
    async with found.http.get(f"{url}{there.path}?{there.query}") as response:
        assert response.status == 200, await response.text()
