"""What leaves for the desk: once, in its order, whatever fails meanwhile."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.canonical import canonical
from bot.clock import Clock
from bot.errors import DeskFailed
from bot.humans.desk import Card, ThreadLine
from bot.outbox import Outbox
from bot.stores.base import Parcel, Write
from channels.base import ConversationId
from tests.bot.stage import Stage, staged

BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class PlannedDesk:
    """A desk that fails as often as it is told."""

    fails: int = 0
    said: list[str] = field(default_factory=list)
    is_slow: set[str] = field(default_factory=set)
    """Texts that are not said before `go_on` is set."""
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    breaks_at: str = ""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, text: str) -> None:
        async with asyncio.timeout(5), self._news:
            await self._news.wait_for(lambda: text in self.said)

    async def _say(self, text: str) -> None:
        self.said.append(text)
        async with self._news:
            self._news.notify_all()

    async def post(self, card: Card) -> None:
        """Nothing: only lines are said here."""

    async def append(self, line: ThreadLine) -> None:
        if self.fails:
            self.fails -= 1
            raise DeskFailed("planned", 1.0)
        text = str(line.text)
        assert text != self.breaks_at, "planned"
        if text in self.is_slow:
            await self._say(f"{text} begun")
            await self.go_on.wait()
        await self._say(text)

    async def close(self, conversation: ConversationId, outcome: str) -> None:
        """Nothing: only lines are said here."""


@dataclass
class Desktop:
    """An outbox by a clock that stands still, and its desk."""

    stage: Stage
    desk: PlannedDesk = field(default_factory=PlannedDesk)
    now: datetime = BEGAN

    def __post_init__(self) -> None:
        services = self.stage.services
        clock = Clock(now=lambda: self.now)
        self.outbox = Outbox(services.scribe, services.store, self.desk, clock)

    async def writes(self, *texts: str) -> None:
        """Let lines be written, each a moment after the one before."""
        for text in texts:
            self.now += timedelta(microseconds=200)
            conversation = self.stage.conversation
            body = canonical({"author": "customer", "text": text, "files": ()})
            parcel = Parcel(
                f"{conversation}:{text}:line", conversation, "desk", "line", body, self.now
            )
            write = Write(conversation, self.now, outbox=(parcel,))
            await self.stage.services.scribe.write(write)

    async def sends(self, after_s: float = 0.0) -> None:
        self.now += timedelta(seconds=after_s)
        await self.outbox.send_due()


@asynccontextmanager
async def desktop(folder: Path, fails: int = 0) -> AsyncIterator[Desktop]:
    async with staged(folder) as stage:
        yield Desktop(stage, PlannedDesk(fails))


@pytest.mark.promise("K68")
async def test_what_is_written_when_the_desk_is_back_overtakes_nothing(tmp_path: Path) -> None:
    async with desktop(tmp_path, fails=1) as here:
        await here.writes("one", "two", "three")
        await here.sends()
        here.now += timedelta(seconds=1)
        for text in ("four", "five", "six"):
            await here.sends(after_s=0.0005)
            await here.writes(text)
        for _ in range(10):
            await here.sends(after_s=0.001)

        assert here.desk.said == ["one", "two", "three", "four", "five", "six"]


@pytest.mark.promise("K68")
async def test_a_restart_while_the_desk_is_down_changes_no_order(tmp_path: Path) -> None:
    async with desktop(tmp_path, fails=2) as here:
        await here.writes("one", "two")
        await here.sends()
        await here.sends(after_s=2)
        await here.writes("three")
        after = Desktop(here.stage, now=here.now)
        await after.sends()

        assert after.desk.said == ["one", "two", "three"]


async def test_a_slow_conversation_does_not_keep_the_next_one_waiting(tmp_path: Path) -> None:
    async with desktop(tmp_path) as here:
        here.desk.is_slow.add("slow")
        running = asyncio.ensure_future(here.outbox.run())
        await here.writes("slow", "after it")
        here.outbox.kick()
        await here.desk.until("slow begun")
        here.stage = await here.stage.again()
        await here.writes("quick")
        here.outbox.kick()
        await here.desk.until("quick")
        here.desk.go_on.set()
        await here.desk.until("after it")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

        assert here.desk.said == ["slow begun", "quick", "slow", "after it"]


async def test_a_defect_in_one_conversation_ends_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with desktop(tmp_path) as here:
        here.desk.breaks_at = "broken"
        await here.writes("broken")
        here.stage = await here.stage.again()
        await here.writes("whole")
        await here.sends()

        assert here.desk.said == ["whole"]
        assert "outbox.failed" in caplog.messages


async def test_what_failed_is_not_tried_before_its_time(tmp_path: Path) -> None:
    async with desktop(tmp_path, fails=1) as here:
        await here.writes("one", "two")
        await here.sends()
        await here.sends(after_s=0.9)
        early = list(here.desk.said)
        await here.sends(after_s=0.2)

        assert (early, here.desk.said) == ([], ["one", "two"])
