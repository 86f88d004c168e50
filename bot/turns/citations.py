"""The sources that an answer names as `[n]`. Pure."""

import re
from collections.abc import Mapping

from bot.log import Citation
from routing.models.base import Cited
from routing.request import Passage

_MARK = re.compile(r"\[(\d{1,2})\]")
_QUOTE_CHARS = 240


def citations_of(
    text: str, cited: Mapping[int, Cited], passages: tuple[Passage, ...]
) -> tuple[Citation, ...]:
    """Return the sources that a text names, in order of n; a number without a source names none.

    Args:
        text: the answer as it was shown.
        cited: what the model itself has said of its sources, by number.
        passages: what it was given; a number that it said nothing of counts in these, from 1.
    """
    by_id = {passage.id: passage for passage in passages}
    found: list[Citation] = []
    for n in sorted({int(mark) for mark in _MARK.findall(text)}):
        own = cited.get(n)
        if own is not None and own.passage_id in by_id:
            passage, quote = by_id[own.passage_id], own.quote
        elif own is None and 1 <= n <= len(passages):
            passage, quote = passages[n - 1], passages[n - 1].text
        else:
            continue
        found.append(Citation(n, passage.title, passage.url, quote[:_QUOTE_CHARS]))
    return tuple(found)
