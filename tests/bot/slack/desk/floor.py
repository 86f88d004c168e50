"""A customer in the queue, his card in an emulated Slack, and our listeners behind Bolt."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.errors import StoreFailed
from bot.humans.escalation import Reason
from bot.humans.human import Human
from bot.humans.terms import DeskTerms
from bot.log import Author, MessageEnded
from bot.outbox import card_for
from bot.slack.desk.cards import card_message
from bot.slack.installations import CabinetInstallations
from bot.slack.parts import SlackParts
from bot.slack.people import People
from bot.slack.rooms import Own, Room, Rooms
from bot.slack.target import Target, human_of
from bot.slack.threads import Thread, Threads
from bot.stores.base import (
    AuditAfter,
    AuditEntry,
    Committed,
    HeadOf,
    Query,
    Record,
    RecordsOf,
    T,
    Write,
)
from bot.stores.cabinet import MemoryCabinet, MemorySlots
from bot.stores.memory import MemoryStore
from channels.slack.api import ApiTerms, SlackApi
from channels.slack.base import Envelope, Installation, Installations, Listeners, TeamId
from channels.slack.bolt import BoltHandler
from channels.slack.clock import SlackClock
from channels.slack.envelope import read_request
from channels.slack.errors import SlackFailed
from channels.slack.tokens import Tokens
from routing.models.scripted import Script
from tests.bot.stage import ANSWER, POLICY, WAIT_S, Ahead, Stage, says, staged
from tests.emulators.slack import SlackServer, slack_running
from tests.emulators.slack.state import Whisper

TEAM, CHANNEL = TeamId("T1"), "C1"
DANA, LEE = "U1", "U2"
Share = Callable[[SlackParts], Listeners]


class Meeting(MemoryStore):
    """A store in which two read the same before either writes, and which can refuse a write."""

    def __init__(self) -> None:
        super().__init__()
        self.reads_left = 0
        """How many reads of a head are still to meet, each with another one."""
        self.refused_audit = ""
        """Action of the audit entries with which nothing can be written."""
        self._barrier = asyncio.Barrier(2)

    async def commit(self, write: Write) -> Committed:
        if self.refused_audit in {entry.action for entry in write.audit}:
            raise StoreFailed("the disk is full")
        return await super().commit(write)

    async def find(self, query: Query[T]) -> tuple[T, ...]:
        found = await super().find(query)
        if isinstance(query, HeadOf) and self.reads_left:
            self.reads_left -= 1
            async with asyncio.timeout(WAIT_S):
                await self._barrier.wait()
        return found


@dataclass
class SlackFloor:
    """The stage, with Slack beside it."""

    stage: Stage
    server: SlackServer
    parts: SlackParts
    card: str
    """`ts` of the card."""
    failures: list[Exception]
    """What listeners raised: the queue would try them again."""

    @property
    def target(self) -> Target:
        return Target(self.stage.conversation, 1)

    async def click(self, user: str, action: str, value: str = "") -> None:
        await self.server.clicks(TEAM, CHANNEL, self.card, user, action, value)

    async def choose(self, user: str, word: str) -> None:
        """Choose something in the menu of the card."""
        message = self.server.message(TEAM, CHANNEL, self.card)
        options = [
            option["value"]
            for block in message.blocks
            for element in block.get("elements", ())
            for option in element.get("options", ())
        ]
        await self.click(user, "more", next(one for one in options if one.startswith(f"{word}:")))

    async def repeat(self) -> None:
        """Deliver what came last once more, as our queue does after a failure."""
        await self.server.redeliver(self.server.emitted[-1])

    def whispers(self, user: str) -> list[Whisper]:
        return self.server.ephemerals(TEAM, CHANNEL, user)

    def view(self, user: str) -> dict[str, Any]:
        view = self.server.view_of(TEAM, user)
        assert view is not None
        return view

    async def show(self) -> None:
        """Bring the card up to date, as the desk does."""
        head = await self.stage.head()
        card = await card_for(self.parts.services.store, head, self.parts.services.clock.now())
        shown = card_message(card)
        here = {"channel": CHANNEL, "ts": self.card, "text": shown.text, "blocks": shown.blocks}
        await self.parts.slack.call(TEAM, "chat.update", here)

    async def claim(self, user: str = DANA) -> None:
        """Claim by the button, and show the new card."""
        await self.click(user, "claim")
        await self.show()

    async def join(self, id: str) -> None:
        """Let another workspace install us; `C2` and `U9` are in it."""
        team = self.server.team(id, "Strangers")
        self.server.channel(id, "C2", "general")
        self.server.user(id, "U9", "Mallory")
        one = Installation(
            TeamId(id), bot_token=team.bot_token, bot_user=team.bot_user, bot_id=team.bot_id
        )
        await self.parts.installations.save(one)

    async def audit(self) -> tuple[AuditEntry, ...]:
        return await self.stage.services.store.find(AuditAfter())

    async def records(self, kind: str) -> tuple[Record, ...]:
        conversation = self.stage.conversation
        return await self.stage.services.store.find(RecordsOf(kind, conversation=conversation))

    async def to_customer(self) -> list[str]:
        """Return what humans have said to the customer."""
        return [
            event.body.text
            for event in await self.stage.events()
            if isinstance(event.body, MessageEnded) and event.body.author is Author.HUMAN
        ]


def human(user: str) -> Human:
    return human_of(TEAM, user, {DANA: "Dana", LEE: "Lee"}[user])


def merged(shares: Sequence[Listeners]) -> Listeners:
    """Return all shares as one; no two of them listen to the same."""
    whole = Listeners({}, {}, {}, {}, {})
    for share in shares:
        for name in ("events", "actions", "views", "shortcuts", "commands"):
            mine, theirs = getattr(whole, name), getattr(share, name)
            assert not mine.keys() & theirs.keys()
            mine.update(theirs)
    return whole


@asynccontextmanager
async def slack_floor(
    folder: Path,
    shares: Sequence[Share],
    scripts: Sequence[Script] = (says(ANSWER),),
    terms: DeskTerms | None = None,
    asks: Sequence[str] = ("Where is my new card?",),
    policy: str = POLICY,
    keyless: bool = False,
    store: Meeting | None = None,
) -> AsyncIterator[SlackFloor]:
    """Set the stage: the customer has asked, was answered, and waits for a person."""
    async with (
        staged(folder, scripts, policy=policy, keyless=keyless, store=store) as stage,
        slack_running() as server,
    ):
        team = server.team(TEAM, "Aurelis")
        server.channel(TEAM, CHANNEL, "support")
        server.user(TEAM, DANA, "Dana")
        server.user(TEAM, LEE, "Lee")
        one = Installation(
            TEAM, bot_token=team.bot_token, bot_user=team.bot_user, bot_id=team.bot_id
        )
        services, cabinet = stage.services, MemoryCabinet()
        installed = CabinetInstallations(cabinet, services.clock)
        await installed.save(one)
        async with wired(installed, server) as slack:
            wanted = terms or DeskTerms()
            parts = SlackParts(
                slack=slack,
                services=services,
                handoffs=stage.handoffs,
                cabinet=cabinet,
                installations=installed,
                rooms=Rooms(installed, wanted, CHANNEL, own=Own(team.bot_token)),
                threads=Threads(cabinet, services.clock),
                people=People(slack, services.clock),
                terms=wanted,
            )
            floor = SlackFloor(stage, server, parts, "", [])
            _listen(floor, BoltHandler(merged([share(parts) for share in shares]), installed))
            for text in asks:
                await stage.say(text)
                await stage.until_idle()
            await stage.handoffs.request(stage.conversation, Reason.BUTTON)
            await _post(floor)
            yield floor


def _listen(floor: SlackFloor, handler: BoltHandler) -> None:
    async def deliver(body: bytes, headers: Mapping[str, str], content_type: str) -> int:
        envelope = read_request(content_type, body)
        assert isinstance(envelope, Envelope)
        try:
            await handler.handle(envelope)
        except (SlackFailed, StoreFailed) as failed:
            floor.failures.append(failed)
        return 200

    floor.server.deliver = deliver


async def _post(floor: SlackFloor) -> None:
    services = floor.parts.services
    card = await card_for(services.store, await floor.stage.head(), services.clock.now())
    shown = card_message(card)
    message = {"channel": CHANNEL, "text": shown.text, "blocks": shown.blocks}
    posted = await floor.parts.slack.call(TEAM, "chat.postMessage", message)
    floor.card = posted["ts"]
    await floor.parts.threads.bind(Thread(floor.target, Room(TEAM, CHANNEL), floor.card))


@asynccontextmanager
async def wired(installed: Installations, server: SlackServer) -> AsyncIterator[SlackApi]:
    """Open the real client on an emulated Slack."""
    ahead = Ahead()

    async def sleep(seconds: float) -> None:
        ahead.by += timedelta(seconds=seconds)

    slots = MemorySlots(ahead.now)
    tokens = Tokens(installed, slots, lambda: ahead.now().timestamp())
    terms = ApiTerms(base_url=f"{server.url}/api/")
    api = SlackApi(tokens, slots, terms, SlackClock(sleep=sleep))
    try:
        yield api
    finally:
        await api.close()
