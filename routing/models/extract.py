"""Which passage answers a question, and whether any does; pure."""

import math
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from routing.models.excerpt import Asked, Excerpt, excerpt
from routing.models.language import language_of
from routing.models.units import units
from routing.models.words import content_words, folded
from routing.request import Passage

LEAST_EVIDENCE = 0.4
"""Below this a passage does not answer: refuses nine of ten questions about other things."""
SHARES = (0.91, 0.82, -0.29, 0.85, 1.22, 2.77)
OFFSET = -4.12
"""A logistic rule for the parts in `evidence`, fitted on questions of bank customers against
questions about everything else, over two knowledge bases (area under the curve 0.95)."""
SHORT_QUESTION = 2
"""A question with at most this many content words may lean on the one before."""
SHORT_FOLLOW_UP = 4
"""The same, for one that begins with `and`, `but`, `what if` and the like."""
BEFORE_SHARE = 0.6
"""What a word of the message before counts."""
WEAK_WEIGHT = 0.4

_LEANS = re.compile(
    r"^(?:and|but|or|so|then|what about|how about|what if|why|when|where|for)\b|^[^a-z]*$"
    r"|\b(?:it|its|that|this|them|they|those|these|there|one)\b"
)
"""How a question begins, or what it has, that means something said before."""
_GOES_ON = re.compile(r"(?:and|but|or|so|then|what about|how about|what if)\b")

WEAK = frozenset(
    content_words(
        """card account money bank app payment pay cash service customer time work number name
        amount help way want take make change buy use order write play return sell start stop call
        run turn move put add place set let leave ask come go find big small old good best bad
        first second list check book read word item product company people person friend home car
        current different total full whole information detail details option
        phone shop list request status check device day travel spend job date price letter file"""
    )
)
"""Words that are at home in too many articles, and outside of them, to prove anything alone."""


@dataclass(frozen=True, slots=True)
class Extract:
    """An answer and where it is from."""

    passage: Passage
    excerpt: Excerpt
    evidence: float
    """How likely the passage is about the question, in [0, 1]."""


def extract(
    question: str, before: str, passages: Sequence[Passage], told: str = ""
) -> Extract | None:
    """Return the answer that the passages hold, or None when they hold none.

    Args:
        question: the customer's last message.
        before: the customer's message before it; empty when there is none.
        passages: best first.
        told: what the bot has said already; a question that leans on the one before wants more
            than that.
    """
    weights = weights_of(question, before)
    language = language_of(question)
    top = max((passage.score for passage in passages), default=0.0) or 1.0
    fitting: list[tuple[float, float, Passage]] = []
    for passage in passages:
        spoken = language_of(passage.text) if language is not None else None
        if spoken is not None and language != spoken:
            continue
        found = evidence(weights, passage)
        rank = 0.5 * found + 0.5 * passage.score / top
        if found >= LEAST_EVIDENCE:
            fitting.append((rank, found, passage))
    asked = Asked(question, weights, told if before and _leans(question) else "")
    for _, found, passage in sorted(fitting, key=lambda one: -one[0]):
        taken = excerpt(asked, passage.title, passage.text)
        if taken is not None or not asked.told:
            return None if taken is None else Extract(passage, taken, found)
    return None


def query_of(question: str, before: str) -> str:
    """Return what to search for: the question, and the one before it when it leans on that."""
    return f"{before}\n{question}" if before and _leans(question) else question


def weights_of(question: str, before: str = "") -> dict[str, float]:
    """Return the content words of a question and how much each counts, in (0, 1].

    The message before counts less, and only for a short question that leans on it.
    """
    weights = {word: _weight(word) for word in content_words(question)}
    if before and _leans(question):
        for word in content_words(before):
            weights.setdefault(word, BEFORE_SHARE * _weight(word))
    return weights


def _leans(question: str) -> bool:
    words = content_words(question)
    text = folded(question).strip()
    most = SHORT_FOLLOW_UP if _GOES_ON.match(text) else SHORT_QUESTION
    return len(set(words)) <= most and (not words or _LEANS.search(text) is not None)


def _weight(word: str) -> float:
    return WEAK_WEIGHT if word in WEAK or word.isdigit() else 1.0


def evidence(weights: Mapping[str, float], passage: Passage) -> float:
    """Return how likely it is that a passage is about the question, in [0, 1].

    What counts: words of the question that stand together in one section, in the title and in the
    headings; words of the title that were asked for; against it, words found nowhere.
    """
    title = frozenset(content_words(passage.title))
    headings = set(title)
    best: frozenset[str] = frozenset()
    for heading, section in _sections(passage).items():
        headings.update(content_words(heading))
        best = max(best, title | section, key=lambda known: _sum(weights, known))
    asked = frozenset(weights)
    strong = frozenset(word for word, weight in weights.items() if weight >= BEFORE_SHARE)
    total = sum(weights.values())
    if not total or not asked & best:
        return 0.0
    parts = (
        min(4, len(asked & best)),
        min(3, len(strong & best)),
        min(4, len(strong - best)),
        _sum(weights, title) / total,
        _sum(weights, headings) / total,
        len(asked & title) / (len(title) or 1),
    )
    logit = OFFSET + sum(part * share for part, share in zip(parts, SHARES, strict=True))
    return 1 / (1 + math.exp(-logit))


def _sections(passage: Passage) -> dict[str, frozenset[str]]:
    """Return the content words under each heading, the heading's own among them."""
    found: dict[str, set[str]] = {}
    for unit in units(passage.text):
        own = found.setdefault(unit.heading, set(content_words(unit.heading)))
        own.update(content_words(unit.text))
    return {heading: frozenset(words) for heading, words in found.items()}


def _sum(weights: Mapping[str, float], known: Set[str]) -> float:
    return sum(weight for word, weight in weights.items() if word in known)
