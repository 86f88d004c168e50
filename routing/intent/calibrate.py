"""What a classifier's scores are worth: temperature, confidence and the border of the scope.

All three are fitted to what the classifier said of examples that it was not trained on.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.intent.linear import Doubles, Numbers, softmax
from routing.intent.space import Floats

Flags = NDArray[np.bool_]
LEAST_NEARNESS = 1e-4
MOST_RIGHT_LOST = 6
"""Held-out right answers that the border of the scope may cost; see `lost_by_border`."""
LEAST_SHARE_LOST, MOST_SHARE_LOST = 0.003, 0.015
PRIOR = np.array([3.0, 1.0, 2.0])
"""What to believe before any example: bias, worth of the lead, worth of log nearness."""
PRIOR_WEIGHT = 1.0
PRIOR_BORDER = 0.05
PRIOR_TEMPERATURE = 0.5
MOST_STEPS = 30
FEW = 20
"""With fewer held-out answers than this the priors for temperature and border stand."""


@dataclass(frozen=True, slots=True)
class Trust:
    """How sure to be of the best intent: a logistic model of its lead and its nearness.

    Odds of being right = e^bias x (odds against the second)^lead x (cosine to the nearest
    example)^nearness: probability times nearness, each with the weight that the held-out answers
    gave it.
    """

    temperature: float
    bias: float
    lead: float
    nearness: float
    border: float
    """Least probability times nearness of what is in scope."""

    def confidence(self, leads: Doubles, nearness: Doubles) -> Doubles:
        """Return how likely the best intent is right, in [0, 1]; 0 for what is near nothing.

        Args:
            leads: score of the best intent minus score of the second.
            nearness: cosine to the nearest example of the best intent.
        """
        worth = np.array([self.bias, self.lead, self.nearness])
        return np.where(nearness > 0, likely(inputs_of(leads, nearness) @ worth), 0.0)


def inputs_of(leads: Doubles, nearness: Doubles) -> Doubles:
    """Return the inputs of the logistic model, one row for each answer."""
    near = np.log(np.maximum(nearness, LEAST_NEARNESS))
    return np.stack([np.ones_like(near), np.asarray(leads, np.float64), near], axis=-1)


def likely(score: Doubles) -> Doubles:
    """Return the probability that has these log odds."""
    return np.asarray(1 / (1 + np.exp(-np.clip(score, -30, 30))))


def leads_of(margins: Floats, intents: int) -> tuple[Numbers, Doubles]:
    """Return the best intent of each row, and its score minus the best of all other columns.

    Columns from `intents` on stand for nothing in particular: they are never the best intent, and
    where one has the highest score the lead is negative. A column without others leads by nothing.
    """
    best = margins[:, :intents].argmax(axis=-1)
    if margins.shape[-1] < 2:
        return best, np.zeros(len(margins))
    rows = np.arange(len(margins))
    others = margins.copy()
    others[rows, best] = -np.inf
    return best, np.asarray(margins[rows, best] - others.max(axis=-1), np.float64)


def fit_temperature(margins: Floats, truth: Numbers) -> float:
    """Return the temperature under which the held-out truth is most likely."""
    if len(truth) < FEW:
        return PRIOR_TEMPERATURE
    rows = np.arange(len(truth))
    tried = [float(temperature) for temperature in np.geomspace(0.05, 5.0, 47)]
    losses = [
        -np.log(np.maximum(softmax(margins, temperature)[rows, truth], 1e-12)).mean()
        for temperature in tried
    ]
    return tried[int(np.argmin(losses))]


def fit_trust(leads: Doubles, nearness: Doubles, right: Flags) -> Trust:
    """Return the trust that explains which held-out answers were right, still without border.

    It starts from the prior, so it is defined for any number of answers, and moves as far from it
    as they justify (Newton's method on the penalised likelihood).

    Args:
        leads: score of the best intent of each held-out example minus the best of the others.
        nearness: cosine of each to the nearest other example of its best intent.
        right: whether the best intent was its own.
    """
    inputs = inputs_of(leads, nearness)
    worth = PRIOR.copy()
    for _ in range(MOST_STEPS):
        sure = likely(inputs @ worth)
        slope = inputs.T @ (sure - right) + PRIOR_WEIGHT * (worth - PRIOR)
        curve = (inputs * (sure * (1 - sure))[:, None]).T @ inputs + PRIOR_WEIGHT * np.eye(3)
        worth = worth - np.clip(np.linalg.solve(curve, slope), -1, 1)
    bias, lead, near = (float(value) for value in worth)
    return Trust(PRIOR_TEMPERATURE, bias, max(lead, 0.0), max(near, 0.0), PRIOR_BORDER)


def border_of(scope: Doubles, right: Flags) -> float:
    """Return the highest border that loses no more of the right answers than is allowed.

    Args:
        scope: probability times nearness of each held-out answer.
        right: whether it was right.
    """
    kept = np.sort(scope[right])
    if len(kept) < FEW:
        return PRIOR_BORDER
    return float(kept[lost_by_border(len(kept))])


def lost_by_border(right: int) -> int:
    """Return how many of the held-out right answers the border may refuse.

    Six; but at most 1.5 %, and at least 0.3 %. With few examples a held-out answer scores lower
    than it will once its fold is trained on too, so fewer are lost than this says; with many it is
    the other way round.
    """
    share = min(max(MOST_RIGHT_LOST / right, LEAST_SHARE_LOST), MOST_SHARE_LOST)
    return int(share * right)
