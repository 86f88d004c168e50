from collections.abc import Callable

import numpy as np
import pytest

from routing.intent import linear
from routing.intent.features import words
from routing.intent.linear import Effort, Lesson, fit_linear, softmax
from routing.intent.space import learn_space, parts_of
from tests.routing.intent.bank import LABELLED, SAID

FOLDS = 3


def lesson() -> Lesson:
    parts = [parts_of(words(text), {}) for text, _ in LABELLED]
    space = learn_space(parts, len(SAID))
    names = list(SAID)
    truth = np.array([names.index(intent) for _, intent in LABELLED])
    folds = np.arange(len(LABELLED)) % FOLDS
    return Lesson(space.rows_of(parts), truth, folds, len(names), space.width)


@pytest.fixture(params=[True, False], ids=["by kernel", "by weights"])
def fit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[..., object]:
    if not request.param:
        monkeypatch.setattr(linear, "MOST_IN_KERNEL", 0)
    return fit_linear


def test_the_classifier_learns_its_examples(fit: Callable[..., object]) -> None:
    known = lesson()
    model, held_out = fit_linear(known, Effort())
    said = [int(model.margins(known.rows.row(i)).argmax()) for i in range(len(known.rows))]

    assert said == known.truth.tolist()
    assert np.mean(held_out.argmax(axis=1) == known.truth) > 0.7


def test_many_sweeps_end_where_loss_and_penalty_balance(fit: Callable[..., object]) -> None:
    known, effort = lesson(), Effort(passes=60)
    model, _ = fit_linear(known, effort)
    shares = np.array(
        [softmax(model.margins(known.rows.row(i)), 1) for i in range(len(known.rows))]
    )
    residuals = np.eye(known.intents)[known.truth] - shares

    assert model.weights[-1] * effort.penalty == pytest.approx(residuals.sum(axis=0), abs=1e-3)


def test_both_forms_of_the_solution_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    known = lesson()
    by_kernel, held_out = fit_linear(known, Effort())
    monkeypatch.setattr(linear, "MOST_IN_KERNEL", 0)
    by_weights, held_out_too = fit_linear(known, Effort())

    assert np.abs(by_kernel.weights - by_weights.weights).max() < 1e-3
    assert np.abs(held_out - held_out_too).max() < 1e-3


def test_a_held_out_score_does_not_know_the_label_of_its_example() -> None:
    known = lesson()
    changed = known.truth.copy()
    changed[known.folds == 0] = (changed[known.folds == 0] + 1) % known.intents
    _, before = fit_linear(known, Effort())
    _, after = fit_linear(
        Lesson(known.rows, changed, known.folds, known.intents, known.width), Effort()
    )

    assert (before[known.folds == 0] == after[known.folds == 0]).all()
    assert (before[known.folds == 1] != after[known.folds == 1]).any()


def test_the_same_seed_gives_the_same_weights_and_is_told_of() -> None:
    told: list[None] = []
    first, _ = fit_linear(lesson(), Effort(), lambda: told.append(None))
    second, _ = fit_linear(lesson(), Effort())
    other, _ = fit_linear(lesson(), Effort(seed=1))

    assert (first.weights == second.weights).all()
    assert (first.weights != other.weights).any()
    assert len(told) == Effort().passes


@pytest.mark.parametrize("temperature", [0.1, 1.0, 10.0])
def test_probabilities_add_up_and_keep_the_order(temperature: float) -> None:
    shares = softmax(np.array([3.0, 1.0, 2.0]), temperature)

    assert shares.sum() == pytest.approx(1)
    assert np.argsort(shares).tolist() == [1, 2, 0]


def test_a_huge_score_does_not_overflow() -> None:
    assert softmax(np.array([1e6, 0.0]), 0.01).tolist() == [1, 0]
