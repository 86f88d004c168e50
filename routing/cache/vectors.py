"""A question as a vector: what matters weighs much, small words little; pure.

No model is asked and nothing is learned: the features are hashed words, pairs and character
n-grams, so a vector means the same in every process.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from routing.cache.gates import content_of
from routing.intent.features import words

Floats = NDArray[np.float32]
Keys = NDArray[np.uint32]
WIDTH = 256
"""Numbers of a sketch: enough to find the nearest few, whose exact cosine is then taken."""
GRAM = 3
WORD_WEIGHT, PAIR_WEIGHT, GRAMS_WEIGHT, SMALL_WEIGHT = 1.0, 0.4, 0.3, 0.15
"""Of a word that matters, of a pair of them, of all n-grams of one, and of any word besides."""


@dataclass(frozen=True, slots=True)
class Vector:
    """The features of a question and their weights; of length 1, or empty."""

    keys: Keys
    """Numbers of the features, ascending."""
    weights: Floats

    def cosine(self, other: "Vector") -> float:
        """Return how alike two questions are, in [0, 1]; symmetric to the last bit."""
        return self.cosine_with(other.by_key())

    def cosine_with(self, others: Mapping[int, float]) -> float:
        """Return the same for the features of another vector, see `by_key`."""
        pairs = zip(self.keys.tolist(), self.weights.tolist(), strict=True)
        cosine: float = sum(weight * others[key] for key, weight in pairs if key in others)
        return min(1.0, cosine)

    def by_key(self) -> dict[int, float]:
        """Return the weights by the number of the feature."""
        return dict(zip(self.keys.tolist(), self.weights.tolist(), strict=True))

    def sketch(self) -> Floats:
        """Return WIDTH numbers whose products are cosines but for a few hundredths."""
        signs = np.where(self.keys & 1, np.float32(1), np.float32(-1))
        columns = (self.keys >> 1) % WIDTH
        return np.bincount(columns, self.weights * signs, WIDTH).astype(np.float32)


def vector_of(text: str) -> Vector:
    """Return the vector of a question; a text without words has an empty one."""
    weights: dict[int, float] = {}
    for key, weight in _features(content_of(text), words(text)):
        weights[key] = weights.get(key, 0.0) + weight
    keys = sorted(weights)
    values = np.array([weights[key] for key in keys], np.float64)
    length = float(np.sqrt(values @ values)) or 1.0
    return Vector(np.array(keys, np.uint32), (values / length).astype(np.float32))


def _features(content: Sequence[str], everything: Sequence[str]) -> Iterator[tuple[int, float]]:
    for word in content:
        yield crc32(f"w {word}".encode()), WORD_WEIGHT
    for first, second in pairwise(content):
        yield crc32(f"p {first} {second}".encode()), PAIR_WEIGHT
    for word in sorted(set(content)):
        framed = f" {word} "
        grams = [framed[start : start + GRAM] for start in range(len(framed) - GRAM + 1)]
        for gram in grams:
            yield crc32(f"g {gram}".encode()), GRAMS_WEIGHT / len(grams) ** 0.5
    for word in everything:
        yield crc32(f"s {word}".encode()), SMALL_WEIGHT
