"""After an outage every card is looked for, and Slack lets us look fifty times a minute."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clock
from bot.slack.looks import HOLDS, Looks, Tried
from bot.slack.rooms import Room
from channels.slack.base import Json, TeamId, Upload
from channels.slack.errors import SlackBusy

ROOM = Room(TeamId("T1"), "C1")
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


class History:
    """A Slack that shows two pages, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.is_busy = False

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        if self.is_busy:
            raise SlackBusy(method, 1.0)
        self.asked.append(f"{method}:{arguments.get('cursor', '')}")
        await asyncio.sleep(0)
        following = "" if arguments.get("cursor") else "2"
        name = "second" if arguments.get("cursor") else "first"
        return {"messages": [{"ts": name}], "response_metadata": {"next_cursor": following}}

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        raise NotImplementedError

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        raise NotImplementedError


class Office:
    """Looks, and the time they are made at."""

    def __init__(self) -> None:
        self.slack, self.now = History(), BEGAN
        self.looks = Looks(self.slack, Clock(now=lambda: self.now))

    async def look(self, tried_s: float, thread: str = "") -> list[str]:
        """Look for something that was tried, and had settled, so many seconds ago."""
        at = self.now - timedelta(seconds=tried_s)
        pages = self.looks.pages(ROOM, thread, Tried(at, at, at))
        return [str(message["ts"]) async for page in pages for message in page]


async def test_one_look_serves_all_who_look_at_once() -> None:
    office = Office()
    seen = await asyncio.gather(*(office.look(20.0 + number) for number in range(50)))
    later = await office.look(20.0)

    assert seen == [["first", "second"]] * 50
    assert later == ["first", "second"]
    assert office.slack.asked == ["conversations.history:", "conversations.history:2"]


async def test_what_was_tried_after_a_look_is_looked_for_again() -> None:
    office = Office()
    await office.look(20.0)
    office.now += timedelta(seconds=10)
    await office.look(5.0)

    assert len(office.slack.asked) == 4


@pytest.mark.parametrize("later_s", [HOLDS.total_seconds(), 3_600.0])
async def test_an_old_look_serves_nobody(later_s: float) -> None:
    office = Office()
    await office.look(20.0)
    office.now += timedelta(seconds=later_s)
    await office.look(20.0 + later_s)

    assert len(office.slack.asked) == 4


async def test_what_was_tried_long_before_is_outside_of_a_look() -> None:
    office = Office()
    await office.look(20.0)
    await office.look(3_600.0)

    assert len(office.slack.asked) == 4


async def test_every_thread_is_looked_into_for_itself() -> None:
    office = Office()
    await office.look(20.0, "1.1")
    await office.look(20.0, "1.1")

    assert office.slack.asked == ["conversations.replies:", "conversations.replies:2"] * 2


async def test_a_look_that_slack_refuses_is_made_by_the_next_one() -> None:
    office = Office()
    office.slack.is_busy = True
    with pytest.raises(SlackBusy):
        await office.look(20.0)
    office.slack.is_busy = False

    assert await office.look(20.0) == ["first", "second"]


async def test_what_was_read_can_be_let_go_of() -> None:
    office = Office()
    await office.look(20.0)
    office.looks.forget()
    await office.look(20.0)

    assert len(office.slack.asked) == 4
