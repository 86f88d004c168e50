"""Memories with an end: the last so many keys, the last so many hits and misses; pure."""

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """Values by key, at most `most`: the one set first is forgotten first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, Value] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: str) -> Value | None:
        """Return the value; None when there is none, or none any more."""
        return self._values.get(key)

    def set(self, key: str, value: Value) -> None:
        """Remember a value."""
        self._values.pop(key, None)
        self._values[key] = value
        if len(self._values) > self._most:
            self._values.popitem(last=False)

    def pop(self, key: str) -> Value | None:
        """Return the value and forget it."""
        return self._values.pop(key, None)


@dataclass(frozen=True, slots=True)
class HitRate:
    """How often the cache had the answer lately."""

    lookups: int
    """Questions that it might have answered, at most the window."""
    hits: int

    @property
    def share(self) -> float:
        """Return the part that it answered, in [0, 1]; 0 without any question."""
        return self.hits / self.lookups if self.lookups else 0.0

    def is_low(self, least_share: float, least_lookups: int) -> bool:
        """Return whether it answers less than it should, once there is enough to judge by."""
        return self.lookups >= least_lookups and self.share < least_share


class Window:
    """Hits and misses of the last so many lookups."""

    def __init__(self, most: int) -> None:
        self._hits: deque[bool] = deque(maxlen=most)

    def add(self, is_hit: bool) -> None:
        """Count a lookup."""
        self._hits.append(is_hit)

    def rate(self) -> HitRate:
        """Return what they come to."""
        return HitRate(len(self._hits), sum(self._hits))
