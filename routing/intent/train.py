"""From examples to a trained model: space, classifier, examples and trust, from one seed."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from routing.intent.calibrate import Flags, Trust, border_of, fit_temperature, fit_trust, leads_of
from routing.intent.features import words
from routing.intent.linear import (
    NEVER_HELD_OUT,
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
from routing.intent.space import MANY, Floats, Space, counted, learn_space, parts_of

OUT_OF_SCOPE = "default"
"""The label of examples that belong to no intent."""
FOLDS = 5
SEPARATORS = re.compile(r"[\W_]+")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


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
    messages = ((number[intent], False, text) for intent, text in pairs)
    ordered = sorted([*messages, *((number[name], True, name) for name in telling(pairs))])
    truth = np.array([intent for intent, _, _ in ordered])
    seen: dict[str, list[int]] = {}
    texts = (name_words(text) if is_name else words(text) for _, is_name, text in ordered)
    parts = [parts_of(text, seen) for text in texts]
    space = learn_space(parts, len(number))
    rows = space.rows_of(parts)
    first = np.searchsorted(truth, np.arange(len(intents) + 1)).astype(np.int32)
    examples = Examples(rows, first, space.width)
    folds = folds_of(truth, np.array([is_name for _, is_name, _ in ordered]), effort.seed)
    lesson = Lesson(rows, truth, folds, 1 + int(truth[-1]), space.width)
    linear, held_out = fit_linear(lesson, effort, tell)
    trust = trust_of(held_out, truth, np.flatnonzero(folds != NEVER_HELD_OUT), examples)
    return Model(intents, space, linear, examples, trust)


def telling(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the names of intents that serve as one more example: those with few others.

    With 10 examples an intent that is worth 1.4 % of accuracy on bank messages.
    """
    for intent, count in sorted(Counter(intent for intent, _ in pairs).items()):
        if count < MANY and intent != OUT_OF_SCOPE and name_words(intent):
            yield intent


def name_words(intent: str) -> list[str]:
    """Return the words of an intent's name.

    >>> name_words("lost-cards"), name_words("lost_cards"), name_words("LostCards")
    (['lost', 'cards'], ['lost', 'cards'], ['lost', 'cards'])
    """
    return words(CAMEL.sub(" ", SEPARATORS.sub(" ", intent)))


def folds_of(truth: Numbers, is_name: Flags, seed: int) -> Numbers:
    """Return the fold of each example, so that every intent is spread over all folds.

    Names are never held out: how well they are recognised says nothing about messages.
    """
    chance = Random(seed)
    folds = np.full(len(truth), NEVER_HELD_OUT)
    for intent in counted(truth)[0]:
        members = np.flatnonzero((truth == intent) & ~is_name).tolist()
        chance.shuffle(members)
        folds[members] = (np.arange(len(members)) + intent) % FOLDS
    return folds


def trust_of(held_out: Floats, truth: Numbers, messages: Numbers, examples: Examples) -> Trust:
    """Return how far to trust the classifier, from what it said of examples it had not seen.

    Args:
        held_out: scores of every example.
        truth: the intent of every example.
        messages: which examples count.
        examples: to measure nearness with.
    """
    scores, wanted = held_out[messages], truth[messages]
    best, leads = leads_of(scores, examples.intents)
    right = best == wanted
    others = zip(messages, best, strict=True)
    near = np.array([examples.nearness_to_others(int(i), int(intent)) for i, intent in others])
    temperature = fit_temperature(scores, wanted)
    scope = softmax(scores, temperature)[np.arange(len(wanted)), best] * near
    trust = fit_trust(leads, near, right)
    return replace(trust, temperature=temperature, border=border_of(scope, right))
