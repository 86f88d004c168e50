"""A unit of text with what stands before it, and the words in it, read once."""

import re
from dataclasses import dataclass
from itertools import pairwise

_TOKEN = re.compile(r"[^\W_]+(?:(?!'s\b)[/'.-][^\W_]+)*")
_SENTENCE_END = re.compile(
    r"[.!?](?=\s)(?<!\b(?:no|nr|ph).)(?<!\b(?:geb|tel|mob|num).)(?<!\bacct.)(?<!\.b.)|\n"
)
_REACH = 48


@dataclass(frozen=True, slots=True)
class Window:
    """What rules look at."""

    text: str
    offset: int
    """Where the unit begins; what stands before it was judged already."""
    words: frozenset[str]
    """Every word of it, lower case."""
    has_digits: bool
    """In the unit, not before it."""

    @classmethod
    def of(cls, text: str, offset: int) -> "Window":
        """Return the window of a text whose unit begins at `offset`."""
        has_digits = any("0" <= letter <= "9" for letter in text[offset:])
        return cls(text, offset, frozenset(_TOKEN.findall(text.lower())), has_digits)

    def words_before(self, place: int) -> list[str]:
        """Return the words of the same sentence before a place, in order, lower case."""
        left = self.text[max(0, place - _REACH) : place].lower()
        return _TOKEN.findall(_SENTENCE_END.split(left)[-1])


def with_pairs(words: list[str]) -> frozenset[str]:
    """Return words and pairs of neighbours, as cues are written."""
    return frozenset((*words, *map(" ".join, pairwise(words))))
