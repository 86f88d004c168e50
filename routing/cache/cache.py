"""The semantic cache: looks answers up, learns them, forgets them, and doubts itself."""

from collections.abc import Callable
from dataclasses import dataclass

from routing.cache.acceptance import LEAST, Known, evidence_of, probability
from routing.cache.answers import Answers, Near
from routing.cache.entry import Answer, Asked, Entry, Found, is_storable
from routing.cache.flight import Flights
from routing.cache.gates import traits_of, veto
from routing.cache.key import question_of
from routing.cache.recent import HitRate, Recent, Window
from routing.cache.shadow import Doubt, agrees, is_sampled
from routing.cache.vectors import vector_of
from routing.clock import Clock

NO_DOUBT = Doubt()
UNSURE = "none"
"""The layer that says so when a question is in no intent: nothing is alike enough then."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How the cache works; the defaults favour right answers over many."""

    least_probability: float = LEAST
    """Of the same answer, from which a question that is only alike is answered."""
    shadow_share: float = 0.02
    """Part of the hits on questions that are only alike which a model answers all the same."""
    wait_s: float = 2.0
    """Longest wait for the answer to an identical question."""
    window: int = 500
    """Lookups that the hit rate is taken from."""
    most_told: int = 10_000
    """Answers that feedback can still find."""
    most_barred: int = 1_000
    """Questions whose answer was refused and is not learned again for a while."""
    most_doubts: int = 1_000
    """Partitions whose doubt is remembered."""


USUAL = Terms()


def anything(answer: Answer) -> bool:
    """Return that any answer without placeholders is impersonal."""
    return bool(answer.text)


class SemanticCache:
    """Answers of one process that may be given again.

    A wrong answer costs more than a model's, so everything here errs towards a miss: see
    `gates.py` for what parts two questions for certain and `acceptance.py` for the rest.
    """

    def __init__(
        self,
        answers: Answers,
        clock: Clock,
        terms: Terms = USUAL,
        is_impersonal: Callable[[Answer], bool] = anything,
    ) -> None:
        """Take where answers are kept, and what tells whether one holds personal data."""
        self._answers = answers
        self._monotonic = clock.monotonic
        self.terms = terms
        self.flights = Flights()
        """The questions that are being answered."""
        self._is_impersonal = is_impersonal
        self._window = Window(terms.window)
        self._told: Recent[str] = Recent(terms.most_told)
        self._barred: Recent[float] = Recent(terms.most_barred)
        self._doubts: Recent[Doubt] = Recent(terms.most_doubts)

    async def lookup(self, asked: Asked) -> Found | None:
        """Return the answer to a question: to the same one, else to one enough alike.

        Counts in the hit rate, unless the question can have no answer here.
        """
        if not asked.is_cacheable:
            return None
        exact = await self._answers.use(asked.key, self._monotonic())
        found = Found(exact, 1.0, True) if exact is not None else await self._alike(asked)
        self._window.add(found is not None)
        return found

    async def learn(self, asked: Asked, answer: Answer) -> Entry | None:
        """Keep an answer that is whole, was given to this question alone, and is for everybody.

        Returns None when it is not kept. The caller vouches for whole: the model came to its end
        by itself, and nothing was taken back or stitched together.
        """
        if not asked.is_cacheable or not is_storable(answer) or not self._is_impersonal(answer):
            return None
        now, key = self._monotonic(), asked.key
        if now < (self._barred.get(key) or 0.0):
            return None
        assert asked.rule.cache is not None
        question = question_of(asked.request)
        entry = Entry(
            key=key,
            partition=asked.partition.digest,
            known=Known(traits_of(question), asked.guess),
            vector=vector_of(question),
            answer=answer,
            expires_at=now + asked.rule.cache.ttl_seconds,
        )
        await self._answers.put(entry)
        self.told(asked, key)
        return entry

    async def forget(self, key: str, barred_s: float = 86_400.0) -> bool:
        """Forget an answer, and do not learn one to the same question for a while."""
        self._barred.set(key, self._monotonic() + barred_s)
        return await self._answers.drop(key)

    async def forget_told(self, told_as: str) -> bool:
        """Forget the answer that feedback names; returns whether it was one of ours."""
        key = self._told.pop(told_as)
        return key is not None and await self.forget(key)

    def told(self, asked: Asked, key: str) -> None:
        """Remember which entry a customer was told, for the feedback."""
        if asked.told_as:
            self._told.set(asked.told_as, key)

    def is_sampled(self, asked: Asked, found: Found) -> bool:
        """Return whether a model shall answer all the same, to compare."""
        turn = f"{asked.request.conversation}/{asked.request.turn}"
        return is_sampled(found, turn, self.terms.shadow_share)

    async def compare(self, found: Found, fresh: Answer) -> bool:
        """Return whether a model said what would have been reused; forget that when not."""
        is_right = agrees(found.entry.answer, fresh)
        partition = found.entry.partition
        doubt = (self._doubts.get(partition) or NO_DOUBT).after(is_right)
        if doubt == NO_DOUBT:
            self._doubts.pop(partition)
        else:
            self._doubts.set(partition, doubt)
        if not is_right:
            await self.forget(found.entry.key)
        return is_right

    def hit_rate(self) -> HitRate:
        """Return how often the answer was here lately."""
        return self._window.rate()

    async def _alike(self, asked: Asked) -> Found | None:
        if asked.guess.layer == UNSURE:
            return None
        question, partition = question_of(asked.request), asked.partition.digest
        least = (self._doubts.get(partition) or NO_DOUBT).similarity(asked.similarity)
        vector = vector_of(question)
        near = await self._answers.near(partition, asked.guess.intent, vector, self._monotonic())
        close = [each for each in near if each.cosine >= least]
        if not close:
            return None
        accepted = self._accepted(Known(traits_of(question), asked.guess), close)
        if accepted is None:
            return None
        used = await self._answers.use(accepted.entry.key, self._monotonic())
        return None if used is None else Found(used, accepted.cosine, False)

    def _accepted(self, known: Known, close: list[Near]) -> Near | None:
        """Return the first that no veto parts, if it is likely enough to have the same answer."""
        if known.traits.is_bare:
            return None
        for each in close:
            if veto(known.traits, each.entry.known.traits) is None:
                evidence = evidence_of(known, each.entry.known, each.cosine)
                likely = probability(evidence) >= self.terms.least_probability
                return each if likely else None
        return None
