"""What people write to the town of `benchmarks.twilio_town`, and how long it takes; in seconds."""

import asyncio
import itertools
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.processes import Program
from benchmarks.slack_load import paced
from benchmarks.twilio_town import LONG, PUBLIC, SHORT, TOLL_FREE, Town, beside
from benchmarks.twilio_vendor import question
from tests.emulators.twilio import Delivery, Fault, TwilioServer, Webhook, twilio_running
from tests.emulators.twilio.driver import Driver

CUSTOMERS, CHANCE = 200, 1
"""How many write during a storm, and what their order is drawn with."""
SLOW_S = 1.0
"""Twilio takes so long for each message of ours."""
MOST_WAIT_S = 60.0
FIRST = 1_000
"""Customers with a greater number have not written during a storm."""
Times = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Storm:
    """What became of many messages."""

    acknowledged: Times
    """From each POST of a message to its answer, connecting included."""
    statuses: Times
    """The same of the status callbacks in between."""
    refused: int
    """Answers that were no 200, of both kinds."""
    turns: int
    """Messages that Twilio had taken from us by the end."""
    cpu_s: float
    """What the product worked for each message, the answers included."""


class Timed(Driver):
    """Sends to the app, and notes how long each answer took, and which it was."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[float] = []
        self.statuses: list[float] = []
        self.refused = 0

    async def deliver(self, webhook: Webhook, sid: str = "") -> Delivery:
        """Send it."""
        address, began = webhook.public_url, time.perf_counter()
        answer = await super().deliver(webhook, sid)
        took = self.statuses if "/status" in address else self.messages
        took.append(time.perf_counter() - began)
        self.refused += answer.status != 200
        return answer


async def storm(town: Town, count: int, per_s: float) -> Storm:
    """Have 200 customers write, while Twilio takes a second for each message of ours."""
    slow = Fault("send", "slow", times=0, delay_s=SLOW_S)
    town.twilio.faults.add(slow)
    before, worked_s = len(town.twilio.messages), town.product.cpu_s()
    timed = await _timed(town.twilio, count, per_s)
    town.twilio.faults.clear()
    turns, cpu_s = len(town.twilio.messages) - before, (town.product.cpu_s() - worked_s) / count
    return Storm(tuple(timed.messages), tuple(timed.statuses), timed.refused, turns, cpu_s)


async def bare(folder: Path, count: int, per_s: float) -> tuple[Times, float]:
    """Send the same to who only verifies and keeps them; returns also the CPU time for each."""
    async with twilio_running() as twilio:
        twilio.number(SHORT)
        arguments = ("--database", str(folder / "floor.db"), "--token", twilio.auth_token)
        program = Program("benchmarks.twilio_floor", (*arguments, "--public", PUBLIC), folder)
        async with beside(program) as floor:
            twilio.deliver_to(floor.url, PUBLIC)
            timed = await _timed(twilio, count, per_s)
            cpu_s = floor.cpu_s() / count
    assert not timed.refused
    return tuple(timed.messages), cpu_s


async def _timed(twilio: TwilioServer, count: int, per_s: float) -> Timed:
    """Have 200 customers write so often in any order: nobody's bursts end with another's."""
    timed, usual = Timed(), twilio.driver
    twilio.driver = timed
    pairs = [(number % CUSTOMERS, number // CUSTOMERS) for number in range(count)]
    random.Random(CHANCE).shuffle(pairs)
    steps = [partial(twilio.texts, phone(who), SHORT, question("slowly", n)) for who, n in pairs]
    try:
        await paced(steps, per_s)
    finally:
        twilio.driver = usual
        await twilio.settled()
        await timed.close()
    return timed


async def answered(town: Town, first: int, count: int, per_s: float) -> Times:
    """Have so many new customers write; returns how long after each our answer came to Twilio."""
    return tuple(await paced([partial(_answered, town, first + n) for n in range(count)], per_s))


async def one_by_one(town: Town, first: int, count: int) -> Times:
    """The same, each when the one before has his answer."""
    return tuple([await _answered(town, first + n) for n in range(count)])


async def _answered(town: Town, customer: int) -> float:
    """Return how long after a message was sent its answer came, as a POST that creates it."""
    began, mine = time.monotonic(), phone(customer)
    await town.twilio.texts(mine, SHORT, question("instantly", customer))
    found: list[float] = []

    def came() -> bool:
        found[:] = [one.at for one in town.twilio.messages if one.to == mine]
        return bool(found)

    await until(town.twilio, came)
    return found[0] - began


async def rates(town: Town, first: int) -> dict[str, float]:
    """Have many write to each sender at once; returns the segments a second that left it."""
    asked = {LONG: 7, TOLL_FREE: 19, SHORT: 100}
    customers = iter(range(first, first + sum(asked.values())))
    before = len(town.twilio.messages)
    steps = [
        town.twilio.texts(phone(who), to, question("instantly", who))
        for to, count in asked.items()
        for who in itertools.islice(customers, count)
    ]
    await asyncio.gather(*steps)
    await until(town.twilio, lambda: len(town.twilio.messages) >= before + len(steps))
    found = {}
    for sender in asked:
        sent = [one for one in town.twilio.messages[before:] if one.sender == sender]
        segments = sum(one.segments for one in sent[:-1])
        found[sender] = segments / (sent[-1].at - sent[0].at)
    return found


async def until(twilio: TwilioServer, condition: Callable[[], object]) -> None:
    """Wait for a condition longer than a test would: the machine may be busy.

    Raises:
        TimeoutError: not even then.
    """
    async with asyncio.timeout(MOST_WAIT_S):
        while not condition():
            with suppress(AssertionError):
                await twilio.until(condition)


def phone(customer: int) -> str:
    """Return a customer's number."""
    return f"+1555020{customer:04d}"
