"""Answers that were given, by idempotency key: the same call again is not carried out again.

They are kept in memory for a day, at most `MOST_BYTES` of them, the oldest forgotten first: a
restart forgets them. They hold the caller's own values, so they are on no disk.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.api.errors import Conflict

KEPT_S = 86_400.0
MOST_BYTES = 64 << 20
MOST_ENTRIES = 20_000
WAIT_S = 30.0
"""How long a repeated call waits for the first one that still runs."""
ANOTHER = "this Idempotency-Key was used with another call"
RUNNING = "a call with this Idempotency-Key still runs: try again later"


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was sent."""

    status: int
    body: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class Repeat:
    """One call under an idempotency key."""

    digest: str
    at: float
    done: asyncio.Event = field(default_factory=asyncio.Event)
    given: Given | None = None
    """None once `done` is set: it failed in a way that may be tried again."""


class Repeats:
    """Remembers answers; one call at a time under each key."""

    def __init__(self) -> None:
        self._calls: OrderedDict[str, Repeat] = OrderedDict()
        self._bytes = 0

    async def begin(self, name: str, digest: str, now: float) -> Repeat | Given:
        """Return what was given before, or the call that is to be carried out now.

        Whoever gets a call ends it with `end`, whatever happens.

        Raises:
            Conflict: the name stands for another call, or for one that runs too long.
        """
        while (known := self._calls.get(name)) is not None and now - known.at < KEPT_S:
            if known.digest != digest:
                raise Conflict(ANOTHER)
            if known.given is not None:
                return known.given
            try:
                async with asyncio.timeout(WAIT_S):
                    await known.done.wait()
            except TimeoutError:
                raise Conflict(RUNNING) from None
        self._forget(name)
        self._calls[name] = Repeat(digest, now)
        return self._calls[name]

    def end(self, name: str, repeat: Repeat, given: Given | None) -> None:
        """Keep what was given; None, or an error, lets the same call be tried again."""
        if self._calls.get(name) is repeat:
            if given is not None and given.status < 400:
                repeat.given = given
                self._bytes += len(given.body)
            else:
                del self._calls[name]
        repeat.done.set()
        self._shrink()

    def _forget(self, name: str) -> None:
        gone = self._calls.pop(name, None)
        if gone is not None and gone.given is not None:
            self._bytes -= len(gone.given.body)

    def _shrink(self) -> None:
        while self._bytes > MOST_BYTES or len(self._calls) > MOST_ENTRIES:
            done = next((name for name, one in self._calls.items() if one.given is not None), None)
            if done is None:
                return
            self._forget(done)


def digest_of_call(path: str, body: bytes) -> str:
    """Return what two calls have in common that are the same."""
    return hashlib.sha256(path.encode() + b"\0" + body).hexdigest()
