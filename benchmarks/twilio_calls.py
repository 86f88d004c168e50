"""Calls to the town of `benchmarks.twilio_town`, and how long everything takes; in seconds."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.bare import HEADERS, body_of
from benchmarks.twilio_town import LONG, Town
from benchmarks.twilio_vendor import TURNS, left_at, matter_of, question
from tests.emulators.twilio.relay import Caller, calling

FRAME = b"text_delta"
RINGING_S = 0.05
"""From one call to the next."""
AFTER_CUT_S = 0.3
"""How long an interrupted caller is silent: what is still to come has come by then."""
BARGE_IN = "I have looked"
"""The words after which callers interrupt; they are in every answer."""
WITHIN_S = 20.0

Times = tuple[float, ...]
NUMBERS = itertools.count(0, TURNS)
"""Of questions, together with the number of a turn; no two of a run are the same."""
Ask = Callable[[int, int], Awaitable[float]]
"""Asks at a place, in a turn, and returns how long something took."""


@dataclass(frozen=True, slots=True)
class Load:
    """So many at once, each asking so often (`TURNS` at most), with so much time in between."""

    at_once: int
    times: int
    every_s: float


@dataclass(frozen=True, slots=True)
class Cuts:
    """What became of interruptions."""

    last_frames: Times
    """From each to the last frame of what was interrupted; 0 where none came after it."""
    late: int
    """Interruptions after which a frame of the old answer still came."""
    cancelled: Times
    """From each until the model saw its client go."""
    uncancelled: int
    """Answers that the model said to their end."""


async def first_tokens(town: Town, manner: str, load: Load) -> Times:
    """Have callers ask; returns how long each waited from the final prompt to the first word."""
    async with AsyncExitStack() as stack:
        callers = await called(town, load.at_once, stack)

        async def asked(place: int, turn: int) -> float:
            caller = callers[place]
            await caller.says(question(manner, next(NUMBERS) + turn))
            answer = await caller.hears_out(WITHIN_S)
            assert BARGE_IN in answer, answer
            waited = caller.first_token_after_s
            assert not caller.faults, caller.faults
            assert waited is not None
            return waited

        return await staggered(asked, load)


async def bare_first_tokens(town: Town, manner: str, load: Load) -> Times:
    """Ask the model itself; returns how long its first token took each time."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as client:

        async def asked(_: int, turn: int) -> float:
            body = body_of(question(manner, next(NUMBERS) + turn))
            began, first = time.perf_counter(), 0.0
            url = f"{town.vendor.url}/v1/messages"
            async with client.post(url, json=body, headers=HEADERS) as response:
                async for chunk in response.content.iter_any():
                    if FRAME in chunk and not first:
                        first = time.perf_counter() - began
            return first

        return await staggered(asked, load)


async def interrupted(town: Town, left: Path, load: Load) -> Cuts:
    """Have callers interrupt long answers after a few words, again and again."""
    matters: list[tuple[str, float]] = []
    async with AsyncExitStack() as stack:
        callers = await called(town, load.at_once, stack)

        async def asked(place: int, turn: int) -> float:
            caller, number = callers[place], next(NUMBERS) + turn
            await caller.says(question("lengthily", number), is_over_it=True)
            cut = await caller.interrupts(BARGE_IN, WITHIN_S)
            await asyncio.sleep(AFTER_CUT_S)
            matters.append((matter_of(number), cut.real_at))
            assert not caller.faults, caller.faults
            return cut.last_frame_after_s

        last_frames = await staggered(asked, load)
    gone = left_at(left)
    return Cuts(
        last_frames=last_frames,
        late=sum(took > 0 for took in last_frames),
        cancelled=tuple(gone[matter] - at for matter, at in matters if matter in gone),
        uncancelled=sum(matter not in gone for matter, _ in matters),
    )


async def called(town: Town, count: int, stack: AsyncExitStack) -> list[Caller]:
    """Let so many call, one after the other, and hear the greeting."""
    callers = []
    for number in range(count):
        sender = f"+1555030{number:04d}"
        call = calling(town.twilio, town.product.url, sender, LONG)
        callers.append(await stack.enter_async_context(call))
        await callers[-1].listens()
        await asyncio.sleep(RINGING_S)
    return callers


async def staggered(ask: Ask, load: Load) -> Times:
    """Return what every place waited, each time; their beginnings are spread evenly."""
    waited: list[float] = []
    began = time.perf_counter()

    async def place(number: int) -> None:
        for turn in range(load.times):
            at = began + (turn + number / load.at_once) * load.every_s
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            waited.append(await ask(number, turn))

    async with asyncio.TaskGroup() as group:
        for number in range(load.at_once):
            group.create_task(place(number))
    return tuple(waited)
