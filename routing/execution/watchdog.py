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
    idle_s: float = 3.0
    """Least limit between two pieces of text; pings do not count as pieces. A model whose usual
    gaps are long has a longer one: see `Health.idle_s`."""
    total_s: float = 60.0
    """For the whole attempt, the caller's own pauses included."""
    closing_s: float = 2.0
    """For giving the connection back when an attempt is over; then it is left to itself."""
    thinking_s: float = 30.0
    """Of silence after the vendor said that it works on something that gives no text."""


class Watchdog:
    """Guards every wait of one attempt with one timer.

    `with watchdog:` surrounds each wait for a piece. Only time spent inside counts towards the
    first-token and idle limits, so a slow reader is never mistaken for a slow model, and a task is
    only ever interrupted inside. Storing a time per wait costs a tenth of a timer per wait.
    """

    def __init__(self, timeouts: Timeouts, idle_s: float | None = None) -> None:
        """Take the limit between two pieces of text, where it is not the least one."""
        self._loop = asyncio.get_running_loop()
        self.time = self._loop.time
        self._idle_s = timeouts.idle_s if idle_s is None else idle_s
        self._thinking_s = timeouts.thinking_s
        self._limit_s = timeouts.first_token_s
        self._silence = FailureKind.TIMEOUT_FIRST
        self.last_at = self.time()
        """When the wait began, by the loop's clock."""
        self.is_settled = False
        """True while the idle limit holds and `saw_text` would change nothing."""
        self._total_at = self.last_at + timeouts.total_s
        self._waiter: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._expired: FailureKind | None = None
        self._timer = self._loop.call_at(self._next_at(self.last_at), self._look)

    def saw_text(self) -> None:
        """Learn of text: from now on the idle limit holds."""
        if not self.is_settled:
            self.is_settled = True
            self._set_limit(FailureKind.TIMEOUT_IDLE, self._idle_s)

    def saw_thinking(self) -> None:
        """Learn that the vendor works on what gives no text: until the next one it has longer."""
        self.is_settled = False
        self._set_limit(self._silence, max(self._limit_s, self._thinking_s))

    def stop(self) -> None:
        """Take the timer back; nothing is guarded afterwards."""
        self._timer.cancel()

    def __enter__(self) -> None:
        task = asyncio.current_task(self._loop)
        assert task is not None
        self._waiter = task
        self._cancelling = task.cancelling()
        self.last_at = self.time()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        task, self._waiter = self._waiter, None
        if self._expired is None:
            return
        expired, self._expired = self._expired, None
        if task is None:
            return
        is_ours_alone = task.uncancel() <= self._cancelling
        if is_ours_alone and (error is None or isinstance(error, asyncio.CancelledError)):
            raise ModelFailed(expired) from None

    def _set_limit(self, silence: FailureKind, limit_s: float) -> None:
        self._silence, self._limit_s = silence, limit_s
        self._timer.cancel()
        self._timer = self._loop.call_at(self._next_at(self.time()), self._look)

    def _next_at(self, since: float) -> float:
        return min(since + self._limit_s, self._total_at)

    def _look(self) -> None:
        now = self.time()
        due_at = self._next_at(self.last_at)
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
