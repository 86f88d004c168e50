"""What was written first is said first, also when it takes longer to understand."""

import asyncio
import json

import pytest

from bot.slack.announced import Announced, Row
from bot.slack.customers import place
from bot.slack.desk import heard
from bot.slack.desk.heard import turn_of
from bot.slack.in_order import InOrder
from channels.slack.base import Envelope, Kind, TeamId

TEAM = TeamId("T1")


class Slow:
    """A listener that takes its turn late for some."""

    def __init__(self, order: InOrder, late: str) -> None:
        self.order, self.late, self.free = order, late, asyncio.Event()
        self.said: list[str] = []

    async def handle(self, envelope: Envelope) -> None:
        if envelope.id == self.late:
            await self.free.wait()
        ts = float(json.loads(envelope.body)["event"]["ts"])
        async with self.order.turn(turn_of(TEAM, "C1", "1.1"), ts):
            self.said.append(envelope.id)


def written(id: str, ts: str, **more: str) -> Envelope:
    event = {"type": "message", "channel": "C1", "thread_ts": "1.1", "ts": ts, **more}
    return Envelope(id, Kind.EVENT, TEAM, json.dumps({"event": event}))


@pytest.mark.promise("K68")
async def test_a_message_waits_for_the_one_that_was_written_before_it() -> None:
    order = InOrder()
    slow = Slow(order, late="first")
    handler = Announced(slow, Row(order, heard.turn_in))
    async with asyncio.TaskGroup() as group:
        for id, ts in (("first", "2.1"), ("second", "2.2")):
            group.create_task(handler.handle(written(id, ts)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        before = list(slow.said)
        slow.free.set()

    assert before == []
    assert slow.said == ["first", "second"]


@pytest.mark.parametrize(
    "envelope",
    [
        Envelope("x", Kind.COMMAND, TEAM, '{"command": "/support"}'),
        written("x", "2.1", subtype="message_deleted"),
        written("x", "2.1", thread_ts=""),
        written("x", "2.1", type="reaction_added"),
    ],
)
async def test_whatever_is_no_message_under_a_card_keeps_nobody_back(envelope: Envelope) -> None:
    order, later = InOrder(), list[int]()

    class Waiting:
        async def handle(self, envelope: Envelope) -> None:
            async with asyncio.timeout(5), order.turn(turn_of(TEAM, "C1", "1.1"), 9.9):
                later.append(1)

    await Announced(Waiting(), Row(order, heard.turn_in)).handle(envelope)

    assert later == [1]


DIRECT = {"type": "message", "channel": "D1", "user": "U7", "ts": "2.1"}


@pytest.mark.parametrize(
    ("event", "turn"),
    [
        (DIRECT, ("T1:D1:", 2.1)),
        (DIRECT | {"thread_ts": "1.1"}, ("T1:D1:", 2.1)),
        (DIRECT | {"channel": "C1", "thread_ts": "1.1"}, ("T1:C1:1.1", 2.1)),
        (DIRECT | {"channel": "C1", "type": "app_mention"}, ("T1:C1:2.1", 2.1)),
        (DIRECT | {"bot_id": "B1"}, None),
        (DIRECT | {"subtype": "message_changed"}, None),
        (DIRECT | {"type": "reaction_added"}, None),
        ({}, None),
    ],
)
def test_direct_messages_are_one_place_and_a_thread_in_a_channel_is_another(
    event: dict[str, str], turn: tuple[str, float] | None
) -> None:
    found = place.turn_in(TEAM, event)

    assert (found and (found.name, found.rank)) == turn
