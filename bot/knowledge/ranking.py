"""Which chunks answer a query, best first: the arithmetic of search; pure."""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

NEAR_WORDS = 5
"""Two words of the query this close in the text count as standing together."""
SHARES = (0.30, 0.14, 0.12, 0.22, 0.12, 0.10)
"""What counts how much: words of the query found anywhere, in the title, in the headings; words of
the title found in the query; closeness; BM25. Found by search on questions of bank customers."""
ROOM_CHARS = 2000
"""Most text of one article in one passage."""
KEPT_SHARE = 0.7
"""A further chunk of the same article is kept when it scores this share of the best one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that has at least one word of the query."""

    article: str
    n: int
    title: str
    url: str
    text: str
    title_words: frozenset[str]
    heading_words: frozenset[str]
    words: tuple[str, ...]
    bm25: float
    """Higher is better."""


@dataclass(frozen=True, slots=True)
class Found:
    """One article with the parts of it that fit."""

    article: str
    first: int
    """Number of its first chunk here."""
    title: str
    url: str
    text: str
    score: float


def idf(documents: int, containing: int) -> float:
    """Return the weight of a word; positive also when every document has it."""
    return math.log(1 + (documents - containing + 0.5) / (containing + 0.5))


def ranked(
    weights: Mapping[str, float], candidates: Sequence[Candidate], limit: int
) -> tuple[Found, ...]:
    """Return the best articles, best first, chunks of one article merged.

    Args:
        weights: the query's words in order, each with its `idf`.
        candidates: chunks from the index, in any order.
        limit: most articles.
    """
    best_bm25 = max((candidate.bm25 for candidate in candidates), default=0.0) or 1.0
    scored: dict[str, list[tuple[float, Candidate]]] = {}
    for candidate in candidates:
        score = _score(weights, candidate, candidate.bm25 / best_bm25)
        scored.setdefault(candidate.article, []).append((score, candidate))
    found = [_merged(chunks) for chunks in scored.values()]
    return tuple(sorted(found, key=lambda one: (-one.score, one.article))[:limit])


def _score(weights: Mapping[str, float], candidate: Candidate, bm25: float) -> float:
    total = sum(weights.values())
    if not total:
        return 0.0
    asked = weights.keys()
    in_title = asked & candidate.title_words
    in_headings = asked & candidate.heading_words
    anywhere = in_title | in_headings | (asked & frozenset(candidate.words))
    parts = (
        sum(weights[word] for word in anywhere) / total,
        sum(weights[word] for word in in_title) / total,
        sum(weights[word] for word in in_headings) / total,
        len(in_title) / (len(candidate.title_words) or 1),
        _closeness(tuple(weights), candidate.words),
        max(0.0, bm25),
    )
    return min(1.0, sum(share * part for share, part in zip(SHARES, parts, strict=True)))


def _closeness(query: tuple[str, ...], words: tuple[str, ...]) -> float:
    """Return the share of neighbours in the query that are neighbours in the text too."""
    places: dict[str, list[int]] = {word: [] for word in query}
    for place, word in enumerate(words):
        if word in places:
            places[word].append(place)
    pairs = list(itertools.pairwise(query))
    together = sum(
        any(abs(a - b) <= NEAR_WORDS for a in places[one] for b in places[two])
        for one, two in pairs
    )
    return together / len(pairs) if pairs else float(any(places.values()))


def _merged(chunks: list[tuple[float, Candidate]]) -> Found:
    chunks.sort(key=lambda pair: (-pair[0], pair[1].n))
    best_score, best = chunks[0]
    kept = [best]
    room = ROOM_CHARS - len(best.text)
    for score, candidate in chunks[1:]:
        if score >= KEPT_SHARE * best_score and len(candidate.text) <= room:
            kept.append(candidate)
            room -= len(candidate.text)
    kept.sort(key=lambda candidate: candidate.n)
    text = "\n\n".join(candidate.text for candidate in kept)
    return Found(best.article, kept[0].n, best.title, best.url, text, best_score)
