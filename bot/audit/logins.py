"""Who came in by which door, gathered until it is written into the audit chain.

A caller comes a thousand times a minute, and that is no news: a key is noted when it comes first
and then once an hour. Of those who were refused there is one count a minute for each door.
"""

from collections.abc import Callable
from dataclasses import dataclass

EVERY_S = 3600.0
REFUSALS_EVERY_S = 60.0
MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Login:
    """Someone came in, or several were refused."""

    door: str
    """`api` or `desk`."""
    who: str = ""
    """Id of the key, which opens nothing; empty for the one token of the desk."""
    refused: int = 0
    """How many were turned away since the last count; 0 when someone came in."""


class Logins:
    """Notes in memory; never waits. Someone else takes what is there and writes it."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._came: dict[tuple[str, str], float] = {}
        self._new: dict[tuple[str, str], Login] = {}
        self._refused: dict[str, int] = {}
        self._counted = monotonic()

    def came(self, door: str, who: str = "") -> None:
        """Note that someone has shown what opens a door."""
        place, now = (door, who), self._monotonic()
        last = self._came.get(place)
        if last is not None and now - last < EVERY_S:
            return
        if len(self._came) >= MOST_KNOWN:
            del self._came[next(iter(self._came))]
        self._came[place] = now
        self._new[place] = Login(door, who)

    def refused(self, door: str) -> None:
        """Note that someone was turned away."""
        self._refused[door] = self._refused.get(door, 0) + 1

    def take(self) -> tuple[Login, ...]:
        """Return what is new; it is not returned again."""
        came, self._new = tuple(self._new.values()), {}
        now = self._monotonic()
        if not self._refused or now - self._counted < REFUSALS_EVERY_S:
            return came
        self._counted = now
        refused, self._refused = self._refused, {}
        return (*came, *(Login(door, refused=count) for door, count in refused.items()))
