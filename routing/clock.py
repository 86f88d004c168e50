"""Time as the shells of this folder are given it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime


def utc_today() -> date:
    """Return today's date in UTC: the one that prices are dated in."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the time comes from; the defaults are the real ones."""

    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never go back."""
    today: Callable[[], date] = utc_today
