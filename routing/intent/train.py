"""From examples to a trained model: space, classifier, examples and trust, from one seed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from routing.intent.calibrate import Trust, border_of, fit_temperature, fit_trust, leads_of
from routing.intent.features import words
from routing.intent.linear import (
    Effort,
    Lesson,
    Linear,
    Numbers,
    Tell,
    fit_linear,
    nothing,
    softmax,
)
from routing.intent.nearest import Examples
from routing.intent.space import Floats, Space, learn_space, parts_of

OUT_OF_SCOPE = "default"
"""The label of examples that belong to no intent."""
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that the linear layer knows; it holds no text."""

    intents: tuple[str, ...]
    """In the order of the classifier's columns; its last column, if one more, is out of scope."""
    space: Space
    linear: Linear
    examples: Examples
    trust: Trust


def train(
    labelled: Iterable[tuple[str, str]], effort: Effort, tell: Tell = nothing
) -> Model | None:
    """Return a model of pairs of text and intent; None when no intent has a text with words.

    The order of the pairs does not matter, nor how often one is repeated. Pairs labelled
    OUT_OF_SCOPE teach what belongs to no intent; there need not be any. `tell` is called
    `effort.passes` times on the way.
    """
    pairs = {(intent, text) for text, intent in labelled if words(text)}
    intents = tuple(sorted({intent for intent, _ in pairs} - {OUT_OF_SCOPE}))
    if not intents:
        return None
    number = {intent: position for position, intent in enumerate((*intents, OUT_OF_SCOPE))}
    ordered = sorted((number[intent], text) for intent, text in pairs)
    truth = np.array([intent for intent, _ in ordered])
    seen: dict[str, list[int]] = {}
    parts = [parts_of(words(text), seen) for _, text in ordered]
    space = learn_space(parts, len(number))
    rows = space.rows_of(parts)
    first = np.searchsorted(truth, np.arange(len(intents) + 1)).astype(np.int32)
    examples = Examples(rows, first, space.width)
    columns = 1 + int(truth[-1])
    lesson = Lesson(rows, truth, folds_of(truth, effort.seed), columns, space.width)
    linear, held_out = fit_linear(lesson, effort, tell)
    return Model(intents, space, linear, examples, trust_of(held_out, truth, examples))


def folds_of(truth: Numbers, seed: int) -> Numbers:
    """Return the fold of each example, so that every intent is spread over all folds."""
    chance = np.random.default_rng(seed)
    folds = np.empty(len(truth), int)
    for intent in np.unique(truth):
        members = np.flatnonzero(truth == intent)
        folds[chance.permutation(members)] = (np.arange(len(members)) + intent) % FOLDS
    return folds


def trust_of(held_out: Floats, truth: Numbers, examples: Examples) -> Trust:
    """Return how far to trust the classifier, from what it said of examples it had not seen."""
    best, leads = leads_of(held_out, examples.intents)
    right = best == truth
    near = np.array([examples.nearness_to_others(i, int(best[i])) for i in range(len(truth))])
    temperature = fit_temperature(held_out, truth)
    scope = softmax(held_out, temperature)[np.arange(len(truth)), best] * near
    trust = fit_trust(leads, near, right)
    return replace(trust, temperature=temperature, border=border_of(scope, right))
