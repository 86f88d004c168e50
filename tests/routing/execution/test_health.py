"""The circuit breakers: tables of what happened and who is asked afterwards."""

import pytest

from routing.errors import FailureKind as K
from routing.execution.health import HOPELESS, NEUTRAL, Circuit, Health, Thresholds, Turned
from tests.routing.samples import GPT, HAIKU

COUNTED = [kind for kind in K if kind not in NEUTRAL | HOPELESS]


def opened(at: float = 0.0) -> Health:
    """Return the health after three failures in a row; open until `at` + 10."""
    health = Health()
    for _ in range(3):
        health.record(HAIKU, K.SERVER, at)
    return health


def half_open() -> Health:
    health = opened()
    assert health.admits(HAIKU, 10.0)
    return health


def test_a_model_that_was_never_tried_is_up() -> None:
    health = Health()

    assert health.admits(HAIKU, 0.0)
    assert health.down(0.0) == frozenset()
    assert health.circuit(HAIKU) is Circuit.CLOSED


@pytest.mark.parametrize("kind", COUNTED)
def test_three_failures_in_a_row_open_the_circuit(kind: K) -> None:
    health = Health()
    for _ in range(2):
        health.record(HAIKU, kind, 0.0)
    assert health.circuit(HAIKU) is Circuit.CLOSED
    health.record(HAIKU, kind, 0.0)

    assert health.circuit(HAIKU) is Circuit.OPEN
    assert health.down(9.9) == {HAIKU}
    assert not health.admits(HAIKU, 9.9)
    assert health.admits(GPT, 9.9)


@pytest.mark.parametrize("kind", sorted(NEUTRAL, key=str))
def test_what_is_not_the_models_fault_never_opens_the_circuit(kind: K) -> None:
    health = Health()
    for _ in range(50):
        health.record(HAIKU, kind, 0.0)

    assert health.down(0.0) == frozenset()


@pytest.mark.parametrize("kind", sorted(HOPELESS, key=str))
def test_a_wrong_key_or_an_empty_account_opens_the_circuit_at_once_and_for_longer(kind: K) -> None:
    health = Health()
    health.record(HAIKU, kind, 0.0)

    assert health.down(59.9) == {HAIKU}
    assert health.down(60.0) == frozenset()


def test_half_of_the_calls_failing_opens_the_circuit_although_some_succeed_between() -> None:
    health = Health()
    for _ in range(2):
        health.record(HAIKU, None, 0.0)
        health.record(HAIKU, K.SERVER, 0.0)
    health.record(HAIKU, None, 0.0)
    assert health.circuit(HAIKU) is Circuit.CLOSED
    health.record(HAIKU, K.SERVER, 0.0)

    assert health.circuit(HAIKU) is Circuit.OPEN


def test_failures_older_than_the_window_do_not_count() -> None:
    health = Health()
    for second in range(5):
        health.record(HAIKU, K.SERVER if second % 2 else None, second)
    health.record(HAIKU, K.SERVER, 70.0)

    assert health.circuit(HAIKU) is Circuit.CLOSED


def test_a_busy_model_is_judged_by_its_last_hundred_calls() -> None:
    health = Health(Thresholds(in_a_row=1000))
    for _ in range(500):
        health.record(HAIKU, None, 0.0)
    for _ in range(49):
        health.record(HAIKU, K.SERVER, 1.0)
    assert health.circuit(HAIKU) is Circuit.CLOSED
    health.record(HAIKU, K.SERVER, 1.0)

    assert health.circuit(HAIKU) is Circuit.OPEN


def test_after_a_while_exactly_one_probe_is_let_through() -> None:
    health = opened()

    assert health.down(10.0) == frozenset()
    assert health.admits(HAIKU, 10.0)
    assert health.circuit(HAIKU) is Circuit.HALF_OPEN
    assert not health.admits(HAIKU, 10.0)
    assert health.down(10.0) == {HAIKU}


def test_a_probe_that_succeeds_closes_the_circuit_and_forgets_the_failures() -> None:
    health = half_open()
    health.record(HAIKU, None, 11.0)
    health.record(HAIKU, K.SERVER, 11.0)

    assert health.circuit(HAIKU) is Circuit.CLOSED
    assert health.admits(HAIKU, 11.0)


def test_every_probe_that_fails_doubles_the_time_up_to_a_limit() -> None:
    health = opened()
    now = 10.0
    waits = []
    for _ in range(6):
        assert health.admits(HAIKU, now)
        health.record(HAIKU, K.SERVER, now)
        waits.append(next(s for s in range(1, 200) if not health.down(now + s)))
        now += waits[-1]

    assert waits == [20, 40, 80, 120, 120, 120]


@pytest.mark.parametrize("kind", sorted(NEUTRAL, key=str))
def test_a_probe_that_says_nothing_is_given_back_for_another_one(kind: K) -> None:
    health = half_open()
    health.record(HAIKU, kind, 11.0)

    assert health.admits(HAIKU, 11.0)
    assert health.circuit(HAIKU) is Circuit.HALF_OPEN


def test_a_probe_that_is_never_heard_of_is_given_up() -> None:
    health = half_open()

    assert not health.admits(HAIKU, 99.9)
    assert health.admits(HAIKU, 100.0)


def test_late_results_of_calls_from_before_it_opened_change_nothing() -> None:
    health = opened()
    health.record(HAIKU, K.SERVER, 5.0)
    health.record(HAIKU, None, 5.0)

    assert health.circuit(HAIKU) is Circuit.OPEN
    assert health.down(9.9) == {HAIKU}
    assert health.down(10.0) == frozenset()


def test_a_rate_limit_with_a_time_keeps_the_model_down_until_then_and_is_no_failure() -> None:
    health = Health()
    for _ in range(3):
        health.record(HAIKU, K.RATE_LIMITED, 100.0, retry_after_s=30.0)

    assert health.down(129.9) == {HAIKU}
    assert not health.admits(HAIKU, 129.9)
    assert health.admits(HAIKU, 130.0)
    assert health.circuit(HAIKU) is Circuit.CLOSED


def test_a_shorter_rate_limit_does_not_end_a_longer_one() -> None:
    health = Health()
    health.record(HAIKU, K.RATE_LIMITED, 0.0, retry_after_s=30.0)
    health.record(HAIKU, K.RATE_LIMITED, 1.0, retry_after_s=1.0)

    assert health.down(29.0) == {HAIKU}


def test_a_vendor_cannot_send_us_away_for_ever() -> None:
    health = Health()
    health.record(HAIKU, K.RATE_LIMITED, 0.0, retry_after_s=1e9)

    assert health.down(3599.0) == {HAIKU}
    assert health.down(3600.0) == frozenset()


def test_a_rate_limited_probe_lets_another_one_through_when_the_limit_is_over() -> None:
    health = half_open()
    health.record(HAIKU, K.RATE_LIMITED, 11.0, retry_after_s=5.0)

    assert not health.admits(HAIKU, 15.0)
    assert health.admits(HAIKU, 16.0)
    assert health.circuit(HAIKU) is Circuit.HALF_OPEN


def test_the_latency_to_the_first_text_is_smoothed_per_model() -> None:
    health = Health()
    health.record(HAIKU, None, 0.0, first_token_s=1.0)
    health.record(HAIKU, None, 0.0, first_token_s=2.0)
    health.record(HAIKU, K.CUT, 0.0)
    health.record(GPT, K.AUTH, 0.0)

    assert health.latency_s() == {HAIKU: pytest.approx(1.2)}


def test_the_failure_that_opens_a_circuit_and_the_probe_that_closes_it_say_so() -> None:
    health = Health()
    turned = [health.record(HAIKU, K.SERVER, 0.0) for _ in range(5)]
    assert health.admits(HAIKU, 10.0)
    again = health.record(HAIKU, K.SERVER, 11.0)
    assert health.admits(HAIKU, 31.0)
    back = health.record(HAIKU, None, 32.0)

    assert turned == [None, None, Turned(HAIKU, Circuit.OPEN), None, None]
    assert again is None
    assert back == Turned(HAIKU, Circuit.CLOSED)


def test_a_probe_that_says_nothing_and_a_rate_limit_turn_no_circuit() -> None:
    assert half_open().record(HAIKU, K.CANCELLED, 11.0) is None
    assert Health().record(HAIKU, K.RATE_LIMITED, 0.0, 30.0) is None


def test_the_share_of_failures_counts_once_there_were_enough_calls_and_only_lately() -> None:
    health = Health()
    for second in range(5):
        health.record(HAIKU, K.SERVER if second == 1 else None, float(second))
    few = health.failing(5.0)
    health.record(HAIKU, None, 5.0)
    health.record(GPT, None, 5.0)

    assert (few, health.failing(6.0)) == ({}, {HAIKU: 1 / 6})
    assert health.failing(100.0) == {}
