"""A draft of a reply for a human: what it answers, and how much of it was changed. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.fixed.topics import asks_for_human
from bot.log import Author, Citation
from bot.transcript import Line
from routing.request import Redacted

MOST_WORDS = 500
"""Of each text that is compared; with it a comparison is at most 250 000 steps, some 50 ms."""
_MARK = re.compile(r"\s?\[\d{1,2}\]")


@dataclass(frozen=True, slots=True)
class Writing:
    """A draft on its way."""

    text: Redacted
    """All of it so far; it may begin anew when a model fails."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, finished and paid for."""

    trace_id: str
    text: Redacted
    """Without the marks of its sources, which a customer could not follow; empty when no model
    had an answer."""
    sources: tuple[Citation, ...]


def answered_line(lines: Sequence[Line], episode: int) -> Line | None:
    """Return the customer's message that a draft is to answer; None when there is none.

    The last one that says more than that a person is wanted, otherwise the last.
    """
    asked = [
        line
        for line in lines
        if line.episode == episode and line.author is Author.CUSTOMER and line.words
    ]
    matters = [line for line in asked if not asks_for_human(line.words)]
    found = matters or asked
    return found[-1] if found else None


def without_marks(text: str) -> str:
    """Return a text without the numbers of its sources."""
    return _MARK.sub("", text).strip()


def edit_distance(draft: str, sent: str) -> float:
    """Return how much of a draft was changed before it was sent, in [0, 1]: 0 for nothing.

    Words that were added, left out or replaced, as a share of the longer text; no more than
    `MOST_WORDS` words of each are looked at.
    """
    old, new = draft.split()[:MOST_WORDS], sent.split()[:MOST_WORDS]
    longer = max(len(old), len(new))
    if longer == 0:
        return 0.0
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    old, new = old[start:], new[start:]
    while old and new and old[-1] == new[-1]:
        old.pop()
        new.pop()
    return _changed(old, new) / longer


def _changed(old: Sequence[str], new: Sequence[str]) -> int:
    """Return the Levenshtein distance of two lists."""
    row = list(range(len(new) + 1))
    for number, word in enumerate(old, 1):
        diagonal, row[0] = row[0], number
        for place, other in enumerate(new, 1):
            cost = diagonal + (word != other)
            diagonal = row[place]
            row[place] = min(cost, row[place] + 1, row[place - 1] + 1)
    return row[-1]
