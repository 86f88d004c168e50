"""The space that texts are compared in: a vocabulary of hashed features with their weights."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from routing.intent.features import grams_of_word, word_grams, words

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Keys = NDArray[np.uint32]
Number = TypeVar("Number", bound=np.generic)
Parts = tuple[Keys, Keys]
"""Feature numbers of one text: of its words and pairs, of its character n-grams."""
SHARE_WITH_FEW, SHARE_WITH_MANY = 0.25, 0.5
"""Part of a vector's squared length that words and pairs have; character n-grams have the rest.

With 10 examples an intent whole words say little (accuracy .749 with a quarter, .746 with half),
with 100 they say more (.904 and .907).
"""
MANY = 40
"""Examples an intent, on average, from which words count for more."""


@dataclass(frozen=True, slots=True)
class Row:
    """One text as a sparse vector of length at most 1: what the space does not know is left out."""

    columns: Ints
    values: Floats


@dataclass(frozen=True, slots=True)
class Rows:
    """Many sparse vectors, one after the other."""

    starts: Ints
    """Where each vector begins; one longer than there are vectors."""
    columns: Ints
    values: Floats

    def __len__(self) -> int:
        return len(self.starts) - 1

    def row(self, number: int) -> Row:
        """Return one of the vectors."""
        part = slice(self.starts[number], self.starts[number + 1])
        return Row(self.columns[part], self.values[part])

    def products(self, row: Row, width: int, first: int = 0, end: int | None = None) -> Floats:
        """Return the product of a vector with each of ours, or with a run of ours.

        Args:
            row: the vector.
            width: columns of the space.
            first: number of the first of the run.
            end: number after the last of the run; None for all.
        """
        starts = self.starts[first : len(self) + 1 if end is None else end + 1]
        part = slice(int(starts[0]), int(starts[-1]))
        spread = np.zeros(width, np.float32)
        spread[row.columns] = row.values
        terms = np.append(self.values[part] * spread[self.columns[part]], np.float32(0))
        sums = np.add.reduceat(terms, starts[:-1] - starts[0])
        return np.asarray(np.where(np.diff(starts) > 0, sums, np.float32(0)), np.float32)


@dataclass(frozen=True, slots=True)
class Space:
    """A vocabulary learned from training texts, and the inverse document frequency of each."""

    keys: Keys
    """Feature numbers, ascending; the position is the column."""
    rarity: Floats
    """Per column, 1 for a feature that is in every text, more for a rarer one."""
    unknown_rarity: float
    """Of a feature that no training text has."""
    words_share: float
    """Part of a vector's squared length that words and pairs have."""

    @property
    def width(self) -> int:
        """Return the number of columns."""
        return len(self.keys)

    def row(self, text: str) -> Row:
        """Return the vector of a text; an empty or wholly unknown text has no columns."""
        return self.row_of(parts_of(words(text), {}))

    def row_of(self, parts: Parts) -> Row:
        """Return the vector of a text whose features are known already."""
        weighted = [self._weighted(part) for part in parts]
        columns = np.concatenate([columns for columns, _ in weighted])
        lengths = zip(weighted, (self.words_share, 1 - self.words_share), strict=True)
        values = np.concatenate([values * np.sqrt(share) for (_, values), share in lengths])
        return Row(columns, values.astype(np.float32))

    def rows_of(self, texts: Iterable[Parts]) -> Rows:
        """Return the vectors of many texts, in their order."""
        rows = [self.row_of(parts) for parts in texts]
        starts = np.cumsum([0, *(len(row.columns) for row in rows)], dtype=np.int32)
        if not rows:
            return Rows(starts, np.empty(0, np.int32), np.empty(0, np.float32))
        columns = np.concatenate([row.columns for row in rows])
        return Rows(starts, columns, np.concatenate([row.values for row in rows]))

    def _weighted(self, part: Keys) -> tuple[Ints, Floats]:
        if not len(part) or not self.width:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        keys, counts = counted(part)
        columns = np.searchsorted(self.keys, keys)
        columns[columns == self.width] = 0
        known = self.keys[columns] == keys
        rarity = np.where(known, self.rarity[columns], np.float32(self.unknown_rarity))
        values = (1 + np.log(counts)) * rarity
        values /= np.sqrt(values @ values)
        return columns[known].astype(np.int32), values[known].astype(np.float32)


def counted(numbers: NDArray[Number]) -> tuple[NDArray[Number], NDArray[np.intp]]:
    """Return the distinct numbers, ascending, and how often each is there.

    `numpy.unique` does the same, and loads the masked arrays for it: a MiB that nothing else needs.
    """
    ordered = np.sort(numbers)
    is_first = np.ones(len(ordered), dtype=np.bool_)
    is_first[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(is_first)
    return ordered[starts], np.diff(starts, append=len(ordered))


def parts_of(text: Sequence[str], seen: dict[str, list[int]]) -> Parts:
    """Return the feature numbers of a text's words.

    Args:
        text: normalised words.
        seen: n-grams of words met before; filled as it goes, to be shared between texts.
    """
    characters: list[int] = []
    for word in text:
        if word not in seen:
            seen[word] = list(grams_of_word(word))
        characters += seen[word]
    return np.array(list(word_grams(text)), np.uint32), np.array(characters, np.uint32)


def learn_space(texts: Sequence[Parts], intents: int) -> Space:
    """Return the space of training texts, of which there is at least one."""
    distinct = [counted(np.concatenate(parts))[0] for parts in texts]
    keys, found_in = counted(np.concatenate(distinct))
    most = np.log(1 + len(texts))
    rarity = (1 + most - np.log(1 + found_in)).astype(np.float32)
    share = SHARE_WITH_MANY if len(texts) >= MANY * intents else SHARE_WITH_FEW
    return Space(keys, rarity, float(1 + most), share)
