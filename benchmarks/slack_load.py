"""What is done to the town of `benchmarks.slack_town`, and how long it takes; all in seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import aiohttp

from benchmarks.processes import Running
from benchmarks.slack_floor import KEEP, RELAY, SOCKET
from benchmarks.slack_town import MOST_WAIT_S, Bridge, Timed, Town, Widget, Workspace, until
from tests.emulators.slack import Fault
from tests.emulators.slack.calls import Call
from tests.emulators.slack.delivery import HttpDelivery
from tests.emulators.slack.events import encoded

T = TypeVar("T")
EVENTS_PER_S = 50.0
SLOW_S = 3.0
SLOW = ("reactions.add", "users.info")
LONGEST_TURN_S = 5.0
"""The product waits so long for its turn to call a method."""

Times = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Storm:
    """What became of a load of events."""

    acknowledged: Times
    """From each POST to its answer, echoes of our own doings included."""
    refused: int
    """Answers that were no 200."""
    seen: Times
    """From each reply to the customer's `message.end`."""
    wrong: int
    """Replies that customers have not seen exactly once."""
    unmarked: int
    """Replies without a receipt in the end."""


async def storm(town: Town, word: str, count: int, is_slow: bool) -> Storm:
    """Have humans write so many replies, 50 a second, in turns in all conversations.

    With `is_slow` every call that a reply leads to takes three seconds while they write.
    """
    timed = Timed(delivery_of(town))
    town.slack.deliver = timed
    for method in SLOW if is_slow else ():
        town.slack.faults.add(Fault(method, "slow", times=0, delay_s=SLOW_S))
    texts = [f"Reply {number} of {word}" for number in range(count)]
    pairs = [(town.bridges[number % len(town.bridges)], text) for number, text in enumerate(texts)]
    seen = await paced([partial(seen_after, town, *pair) for pair in pairs], EVENTS_PER_S)
    town.slack.faults.clear()
    await settled(town)
    town.slack.deliver = timed.inner
    return Storm(
        acknowledged=tuple(timed.took_s),
        refused=sum(status != 200 for status in timed.statuses),
        seen=tuple(seen),
        wrong=sum(bridge.widget.ended.get(text, 0) != 1 for bridge, text in pairs),
        unmarked=sum(_marks(town, bridge, text) != 1 for bridge, text in pairs),
    )


def delivery_of(town: Town) -> HttpDelivery:
    """Return how Slack sends to the product by HTTP."""
    deliver = town.slack.deliver
    assert isinstance(deliver, HttpDelivery), deliver
    return deliver


def _marks(town: Town, bridge: Bridge, text: str) -> int:
    place = bridge.place
    thread = town.slack.messages(place.team, place.channel, bridge.card)
    return sum(len(message.reactions) for message in thread if message.text == text)


async def seen_after(town: Town, bridge: Bridge, text: str) -> float:
    """Return how long after it was written a reply has ended in the customer's socket."""
    began = time.monotonic()
    await town.replies(bridge, text)
    return await bridge.widget.seen_at(text) - began


async def paced(steps: Sequence[Callable[[], Awaitable[T]]], per_s: float) -> list[T]:
    """Begin so many steps a second, however long each takes; returns what each gives."""
    began = time.monotonic()
    tasks = []

    async def taken(step: Callable[[], Awaitable[T]]) -> T:
        return await step()

    async with asyncio.TaskGroup() as group:
        for number, step in enumerate(steps):
            await asyncio.sleep(max(0.0, began + number / per_s - time.monotonic()))
            tasks.append(group.create_task(taken(step)))
    return [task.result() for task in tasks]


async def settled(town: Town) -> None:
    """Wait until the product has called nothing for longer than it waits for a turn."""
    async with asyncio.timeout(MOST_WAIT_S):
        before = -1
        while before != len(town.slack.calls):
            before = len(town.slack.calls)
            await asyncio.sleep(LONGEST_TURN_S + 0.5)


async def alone(town: Town, word: str, count: int) -> Times:
    """Have replies written in one conversation, each when the customer has seen the last."""
    bridge = town.bridges[0]
    return tuple(
        [await seen_after(town, bridge, f"Reply {number} of {word}") for number in range(count)]
    )


async def spread(town: Town, word: str, count: int, per_s: float) -> Times:
    """Have replies written evenly, in turns in 20 conversations."""
    steps = [
        partial(seen_after, town, town.bridges[number % 20], f"Reply {number} of {word}")
        for number in range(count)
    ]
    return tuple(await paced(steps, per_s))


async def together(town: Town, word: str, rounds: int) -> Times:
    """Have a reply written in 20 conversations at the same instant, several times."""
    took: list[float] = []
    for number in range(rounds):
        text = f"Reply {number} of {word}"
        took += await asyncio.gather(
            *(seen_after(town, bridge, text) for bridge in town.bridges[:20])
        )
    return tuple(took)


async def first_texts(town: Town, places: Sequence[Workspace], per_s: float) -> Times:
    """Have people ask in their direct messages; returns how long it took to the first text.

    The greeting, which comes at once, is not counted.
    """
    return tuple(await paced([partial(_asked, town, place) for place in places], per_s))


async def _asked(town: Town, place: Workspace) -> float:
    slack, user = town.slack, f"{place.human}X"
    channel, began = slack.direct_of(place.team, user), time.monotonic()
    await slack.direct(place.team, user, "How long does a transfer take?")

    def texts() -> list[Call]:
        calls = slack.called("chat.appendStream")
        return [call for call in calls if call.arguments["channel"] == channel]

    await until(slack, texts)
    return texts()[0].at - began


def written(town: Town, count: int) -> list[tuple[str, bytes]]:
    """Return the last events in which a human has replied: text and body."""
    found = []
    for emission in town.slack.emitted:
        text = emission.payload.get("event", {}).get("text", "")
        if text.startswith("Reply "):
            found.append((text, encoded(emission.kind, emission.payload)[0]))
    return found[-count:]


async def bare_acks(floor: Running, bodies: Sequence[bytes], per_s: float) -> Times:
    """Post the same bytes to who only keeps them on disk."""
    timed = Timed(HttpDelivery(f"{floor.url}{KEEP}"))
    await paced([partial(timed, body, {}, "application/json") for body in bodies], per_s)
    await timed.inner.close()
    assert set(timed.statuses) == {200}, timed.statuses
    return tuple(timed.took_s)


async def bare_relayed(floor: Running, events: Sequence[tuple[str, bytes]]) -> Times:
    """Post texts to who only passes them on, one after the other."""
    delivery = HttpDelivery(f"{floor.url}{RELAY}")
    took = []
    async with aiohttp.ClientSession() as http:
        widget = Widget(await http.ws_connect(f"{floor.url}{SOCKET}"))
        for text, body in events:
            began = time.monotonic()
            await delivery(body, {}, "application/json")
            took.append(await widget.seen_at(text) - began)
        await widget.leave()
    await delivery.close()
    return tuple(took)
