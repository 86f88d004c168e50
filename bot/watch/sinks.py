"""Sinks made of other sinks: one that is joined later, and one that others spill into."""

import logging
from collections import deque
from collections.abc import Sequence

from bot.watch.alerts import Alerts
from bot.watch.own_events import AlertSpilled
from routing.watching.repeats import Alert

log = logging.getLogger("copilot.alerts")
MOST_HELD = 100


class Later:
    """Implements `Alerts` by a sink that is built after the feed, since it needs the feed itself.

    What is told before is held, at most a hundred alerts; beyond that the oldest is dropped, as the
    log has it all the same. Without `become` all of it is dropped in the end.
    """

    def __init__(self) -> None:
        self._sink: Alerts | None = None
        self._held: deque[Alert] = deque(maxlen=MOST_HELD)

    async def become(self, sink: Alerts) -> None:
        """Tell a sink what was held, and everything from now on; raises what its `tell` raises."""
        self._sink = sink
        while self._held:
            await sink.tell(self._held.popleft())

    async def tell(self, alert: Alert) -> None:
        """Pass one alert on, or hold it."""
        if self._sink is None:
            self._held.append(alert)
        else:
            await self._sink.tell(alert)


class Spill:
    """Where alerts go that their own sink cannot take: to the log at ERROR, to webhooks.

    They go out as `alerts.spilled`, beside the alert itself, which these sinks may have had before:
    so whoever watches them knows that Slack does not show it. Guarantees: every sink is told, even
    after one that fails; raises nothing.
    """

    def __init__(self, sinks: Sequence[Alerts]) -> None:
        """Spill into `LoggedAlerts` and, where there are some, `Webhooks`."""
        self._sinks = tuple(sinks)

    async def spill(self, event: AlertSpilled) -> None:
        """Tell everybody else of an incident."""
        for sink in self._sinks:
            try:
                await sink.tell(Alert(event, event.happened))
            except OSError as failure:
                extra = {"alert": event.alert, "class": type(failure).__name__}
                log.error("alerts.not_spilled", extra=extra)
