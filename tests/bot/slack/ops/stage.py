"""Operations in a Slack of our own: real sockets, the real SDK, real Bolt, and a clock of ours."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.humans.terms import DeskTerms
from bot.metrics import Metrics
from bot.slack.installations import CabinetInstallations
from bot.slack.ops.alerts import OpsParts, SlackAlerts
from bot.slack.ops.incident import OpsTerms
from bot.slack.ops.listening import OpsListening
from bot.slack.ops.store import Incidents
from bot.slack.ops.watched import WatchedSlack
from bot.slack.rooms import Rooms
from bot.stores.cabinet import Cabinet, MemoryCabinet, MemorySlots
from bot.watch.alerts import AlertFeed, LoggedAlerts, MemoryAlerts
from bot.watch.sinks import Later, Spill
from channels.slack.api import ApiTerms, SlackApi
from channels.slack.base import Envelope, Installation, TeamId
from channels.slack.bolt import BoltHandler
from channels.slack.clock import SlackClock
from channels.slack.envelope import read_request
from channels.slack.tokens import Tokens
from routing.errors import FailureKind
from routing.request import TenantId
from routing.watching.events import FallbackTriggered, ProviderBack, ProviderDown
from tests.emulators.slack import Message, SlackServer, slack_running
from tests.routing.samples import GPT, HAIKU

AURELIS = TenantId("aurelis")
DOWN = ProviderDown(AURELIS, HAIKU)
BACK = ProviderBack(AURELIS, HAIKU, 3.0)
FELL = FallbackTriggered(AURELIS, HAIKU, GPT, FailureKind.CUT, True, "t1")
TEAM = TeamId("T1")
OPS = "C9"
ON_CALL = "<!subteam^S1>"
TERMS = OpsTerms(on_call=ON_CALL, call_after_s=300.0)
POST, UPDATE = "chat.postMessage", "chat.update"


@dataclass
class Time:
    """Passes only when told, or when somebody waits for a turn."""

    passed_s: float = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(seconds=self.passed_s)

    def unix(self) -> float:
        return self.now().timestamp()

    def monotonic(self) -> float:
        return self.passed_s

    async def sleep(self, seconds: float) -> None:
        self.passed_s += seconds

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.monotonic)


@dataclass
class Process:
    """One process of the product: what notices, and what tells Slack."""

    feed: AlertFeed
    alerts: SlackAlerts
    api: SlackApi
    spilled: MemoryAlerts

    async def step(self) -> None:
        await self.feed.flush()
        await self.alerts.work()


@dataclass
class Stage:
    """A workspace T1 with a channel for operations, and processes on the same cabinet."""

    server: SlackServer
    cabinet: Cabinet
    time: Time
    slots: MemorySlots
    processes: list[Process] = field(default_factory=list)

    async def begin(self, terms: OpsTerms = TERMS, channel: str = OPS) -> Process:
        """Start one more process; events from Slack go to the newest."""
        clock, installations = self.time.clock, CabinetInstallations(self.cabinet, self.time.clock)
        later, other = Later(), MemoryAlerts()
        feed = AlertFeed((LoggedAlerts(), later), Metrics(), clock)
        api = SlackApi(
            Tokens(installations, self.slots, self.time.unix),
            self.slots,
            ApiTerms(base_url=f"{self.server.url}/api/"),
            SlackClock(self.time.monotonic, self.time.sleep),
        )
        slack = WatchedSlack(api, AURELIS, feed.notice, clock)
        rooms = Rooms(installations, DeskTerms(), operations_channel=channel)
        incidents = Incidents(self.cabinet, clock)
        spill = Spill((LoggedAlerts(), other))
        parts = OpsParts(slack, rooms, installations, incidents, clock, AURELIS, spill, feed.notice)
        alerts = SlackAlerts(parts, terms)
        await later.become(alerts)
        listening = OpsListening(incidents, rooms, installations, slack.revoked)
        handler = BoltHandler(listening.listeners(), installations)

        async def deliver(body: bytes, headers: object, content_type: str) -> int:
            envelope = read_request(content_type, body)
            assert isinstance(envelope, Envelope)
            await handler.handle(envelope)
            return 200

        self.server.deliver = deliver
        process = Process(feed, alerts, api, other)
        self.processes.append(process)
        return process

    async def install(self, token: str = "") -> None:
        team = self.server.team(TEAM)
        installations = CabinetInstallations(self.cabinet, self.time.clock)
        installed = Installation(
            TEAM, bot_token=token or team.bot_token, bot_user=team.bot_user, bot_id=team.bot_id
        )
        await installations.save(installed)

    async def end(self, process: Process) -> None:
        """Let a process die: nothing of it is told any more."""
        self.processes.remove(process)
        await process.api.close()

    async def passes(self, seconds: float, step_s: float = 1.0) -> None:
        """Let time pass, with every process at work."""
        until = self.time.passed_s + seconds
        while True:
            # Beside each other, so that they meet on the same incident.
            await asyncio.gather(*(process.step() for process in self.processes))
            if self.time.passed_s >= until:
                return
            self.time.passed_s = min(until, self.time.passed_s + step_s)

    def shown(self) -> list[Message]:
        return self.server.messages(TEAM, OPS)

    def thread(self) -> list[str]:
        """Return what is said below the only message."""
        (message,) = self.shown()
        return [one.text for one in self.server.messages(TEAM, OPS, message.ts)[1:]]

    def called(self, method: str) -> list[dict[str, Any]]:
        return [call.arguments for call in self.server.called(method)]


def text_of(message: Message) -> str:
    """Return everything that a message says."""
    return "\n".join([message.text, *(str(block) for block in message.blocks)])


@asynccontextmanager
async def staged(cabinet: Cabinet | None = None) -> AsyncIterator[Stage]:
    async with slack_running() as server:
        time = Time()
        server.clock, server.unix = time.monotonic, time.unix
        server.team(TEAM, "Aurelis")
        server.channel(TEAM, OPS, "operations")
        server.user(TEAM, "U1", "Dana Reyes")
        stage = Stage(server, cabinet or MemoryCabinet(), time, MemorySlots(time.now))
        await stage.install()
        try:
            yield stage
        finally:
            for process in list(stage.processes):
                await stage.end(process)
