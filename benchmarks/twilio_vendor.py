"""A model that answers as it is asked to, and notes when a client leaves it in the middle.

`python -m benchmarks.twilio_vendor --left FILE` runs it in a process of its own. A question ends in
`manner, matter abcdef`: the manner is one of `MANNERS`, the matter is a number that is written down
with the time when the connection of its answer goes; that clock (`time.perf_counter`) is the same
in all processes of a machine.
"""

import argparse
import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TextIO

from benchmarks.vendor import TOKENS, tokens_of
from bot.privacy.detect.units import OPENERS
from tests.emulators.anthropic import AnthropicEmulator
from tests.emulators.replies import Reply
from tests.emulators.server import Step, serve

PACE_S = 0.02
SLOW_S = 0.1
FIRST_WORDS = 4
"""Tokens of the usual answer that another first word stands for."""
ASKED = re.compile(r"(\w+), matter ([a-j]{6})")
USUAL = ("slowly", "aaaaaa")


OTHERS = ("We", "Your", "Our", "Most", "Right", "Of", "After", "Once", "Every", "Money", "Cards",
          "Usually", "Normally")  # fmt: skip
"""First words that are not among the usual ones, as many as those in English."""
TURNS = len(OTHERS)
"""So many answers in one conversation begin differently: one that began as an earlier one would be
held back until it is certain that it is not the same."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How an answer is said: its first words, its length, and the time before each token."""

    first: Sequence[str]
    count: int
    pace_s: float = 0.0

    def tokens(self, number: int) -> tuple[str, ...]:
        """Return the answer to a question with this number."""
        return (self.first[number % TURNS], *tokens_of(self.count)[FIRST_WORDS:])


MANNERS: Mapping[str, Manner] = MappingProxyType(
    {
        "instantly": Manner(OPENERS, 30),
        "evenly": Manner(OPENERS, 14, PACE_S),
        "unusually": Manner(OTHERS, 14, PACE_S),
        "lengthily": Manner(OPENERS, TOKENS, PACE_S),
        "slowly": Manner(OPENERS, 30, SLOW_S),
    }
)


class Pause(asyncio.Event):
    """A wait between two tokens, in which a client may leave."""

    def __init__(self, pace_s: float, matter: str, left: TextIO) -> None:
        super().__init__()
        self._pace_s = pace_s
        self._matter = matter
        self._left = left

    async def wait(self) -> Literal[True]:
        """Wait for the time of the next token."""
        try:
            await asyncio.sleep(self._pace_s)
        except asyncio.CancelledError:
            print(self._matter, time.perf_counter(), file=self._left, flush=True)
            raise
        return True


class Vendor(AnthropicEmulator):
    """Anthropic's emulator, told by the question how to answer."""

    def __init__(self, left: TextIO) -> None:
        super().__init__()
        self._left = left

    def steps(self, body: dict[str, Any], reply: Reply) -> Sequence[Step]:
        """Return the tokens, each after its pause."""
        asked = ASKED.findall(self.asked(body))
        name, matter = asked[-1] if asked else USUAL
        manner = MANNERS[name]
        tokens = manner.tokens(number_of(matter))
        frames = [self.token(body, token) for token in tokens]
        if not manner.pace_s:
            return frames
        pause = Pause(manner.pace_s, matter, self._left)
        return [step for frame in frames for step in (pause, frame)]


def question(manner: str, number: int) -> str:
    """Return a question that is answered so, and whose matter no other one has."""
    return f"How long does a transfer take? {manner}, matter {matter_of(number)}"


def matter_of(number: int) -> str:
    """Return six letters for a number, since digits may be taken for personal data."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:06d}")


def number_of(matter: str) -> int:
    """Return the number that six letters stand for."""
    return int("".join(str(ord(letter) - ord("a")) for letter in matter))


def left_at(path: Path) -> dict[str, float]:
    """Return when the answer to each matter was left."""
    lines = (line.split() for line in path.read_text("utf-8").splitlines())
    return {matter: float(at) for matter, at in lines}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--left", type=Path, required=True, help="file for who leaves when")
    with parser.parse_args().left.open("w", encoding="utf-8") as noted:
        asyncio.run(serve(Vendor(noted)))
