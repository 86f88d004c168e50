"""Questions to a cache, and what stands behind it."""

from collections.abc import Callable
from dataclasses import replace

from routing.cache.answers import MemoryAnswers
from routing.cache.cache import USUAL, SemanticCache, Terms, anything
from routing.cache.entry import Answer, Asked, Source
from routing.cache.key import Versions
from routing.clock import Clock
from routing.decision import Guess
from routing.policy.policy import Cache, Rule
from routing.request import Message, Redacted, Role
from tests.routing.samples import CARD_PASSAGE, HAIKU, request

VERSIONS = Versions("policy-1", "knowledge-1", "redaction-1")
RULE = Rule("card-delivery", cache=Cache(enabled=True, similarity=0.9, ttl_seconds=3600))
SURE = Guess("card-delivery", 0.99, "linear", (("card-declined", 0.001),))
QUESTION = "How long does it take until my new card arrives?"
ALIKE = "how long does it take until a new card arrives"
TEXT = "A new card arrives within five working days. It comes by post. [1]"
ANSWER = Answer(TEXT, (Source(1, CARD_PASSAGE, "five working days"),), HAIKU)


class Shelf:
    """A cache in memory whose clock moves only when told."""

    def __init__(
        self,
        terms: Terms = USUAL,
        answers: MemoryAnswers | None = None,
        is_impersonal: Callable[[Answer], bool] = anything,
    ) -> None:
        self.now = 100.0
        self.answers = MemoryAnswers() if answers is None else answers
        clock = Clock(lambda: self.now)
        self.cache = SemanticCache(self.answers, clock, terms, is_impersonal)


def asked(
    *said: str,
    guess: Guess = SURE,
    rule: Rule = RULE,
    versions: Versions = VERSIONS,
    told_as: str = "",
) -> Asked:
    """Return a question that a passage answers."""
    texts = said or (QUESTION,)
    messages = tuple(Message(Role.CUSTOMER, Redacted(text)) for text in texts)
    return Asked(
        replace(request(passages=(CARD_PASSAGE,)), messages=messages),
        rule,
        guess,
        versions,
        told_as,
    )
