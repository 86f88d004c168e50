"""One incident from many events: told at once, counted, summed up, told when it is over."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.errors import FailureKind
from routing.request import ModelName, TenantId
from routing.watching.events import (
    Event,
    FallbackTriggered,
    PolicyChanged,
    ProviderBack,
    ProviderDown,
    ThresholdCrossed,
)
from routing.watching.repeats import MOST_INCIDENTS, Alert, AlertState, Repeats
from tests.routing.samples import GPT, HAIKU

AURELIS = TenantId("aurelis")
DOWN = ProviderDown(AURELIS, HAIKU)
BACK = ProviderBack(AURELIS, HAIKU, 30.0)
AGAIN, SUMMARY, RECOVERED = AlertState.AGAIN, AlertState.SUMMARY, AlertState.RECOVERED


def fallback(model: ModelName = HAIKU, trace: str = "t1") -> FallbackTriggered:
    return FallbackTriggered(AURELIS, model, GPT, FailureKind.CUT, False, trace)


def test_an_incident_is_told_at_once_and_summed_up_when_the_window_ends() -> None:
    repeats = Repeats(window_s=60.0, refresh_s=60.0)
    first = repeats.feed(fallback(), 0.0)
    again = [repeats.feed(fallback(trace=f"t{n}"), float(n)) for n in range(2, 5)]
    early, summary = repeats.due(59.0), repeats.due(60.0)

    assert first == (Alert(fallback()),)
    assert not any(again)
    assert not early
    assert summary == (Alert(fallback(trace="t4"), 4, SUMMARY),)


def test_its_progress_is_told_at_most_every_refresh_with_the_running_count() -> None:
    repeats = Repeats(window_s=60.0, refresh_s=5.0)
    repeats.feed(fallback(), 0.0)
    told: list[tuple[float, Alert]] = []
    for tenth in range(1, 121):
        now = tenth / 10
        repeats.feed(fallback(), now)
        told += [(now, alert) for alert in repeats.due(now)]

    assert told == [(5.0, Alert(fallback(), 51, AGAIN)), (10.0, Alert(fallback(), 101, AGAIN))]
    assert repeats.due(15.0) == (Alert(fallback(), 121, AGAIN),)
    assert repeats.due(20.0) == ()


def test_what_no_event_ends_is_over_once_a_whole_window_was_quiet() -> None:
    repeats = Repeats(window_s=60.0)
    repeats.feed(fallback(), 0.0)
    repeats.feed(fallback(), 59.0)
    summary, quiet, over = repeats.due(60.0), repeats.due(118.9), repeats.due(119.0)
    anew = repeats.feed(fallback(), 120.0)

    assert summary == (Alert(fallback(), 2, SUMMARY),)
    assert quiet == ()
    assert over == (Alert(fallback(), 2, RECOVERED),)
    assert anew == (Alert(fallback()),)


def test_one_that_came_once_is_over_after_a_window_too() -> None:
    repeats = Repeats(window_s=60.0)
    repeats.feed(fallback(), 0.0)

    assert repeats.due(60.0) == (Alert(fallback(), 1, RECOVERED),)


def test_an_incident_that_lasts_is_summed_up_once_a_window() -> None:
    repeats = Repeats(window_s=60.0, refresh_s=1000.0)
    repeats.feed(fallback(), 0.0)
    told: list[Alert] = []
    for now in range(1, 181):
        told += [*repeats.due(float(now)), *repeats.feed(fallback(), float(now))]

    assert told == [Alert(fallback(), count, SUMMARY) for count in (60, 120, 180)]


def test_what_is_due_is_told_before_the_next_event_even_if_nobody_has_looked() -> None:
    lasting, over = Repeats(window_s=60.0), Repeats(window_s=60.0)
    for repeats in (lasting, over):
        repeats.feed(fallback(), 0.0)
        repeats.feed(fallback(trace="t2"), 1.0)
    summary = Alert(fallback(trace="t2"), 2, SUMMARY)

    assert lasting.feed(fallback(trace="t3"), 60.0) == (summary,)
    assert over.feed(fallback(trace="t3"), 61.0) == (
        summary,
        Alert(fallback(trace="t2"), 2, RECOVERED),
        Alert(fallback(trace="t3")),
    )


def test_other_incidents_are_told_beside_it() -> None:
    repeats = Repeats()
    told = [repeats.feed(one, 0.0) for one in (fallback(), fallback(GPT), DOWN)]

    assert all(len(alerts) == 1 for alerts in told)


def test_an_event_that_ends_an_incident_is_its_recovery_every_time() -> None:
    repeats = Repeats()
    down, back = repeats.feed(DOWN, 0.0), repeats.feed(BACK, 2.0)
    down_again, back_again = repeats.feed(DOWN, 3.0), repeats.feed(BACK, 4.0)

    assert down == down_again == (Alert(DOWN),)
    assert back == back_again == (Alert(BACK, 1, RECOVERED),)
    assert down[0].incident == back[0].incident


def test_what_an_event_ends_is_never_over_by_itself() -> None:
    repeats = Repeats(window_s=60.0)
    repeats.feed(DOWN, 0.0)
    quiet = repeats.due(3600.0)

    assert quiet == ()
    assert repeats.feed(BACK, 3601.0) == (Alert(BACK, 1, RECOVERED),)
    assert repeats.due(7200.0) == ()


def test_a_mere_fact_has_no_end_and_is_told_anew_after_a_window() -> None:
    repeats = Repeats(window_s=60.0)
    facts: list[Event] = [
        PolicyChanged(AURELIS, "1", "2", "abc"),
        ThresholdCrossed(AURELIS, "tenant", 80, Decimal(8), Decimal(10)),
    ]
    for fact in facts:
        repeats.feed(fact, 0.0)
    quiet = repeats.due(60.0)

    assert quiet == ()
    assert [repeats.feed(fact, 61.0) for fact in facts] == [(Alert(fact),) for fact in facts]


def test_with_too_many_incidents_the_oldest_counts_as_ended() -> None:
    repeats = Repeats()
    events: list[Event] = [fallback(ModelName(f"m{n}")) for n in range(MOST_INCIDENTS + 1)]
    for event in events:
        repeats.feed(event, 0.0)

    assert repeats.feed(events[0], 1.0) == (Alert(events[0]),)
    assert repeats.feed(events[-1], 1.0) == ()


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 40), st.sampled_from("abc")), max_size=40))
def test_no_event_is_lost_and_every_incident_is_told_to_be_over_once(
    steps: list[tuple[float, str]],
) -> None:
    repeats = Repeats(window_s=60.0)
    now = 0.0
    told: list[Alert] = []
    for step, name in steps:
        now += step
        told += [*repeats.due(now), *repeats.feed(fallback(ModelName(name)), now)]
    told += repeats.due(now + 61.0)

    over = [alert for alert in told if alert.state is RECOVERED]
    assert sum(alert.count for alert in over) == len(steps)
    assert len(over) == sum(alert.state is AlertState.NEW for alert in told)
