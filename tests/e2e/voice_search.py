"""What callers give away, and the search for it in every byte that is left of a call."""

import json
import logging
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.e2e.test_slack_leaks import Everything
from tests.e2e.voice_place import VoicePlace
from tests.emulators.twilio.relay import Caller

WORDS = {
    "0": "zero oh null cero zéro",
    "1": "one eins uno un",
    "2": "two zwei dos deux",
    "3": "three drei tres trois",
    "4": "four vier cuatro quatre",
    "5": "five fünf cinco cinq",
    "6": "six sechs seis",
    "7": "seven sieben siete sept",
    "8": "eight acht ocho huit",
    "9": "nine neun nueve neuf",
}
DIGIT_OF = {word.encode(): digit.encode() for digit, all_ in WORDS.items() for word in all_.split()}
DIGIT_WORD = re.compile(rb"\b(?:" + b"|".join(sorted(DIGIT_OF, reverse=True)) + rb")\b")
SPOKEN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SPANISH = ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve")
BETWEEN = re.compile(rb"(?<=\d)(?:\\n|\\u[0-9a-f]{4}|%20|[\s ().,:;\-+_/])+(?=\d)")
SHORT = 8
"""Digits; fewer are looked for only where no other letter or digit touches them."""
LOGGERS = ("copilot", "aiohttp", "slack_sdk", "asyncio", "twilio")
THEIRS = "websockets."
"""Who logs what the vendor's side has said, which is no part of the product."""


def aloud(digits: str, words: Sequence[str] = SPOKEN) -> str:
    """Return digits as they are read aloud, one by one."""
    return " ".join(words[int(digit)] for digit in digits)


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that a caller gives away; found as digits, however they are written or said."""

    name: str
    digits: str = ""
    words: tuple[str, ...] = ()
    """In lower case, each of which gives it away."""

    def is_in(self, plain: bytes, joined: bytes) -> bool:
        """Return whether it is there.

        Args:
            plain: in lower case.
            joined: the same, with digits for digit words, and nothing between digits.
        """
        found = any(word.encode() in plain for word in self.words)
        if not self.digits:
            return found
        if len(self.digits) >= SHORT:
            return found or self.digits.encode() in joined
        alone = rb"(?<![0-9a-z.])" + self.digits.encode() + rb"(?![0-9a-z.])"
        return found or re.search(alone, joined) is not None


def found_in(blob: bytes, secrets: Sequence[Secret]) -> Iterator[str]:
    """Yield what is there in clear."""
    plain = blob.lower()
    joined = BETWEEN.sub(b"", DIGIT_WORD.sub(lambda found: DIGIT_OF[found[0]], plain))
    yield from (secret.name for secret in secrets if secret.is_in(plain, joined))


def places_of(place: VoicePlace, folder: Path, callers: Sequence[Caller]) -> dict[str, bytes]:
    """Return every byte that a place has written, sent or told, but for what a caller hears."""
    slack, twilio = place.desk.slack, place.phones.twilio
    blobs = {
        f"slack {number} {call.method}": json.dumps(call.arguments, default=str).encode()
        for number, call in enumerate(slack.calls)
    }
    blobs |= {f"model {number}": raw for number, raw in enumerate(place.model.received)}
    blobs |= {
        f"twilio {number} {call.method}": json.dumps(dict(call.params), default=str).encode()
        for number, call in enumerate(twilio.calls)
    }
    for number, caller in enumerate(callers):
        answers = [one.text for one in caller.call.answers] + caller.call.handoffs
        blobs[f"answers to {number}"] = "\n".join(answers).encode()
    for path in (folder / "data").rglob("*"):
        if path.is_file():
            blobs[path.name] = path.read_bytes() + path.name.encode()
    return blobs


async def metrics_of(place: VoicePlace) -> bytes:
    """Return what is counted."""
    url = f"{place.phones.url}/metrics"
    async with aiohttp.ClientSession() as http, http.get(url) as metrics:
        return await metrics.read()


def hits_in(blobs: dict[str, bytes], secrets: Sequence[Secret]) -> list[tuple[str, str]]:
    """Return where something is in clear, and what."""
    return sorted(
        (where, what) for where, blob in blobs.items() for what in found_in(blob, secrets)
    )


@contextmanager
def everything_logged() -> Iterator[Everything]:
    """Let everybody log everything."""
    handler, root = Everything(), logging.getLogger()
    handler.addFilter(lambda record: not record.name.startswith(THEIRS))
    loggers = (root, *(logging.getLogger(name) for name in LOGGERS))
    before = [logger.level for logger in loggers]
    root.addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
