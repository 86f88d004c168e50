import random

import numpy as np
import pytest

from routing.intent.linear import NEVER_HELD_OUT, Effort
from routing.intent.train import (
    FOLDS,
    OUT_OF_SCOPE,
    Model,
    folds_of,
    name_words,
    telling,
    train,
)
from tests.routing.intent.bank import LABELLED, SAID


def trained(labelled: tuple[tuple[str, str], ...] = LABELLED) -> Model:
    model = train(labelled, Effort())
    assert model is not None
    return model


def test_the_order_and_repetition_of_examples_do_not_matter() -> None:
    shuffled = list(LABELLED) * 2
    random.Random(3).shuffle(shuffled)

    first, second = trained(), trained(tuple(shuffled))

    assert first.trust == second.trust
    assert (first.linear.weights == second.linear.weights).all()


def test_intents_are_sorted_and_strangers_have_the_last_column() -> None:
    strangers = (("play some jazz", OUT_OF_SCOPE), ("tell me a joke", OUT_OF_SCOPE))
    model, with_strangers = trained(), trained(LABELLED + strangers)

    assert model.intents == with_strangers.intents == tuple(sorted(SAID))
    assert model.linear.weights.shape[1] == len(SAID)
    assert with_strangers.linear.weights.shape[1] == len(SAID) + 1


@pytest.mark.parametrize("labelled", [(), (("?!", "a"),), (("hello", OUT_OF_SCOPE),)])
def test_without_words_for_an_intent_there_is_no_model(
    labelled: tuple[tuple[str, str], ...],
) -> None:
    assert train(labelled, Effort()) is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_few_examples_are_enough_for_a_model(count: int) -> None:
    few = tuple((text, intent) for intent, texts in SAID.items() for text in texts[:count])

    assert np.isfinite(trained(few).linear.weights).all()


def test_every_intent_is_spread_over_the_folds_and_names_are_in_none() -> None:
    truth = np.repeat(np.arange(4), 11)
    is_name = np.arange(44) % 11 == 10

    folds = folds_of(truth, is_name, 1)

    assert (folds[is_name] == NEVER_HELD_OUT).all()
    for intent in range(4):
        counts = np.bincount(folds[(truth == intent) & ~is_name], minlength=FOLDS)
        assert counts.tolist() == [2] * FOLDS


def test_only_an_intent_with_few_examples_is_told_by_its_name() -> None:
    pairs = [("many", str(i)) for i in range(40)] + [("few", "x"), ("--", "x"), ("default", "x")]

    assert list(telling(pairs)) == ["few"]


@pytest.mark.parametrize("name", ["lost-card", "lost_card", "LostCard", "lost card", "lost.card"])
def test_a_name_is_read_as_words(name: str) -> None:
    assert name_words(name) == ["lost", "card"]
