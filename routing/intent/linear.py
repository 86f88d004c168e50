"""A linear classifier over all intents at once: multinomial logistic regression.

It is solved in its dual, one example after the other: an example's coefficients (one number for
each intent) are moved to where its own loss and the penalty balance. Several problems that differ
only in which examples they may see (all, and all but each fold) are solved in the same sweep,
because numpy is as quick with a row of six problems as with a row of one.

Source: Shalev-Shwartz and Zhang 2013, "Stochastic dual coordinate ascent methods for regularized
loss minimization", part 5 (the sweep); Boehning 1992, "Multinomial logistic regression algorithm"
(the bound on the curvature that keeps a step short enough).
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from routing.intent.space import Floats, Row, Rows

Doubles = NDArray[np.float64]
Numbers = NDArray[np.int_]
Tell = Callable[[], None]
MOST_IN_KERNEL = 800
"""Up to so many examples the similarities of all pairs are kept, which is quicker."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard the training tries."""

    penalty: float = 0.1
    """Of large weights; the best of 0.01 to 0.3 on bank messages with 10 and with 100 an intent."""
    passes: int = 8
    """Sweeps over all examples."""
    inner: int = 3
    """Steps towards an example's balance in one visit."""
    seed: int = 20_261_124


NEVER_HELD_OUT = -2
"""The fold of an example that is in none."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is to be learned."""

    rows: Rows
    truth: Numbers
    """Number of the intent of each example."""
    folds: Numbers
    """Fold of each example, from 0; NEVER_HELD_OUT for one that every problem sees."""
    intents: int
    width: int
    """Columns of the space."""

    @property
    def problems(self) -> int:
        """Return how many problems there are: one with everything, one without each fold."""
        return 2 + max(-1, int(self.folds.max(initial=-1)))


@dataclass(frozen=True, slots=True)
class Linear:
    """The weights of a classifier."""

    weights: Floats
    """Column of the space x intent; the last row is the bias."""

    def margins(self, row: Row) -> Floats:
        """Return the score of each intent; only their differences mean something."""
        scores: Floats = row.values @ self.weights[row.columns] + self.weights[-1]
        return scores


class ByKernel:
    """The solution on its way as coefficients, with the similarity of every pair of examples."""

    def __init__(self, lesson: Lesson) -> None:
        self._lesson = lesson
        rows = lesson.rows
        pairs = [rows.products(rows.row(i), lesson.width) for i in range(len(rows))]
        self._similar = np.array(pairs, np.float32) + np.float32(1)
        self._shape = (lesson.problems, lesson.intents)
        self._duals = np.zeros((len(rows), lesson.problems * lesson.intents), np.float32)

    def size(self, example: int) -> float:
        """Return the squared length of an example's vector."""
        return float(self._similar[example, example])

    def margins(self, example: int) -> Floats:
        """Return the scores of an example, problem x intent."""
        return np.asarray(self._similar[example] @ self._duals).reshape(self._shape)

    def move(self, example: int, step: Floats) -> None:
        """Add a step, problem x intent, to the coefficients of an example."""
        self._duals[example] += step.ravel()

    def whole(self) -> Linear:
        """Return the classifier of the problem that sees everything."""
        weights = np.zeros((self._lesson.width + 1, self._lesson.intents), np.float32)
        duals = self._duals[:, : self._lesson.intents]
        weights[-1] = duals.sum(axis=0)
        for i in range(len(duals)):
            row = self._lesson.rows.row(i)
            weights[row.columns] += row.values[:, None] * duals[i]
        return Linear(weights)


class ByWeights:
    """The solution on its way as weights: for so many examples that their pairs do not fit."""

    def __init__(self, lesson: Lesson) -> None:
        one = np.ones(1, np.float32)
        rows = [lesson.rows.row(i) for i in range(len(lesson.rows))]
        self._columns = [np.append(row.columns, lesson.width) for row in rows]
        self._values = [np.concatenate([row.values, one]) for row in rows]
        self._shape = (lesson.problems, lesson.intents)
        self._weights = np.zeros((lesson.width + 1, lesson.problems * lesson.intents), np.float32)

    def size(self, example: int) -> float:
        """Return the squared length of an example's vector."""
        return float(self._values[example] @ self._values[example])

    def margins(self, example: int) -> Floats:
        """Return the scores of an example, problem x intent."""
        scores = self._values[example] @ self._weights[self._columns[example]]
        return np.asarray(scores).reshape(self._shape)

    def move(self, example: int, step: Floats) -> None:
        """Add a step, problem x intent, to the coefficients of an example."""
        self._weights[self._columns[example]] += self._values[example][:, None] * step.ravel()

    def whole(self) -> Linear:
        """Return the classifier of the problem that sees everything."""
        return Linear(np.ascontiguousarray(self._weights[:, : self._shape[1]]))


def nothing() -> None:
    """Do nothing: nobody wants to be told."""


def fit_linear(lesson: Lesson, effort: Effort, tell: Tell = nothing) -> tuple[Linear, Floats]:
    """Return the classifier, and each example's scores by the one that has not seen its fold.

    The same arguments give the same numbers. `tell` is called after each of the sweeps.
    """
    few = len(lesson.rows) <= MOST_IN_KERNEL
    state: ByKernel | ByWeights = ByKernel(lesson) if few else ByWeights(lesson)
    problem = np.arange(lesson.problems)
    targets = np.eye(lesson.intents, dtype=np.float32)
    duals = np.zeros((len(lesson.rows), lesson.problems, lesson.intents), np.float32)
    chance = Random(effort.seed)  # numpy's own costs 5 MB of memory to import
    for _ in range(effort.passes):
        for i in chance.sample(range(len(lesson.rows)), len(lesson.rows)):
            seen = (problem != lesson.folds[i] + 1)[:, None]
            target = targets[lesson.truth[i]]
            step = step_of(state.margins(i), duals[i], target, state.size(i), effort) * seen
            duals[i] += step
            state.move(i, step)
        tell()
    held_out = [state.margins(i)[1 + lesson.folds[i]] for i in range(len(lesson.rows))]
    return state.whole(), np.array(held_out, np.float32).reshape(-1, lesson.intents)


def step_of(margins: Floats, dual: Floats, target: Floats, size: float, effort: Effort) -> Floats:
    """Return the step of an example's coefficients towards the balance of loss and penalty.

    Args:
        margins: its scores now, problem x intent.
        dual: its coefficients now, of the same shape.
        target: 1 for its own intent, else 0.
        size: squared length of its vector.
        effort: the penalty and the number of inner steps.
    """
    penalty, length = np.float32(effort.penalty), np.float32(size)
    scores = margins - np.maximum.reduce(margins, axis=1, keepdims=True)
    curve_of_own = np.float32(0.5) * target
    step = np.zeros(dual.shape, np.float32)
    for _ in range(effort.inner):
        shares = np.exp(scores + length * step)
        shares /= np.add.reduce(shares, axis=1, keepdims=True)
        curve = np.maximum(np.minimum(shares, np.float32(0.5)), curve_of_own)
        curve *= length
        curve += penalty
        step += (target - shares - penalty * (dual + step)) / curve
    return step


def softmax(margins: Floats, temperature: float) -> Doubles:
    """Return probabilities of the intents; a higher temperature makes them more alike."""
    scaled = np.asarray(margins, np.float64) / temperature
    raised = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
