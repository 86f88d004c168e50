import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.limits import MOST_BUCKETS, Bucket, Limiter, Rate, refill, take


def test_a_burst_passes_and_the_next_one_is_told_how_long_to_wait() -> None:
    limiter = Limiter(Rate(burst=5, per_s=2.0))

    waits = [limiter.wait_s("a", 0.0) for _ in range(6)]

    assert waits == [0, 0, 0, 0, 0, 0.5]


def test_who_waits_as_told_is_let_through() -> None:
    limiter = Limiter(Rate(burst=1, per_s=0.5))
    limiter.wait_s("a", 10.0)
    wait_s = limiter.wait_s("a", 10.0)

    assert limiter.wait_s("a", 10.0 + wait_s) == 0.0


def test_one_key_does_not_use_up_the_rate_of_another() -> None:
    limiter = Limiter(Rate(burst=1, per_s=1.0))
    limiter.wait_s("a", 0.0)

    assert limiter.wait_s("b", 0.0) == 0.0
    assert limiter.wait_s("a", 0.0) > 0.0


def test_a_refusal_takes_nothing() -> None:
    bucket = Bucket(0.25, 0.0)

    assert take(bucket, Rate(1, 1.0), 0.0) == (bucket, 0.75)


def test_time_that_runs_backwards_gives_nothing() -> None:
    assert refill(Bucket(1.0, 100.0), Rate(5, 1.0), 50.0) == Bucket(1.0, 100.0)


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 9), st.floats(0.1, 5))
def test_no_more_than_burst_and_rate_ever_pass(gaps: list[float], burst: int, per_s: float) -> None:
    limiter = Limiter(Rate(burst, per_s))
    now, passed = 0.0, 0
    for gap in gaps:
        now += gap
        passed += limiter.wait_s("a", now) == 0.0

    assert passed <= burst + now * per_s + 1e-6


@pytest.mark.parametrize("gap_s", [0.0, 1.0])
def test_the_memory_of_a_limiter_is_bounded(gap_s: float) -> None:
    limiter = Limiter(Rate(1, 1.0))
    for number in range(MOST_BUCKETS + 50):
        limiter.wait_s(str(number), number * gap_s)

    assert len(limiter) <= MOST_BUCKETS
