"""Processes that die while they tell a customer in Slack something: the next one goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.stores.cabinet import MemoryCabinet
from bot.stores.memory import MemoryStore
from channels.slack.base import Json, Slack, TeamId, Upload
from channels.slack.errors import SlackRevoked
from routing.models.scripted import Script
from tests.bot.slack.customers.stage import Scene, buttons_of, half_said, halved, process
from tests.bot.stage import ANSWER, says
from tests.emulators.slack import slack_running

UPDATE = "chat.update"


class Mortal:
    """A Slack that can be reached until the process dies; then nothing comes back, or leaves."""

    def __init__(self, slack: Slack, dies_at: int = 0) -> None:
        """Let the process die with a call of this number, which is done; 0: when it is told."""
        self.slack = slack
        self.dies_at = dies_at
        self.died = asyncio.Event()
        self.is_buried = asyncio.Event()
        """Set at the end of a test: what hangs may end."""
        self.calls = 0

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        await self._live()
        self.calls += 1
        is_last = self.calls == self.dies_at
        answer = await self.slack.call(team, method, arguments)
        if is_last:
            self.died.set()
        await self._live()
        return answer

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        await self.slack.upload(team, channel, thread, file)

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        return await self.slack.download(team, url, most_bytes)

    async def _live(self) -> None:
        if self.died.is_set():
            await self.is_buried.wait()
            raise SlackRevoked("dead")


@asynccontextmanager
async def dying(folder: Path, script: Script, dies_at: int = 0) -> AsyncIterator["Will"]:
    """Run a process that dies; what is asked of the next one is in the will."""
    store, cabinet = MemoryStore(), MemoryCabinet()
    for name in ("first", "second"):
        (folder / name).mkdir()
    mortals: list[Mortal] = []

    def mortal(slack: Slack) -> Slack:
        mortals.append(Mortal(slack, dies_at))
        return mortals[0]

    async with (
        slack_running() as server,
        process(folder / "first", server, cabinet, [script], store=store, through=mortal) as here,
    ):
        try:
            yield Will(here, mortals[0], folder / "second", store, cabinet)
        finally:
            mortals[0].is_buried.set()


@dataclass
class Will:
    here: Scene
    mortal: Mortal
    folder: Path
    store: MemoryStore
    cabinet: MemoryCabinet

    async def die(self) -> None:
        self.mortal.died.set()
        await self.here.stage.manager.drain(0)

    @asynccontextmanager
    async def heir(self) -> AsyncIterator[Scene]:
        """Run the next process, once it has done what the dead one left."""
        server = self.here.server
        async with process(
            self.folder, server, self.cabinet, [says(ANSWER)], store=self.store
        ) as there:
            await there.outlet.recover()
            await there.stage.manager.recover()
            yield there


@pytest.mark.promise("K71")
@pytest.mark.promise("K72")
async def test_an_answer_that_a_dead_process_left_is_made_whole_once(tmp_path: Path) -> None:
    async with dying(tmp_path, halved(asyncio.Event())) as will:
        ts, half = await half_said(will.here)
        await will.die()
        async with will.heir() as there:
            answer = await there.until_said(ts, ANSWER)
            await there.rest()

            assert there.texts(ts) == [ANSWER]
            assert answer.ts == half.ts
            assert buttons_of(answer)[0] == "customer_rate:up"
            assert {call.outcome for call in there.server.called(UPDATE)} == {"ok"}


@pytest.mark.slow
@pytest.mark.promise("K71")
@pytest.mark.parametrize("dies_at", range(1, 10))
async def test_whenever_a_process_dies_everything_is_there_once(
    tmp_path: Path, dies_at: int
) -> None:
    held = asyncio.Event()
    async with dying(tmp_path, halved(held), dies_at) as will:
        here = will.here
        ts = await here.asks()
        asyncio.get_running_loop().call_later(0.05, held.set)

        def is_over() -> bool:
            return will.mortal.died.is_set() or ANSWER in here.texts(ts)

        await here.server.until(is_over)
        await will.die()
        async with will.heir() as there:
            await there.until_said(ts, ANSWER)
            await there.rest()

            assert there.texts(ts) == [ANSWER]
            assert not any(message.is_streaming for message in there.shown(ts))


async def test_an_answer_that_was_cut_by_a_deploy_is_made_whole(tmp_path: Path) -> None:
    async with dying(tmp_path, halved(asyncio.Event())) as will:
        ts, half = await half_said(will.here)
        await will.here.stage.manager.drain(0)
        await will.here.outlet.drain(0.2)
        assert not half.is_streaming
        async with will.heir() as there:
            answer = await there.until_said(ts, ANSWER)
            await there.rest()

            assert there.texts(ts) == [ANSWER]
            assert answer.ts == half.ts
