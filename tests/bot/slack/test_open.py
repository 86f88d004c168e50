"""All of Slack as `bot/app.py` runs it, in one process, with what it waits for held up."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.log import MessageAccepted
from bot.settings import SlackSettings
from bot.slack.installations import INSTALLATION, CabinetInstallations
from bot.slack.open import Around, SlackSide
from bot.stores.base import EventsOfType
from bot.stores.cabinet import Entry, MemoryCabinet
from bot.watch.sinks import Spill
from channels.base import ConversationId
from channels.slack.base import Installation, TeamId
from channels.slots import Turns
from tests.bot.stage import Stage, staged
from tests.emulators.slack import SlackServer, slack_running
from tests.emulators.slack.sockets import APP_TOKEN, SocketMode

TEAM, ANNA = TeamId("T1"), "U7"


class HeldCabinet(MemoryCabinet):
    """A cabinet in which the next look for an installation takes until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.is_holding = False
        self.held, self.free = asyncio.Event(), asyncio.Event()

    async def find(self, kind: str, key: str | None = None) -> Sequence[Entry]:
        if kind == INSTALLATION and self.is_holding:
            self.is_holding = False
            self.held.set()
            await self.free.wait()
        return await super().find(kind, key)

    async def book(self, key: str, rate: Turns) -> float:
        return 0.0

    async def block(self, key: str, for_s: float) -> None:
        pass


@asynccontextmanager
async def opened(
    stage: Stage, cabinet: HeldCabinet, sockets: SocketMode
) -> AsyncIterator[SlackServer]:
    """Run all of Slack over a socket."""
    async with slack_running([sockets.part]) as server:
        server.deliver = sockets.deliver
        team = server.team(TEAM)
        known = Installation(TEAM, bot_token=team.bot_token, bot_user=team.bot_user)
        await CabinetInstallations(cabinet, stage.services.clock).save(known)
        settings = SlackSettings(team.bot_token, app_token=APP_TOKEN, base_url=server.url)
        spill = Spill([])
        around = Around(stage.services, stage.handoffs, stage.reception, cabinet, None, spill)
        side = SlackSide(settings, around)
        await side.start()
        try:
            await sockets.until(lambda: bool(sockets.sockets))
            yield server
        finally:
            await side.stop_taking()
            await stage.manager.drain(0)
            await side.close()
            await sockets.close()


@pytest.mark.promise("K56")
async def test_direct_messages_are_taken_in_the_order_of_writing_however_long_one_takes(
    tmp_path: Path,
) -> None:
    sockets = SocketMode()
    async with staged(tmp_path) as stage:
        cabinet = HeldCabinet()
        async with opened(stage, cabinet, sockets) as server:
            cabinet.is_holding = True
            await server.direct(TEAM, ANNA, "My card is lost.")
            await asyncio.wait_for(cabinet.held.wait(), 5)
            await server.direct(TEAM, ANNA, "No, stolen.")
            await sockets.until(lambda: not sockets.unacknowledged)
            await stage.settle()
            conversation = ConversationId(f"slack-{TEAM}-{server.direct_of(TEAM, ANNA)}")
            query = EventsOfType(conversation, (MessageAccepted.TYPE,), 10)
            early = await stage.services.store.find(query)
            cabinet.free.set()
            async with asyncio.timeout(5):
                while len(await stage.services.store.find(query)) < 2:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            taken = await stage.services.store.find(query)

    assert early == ()
    said = [event.body.text for event in taken if isinstance(event.body, MessageAccepted)]
    assert said == ["My card is lost.", "No, stolen."]
