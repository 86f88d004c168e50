"""How good guesses are: accuracy, calibration, what may be answered alone, who is refused."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.decision import Guess
from routing.intent.calibrate import Flags
from routing.intent.linear import Doubles
from routing.intent.train import OUT_OF_SCOPE

BINS = 10
ANSWERABLE_PRECISION = 0.98


@dataclass(frozen=True, slots=True)
class Verdict:
    """One guess next to the truth."""

    is_in_scope: bool
    """Whether the message belongs to any intent."""
    is_right: bool
    """Whether the best intent is its own, kept or not."""
    is_kept: bool
    """Whether the guess was an intent and not `default`."""
    confidence: float
    """Of the best intent, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured; every share is in [0, 1], None where nothing could be measured."""

    messages: int
    out_of_scope_messages: int
    accuracy: float | None
    """Share of the messages in scope whose best intent is the right one."""
    kept_accuracy: float | None
    """The same, but a message that was refused as out of scope counts as wrong."""
    ece: float | None
    """Expected calibration error in ten equal bins of confidence, over messages in scope."""
    answerable_at_98: float | None
    """Largest share of the messages in scope, surest first, of which 98 % are right."""
    out_of_scope_recall: float | None
    """Share of the messages out of scope that were refused."""


def verdict_of(guess: Guess, truth: str) -> Verdict:
    """Return a guess judged by the label of its message.

    Args:
        guess: what the layers said; when refused, its best intent is the first of the runners-up.
        truth: its intent; OUT_OF_SCOPE for a message that belongs to none.
    """
    is_kept = guess.layer != "none"
    best = guess.intent if is_kept else next((name for name, _ in guess.runners_up), "")
    return Verdict(truth != OUT_OF_SCOPE, best == truth, is_kept, guess.confidence)


def report_of(verdicts: Sequence[Verdict]) -> Report:
    """Return what the verdicts add up to."""
    inside = [verdict for verdict in verdicts if verdict.is_in_scope]
    outside = [verdict for verdict in verdicts if not verdict.is_in_scope]
    right = np.array([verdict.is_right for verdict in inside], bool)
    confidence = np.array([verdict.confidence for verdict in inside], float)
    return Report(
        messages=len(verdicts),
        out_of_scope_messages=len(outside),
        accuracy=share([verdict.is_right for verdict in inside]),
        kept_accuracy=share([verdict.is_right and verdict.is_kept for verdict in inside]),
        ece=calibration_error(confidence, right) if inside else None,
        answerable_at_98=answerable(confidence, right, ANSWERABLE_PRECISION) if inside else None,
        out_of_scope_recall=share([not verdict.is_kept for verdict in outside]),
    )


def share(claims: Sequence[bool]) -> float | None:
    """Return the share of claims that hold; None without any."""
    return sum(claims) / len(claims) if claims else None


def calibration_error(confidence: Doubles, right: Flags) -> float:
    """Return the mean distance of confidence and accuracy over equal bins, weighted by size.

    Source: Guo et al. 2017, "On calibration of modern neural networks", 2.
    """
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(confidence[bins == number].sum() - right[bins == number].sum())
        for number in range(BINS)
    ]
    return float(sum(gaps) / len(right))


def answerable(confidence: Doubles, right: Flags, precision: float) -> float:
    """Return the largest share of messages, surest first, that keeps the precision.

    Messages of the same confidence are taken together, so that their order cannot matter.
    """
    order = np.argsort(-confidence, kind="stable")
    so_far = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    ends = np.append(np.diff(confidence[order]) != 0, True)
    enough = np.flatnonzero((so_far >= precision) & ends)
    return float((enough[-1] + 1) / len(order)) if len(enough) else 0.0
