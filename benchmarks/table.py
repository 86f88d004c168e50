"""The table that a benchmark prints: what was measured, how far it spread, what was wanted."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("", "median", "spread", "ratio", "target", "")


@dataclass(frozen=True, slots=True)
class Limit:
    """What a figure is held against."""

    most: float
    is_of_ratio: bool = False
    """The ratio is judged instead of the median."""
    is_least: bool = False
    """The figure has to be at least this."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, measured several times."""

    name: str
    values: tuple[float, ...]
    """Never empty."""
    unit: str
    ratio: float | None = None
    """Median over the floor's."""
    limit: Limit | None = None

    @property
    def median(self) -> float:
        """The middle one of the values."""
        return statistics.median(self.values)

    @property
    def is_met(self) -> bool:
        """False when there is a limit and the figure is beyond it."""
        if self.limit is None:
            return True
        judged = self.ratio if self.limit.is_of_ratio and self.ratio else self.median
        return judged >= self.limit.most if self.limit.is_least else judged <= self.limit.most

    def cells(self) -> tuple[str, ...]:
        """Return the columns of the row."""
        spread = f"{number(min(self.values))} - {number(max(self.values))}"
        return (
            self.name,
            f"{number(self.median)} {self.unit}",
            spread if len(self.values) > 1 else "",
            f"{self.ratio:.2f}x" if self.ratio is not None else "",
            self._target(),
            "" if self.limit is None else "ok" if self.is_met else "MISSED",
        )

    def _target(self) -> str:
        if self.limit is None:
            return ""
        sign = ">=" if self.limit.is_least else "<="
        unit = "x" if self.limit.is_of_ratio else f" {self.unit}"
        return f"{sign} {number(self.limit.most)}{unit}"


def number(value: float) -> str:
    """Return a figure with three digits that matter."""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def show(title: str, rows: Sequence[Row]) -> None:
    """Print a table: the names to the left, everything else to the right."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    print(title)
    for name, *cells in lines:
        right = "  ".join(cell.rjust(w) for cell, w in zip(cells, widths[1:], strict=True))
        print(f"  {name.ljust(widths[0])}  {right}".rstrip(), flush=True)


def ranked(values: Sequence[float], share: float) -> float:
    """Return the value below which this share of them lies; `values` is not empty."""
    in_order = sorted(values)
    return in_order[min(len(in_order) - 1, int(len(in_order) * share))]
