"""How long a model is usually silent between two pieces, and when it has stalled."""

import pytest

from routing.execution.gaps import LEAST_GAPS, MOST_GAPS, Gaps
from routing.execution.health import Health
from tests.routing.samples import GPT, HAIKU


def learned(*gaps_s: float) -> Gaps:
    gaps = Gaps()
    gaps.learn(gaps_s)
    return gaps


def test_too_few_gaps_say_nothing() -> None:
    assert Gaps().p99_s() is None
    assert learned(*[0.1] * (LEAST_GAPS - 1)).p99_s() is None


@pytest.mark.parametrize("gap_s", [0.0005, 0.02, 0.4, 1.0, 30.0])
def test_the_percentile_is_rounded_up_by_less_than_a_factor_of_two(gap_s: float) -> None:
    p99_s = learned(*[gap_s] * 200).p99_s()

    assert p99_s is not None
    assert gap_s < p99_s <= 2.1 * gap_s


def test_one_long_gap_in_a_hundred_does_not_count_and_three_do() -> None:
    one = learned(*[0.02] * 199, 5.0).p99_s()
    three = learned(*[0.02] * 97, *[5.0] * 3).p99_s()

    assert one is not None
    assert one < 0.1
    assert three is not None
    assert three > 5.0


def test_no_gap_at_all_and_one_of_an_hour_have_their_place() -> None:
    assert learned(*[0.0] * 200).p99_s() == pytest.approx(1e-6)
    assert learned(*[3600.0] * 200).p99_s() == pytest.approx(134.2, abs=0.1)


def test_what_is_new_outweighs_what_is_old() -> None:
    gaps = Gaps()
    for _ in range(3):
        gaps.learn([1.0] * (MOST_GAPS // 2 + 1))
    for _ in range(14):
        gaps.learn([0.01] * MOST_GAPS)

    assert (gaps.p99_s() or 9.0) < 0.1


def test_a_model_has_stalled_after_eight_of_its_longest_usual_gaps() -> None:
    health = Health()
    health.learn_gaps(HAIKU, [0.9] * 200)

    assert health.idle_s(HAIKU, 3.0) == pytest.approx(8 * 1.048576)


def test_a_fast_model_is_given_the_least_limit_and_an_unknown_one_twice_as_much() -> None:
    health = Health()
    health.learn_gaps(HAIKU, [0.02] * 200)
    health.learn_gaps(GPT, [])

    assert health.idle_s(HAIKU, 3.0) == 3.0
    assert health.idle_s(GPT, 3.0) == 6.0
    assert health.down(0.0) == frozenset()
