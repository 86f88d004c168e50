"""The feed of events to whoever watches: once, in order, bounded, never in anybody's way."""

import asyncio
import logging

import pytest

from bot.clock import Clock
from bot.metrics import Metrics
from bot.watch.alerts import AlertFeed, Alerts, LoggedAlerts, MemoryAlerts
from routing.errors import FailureKind
from routing.request import ModelName, TenantId
from routing.watching.events import FallbackTriggered, ProviderBack, ProviderDown
from routing.watching.repeats import Alert, AlertState
from tests.routing.samples import GPT, HAIKU

AURELIS = TenantId("aurelis")
DOWN = ProviderDown(AURELIS, HAIKU)
FELL = FallbackTriggered(AURELIS, HAIKU, GPT, FailureKind.CUT, True, "t1")


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> Clock:
        return Clock(monotonic=lambda: self.now)


class Broken:
    """Alerts to somebody who cannot be reached."""

    async def tell(self, alert: Alert) -> None:
        raise ConnectionRefusedError(str(alert))


def feed_to(*sinks: Alerts, time: Time | None = None, most: int = 10) -> AlertFeed:
    return AlertFeed(sinks, Metrics(), (time or Time()).clock(), window_s=60.0, most=most)


async def test_an_incident_is_told_once_and_summed_up_later() -> None:
    told, time = MemoryAlerts(), Time()
    feed = feed_to(told, time=time)
    for _ in range(3):
        feed.notice(FELL)
    await feed.flush()
    at_once = tuple(told.told)
    time.now = 61.0
    await feed.flush()

    assert at_once == (Alert(FELL),)
    assert told.told[1:] == [
        Alert(FELL, 3, AlertState.SUMMARY),
        Alert(FELL, 3, AlertState.RECOVERED),
    ]


async def test_progress_is_told_between_and_the_end_after_a_quiet_window() -> None:
    told, time = MemoryAlerts(), Time()
    feed = feed_to(told, time=time)
    for now in (0.0, 1.0, 5.0, 6.0, 10.0):
        time.now = now
        feed.notice(FELL)
        await feed.flush()

    assert [(alert.count, alert.state) for alert in told.told] == [
        (1, AlertState.NEW),
        (3, AlertState.AGAIN),
        (5, AlertState.AGAIN),
    ]


async def test_events_are_told_in_order_to_every_sink_even_after_one_that_fails() -> None:
    one, other = MemoryAlerts(), MemoryAlerts()
    feed = feed_to(one, Broken(), other)
    back = ProviderBack(AURELIS, HAIKU, 3.0)
    for event in (DOWN, FELL, back):
        feed.notice(event)
    await feed.flush()

    assert [alert.event for alert in one.told] == [DOWN, FELL, back]
    assert other.told == one.told


async def test_a_sink_that_fails_is_logged_without_what_it_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    feed = feed_to(Broken())
    feed.notice(DOWN)
    await feed.flush()

    (record,) = caplog.records
    assert record.getMessage() == "alerts.not_told"
    assert vars(record)["class"] == "ConnectionRefusedError"
    assert vars(record)["alert"] == "provider.down"


async def test_a_full_queue_drops_the_newest_and_says_how_many(
    caplog: pytest.LogCaptureFixture,
) -> None:
    told = MemoryAlerts()
    feed = feed_to(told, most=2)
    models = [ModelName(f"m{n}") for n in range(5)]
    for model in models:
        feed.notice(ProviderDown(AURELIS, model))
    await feed.flush()
    feed.notice(FELL)
    await feed.flush()

    assert [alert.event for alert in told.told] == [
        ProviderDown(AURELIS, models[0]),
        ProviderDown(AURELIS, models[1]),
        FELL,
    ]
    assert [(r.getMessage(), vars(r)["count"]) for r in caplog.records] == [("alerts.dropped", 3)]


async def test_every_event_is_counted_told_or_not() -> None:
    metrics = Metrics()
    feed = AlertFeed((), metrics, Clock(), most=1)
    for _ in range(4):
        feed.notice(FELL)

    assert b'copilot_events_total{event="router.fallback_triggered"} 4.0' in metrics.text()


async def test_the_running_feed_tells_without_being_asked() -> None:
    class Bell(MemoryAlerts):
        def __init__(self) -> None:
            super().__init__()
            self.rang = asyncio.Event()

        async def tell(self, alert: Alert) -> None:
            await super().tell(alert)
            self.rang.set()

    bell = Bell()
    feed = feed_to(bell)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        running = group.create_task(feed.run())
        feed.notice(DOWN)
        await bell.rang.wait()
        running.cancel()

    assert bell.told == [Alert(DOWN)]


async def test_an_alert_is_one_line_of_the_log_under_its_own_name(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    for state in (AlertState.SUMMARY, AlertState.AGAIN):
        await LoggedAlerts().tell(Alert(FELL, 3, state))

    (record,) = caplog.records
    fields = vars(record)
    assert (record.getMessage(), record.levelname) == ("router.fallback_triggered", "WARNING")
    assert (fields["failed"], fields["next"], fields["kind"]) == (HAIKU, GPT, "cut")
    assert (fields["count"], fields["state"]) == (3, "summary")
