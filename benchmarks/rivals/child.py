"""What every contestant's process does: it answers, or streams under load, when told so on stdin.

A line on standard input is a command, a line on standard output is JSON. Only the standard library
is imported here: the process may run in an environment in which nothing of ours is installed.

`answer MODEL`: `{"text": ...}` for each piece as it comes, then `{"end": {...}}`.
`load MODEL STREAMS AT_ONCE`: `{"cpu_s": ..., "first_s": [...], "chars": ...}`.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import asdict, dataclass
from typing import Protocol, TextIO

QUESTION = "Where is my new card?"
SYSTEM = "You are the assistant of Aurelis Bank."
MOST_TOKENS = 400
PATIENCE_S = 5.0
"""After which an answer is given up by whoever asked."""
SPREAD_S = 0.5
"""Between the first stream of the first place and that of the last, so that they do not march."""
NEVER_ENDED = "NEVER ENDED"
CLAUDE, GPT = "claude", "gpt"
CLAUDE_ID, GPT_ID = "claude-haiku-4-5", "chat-latest"


@dataclass(frozen=True, slots=True)
class Setting:
    """Whom to ask, and how patiently."""

    claude_url: str
    gpt_url: str
    """Without `/v1`."""
    silence_s: float
    """How long a vendor may be silent before it counts as broken."""
    is_continuing: bool
    """Go on with a broken answer by another model, where that has to be switched on."""
    is_booking: bool
    """Tell what is booked, and forget every answer before the next: for faults, not for speed."""


@dataclass(slots=True)
class Ended:
    """How an answer ended for whoever asked."""

    finish: str = ""
    """The reason, as the library calls it; empty when it gave none."""
    error: str = ""
    """Class of the exception that the caller saw; empty for none."""
    cost_usd: float | None = None
    """What the library booked for the turn; None where it books nothing."""


class Contestant(Protocol):
    """A way to stream an answer."""

    def stream(self, model: str, ended: Ended) -> AsyncGenerator[str, None]:
        """Yield the text as it comes, and write into `ended` what is known of the end."""
        ...


Making = Callable[[Setting], AbstractAsyncContextManager[Contestant]]


def main(making: Making) -> None:
    """Serve commands until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--claude", default="")
    parser.add_argument("--gpt", default="")
    parser.add_argument("--silence-s", type=float, default=30.0)
    parser.add_argument("--continuing", action="store_true")
    parser.add_argument("--booking", action="store_true")
    chosen = parser.parse_args()
    setting = Setting(
        claude_url=chosen.claude,
        gpt_url=chosen.gpt,
        silence_s=chosen.silence_s,
        is_continuing=chosen.continuing,
        is_booking=chosen.booking,
    )
    out = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    sys.stdout = sys.stderr  # libraries that print must not garble the protocol
    asyncio.run(_serve(making, setting, out))


async def _serve(making: Making, setting: Setting, out: TextIO) -> None:
    async with making(setting) as contestant:
        _tell(out, {"ready": True})
        while line := await asyncio.to_thread(sys.stdin.readline):
            match line.split():
                case ["answer", model]:
                    await _answer(contestant, model, out)
                case ["load", model, streams, at_once]:
                    _tell(out, await loaded(contestant, model, int(streams), int(at_once)))
                case _:
                    raise SystemExit(f"unknown command {line!r}")


async def _answer(contestant: Contestant, model: str, out: TextIO) -> None:
    ended = Ended()
    limit = asyncio.timeout(PATIENCE_S)
    try:
        async with limit, aclosing(contestant.stream(model, ended)) as texts:
            async for text in texts:
                _tell(out, {"text": text})
    except Exception as error:  # noqa: BLE001 - any class is what the caller would have seen
        ended.error = NEVER_ENDED if limit.expired() else type(error).__name__
    _tell(out, {"end": asdict(ended)})


async def loaded(
    contestant: Contestant, model: str, streams: int, at_once: int
) -> dict[str, object]:
    """Return what some streams take: CPU seconds of the process, seconds to each first text."""
    left = streams
    first_s: list[float] = []
    chars = 0

    async def place(number: int) -> None:
        nonlocal left, chars
        await asyncio.sleep(number / at_once * SPREAD_S)
        while left > 0:
            left -= 1
            began, is_first = time.perf_counter(), True
            async with aclosing(contestant.stream(model, Ended())) as texts:
                async for text in texts:
                    chars += len(text)
                    if is_first:
                        first_s.append(time.perf_counter() - began)
                        is_first = False

    cpu_s = time.process_time()
    async with asyncio.TaskGroup() as group:
        for number in range(at_once):
            group.create_task(place(number))
    return {"cpu_s": time.process_time() - cpu_s, "first_s": first_s, "chars": chars}


def _tell(out: TextIO, what: dict[str, object]) -> None:
    print(json.dumps(what), file=out)
