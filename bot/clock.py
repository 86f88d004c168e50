"""Where the time of the application comes from: passed in, so that tests can turn it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the instant, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The defaults are the real ones."""

    now: Callable[[], datetime] = utc_now
    """The instant, aware, UTC: for records."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that never go back, comparable within this process only: for waiting."""
