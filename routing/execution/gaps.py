"""How long a model is silent between two pieces of its text, as a cheap histogram. Pure."""

from collections.abc import Sequence

MOST_GAPS = 4096
"""Beyond that many every count is halved, so that what is new weighs more."""
LEAST_GAPS = 100
"""Fewer say nothing about one in a hundred."""
MICROSECONDS = 1_000_000
RANKS = 28
"""One per power of two of microseconds: the last begins at 67 s."""


class Gaps:
    """Counts gaps by the power of two of their microseconds.

    So a percentile is exact to a factor of two, and always rounded up.
    """

    __slots__ = ("_counts", "_total")

    def __init__(self) -> None:
        self._counts = [0] * RANKS
        self._total = 0

    def learn(self, gaps_s: Sequence[float]) -> None:
        """Count the gaps of one attempt, in seconds."""
        counts = self._counts
        for gap_s in gaps_s:
            rank = int(gap_s * MICROSECONDS).bit_length()
            counts[rank if rank < RANKS else RANKS - 1] += 1
        self._total += len(gaps_s)
        if self._total > MOST_GAPS:
            self._counts = [count // 2 for count in counts]
            self._total = sum(self._counts)

    def p99_s(self) -> float | None:
        """Return what 99 of 100 gaps do not exceed, in seconds; None while too few are known."""
        if self._total < LEAST_GAPS:
            return None
        longer = self._total // 100
        for rank in reversed(range(RANKS)):
            longer -= self._counts[rank]
            if longer < 0:
                return float(1 << rank) / MICROSECONDS
        return 0.0
