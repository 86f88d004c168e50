"""What is asked of the cache, what is kept in it, and what may be kept at all; pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from routing.cache.acceptance import Known
from routing.cache.gates import PLACEHOLDER
from routing.cache.key import Partition, Versions, key_of, partition_of, question_of
from routing.cache.vectors import Vector
from routing.decision import Guess
from routing.models.base import Cited
from routing.policy.policy import Rule
from routing.request import ModelName, Passage, Request

MARK = re.compile(r"\[(\d{1,2})\]")
STAND_IN = re.compile(r"\[\W{0,4}[a-z][a-z_\\ *-]*?(?:[_ ]\d{1,6}|\*{2,}\d{0,4})\W{0,4}\]", re.I)
"""`[EMAIL_1]`, `[CREDIT_CARD ****1111]` and how models misspell them; not `[1]`, not a link."""
FAULT = "fault"
"""Key of the request's metadata under which the sandbox is told to break."""
MOST_CHARS = 2_000
"""Longer questions are stories about one customer."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One turn, as the cache sees it."""

    request: Request
    rule: Rule
    guess: Guess
    versions: Versions
    told_as: str = ""
    """What feedback will call the answer by, such as `conversation/message`; unique or empty."""

    @property
    def partition(self) -> Partition:
        """Return what its answer may be shared within."""
        return partition_of(self.request, self.versions)

    @property
    def key(self) -> str:
        """Return the exact key."""
        return key_of(self.partition, question_of(self.request))

    @property
    def similarity(self) -> float:
        """Return the least cosine of the rule."""
        return self.rule.cache.similarity if self.rule.cache is not None else 1.0

    @property
    def is_cacheable(self) -> bool:
        """Return whether the answer may come from the cache, or go into it.

        Only a first question without personal data, under a rule that allows it, with nothing
        attached: no tools, no form of the answer, nothing said already, no fault to be played.
        """
        request, rule = self.request, self.rule
        if rule.cache is None or not rule.cache.enabled or rule.handoff or rule.agent is not None:
            return False
        if request.tools or request.answer_schema or request.said:
            return False
        if any(name == FAULT for name, _ in request.metadata):
            return False
        question = question_of(request)
        return 0 < len(question) <= MOST_CHARS and PLACEHOLDER.search(question) is None


@dataclass(frozen=True, slots=True)
class Source:
    """A passage that an answer rests on, kept with it."""

    n: int
    """The number used in the text."""
    passage: Passage
    quote: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    text: str
    sources: tuple[Source, ...]
    """By n; never empty in what is stored."""
    model: ModelName

    @property
    def passages(self) -> tuple[Passage, ...]:
        """Return what it rests on."""
        return tuple(source.passage for source in self.sources)


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer with the question that it was given to."""

    key: str
    partition: str
    """Digest."""
    known: Known
    vector: Vector
    answer: Answer
    expires_at: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that answers a question."""

    entry: Entry
    similarity: float
    is_exact: bool


def answer_of(
    text: str, cited: Iterable[Cited], passages: Sequence[Passage], model: ModelName
) -> Answer | None:
    """Return an answer with its sources; None when it has none, or names one that is not known."""
    by_id = {passage.id: passage for passage in passages}
    by_number = {each.n: each for each in cited}
    sources = []
    for n in sorted({int(mark) for mark in MARK.findall(text)} | by_number.keys()):
        source = _source(n, by_number.get(n), by_id, passages)
        if source is None:
            return None
        sources.append(source)
    return Answer(text, tuple(sources), model) if sources and text.strip() else None


def is_storable(answer: Answer) -> bool:
    """Return whether an answer stands for everybody: nothing in it stands for one customer."""
    return bool(answer.sources) and STAND_IN.search(answer.text) is None


def _source(
    n: int, cited: Cited | None, by_id: Mapping[str, Passage], passages: Sequence[Passage]
) -> Source | None:
    if cited is not None:
        passage = by_id.get(cited.passage_id)
        return None if passage is None else Source(n, passage, cited.quote)
    return Source(n, passages[n - 1], "") if 1 <= n <= len(passages) else None
