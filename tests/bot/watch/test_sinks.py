"""Sinks made of other sinks."""

import logging

import pytest

from bot.watch.alerts import LoggedAlerts, MemoryAlerts
from bot.watch.own_events import AlertSpilled
from bot.watch.sinks import MOST_HELD, Later, Spill
from routing.request import ModelName, TenantId
from routing.watching.events import ProviderDown
from routing.watching.repeats import Alert

AURELIS = TenantId("aurelis")
SPILLED = AlertSpilled(AURELIS, "provider.down", "provider.down|aurelis|m1", 7, "is_archived")


class Broken:
    """Alerts to somebody who cannot be reached."""

    async def tell(self, alert: Alert) -> None:
        raise ConnectionRefusedError(str(alert))


async def test_what_is_told_before_there_is_a_sink_is_told_to_it_in_order() -> None:
    later, sink = Later(), MemoryAlerts()
    alerts = [Alert(ProviderDown(AURELIS, ModelName(f"m{n}"))) for n in range(MOST_HELD + 2)]
    for alert in alerts[:-1]:
        await later.tell(alert)
    await later.become(sink)
    await later.tell(alerts[-1])

    assert sink.told == alerts[1:]


async def test_what_spills_is_an_error_in_the_log_and_told_to_all(
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = MemoryAlerts()
    await Spill((Broken(), LoggedAlerts(), other)).spill(SPILLED)

    failed, line = caplog.records
    assert failed.getMessage() == "alerts.not_spilled"
    assert (line.getMessage(), line.levelno) == ("alerts.spilled", logging.ERROR)
    fields = vars(line)
    assert (fields["alert"], fields["reason"], fields["count"]) == (
        "provider.down",
        "is_archived",
        7,
    )
    assert [alert.event for alert in other.told] == [SPILLED]
