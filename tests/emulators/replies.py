"""What an emulated vendor answers: words, calls of tools, advice, or the rest of an answer."""

import asyncio
import re
from dataclasses import dataclass
from enum import Enum

DELIVERED = re.compile(r"<(delivered_answer(?:_\d+)?)>(.*)</\1>", re.DOTALL)
"""How a request says what the customer has been shown already."""
WORD = re.compile(r"\S+")


class Manner(Enum):
    """How a model goes on from an answer that was begun."""

    CONTINUE = "continue"
    """Exactly after the last character; when the begin is not its own, it says its own answer."""
    RESTART = "restart"
    """It says the whole answer again."""
    OVERLAP = "overlap"
    """It repeats the last words first."""
    NEW = "new"
    """It says something else altogether."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What a model makes of an answer that was begun."""

    manner: Manner = Manner.CONTINUE
    words: int = 3
    """How many are repeated by `OVERLAP`."""
    other: str = "Hello! Please call us, we are glad to help."
    """What is said by `NEW`."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool."""

    name: str
    arguments: str = "{}"
    id: str = "call_1"


@dataclass(frozen=True, slots=True)
class Advice:
    """The vendor's own advisor at work; only Anthropic has one."""

    before: str = ""
    """What the model says before it asks."""
    model: str = "claude-opus-4-7"
    output_tokens: int = 1500
    pings: int = 1
    gate: asyncio.Event | None = None
    """The silence lasts until it is set; the pings come before."""
    error: str = ""
    """The advisor fails with this code, which does not stop the answer."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    text: str
    calls: tuple[Call, ...] = ()
    """After the text."""
    advice: Advice | None = None
    """Before the text."""


def delivered_in(text: str) -> str | None:
    """Return what the customer has been shown, out of the last message of a request."""
    match = DELIVERED.search(text)
    return match[2] if match else None


def rest_of(answer: str, said: str, habit: Habit) -> str:
    """Return what a model says that is to go on after `said`."""
    match habit.manner:
        case Manner.CONTINUE:
            return answer.removeprefix(said)
        case Manner.RESTART:
            return answer
        case Manner.OVERLAP:
            starts = [word.start() for word in WORD.finditer(said)]
            begin = starts[-habit.words] if len(starts) >= habit.words else 0
            return said[begin:] + answer.removeprefix(said)
        case Manner.NEW:
            return habit.other
