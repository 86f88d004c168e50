"""What a turn is about: keywords first, then the linear classifier, else nothing."""

from collections.abc import Iterable

import numpy as np

from routing.decision import Guess
from routing.intent.calibrate import leads_of
from routing.intent.features import says_something, words
from routing.intent.linear import Effort, softmax
from routing.intent.rules import Keywords, keywords_of
from routing.intent.space import parts_of
from routing.intent.train import OUT_OF_SCOPE, Model, train
from routing.policy.policy import Policy
from routing.request import Redacted

MOST_RUNNERS_UP = 3


class Layers:
    """The layers of one policy, from the surest to the last; immutable, so it may be shared."""

    def __init__(self, keywords: Keywords, model: Model | None) -> None:
        self._keywords = keywords
        self._model = model

    def classify(self, text: Redacted) -> Guess:
        """Return what a text is about; `default` when no layer is sure enough."""
        intent = self._keywords.intent_of(text)
        if intent is not None:
            return Guess(intent, 1.0, "rules")
        if self._model is None:
            return Guess(OUT_OF_SCOPE, 0.0, "none")
        return guess_of(self._model, text)


def guess_of(model: Model, text: str) -> Guess:
    """Return what the linear classifier makes of a text.

    Out of scope is `default` from layer `none`, with the confidence of the best intent, which is
    then the first of the runners-up. A runner-up's number is its share of the probability. A bare
    number or placeholder is the answer to a question, not something that a turn is about.
    """
    said = words(text)
    row = model.space.row_of(parts_of(said, {}))
    if not says_something(said) or not len(row.columns):
        return Guess(OUT_OF_SCOPE, 0.0, "none")
    margins = model.linear.margins(row)
    (best,), leads = leads_of(margins[None], len(model.intents))
    nearness = np.array([model.examples.nearness(row, int(best))])
    confidence = float(model.trust.confidence(leads, nearness)[0])
    shares = softmax(margins, model.trust.temperature)[: len(model.intents)]
    order = np.argsort(-shares, kind="stable")[: MOST_RUNNERS_UP + 1]
    named = tuple((model.intents[i], float(shares[i])) for i in order)
    if shares[best] * nearness[0] < model.trust.border:
        return Guess(OUT_OF_SCOPE, confidence, "none", named[:MOST_RUNNERS_UP])
    return Guess(named[0][0], confidence, "linear", named[1:])


def layers_of(policy: Policy) -> Layers:
    """Return the layers of a policy, trained on its examples; the same policy gives the same."""
    return layers_with(policy, model_of(policy))


def layers_with(policy: Policy, model: Model | None) -> Layers:
    """Return the layers of a policy around a model that was trained on it."""
    return Layers(keywords_of((rule.name, rule.keywords) for rule in policy.intents), model)


def model_of(policy: Policy) -> Model | None:
    """Return the classifier trained on a policy's examples; None without any."""
    return train(examples_of(policy), Effort())


def examples_of(policy: Policy) -> Iterable[tuple[str, str]]:
    """Yield the policy's examples with their intents; those of its default are out of scope."""
    for rule in policy.intents:
        for example in rule.examples:
            yield example, rule.name
    for example in policy.default.examples:
        yield example, OUT_OF_SCOPE
