"""The port to small durable facts by kind and key, and its double in memory.

What belongs to a conversation is in the log; here is what belongs to none: what a vendor sent and
is not yet acted on, who has installed us, which thread is whose. Values are sealed at rest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from channels.slots import Turns


@dataclass(frozen=True, slots=True)
class Entry:
    """One fact."""

    kind: str
    """Whose it is, such as `slack.inbox`."""
    key: str
    """Unique within the kind; readable at rest, so never personal data."""
    value: str
    """JSON; may hold personal data."""
    at: datetime
    """When it was kept, or changed last."""
    due_at: datetime | None = None
    """When something is to be done about it; None for nothing."""
    tries: int = 0


class Cabinet(Protocol):
    """Durable facts.

    Guarantees: what returned survives `kill -9`; of two that add or lease the same at once, one
    does; every process on the same data sees the same.

    Every method raises StoreFailed when the disk fails.
    """

    async def put(self, entry: Entry, is_new: bool = False) -> bool:
        """Keep an entry in place of the one before; with `is_new` only if there is none.

        Returns whether it was kept.
        """
        ...

    async def find(self, kind: str, key: str | None = None) -> Sequence[Entry]:
        """Return the entry with this key, or all of a kind by key."""
        ...

    async def lease(self, kind: str, now: datetime, for_s: float, limit: int) -> Sequence[Entry]:
        """Take what is due, oldest first: it is due again `for_s` later, unless put or removed."""
        ...

    async def remove(self, kind: str, key: str | None, before: datetime | None = None) -> int:
        """Remove one entry or all of a kind; with `before` only what is not due and older.

        Returns how many were removed.
        """
        ...


class MemoryCabinet:
    """Keeps everything until the process ends."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], Entry] = {}

    async def put(self, entry: Entry, is_new: bool = False) -> bool:
        """Keep an entry; see `Cabinet.put`."""
        place = (entry.kind, entry.key)
        if is_new and place in self._entries:
            return False
        self._entries[place] = entry
        return True

    async def find(self, kind: str, key: str | None = None) -> Sequence[Entry]:
        """Return entries; see `Cabinet.find`."""
        if key is not None:
            entry = self._entries.get((kind, key))
            return () if entry is None else (entry,)
        return tuple(entry for (of, _), entry in sorted(self._entries.items()) if of == kind)

    async def lease(self, kind: str, now: datetime, for_s: float, limit: int) -> Sequence[Entry]:
        """Take what is due; see `Cabinet.lease`."""
        due = [
            (entry.due_at, key)
            for (of, key), entry in self._entries.items()
            if of == kind and entry.due_at is not None and entry.due_at <= now
        ]
        taken = [self._entries[kind, key] for _, key in sorted(due)[:limit]]
        for entry in taken:
            until = now + timedelta(seconds=for_s)
            self._entries[kind, entry.key] = replace(entry, due_at=until)
        return tuple(taken)

    async def remove(self, kind: str, key: str | None, before: datetime | None = None) -> int:
        """Remove entries; see `Cabinet.remove`."""
        gone = [
            place
            for place, entry in self._entries.items()
            if entry.kind == kind
            and key in (None, entry.key)
            and (before is None or (entry.due_at is None and entry.at < before))
        ]
        for place in gone:
            del self._entries[place]
        return len(gone)


class MemorySlots:
    """Turns within one process."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._standing: dict[str, Standing] = {}

    async def book(self, key: str, rate: Turns) -> float:
        """Take the next free turn; see `channels.slots.Slots`."""
        standing = self._standing.get(key, UNUSED)
        self._standing[key], wait_s = turn_after(standing, self._now().timestamp(), rate)
        return wait_s

    async def block(self, key: str, for_s: float) -> None:
        """Let nobody have a turn for a while."""
        until = self._now().timestamp() + for_s
        self._standing[key] = held(self._standing.get(key, UNUSED), until)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the turns of a key stand; Unix seconds."""

    free_at: float = 0.0
    """When the next turn would be if there were no burst."""
    held_until: float = 0.0
    """Before this nobody has a turn, burst or not."""


UNUSED = Standing()


def held(standing: Standing, until: float) -> Standing:
    """Return where turns stand when nobody has one before an instant."""
    return replace(standing, held_until=max(until, standing.held_until))


def turn_after(standing: Standing, now: float, rate: Turns) -> tuple[Standing, float]:
    """Return where turns stand once the next one is taken, and how far away it is, in seconds.

    One that is too far away is not taken. Source: the generic cell rate algorithm, ITU-T I.371
    annex A: `free_at` is the theoretical arrival time, with a tolerance of `burst - 1` turns.
    """
    free_at = max(standing.free_at, standing.held_until, now)
    earliest = max(free_at - (rate.burst - 1) * rate.every_s, standing.held_until, now)
    wait_s = earliest - now
    if wait_s > rate.most_wait_s:
        return standing, wait_s
    return replace(standing, free_at=free_at + rate.every_s), wait_s
