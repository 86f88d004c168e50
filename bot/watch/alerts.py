"""The port to whoever watches over the product, and the queue in front of it."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from bot.clock import Clock
from bot.metrics import Metrics
from bot.waiting import is_set_within
from routing.watching.events import Event, Severity, fields_of
from routing.watching.repeats import Alert, AlertState, Repeats

log = logging.getLogger("copilot.alerts")
LEVELS = {
    Severity.INFO: logging.INFO,
    Severity.WARNING: logging.WARNING,
    Severity.ERROR: logging.ERROR,
}
MOST_WAITING = 1000
LOOK_EVERY_S = 5.0
"""How often the progress of an incident is told, and how late a summary may be."""
MOST_TELLING_S = 10.0
"""A sink that takes longer is left behind."""


class Alerts(Protocol):
    """Somebody, or something, that is told what goes wrong and what is well again.

    Guarantees: told in the order in which it happened, one at a time; an incident is told at once,
    its progress (`again`) at most every five seconds, a summary once per window, and when it is
    over. May raise OSError, a timeout included: it is logged, and the next one is told all the
    same.
    """

    async def tell(self, alert: Alert) -> None:
        """Pass one alert on."""
        ...


class MemoryAlerts:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Alert] = []

    async def tell(self, alert: Alert) -> None:
        """Keep the alert."""
        self.told.append(alert)


class LoggedAlerts:
    """Writes every alert as one line of the log, under the event's own name.

    Progress is left out: a line cannot be replaced, and the summary says the same.
    """

    async def tell(self, alert: Alert) -> None:
        """Log the alert."""
        if alert.state is AlertState.AGAIN:
            return
        event = alert.event
        level = logging.INFO if alert.state is AlertState.RECOVERED else LEVELS[event.SEVERITY]
        extra = {**fields_of(event), "count": alert.count, "state": alert.state.value}
        log.log(level, event.NAME, extra=extra)


class AlertFeed:
    """Takes events from anywhere, tells incidents once, and never makes anybody wait.

    `notice` only queues. At most `most` alerts wait; when the queue is full the newest one is
    dropped, and how many were is logged with the next delivery. Counters count every event, told
    or not.
    """

    def __init__(
        self,
        sinks: Sequence[Alerts],
        metrics: Metrics,
        clock: Clock,
        window_s: float = 600.0,
        most: int = MOST_WAITING,
    ) -> None:
        self._sinks = tuple(sinks)
        self._metrics = metrics
        self._monotonic = clock.monotonic
        self._repeats = Repeats(window_s, LOOK_EVERY_S)
        self._waiting: deque[Alert] = deque()
        self._most = most
        self._dropped = 0
        self._has_news = asyncio.Event()

    def notice(self, event: Event) -> None:
        """Take an event; costs some microseconds."""
        self._metrics.events.labels(event.NAME).inc()
        self._put(self._repeats.feed(event, self._monotonic()))

    async def run(self) -> None:
        """Tell what comes, for ever."""
        while True:
            await is_set_within(self._has_news, LOOK_EVERY_S)
            await self.flush()

    async def flush(self) -> None:
        """Tell everything that waits, and the progress, summaries and ends that are due."""
        self._has_news.clear()
        self._put(self._repeats.due(self._monotonic()))
        if self._dropped:
            log.warning("alerts.dropped", extra={"count": self._dropped})
            self._dropped = 0
        while self._waiting:
            alert = self._waiting.popleft()
            for sink in self._sinks:
                await _tell(sink, alert)

    def _put(self, alerts: Sequence[Alert]) -> None:
        for alert in alerts:
            if len(self._waiting) >= self._most:
                self._dropped += 1
                continue
            self._waiting.append(alert)
            self._has_news.set()


async def _tell(sink: Alerts, alert: Alert) -> None:
    try:
        async with asyncio.timeout(MOST_TELLING_S):
            await sink.tell(alert)
    except OSError as failure:
        extra = {"alert": alert.event.NAME, "class": type(failure).__name__}
        log.warning("alerts.not_told", extra=extra)
