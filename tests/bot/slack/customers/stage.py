"""Customers in an emulated Slack: the real client, the real Bolt, our listeners and our outlet."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from bot.humans.human import Human
from bot.humans.terms import DeskTerms
from bot.log import Event
from bot.slack.customers.customer import Customers
from bot.slack.customers.outlet import Outlet
from bot.slack.customers.place import CHANNEL, Place, conversation_at
from bot.slack.installations import CabinetInstallations
from bot.slack.parts import SlackParts
from bot.slack.people import People
from bot.slack.rooms import Rooms
from bot.slack.target import human_of
from bot.slack.threads import Threads
from bot.stores.base import EventsAfter, Head, HeadOf, Store
from bot.stores.cabinet import Cabinet, MemoryCabinet
from channels.base import ConversationId
from channels.slack.api import ApiTerms, SlackApi
from channels.slack.base import Envelope, Installation, Slack, TeamId
from channels.slack.bolt import BoltHandler
from channels.slack.clock import SlackClock
from channels.slack.envelope import read_request
from channels.slack.tokens import Tokens
from routing.models.scripted import Hold, Script
from tests.bot.slack.desk.scene import AllTurns
from tests.bot.stage import ANSWER, AT_ONCE, END, Stage, says, staged, words
from tests.emulators.slack import Message, SlackServer, slack_running

TEAM, OTHER_TEAM, ROOM = TeamId("T1"), TeamId("T2"), "C1"
ANNA, BEN, DANA = "U7", "U8", "U1"

HALF = "Your card arrives in five "
REST = "working days [1]. You can follow it in the app."


@dataclass
class Scene:
    """One process of ours, before one Slack."""

    stage: Stage
    server: SlackServer
    parts: SlackParts
    outlet: Outlet
    customers: Customers
    api: SlackApi
    failures: list[Exception] = field(default_factory=list)

    @property
    def direct(self) -> str:
        """The channel of Anna's direct messages."""
        return self.server.direct_of(TEAM, ANNA)

    @property
    def conversation(self) -> ConversationId:
        """The one at the top of Anna's direct messages."""
        return conversation_at(Place(TEAM, self.direct))

    async def asks(self, text: str = "When will my card arrive?", thread: str = "") -> str:
        """Write as Anna, directly; returns the ts."""
        return await self.server.direct(TEAM, ANNA, text, thread)

    def shown(self, thread: str, channel: str = "") -> list[Message]:
        """Return what we have said in a thread, in order."""
        whole = self.server.messages(TEAM, channel or self.direct, thread)
        return [one for one in whole if one.bot_id]

    def texts(self, thread: str, channel: str = "") -> list[str]:
        """Return the texts of what we have said in a thread after the greeting."""
        return [one.text for one in self.shown(thread, channel)][1:]

    async def until_said(self, thread: str, text: str, channel: str = "") -> Message:
        """Wait until a message in a thread is whole and says this; return it."""

        def found() -> list[Message]:
            whole = self.shown(thread, channel)
            return [one for one in whole if text in one.text and not one.is_streaming]

        await self.server.until(lambda: bool(found()))
        return found()[-1]

    async def rest(self) -> None:
        """Wait until the application and the outlet have nothing left to do."""
        await self.stage.until_idle()
        await self.server.until(lambda: self.outlet.active == 0)
        await self.server.settled()

    async def head(self, conversation: ConversationId | None = None) -> Head | None:
        store = self.stage.services.store
        heads = await store.find(HeadOf(conversation or self.conversation))
        return heads[0] if heads else None

    async def events(self) -> Sequence[Event]:
        return await self.stage.services.store.find(EventsAfter(self.conversation, 0))


def human(user: str = DANA, name: str = "Dana") -> Human:
    return human_of(TEAM, user, name)


def buttons_of(message: Message) -> list[str]:
    """Return the action ids of the buttons under a message."""
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row["elements"]]


def halved(held: asyncio.Event) -> Script:
    return (*words(HALF), Hold(held), *words(REST), END)


async def half_said(here: Scene) -> tuple[str, Message]:
    """Ask, and wait until the first half of the answer is there; return the thread and it."""
    ts = await here.asks()

    def streaming() -> list[Message]:
        return [one for one in here.shown(ts) if one.is_streaming and "arrives" in one.text]

    await here.server.until(lambda: bool(streaming()))
    return ts, streaming()[0]


@asynccontextmanager
async def scene(
    folder: Path,
    scripts: Sequence[Script] = (says(ANSWER),),
    clock: SlackClock | None = None,
    most_at_once: int = 100,
    quiet_s: float = 0.0,
) -> AsyncIterator[Scene]:
    """Run a Slack and one process of ours."""
    async with (
        slack_running() as server,
        process(folder, server, MemoryCabinet(), scripts, clock=clock, quiet_s=quiet_s) as running,
    ):
        running.outlet.couriers.most_at_once = most_at_once
        yield running


@asynccontextmanager
async def process(
    folder: Path,
    server: SlackServer,
    cabinet: Cabinet,
    scripts: Sequence[Script] = (says(ANSWER),),
    store: Store | None = None,
    clock: SlackClock | None = None,
    through: Callable[[Slack], Slack] | None = None,
    quiet_s: float = 0.0,
) -> AsyncIterator[Scene]:
    """Run one process on what others have kept; `through` stands between it and Slack."""
    pace = replace(AT_ONCE, slack_quiet_s=quiet_s)
    async with staged(folder, scripts, pace=pace, store=store) as stage:
        services = stage.services
        installations = CabinetInstallations(cabinet, services.clock)
        for team in (TEAM, OTHER_TEAM):
            one = server.team(team)
            granted = Installation(
                team, bot_token=one.bot_token, bot_user=one.bot_user, bot_id=one.bot_id
            )
            await installations.save(granted)
        server.channel(TEAM, ROOM, "general")
        server.user(TEAM, ANNA, "Anna Weiss")
        tokens = Tokens(installations, AllTurns(), lambda: datetime.now(UTC).timestamp())
        api = SlackApi(tokens, AllTurns(), ApiTerms(base_url=f"{server.url}/api/"))
        slack: Slack = through(api) if through else api
        parts = SlackParts(
            slack=slack,
            services=services,
            handoffs=stage.handoffs,
            cabinet=cabinet,
            installations=installations,
            rooms=Rooms(installations, DeskTerms()),
            threads=Threads(cabinet, services.clock),
            people=People(api, services.clock),
            terms=DeskTerms(),
        )
        outlet = Outlet(parts, stage.reception.accept, clock)
        services.scribe.pushes[CHANNEL] = outlet.push
        customers = Customers(parts, stage.reception, outlet)
        running = Scene(stage, server, parts, outlet, customers, api)
        listen(running)
        try:
            yield running
            await server.settled()
        finally:
            await stage.manager.drain(0)
            await outlet.drain(0.5)
            await api.close()


def listen(running: Scene) -> None:
    """Take what Slack sends to our listeners, without a queue between them."""
    handler = BoltHandler(running.customers.listeners(), running.parts.installations)

    async def deliver(body: bytes, headers: Mapping[str, str], content_type: str) -> int:
        envelope = read_request(content_type, body)
        assert isinstance(envelope, Envelope)
        await handler.handle(envelope)
        return 200

    running.server.deliver = deliver
