"""From many observations to few events."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.errors import FailureKind
from routing.execution.health import Circuit
from routing.money.budgets import Account
from routing.request import ModelName, TenantId
from routing.watching.events import (
    ErrorBurst,
    Event,
    FallbackTriggered,
    ProviderBack,
    ProviderDown,
    ThresholdCrossed,
)
from routing.watching.incidents import (
    MOST_INCIDENTS,
    Alert,
    Circuits,
    ErrorRates,
    HitRates,
    Repeats,
    Spending,
    Window,
)
from tests.routing.samples import GPT, HAIKU

AURELIS = TenantId("aurelis")
TEN = Account("aurelis/2026-11-24/tenant", Decimal(10), "tenant")
DOWN = ProviderDown(AURELIS, HAIKU)
BACK = ProviderBack(AURELIS, HAIKU, 30.0)


def fallback(model: ModelName = HAIKU, trace: str = "t1") -> FallbackTriggered:
    return FallbackTriggered(AURELIS, model, GPT, FailureKind.CUT, False, trace)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 20), st.booleans()), max_size=40))
def test_a_window_counts_what_lies_within_it_but_for_one_step(
    steps: list[tuple[float, bool]],
) -> None:
    window = Window(30.0)
    seen: list[tuple[float, bool]] = []
    now = 0.0
    for step, is_marked in steps:
        now += step
        window.count(is_marked, now)
        seen.append((now, is_marked))

        sure = [marked for at, marked in seen if at > now - 29.0]
        most = [marked for at, marked in seen if at > now - 30.0]
        assert len(sure) <= window.calls <= len(most)
        assert sum(sure) <= window.marked <= sum(most)


def test_more_than_one_in_twenty_of_at_least_twenty_calls_is_a_burst() -> None:
    rates = ErrorRates(AURELIS)
    early = [rates.feed(True, 0.0)] + [rates.feed(False, float(n)) for n in range(18)]
    at_five_percent = rates.feed(False, 18.0)
    above = rates.feed(True, 19.0)

    assert not any(early)
    assert at_five_percent is None
    assert above == ErrorBurst(AURELIS, 21, 2, 300.0)


def test_a_burst_is_told_once_and_again_after_it_was_over() -> None:
    rates = ErrorRates(AURELIS)
    first = [rates.feed(True, float(n)) for n in range(60)]
    calm = [rates.feed(False, 400.0 + n) for n in range(40)]
    second = [rates.feed(True, 500.0 + n) for n in range(10)]

    assert [bool(one) for one in first].index(True) == 19
    assert sum(map(bool, first)) == 1
    assert not any(calm)
    assert sum(map(bool, second)) == 1


def test_old_failures_do_not_count() -> None:
    rates = ErrorRates(AURELIS)
    told = [rates.feed(True, 0.0) for _ in range(19)] + [
        rates.feed(False, 301.0 + n) for n in range(25)
    ]

    assert not any(told)


def test_a_cache_that_hardly_ever_answers_is_noticed_once() -> None:
    rates = HitRates(AURELIS, min_lookups=20)
    told = [rates.feed(n % 20 == 0, float(n)) for n in range(60)]

    assert [n for n, event in enumerate(told) if event] == [19]
    assert told[19] is not None
    assert (told[19].hits, told[19].lookups) == (1, 20)


def test_each_threshold_is_told_once_the_highest_of_one_step() -> None:
    spending = Spending(AURELIS, {})
    told = [spending.feed(TEN, Decimal(cost)) for cost in ("4.9", "0.1", "1", "4", "0.1", "1")]

    assert [event and event.percent for event in told] == [None, 50, None, 100, None, None]
    assert told[1] == ThresholdCrossed(AURELIS, "tenant", 50, Decimal(5), Decimal(10))


def test_what_was_crossed_before_the_start_is_not_told_again() -> None:
    spending = Spending(AURELIS, {TEN.key: Decimal(6)})
    told = [spending.feed(TEN, Decimal(cost)) for cost in ("1", "1")]

    assert [event and event.percent for event in told] == [None, 80]


def test_a_model_is_down_once_and_back_once_whatever_its_probes_do() -> None:
    circuits = Circuits(AURELIS)
    steps = [
        (Circuit.CLOSED, 0.0),
        (Circuit.OPEN, 1.0),
        (Circuit.HALF_OPEN, 11.0),
        (Circuit.OPEN, 12.0),
        (Circuit.HALF_OPEN, 30.0),
        (Circuit.CLOSED, 31.0),
        (Circuit.CLOSED, 32.0),
    ]
    told = [circuits.feed(HAIKU, circuit, now) for circuit, now in steps]

    assert [event for event in told if event] == [DOWN, BACK]
    assert not circuits.down


def test_an_incident_is_told_at_once_and_its_repeats_when_the_window_ends() -> None:
    repeats = Repeats(window_s=60.0)
    first = repeats.feed(fallback(), 0.0)
    again = [repeats.feed(fallback(trace=f"t{n}"), float(n)) for n in range(2, 5)]
    early, summary = repeats.due(59.0), repeats.due(60.0)

    assert first == (Alert(fallback()),)
    assert not any(again)
    assert not early
    assert summary == (Alert(fallback(trace="t4"), 3, is_summary=True),)


def test_an_incident_that_lasts_is_told_once_a_window_and_a_quiet_one_begins_anew() -> None:
    repeats = Repeats(window_s=60.0)
    repeats.feed(fallback(), 0.0)
    repeats.feed(fallback(), 1.0)
    repeats.due(60.0)
    during = repeats.feed(fallback(), 61.0)
    second, third = repeats.due(120.0), repeats.due(180.0)
    anew = repeats.feed(fallback(), 181.0)

    assert not during
    assert second == (Alert(fallback(), 1, is_summary=True),)
    assert not third
    assert anew == (Alert(fallback()),)


def test_a_window_that_has_ended_is_summed_up_before_the_next_event_begins_another() -> None:
    repeats = Repeats(window_s=60.0)
    repeats.feed(fallback(), 0.0)
    repeats.feed(fallback(trace="t2"), 1.0)

    assert repeats.feed(fallback(trace="t3"), 60.0) == (
        Alert(fallback(trace="t2"), 1, is_summary=True),
        Alert(fallback(trace="t3")),
    )


def test_other_incidents_are_told_beside_it() -> None:
    repeats = Repeats()
    told: list[tuple[Alert, ...]] = [
        repeats.feed(one, 0.0) for one in (fallback(), fallback(GPT), DOWN)
    ]

    assert all(len(alerts) == 1 for alerts in told)


def test_a_recovery_is_told_after_the_summary_of_what_it_ends() -> None:
    repeats = Repeats()
    repeats.feed(DOWN, 0.0)
    repeats.feed(DOWN, 1.0)
    back = repeats.feed(BACK, 2.0)
    down_again = repeats.feed(DOWN, 3.0)

    assert back == (Alert(DOWN, 1, is_summary=True), Alert(BACK))
    assert down_again == (Alert(DOWN),)


def test_with_too_many_incidents_the_oldest_counts_as_ended() -> None:
    repeats = Repeats()
    events: list[Event] = [fallback(ModelName(f"m{n}")) for n in range(MOST_INCIDENTS + 1)]
    for event in events:
        repeats.feed(event, 0.0)

    assert repeats.feed(events[0], 1.0) == (Alert(events[0]),)
    assert repeats.feed(events[-1], 1.0) == ()


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 30), st.sampled_from("abc")), max_size=40))
def test_no_event_is_lost_and_none_is_told_twice(steps: list[tuple[float, str]]) -> None:
    repeats = Repeats(window_s=60.0)
    now, told = 0.0, 0
    for step, name in steps:
        now += step
        alerts = (*repeats.due(now), *repeats.feed(fallback(ModelName(name)), now))
        told += sum(alert.count for alert in alerts)
    told += sum(alert.count for alert in repeats.due(now + 61.0))

    assert told == len(steps)
