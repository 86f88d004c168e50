"""A customer and his desk in an emulated Slack: the real client, the real Bolt, our listeners."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.humans.desk import Card, ThreadLine
from bot.humans.escalation import Reason
from bot.humans.human import Human
from bot.humans.terms import DeskTerms
from bot.log import Author, MessageEnded
from bot.outbox import Outbox, card_for
from bot.privacy.redact import stored
from bot.slack.desk.desk import SlackDesk
from bot.slack.desk.joining import Joining
from bot.slack.desk.messages import Messages
from bot.slack.installations import CabinetInstallations
from bot.slack.parts import SlackParts
from bot.slack.people import People
from bot.slack.rooms import Rooms
from bot.slack.target import Target, human_of, target_in
from bot.slack.threads import Threads
from bot.stores.base import AuditAfter
from bot.stores.cabinet import Cabinet, MemoryCabinet
from channels.errors import ChannelError
from channels.slack.api import ApiTerms, SlackApi
from channels.slack.base import Envelope, Installation, TeamId
from channels.slack.bolt import BoltHandler
from channels.slack.envelope import read_request
from channels.slack.tokens import Tokens
from channels.slots import Turns
from tests.bot.stage import Stage, staged
from tests.emulators.slack import Emission, Message, SlackServer, slack_running

TEAM, CHANNEL, OTHER = TeamId("T1"), "C1", "C2"
DANA, LEE = "U1", "U2"
NAMES = {DANA: "Dana", LEE: "Lee"}
REASON = Reason.BUTTON
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\x0dIHDR" + bytes(32)


class AllTurns:
    """Slots without a limit: what is tested here is not the pace."""

    async def book(self, key: str, rate: Turns) -> float:
        return 0.0

    async def block(self, key: str, for_s: float) -> None:
        pass


@dataclass
class Scene:
    stage: Stage
    server: SlackServer
    parts: SlackParts
    desk: SlackDesk
    outbox: Outbox
    messages: Messages
    told: list[str]
    """What operations were told of a Slack that cannot be used."""
    failures: list[Exception] = field(default_factory=list)
    """What listeners raised: the queue would try them again."""

    @property
    def target(self) -> Target:
        return Target(self.stage.conversation, 1)

    def cards(self, channel: str = CHANNEL) -> list[Message]:
        shown = self.server.messages(TEAM, channel)
        return [one for one in shown if target_in({"metadata": one.metadata}) == self.target]

    @property
    def card(self) -> Message:
        [card] = self.cards()
        return card

    def thread(self) -> list[Message]:
        """Return what stands under the card."""
        return self.server.messages(TEAM, CHANNEL, self.card.ts)[1:]

    async def queue(self) -> None:
        """Have the customer ask for a person, and the card posted."""
        await self.stage.handoffs.request(self.stage.conversation, Reason.BUTTON)
        await self.outbox.send_due()

    async def claim(self, user: str = DANA) -> None:
        await self.stage.handoffs.claim(self.stage.conversation, human(user))
        await self.outbox.send_due()

    async def says(self, user: str, text: str, files: Sequence[tuple[str, bytes]] = ()) -> str:
        """Write under the card; returns the ts once our listener is done."""
        return await self.server.says(TEAM, CHANNEL, user, text, self.card.ts, files)

    def last(self) -> Emission:
        """Return what our listener was told of last that a human has written or changed."""
        return [one for one in self.server.emitted if _author(one.payload) in NAMES][-1]

    async def repeat(self, retry: int = 1) -> None:
        """Deliver that once more."""
        await self.server.redeliver(self.last(), retry)

    async def answers(self, user: str, action: str) -> None:
        """Click a button of the last thing that a member was told alone."""
        asked = [w for w in self.server.ephemerals(TEAM, CHANNEL, user) if len(w.blocks) > 1][-1]
        await self.server.clicks(TEAM, CHANNEL, asked.ts, user, action)

    def whispers(self, user: str = DANA) -> list[str]:
        return [whisper.text for whisper in self.server.ephemerals(TEAM, CHANNEL, user)]

    def reactions(self, ts: str) -> list[str]:
        return list(self.server.message(TEAM, CHANNEL, ts).reactions)

    async def replies(self) -> list[MessageEnded]:
        """Return what humans have said to the customer, in order."""
        bodies = [event.body for event in await self.stage.events()]
        return [
            body
            for body in bodies
            if isinstance(body, MessageEnded) and body.author is Author.HUMAN
        ]

    async def said(self) -> list[str]:
        return [body.text for body in await self.replies()]

    async def notes(self) -> list[str]:
        return [one["text"] for one in await self.stage.kept("note")]

    async def audited(self, action: str) -> list[str]:
        entries = await self.stage.services.store.find(AuditAfter())
        return [entry.json for entry in entries if entry.action == action]


def _author(payload: Mapping[str, Any]) -> str:
    event = payload.get("event", {})
    if event.get("type") != "message":
        return ""
    inner = event.get("message") or event.get("previous_message") or event
    return str(inner.get("user", ""))


async def card_now(play: Scene) -> Card:
    head = await play.stage.head()
    return await card_for(play.stage.services.store, head, play.stage.services.clock.now())


def line(play: Scene, text: str = "Hello?", id: str = "l1", **more: str) -> ThreadLine:
    """Return what the customer, or another `author`, says."""
    author = more.pop("author", "customer")
    return ThreadLine(play.stage.conversation, author, stored(text), id=id, **more)  # type: ignore[arg-type]


def text_of(card: object) -> str:
    return json.dumps(card, ensure_ascii=False)


async def claimed(play: Scene) -> None:
    await play.queue()
    await play.claim()


def human(user: str) -> Human:
    return human_of(TEAM, user, NAMES[user])


@asynccontextmanager
async def scene(
    folder: Path,
    terms: DeskTerms | None = None,
    cabinet: Cabinet | None = None,
    scope: frozenset[str] = frozenset(),
) -> AsyncIterator[Scene]:
    """Set the scene: nobody waits yet. `scope` is taken from what the app may do."""
    async with staged(folder) as stage, slack_running() as server:
        team = server.team(TEAM, "Aurelis")
        team.scopes -= scope
        for id, name in ((CHANNEL, "support"), (OTHER, "complaints")):
            server.channel(TEAM, id, name)
        for user, name in NAMES.items():
            server.user(TEAM, user, name)
        services = stage.services
        cabinet = cabinet or MemoryCabinet()
        installations = CabinetInstallations(cabinet, services.clock)
        granted = Installation(
            TEAM, bot_token=team.bot_token, bot_user=team.bot_user, bot_id=team.bot_id
        )
        await installations.save(granted)
        tokens = Tokens(installations, AllTurns(), lambda: datetime.now(UTC).timestamp())
        slack = SlackApi(tokens, AllTurns(), ApiTerms(base_url=f"{server.url}/api/"))
        terms = terms or DeskTerms()
        parts = SlackParts(
            slack=slack,
            services=services,
            handoffs=stage.handoffs,
            cabinet=cabinet,
            installations=installations,
            rooms=Rooms(installations, terms, CHANNEL),
            threads=Threads(cabinet, services.clock),
            people=People(slack, services.clock),
            terms=terms,
        )
        told: list[str] = []
        at_desk = replace(parts, slack=Joining(parts.slack))
        desk = SlackDesk(at_desk, unreachable=told.append)
        outbox = Outbox(services.scribe, services.store, desk, services.clock)
        set_up = Scene(stage, server, parts, desk, outbox, Messages(parts), told)
        listen(set_up)
        try:
            yield set_up
            await server.settled()
        finally:
            await slack.close()


def listen(set_up: Scene) -> None:
    """Take what Slack sends to our listeners, without a queue between them."""
    handler = BoltHandler(set_up.messages.listeners(), set_up.parts.installations)

    async def deliver(body: bytes, headers: Mapping[str, str], content_type: str) -> int:
        envelope = read_request(content_type, body)
        assert isinstance(envelope, Envelope)
        try:
            await handler.handle(envelope)
        except ChannelError as failed:
            set_up.failures.append(failed)
        return 200

    set_up.server.deliver = deliver
