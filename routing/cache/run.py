"""A turn with the cache in front of the models: one stream, wherever the answer comes from."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing
from decimal import Decimal
from typing import assert_never

from routing.cache.cache import SemanticCache
from routing.cache.entry import Answer, Asked, Found, answer_of
from routing.decision import Attempt
from routing.models.base import Cited, StopReason, ToolCalled
from routing.progress import (
    Advised,
    Began,
    Delta,
    Exhausted,
    FellBack,
    Finished,
    Hit,
    Mend,
    Progress,
    SeamFailed,
)
from routing.reply import Reply
from routing.request import Redacted

_END = re.compile("(?:[.!?\u2026][\"'\u201d\u2019)\\]]*(?:\\s*\\[\\d+\\])*)\\s+(?!\\s*\\[\\d)|\\n+")
NOTHING = Decimal(0)


def answered(cache: SemanticCache, asked: Asked, start: Callable[[], Reply]) -> Reply:
    """Return the answer on its way: from the cache, or from what `start` begins.

    What the cache can have no answer to goes straight to the models, at no cost per token.
    """
    return CachedRun(cache, asked, start) if asked.is_cacheable else start()


class CachedRun(AsyncIterator[Progress]):
    """The cache first, then an identical question under way, then the models; see `Reply`.

    An answer from the cache is `Hit`, `Delta`s of about a sentence, `Cited`s, `Finished` without
    attempts. Nothing is looked up before the first step, and nothing begun that is not closed.
    """

    def __init__(self, cache: SemanticCache, asked: Asked, start: Callable[[], Reply]) -> None:
        self._cache = cache
        self._asked = asked
        self._start = start
        self._models: Reply | None = None
        self._steps = self._answer()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The models' attempts that are over; none when the cache answers."""
        return self._models.attempts if self._models is not None else ()

    def shown(self, text: Redacted) -> None:
        """Tell the models what has really been seen; see `Run.shown`."""
        if self._models is not None:
            self._models.shown(text)

    def __aiter__(self) -> "CachedRun":
        return self

    def __anext__(self) -> Awaitable[Progress]:
        return self._steps.__anext__()

    async def aclose(self) -> None:
        """Stop; who waits for the same answer then asks for himself."""
        await self._steps.aclose()
        if self._models is not None:
            await self._models.aclose()

    async def _answer(self) -> AsyncGenerator[Progress, None]:
        found = await self._cache.lookup(self._asked)
        doubted: Found | None = None
        if found is not None and self._cache.is_sampled(self._asked, found):
            found, doubted = None, found
        elif found is None:
            found = await self._from_another()
        if found is None:
            async with aclosing(self._from_models(doubted)) as steps:
                async for step in steps:
                    yield step
            return
        self._cache.told(self._asked, found.entry.key)
        for step in steps_of(found):
            yield step

    async def _from_another(self) -> Found | None:
        """Wait for the answer to an identical question that is under way."""
        flight = self._cache.flights.under_way(self._asked.key)
        return None if flight is None else await flight.outcome(self._cache.terms.wait_s)

    async def _from_models(self, doubted: Found | None) -> AsyncGenerator[Progress, None]:
        flights, key = self._cache.flights, self._asked.key
        leads = flights.lead(key)
        heard = Hearing(self._asked)
        self._models = self._start()
        kept: Found | None = None
        try:
            async for step in self._models:
                heard.hear(step)
                if isinstance(step, Finished):
                    kept = await self._keep(heard, step, doubted)
                yield step
        finally:
            if leads:
                flights.land(key, kept)

    async def _keep(self, heard: "Hearing", end: Finished, doubted: Found | None) -> Found | None:
        """Learn a whole answer, after comparing it with what would have been reused."""
        answer = heard.answer(end)
        if answer is None:
            return None
        if doubted is not None:
            await self._cache.compare(doubted, answer)
        entry = await self._cache.learn(self._asked, answer)
        return None if entry is None else Found(entry, 1.0, True)


class Hearing:
    """Listens to the models and says whether what they said is one whole answer."""

    def __init__(self, asked: Asked) -> None:
        self._passages = asked.request.passages
        self._texts: list[str] = []
        self._cited: list[Cited] = []
        self._is_whole = True

    def hear(self, step: Progress) -> None:
        """Take the next step."""
        match step:
            case Delta(text=text):
                self._texts.append(text)
            case Cited():
                self._cited.append(step)
            case FellBack(mend=mend):
                self._is_whole = self._is_whole and mend is Mend.UNSEEN
                self._cited.clear()
            case ToolCalled() | SeamFailed() | Exhausted() | Hit():
                self._is_whole = False
            case Began() | Advised() | Finished():
                pass
            case _:
                assert_never(step)

    def answer(self, end: Finished) -> Answer | None:
        """Return the answer; None when it was cut, mended, used tools, or rests on nothing."""
        if not self._is_whole or end.reason is not StopReason.END:
            return None
        return answer_of("".join(self._texts), self._cited, self._passages, end.model)


def steps_of(found: Found) -> Iterator[Progress]:
    """Yield a stored answer as if it were being made."""
    entry, answer = found.entry, found.entry.answer
    yield Hit(entry.key, found.similarity, answer.passages)
    for piece in pieces_of(answer.text):
        yield Delta(piece)
    for source in answer.sources:
        yield Cited(source.n, source.passage.id, source.quote or source.passage.text)
    yield Finished(
        model=answer.model,
        reason=StopReason.END,
        attempts=(),
        cost_usd=NOTHING,
        first_token_s=None,
    )


def pieces_of(text: str) -> Iterator[str]:
    """Yield a text sentence by sentence; nothing is lost, and no piece is empty."""
    start = 0
    for end in _END.finditer(text):
        if end.end() > start:
            yield text[start : end.end()]
            start = end.end()
    if start < len(text):
        yield text[start:]
