"""The port to stored answers, and its double in memory, which is what the product uses."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from routing.cache.entry import Entry
from routing.cache.vectors import WIDTH, Floats, Vector

NEAREST = 8
"""So many entries are looked at closely."""
ROUGHLY = 24
"""So many are taken from the sketches, which are off by a few hundredths."""
FIRST_ROWS = 16


@dataclass(frozen=True, slots=True)
class Near:
    """An entry and how alike its question is."""

    entry: Entry
    cosine: float


class Answers(Protocol):
    """Stored answers.

    Guarantees: `near` never returns what belongs to another partition or intent; what has expired
    is never returned; the number of entries is bounded, the least recently used goes first. An
    answer may be lost at any time, it is never altered.
    """

    async def use(self, key: str, now: float) -> Entry | None:
        """Return the entry with this key, which then counts as used."""
        ...

    async def near(
        self, partition: str, intent: str, vector: Vector, now: float
    ) -> tuple[Near, ...]:
        """Return the entries most like a question, the most alike first; at most NEAREST."""
        ...

    async def put(self, entry: Entry) -> None:
        """Store an entry, in the place of one with the same key."""
        ...

    async def drop(self, key: str) -> bool:
        """Forget an entry; returns whether there was one."""
        ...


Place = tuple[str, str]
"""Partition and intent: a question is compared with what is in one place."""


class MemoryAnswers:
    """Stored answers of one process; a restart forgets them.

    At most `most` in all and `most_in_place` for one partition and intent, so that a lookup
    compares with so many.
    """

    def __init__(self, most: int = 10_000, most_in_place: int = 2_000) -> None:
        self._most = most
        self._most_in_place = most_in_place
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        """The least recently used first."""
        self._shelves: dict[Place, Shelf] = {}

    def __len__(self) -> int:
        return len(self._entries)

    async def use(self, key: str, now: float) -> Entry | None:
        """Return an entry; see `Answers.use`."""
        entry = self._entries.get(key)
        if entry is None or self._is_gone(entry, now):
            return None
        self._entries.move_to_end(key)
        self._shelves[place_of(entry)].touch(key)
        return entry

    async def near(
        self, partition: str, intent: str, vector: Vector, now: float
    ) -> tuple[Near, ...]:
        """Return what is most alike; see `Answers.near`."""
        shelf = self._shelves.get((partition, intent))
        if shelf is None:
            return ()
        mine = vector.by_key()
        entries = [self._entries[key] for key in shelf.nearest(vector.sketch())]
        near = [
            Near(entry, entry.vector.cosine_with(mine))
            for entry in entries
            if not self._is_gone(entry, now)
        ]
        return tuple(sorted(near, key=lambda each: (-each.cosine, each.entry.key))[:NEAREST])

    async def put(self, entry: Entry) -> None:
        """Store an entry; see `Answers.put`."""
        self._remove(entry.key)
        shelf = self._shelves.setdefault(place_of(entry), Shelf())
        self._entries[entry.key] = entry
        shelf.add(entry.key, entry.vector.sketch())
        if len(shelf) > self._most_in_place:
            self._remove(shelf.oldest)
        if len(self._entries) > self._most:
            self._remove(next(iter(self._entries)))

    async def drop(self, key: str) -> bool:
        """Forget an entry; see `Answers.drop`."""
        return self._remove(key)

    def _is_gone(self, entry: Entry, now: float) -> bool:
        return now >= entry.expires_at and self._remove(entry.key)

    def _remove(self, key: str) -> bool:
        entry = self._entries.pop(key, None)
        if entry is None:
            return False
        place = place_of(entry)
        self._shelves[place].remove(key)
        if not len(self._shelves[place]):
            del self._shelves[place]
        return True


class Shelf:
    """The sketches of one place, as rows of one matrix."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, int] = OrderedDict()
        """The least recently used first."""
        self._keys: list[str] = []
        """By row."""
        self._sketches: Floats = np.zeros((FIRST_ROWS, WIDTH), np.float32)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def oldest(self) -> str:
        """Return the key that was not used for the longest time."""
        return next(iter(self._rows))

    def add(self, key: str, sketch: Floats) -> None:
        """Put a new key on the shelf."""
        row = len(self._keys)
        if row == len(self._sketches):
            self._sketches = np.concatenate([self._sketches, np.zeros_like(self._sketches)])
        self._sketches[row] = sketch
        self._rows[key] = row
        self._keys.append(key)

    def remove(self, key: str) -> None:
        """Take a key off the shelf; the last row moves into its place."""
        row = self._rows.pop(key)
        last = self._keys.pop()
        if last != key:
            self._keys[row] = last
            self._rows[last] = row
            self._sketches[row] = self._sketches[len(self._keys)]

    def touch(self, key: str) -> None:
        """Count a key as used."""
        self._rows.move_to_end(key)

    def nearest(self, sketch: Floats) -> list[str]:
        """Return the keys whose sketches are most alike, at most ROUGHLY, in no order."""
        # Not `@`: its threads wait for one another, which takes milliseconds on a busy machine.
        products = np.vecdot(self._sketches[: len(self._keys)], sketch)
        if len(products) <= ROUGHLY:
            return list(self._keys)
        return [self._keys[row] for row in np.argpartition(-products, ROUGHLY)[:ROUGHLY]]


def place_of(entry: Entry) -> Place:
    """Return where an entry stands."""
    return entry.partition, entry.known.guess.intent
