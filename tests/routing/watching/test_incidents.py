"""From many observations to few events."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.execution.health import Circuit
from routing.money.budgets import Account
from routing.request import TenantId
from routing.watching.events import (
    ErrorBurst,
    ProviderBack,
    ProviderDown,
    ThresholdCrossed,
)
from routing.watching.incidents import (
    Circuits,
    ErrorRates,
    HitRates,
    Spending,
    Window,
)
from tests.routing.samples import HAIKU

AURELIS = TenantId("aurelis")
TEN = Account("aurelis/2026-11-24/tenant", Decimal(10), "tenant")
DOWN = ProviderDown(AURELIS, HAIKU)
BACK = ProviderBack(AURELIS, HAIKU, 30.0)


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


def test_a_burst_that_lasts_is_told_again_once_a_minute() -> None:
    rates = ErrorRates(AURELIS)
    told = [n for n in range(200) if rates.feed(True, float(n))]

    assert told == [19, 79, 139, 199]


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
