import numpy as np
import pytest

from routing.decision import Guess
from routing.intent.measure import (
    Verdict,
    answerable,
    calibration_error,
    report_of,
    verdict_of,
)


@pytest.mark.parametrize(
    ("guess", "truth", "expected"),
    [
        (Guess("a", 0.9, "linear"), "a", Verdict(True, True, True, 0.9)),
        (Guess("a", 1.0, "rules"), "b", Verdict(True, False, True, 1.0)),
        (Guess("default", 0.2, "none", (("a", 0.3),)), "a", Verdict(True, True, False, 0.2)),
        (Guess("default", 0.0, "none"), "a", Verdict(True, False, False, 0.0)),
        (Guess("default", 0.1, "none"), "default", Verdict(False, False, False, 0.1)),
        (Guess("a", 0.4, "linear"), "default", Verdict(False, False, True, 0.4)),
    ],
)
def test_a_guess_is_judged_by_the_label(guess: Guess, truth: str, expected: Verdict) -> None:
    assert verdict_of(guess, truth) == expected


def test_a_report_adds_up() -> None:
    report = report_of(
        [
            Verdict(True, True, True, 0.9),
            Verdict(True, True, False, 0.3),
            Verdict(True, False, True, 0.6),
            Verdict(False, False, False, 0.1),
            Verdict(False, False, True, 0.5),
        ]
    )

    assert (report.messages, report.out_of_scope_messages) == (5, 2)
    assert report.accuracy == pytest.approx(2 / 3)
    assert report.kept_accuracy == pytest.approx(1 / 3)
    assert report.ece == pytest.approx((0.1 + 0.7 + 0.6) / 3)
    assert report.answerable_at_98 == pytest.approx(1 / 3)
    assert report.out_of_scope_recall == 0.5


def test_what_cannot_be_measured_is_none() -> None:
    report = report_of([])

    assert (report.accuracy, report.ece, report.out_of_scope_recall) == (None, None, None)
    assert report_of([Verdict(False, False, False, 0.0)]).answerable_at_98 is None


def test_a_calibrated_classifier_has_no_error() -> None:
    assert calibration_error(np.array([0.75] * 4), np.array([1, 1, 1, 0], bool)) == 0
    assert calibration_error(np.array([1.0, 1.0]), np.array([0, 0], bool)) == 1


@pytest.mark.parametrize(
    ("confidence", "right", "expected"),
    [
        ([0.9, 0.8, 0.7], [1, 1, 1], 1.0),
        ([0.9, 0.8, 0.7], [0, 1, 1], 0.0),
        ([0.9, 0.8, 0.7, 0.6], [1, 1, 0, 1], 0.5),
        ([0.9, 0.9, 0.5], [1, 0, 1], 0.0),
        ([0.9, 0.9, 0.5], [0, 1, 1], 0.0),
    ],
)
def test_the_surest_are_answerable_and_ties_go_together(
    confidence: list[float], right: list[int], expected: float
) -> None:
    assert answerable(np.array(confidence), np.array(right, bool), 0.98) == expected
