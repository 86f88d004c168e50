"""Doors to an emulated Slack, and what they tell, for the tests of Socket Mode."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from bot.clock import Clock
from bot.slack.inbox import CabinetInbox
from bot.stores.cabinet import MemoryCabinet
from channels.errors import ChannelBusy
from channels.slack.base import Envelope, Inbox
from channels.slack.socket import LineTerms, SocketClient
from channels.slack.socket_door import Hearing, SocketDoor, SocketTerms
from tests.emulators.slack.sockets import APP_TOKEN, SocketMode

BOTH = pytest.mark.parametrize("client", list(SocketClient))
LINE = LineTerms(open_s=2.0, ping_s=10.0, look_s=0.02, close_s=0.2)
"""Pings far apart: on a busy machine a late answer would look like a dead line."""
TERMS = SocketTerms(LINE, first_pause_s=0.05, longest_pause_s=0.1, steady_s=0.0)


def event(id: str, text: str = "hello") -> dict[str, object]:
    inner = {"type": "message", "user": "U1", "channel": "C1", "text": text, "ts": "1.1"}
    return {"type": "event_callback", "team_id": "T1", "event_id": id, "event": inner}


class Kept(CabinetInbox):
    """The real inbox; it can be full, and it tells who waits for it."""

    def __init__(self) -> None:
        super().__init__(MemoryCabinet(), Clock())
        self.is_full = False
        self.refused = 0
        self.asked = 0

    async def keep(self, envelope: Envelope) -> bool:
        self.asked += 1
        if self.is_full:
            self.refused += 1
            raise ChannelBusy(1.0)
        return await super().keep(envelope)

    async def ids(self) -> list[str]:
        return [envelope.id for envelope in await self.lease(60.0, 1000)]


class Around:
    """What the door tells the application."""

    def __init__(self) -> None:
        self.kicks = 0
        self.reasons: list[str] = []
        self.since: list[float] = []
        self.moved = asyncio.Event()
        self.at = 1_000_000.0
        self.also: Callable[[], None] = lambda: None
        """What else is kicked."""

    def hearing(self) -> Hearing:
        return Hearing(self.kick, self.lost, self.reconnected)

    def now(self) -> float:
        return self.at

    def kick(self) -> None:
        self.kicks += 1
        self.moved.set()
        self.also()

    def lost(self, reason: str) -> None:
        self.reasons.append(reason)
        self.moved.set()

    def reconnected(self, since: float) -> None:
        self.since.append(since)
        self.moved.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5.0):
            while not condition():
                self.moved.clear()
                await self.moved.wait()


@asynccontextmanager
async def door_of(
    slack: SocketMode,
    inbox: Inbox,
    around: Around,
    client: SocketClient,
    terms: SocketTerms = TERMS,
) -> AsyncIterator[SocketDoor]:
    line = replace(terms.line, client=client, base_url=slack.base_url)
    door = SocketDoor(inbox, APP_TOKEN, around.hearing(), around.now, replace(terms, line=line))
    running = asyncio.get_running_loop().create_task(door.run())
    try:
        yield door
    finally:
        async with asyncio.timeout(5.0):
            await door.close()
            await running


def all_acknowledged(slack: SocketMode) -> Callable[[], bool]:
    return lambda: bool(slack.sent) and not slack.unacknowledged
