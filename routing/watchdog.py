"""The watchdog of one attempt: it interrupts whoever waits too long for the next piece."""

import asyncio
from dataclasses import dataclass
from types import TracebackType

from routing.errors import FailureKind, ModelFailed


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long a model may be silent, in seconds."""

    first_token_s: float = 8.0
    """From the start of the attempt to the first text; connecting counts."""
    idle_s: float = 6.0
    """Between two pieces of text; pings do not count as pieces."""
    total_s: float = 60.0
    """For the whole attempt, the caller's own pauses included."""
    closing_s: float = 2.0
    """For giving the connection back when an attempt is over; then it is left to itself."""


class Watchdog:
    """Guards every wait of one attempt with one timer.

    `with watchdog:` surrounds each wait for a piece. Only time spent inside counts towards the
    first-token and idle limits, so a slow reader is never mistaken for a slow model, and a task is
    only ever interrupted inside. Storing a time per wait costs a tenth of a timer per wait.
    """

    def __init__(self, timeouts: Timeouts) -> None:
        self._loop = asyncio.get_running_loop()
        self._timeouts = timeouts
        self._limit_s = timeouts.first_token_s
        self._silence = FailureKind.TIMEOUT_FIRST
        self._last_at = self._loop.time()
        self._total_at = self._last_at + timeouts.total_s
        self._waiter: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._expired: FailureKind | None = None
        self._timer = self._loop.call_at(self._next_at(self._last_at), self._look)

    def saw_text(self) -> None:
        """Learn of the first text: from now on the idle limit holds."""
        if self._silence is FailureKind.TIMEOUT_IDLE:
            return
        self._limit_s = self._timeouts.idle_s
        self._silence = FailureKind.TIMEOUT_IDLE
        self._timer.cancel()
        self._timer = self._loop.call_at(self._next_at(self._loop.time()), self._look)

    def stop(self) -> None:
        """Take the timer back; nothing is guarded afterwards."""
        self._timer.cancel()

    def __enter__(self) -> None:
        task = asyncio.current_task(self._loop)
        assert task is not None
        self._waiter = task
        self._cancelling = task.cancelling()
        self._last_at = self._loop.time()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        task, self._waiter = self._waiter, None
        expired, self._expired = self._expired, None
        if expired is None or task is None:
            return
        is_ours_alone = task.uncancel() <= self._cancelling
        if is_ours_alone and (error is None or isinstance(error, asyncio.CancelledError)):
            raise ModelFailed(expired) from None

    def _next_at(self, since: float) -> float:
        return min(since + self._limit_s, self._total_at)

    def _look(self) -> None:
        now = self._loop.time()
        due_at = self._next_at(self._last_at)
        if self._waiter is None:
            self._timer = self._loop.call_at(now + self._limit_s, self._look)
        elif now < due_at:
            self._timer = self._loop.call_at(due_at, self._look)
        else:
            is_total = now >= self._total_at
            self._expire(FailureKind.TIMEOUT_TOTAL if is_total else self._silence)

    def _expire(self, kind: FailureKind) -> None:
        if self._waiter is not None:
            self._expired = kind
            self._waiter.cancel()
