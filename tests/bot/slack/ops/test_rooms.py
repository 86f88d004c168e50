"""A channel of the desk that cannot be used, and is well again, is told once each."""

import pytest

from bot.slack.ops.lost_rooms import WatchedRooms
from bot.watch.own_events import SlackRoomBack, SlackRoomLost
from channels.slack.base import Upload
from channels.slack.errors import SlackRefused, SlackUnreachable
from routing.watching.events import Event
from tests.bot.slack.ops.test_watched import AURELIS, TEAM, Scripted

FILE = Upload("a.txt", "a", b"a")


async def test_each_channel_is_told_of_when_it_is_lost_and_when_it_is_back() -> None:
    inner, noticed = Scripted(), list[Event]()
    slack = WatchedRooms(inner, AURELIS, noticed.append)
    inner.failure = SlackRefused("chat.postMessage", "is_archived")
    for channel in ("C1", "C1", "C2"):
        with pytest.raises(SlackRefused):
            await slack.call(TEAM, "chat.postMessage", {"channel": channel})
    inner.failure = None
    await slack.call(TEAM, "users.info", {"user": "U1"})
    await slack.upload(TEAM, "C1", "1.1", FILE)
    await slack.call(TEAM, "chat.postMessage", {"channel": "C1"})

    assert noticed == [
        SlackRoomLost(AURELIS, "C1", "is_archived"),
        SlackRoomLost(AURELIS, "C2", "is_archived"),
        SlackRoomBack(AURELIS, "C1"),
    ]


async def test_what_is_no_matter_of_the_channel_is_not_told() -> None:
    inner, noticed = Scripted(), list[Event]()
    slack = WatchedRooms(inner, AURELIS, noticed.append)
    refused = SlackRefused("chat.postMessage", "invalid_blocks")
    for failure in (refused, SlackUnreachable("chat.postMessage", is_unknown=True)):
        inner.failure = failure
        with pytest.raises(type(failure)):
            await slack.call(TEAM, "chat.postMessage", {"channel": "C1"})

    assert noticed == []
