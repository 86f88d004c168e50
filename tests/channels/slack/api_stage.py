"""A clock that tests turn, installations in memory, and a SlackApi on an emulator."""

from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.stores.cabinet import MemorySlots
from channels.slack.api import ApiTerms, SlackApi
from channels.slack.base import Installation, Json, TeamId
from channels.slack.clock import SlackClock
from channels.slack.tokens import Tokens, TokenTerms
from channels.slots import Slots
from tests.emulators.slack import SlackServer, slack_running

TEAM = TeamId("T1")
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Turned:
    """Time passes when a test says so, or when somebody sleeps."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def monotonic(self) -> float:
        return self.passed_s

    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed_s)

    def unix(self) -> float:
        return self.now().timestamp()

    async def sleep(self, for_s: float) -> None:
        self.passed_s += for_s

    @property
    def clock(self) -> SlackClock:
        return SlackClock(self.monotonic, self.sleep)


class Installed:
    """Installations in memory; counts how often they are read."""

    def __init__(self, *installations: Installation) -> None:
        self.teams = {one.team: one for one in installations}
        self.reads = 0
        self.saved: list[Installation] = []

    async def save(self, installation: Installation) -> None:
        self.saved.append(installation)
        self.teams[installation.team] = installation

    async def find(self, team: TeamId | None = None) -> Sequence[Installation]:
        self.reads += 1
        return [one for one in self.teams.values() if team in (None, one.team)]

    async def delete(self, team: TeamId, before: float | None = None) -> None:
        self.teams.pop(team, None)


@dataclass(slots=True)
class Stage:
    server: SlackServer
    api: SlackApi
    time: Turned
    installed: Installed
    slots: Slots
    counted: list[tuple[str, str]] = field(default_factory=list)


@asynccontextmanager
async def staged(terms: TokenTerms | None = None, most_wait_s: float = 5.0) -> AsyncIterator[Stage]:
    """Run a Slack with the workspace T1, its channel C1, and our API."""
    async with slack_running() as server:
        team = server.team("T1")
        server.channel("T1", "C1")
        installed = Installed(Installation(TEAM, bot_token=team.bot_token))
        stage = stage_on(server, installed, terms, most_wait_s)
        try:
            yield stage
        finally:
            await stage.api.close()


def stage_on(
    server: SlackServer,
    installed: Installed,
    terms: TokenTerms | None = None,
    most_wait_s: float = 5.0,
) -> Stage:
    time = Turned()
    server.clock, server.unix = time.monotonic, time.unix
    slots = MemorySlots(time.now)
    tokens = Tokens(installed, slots, time.unix, terms)
    counted: list[tuple[str, str]] = []
    api = SlackApi(
        tokens,
        slots,
        ApiTerms(f"{server.url}/api/", most_wait_s),
        time.clock,
        lambda method, outcome, seconds: counted.append((method, outcome)),
    )
    return Stage(server, api, time, installed, slots, counted)


def post(api: SlackApi, text: str = "hello", channel: str = "C1") -> Awaitable[Json]:
    return api.call(TEAM, "chat.postMessage", {"channel": channel, "text": text})


def texts(stage: Stage, channel: str = "C1") -> list[str]:
    return [message.text for message in stage.server.messages("T1", channel)]
