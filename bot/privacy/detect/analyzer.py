"""presidio-analyzer as a second opinion on a customer's message: an extra, off by default.

Nothing of it is loaded before the first message, nor when it is not asked for: it takes a second
and 105 MiB. It runs in a thread of its own, on windows of 2 KB, with a limit on each of its
patterns: 8 KB of `a.` and an `@` hold its engine for 13.6 s otherwise. No language model is used,
and it fetches nothing by itself but the list of domain endings, which it can do without.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from types import MappingProxyType
from typing import Protocol

from bot.privacy.detect.plain import visible
from bot.privacy.kinds import Hints, Kind, Span

WINDOW_CHARS, OVERLAP_CHARS = 2048, 128
PATTERN_LIMIT_S = 1
"""Seconds that one pattern may take on one window."""
_MODULES_WITH_LIMIT = (
    "presidio_analyzer.analyzer_engine",
    "presidio_analyzer.pattern_recognizer",
    "presidio_analyzer.predefined_recognizers.generic.iban_recognizer",
)
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "CREDIT_CARD": Kind.CREDIT_CARD,
        "EMAIL_ADDRESS": Kind.EMAIL,
        "IBAN_CODE": Kind.IBAN,
        "IP_ADDRESS": Kind.IP_ADDRESS,
        "PHONE_NUMBER": Kind.PHONE,
        "US_SSN": Kind.SSN,
        "US_ITIN": Kind.ID,
        "UK_NHS": Kind.ID,
        "PERSON": Kind.NAME,
    }
)
"""Its entities that are taken over, and our kinds; `PERSON` comes only from a language model."""


class Result(Protocol):
    """What the engine says of one stretch."""

    entity_type: str
    start: int
    end: int
    score: float


class Engine(Protocol):
    """The part of presidio's `AnalyzerEngine` that is used."""

    def analyze(
        self, text: str, language: str, entities: list[str] | None = None
    ) -> Sequence[Result]:
        """Return what it finds."""


class Analyzer:
    """Another detector's spans for the messages of customers; see `Hints.found`."""

    def __init__(
        self, engine: Engine | None = None, least_score: float = 0.4, most_s: float = 1.0
    ) -> None:
        """Take an engine; without one, presidio's own without a language model is made when needed.

        Args:
            engine: used by one thread only.
            least_score: in [0, 1]; what the engine is less sure of is dropped.
            most_s: that a message waits for it, seconds.
        """
        self._engine = engine
        self._least_score = least_score
        self._most_s = most_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="analyzer")

    async def hints(self, text: str, hints: Hints) -> Hints:
        """Return the hints with what was found in the text besides, or as they are when it is late.

        Messages wait for each other: behind one that is too much for the engine others are late
        too, and are redacted by our own rules alone.

        Raises:
            ModuleNotFoundError: presidio-analyzer is not installed and no engine was given.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._most_s):
                found = await loop.run_in_executor(self._thread, self._found, visible(text))
        except TimeoutError:
            return hints
        return replace(hints, found=found)

    def close(self) -> None:
        """Let the thread end; what it works on is abandoned."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _found(self, text: str) -> tuple[Span, ...]:
        if self._engine is None:
            self._engine = _pattern_engine()
        spans = dict.fromkeys(self._in_windows(self._engine, text))
        return tuple(sorted(spans, key=lambda span: (span.start, -span.end)))

    def _in_windows(self, engine: Engine, text: str) -> Iterator[Span]:
        for start in window_starts(len(text)):
            window = text[start : start + WINDOW_CHARS]
            for result in engine.analyze(window, "en", entities=None):
                kind = KINDS.get(result.entity_type)
                if kind and result.score >= self._least_score:
                    yield Span(start + result.start, start + result.end, kind)


def window_starts(length: int) -> Iterable[int]:
    """Return where the windows of a text of so many characters begin; each overlaps the next."""
    return range(0, max(1, length - OVERLAP_CHARS), WINDOW_CHARS - OVERLAP_CHARS)


def _pattern_engine() -> Engine:
    presidio = import_module("presidio_analyzer")
    for name in _MODULES_WITH_LIMIT:
        import_module(name).__dict__["REGEX_TIMEOUT_SECONDS"] = PATTERN_LIMIT_S
    nlp = import_module("presidio_analyzer.nlp_engine").NoOpNlpEngine(
        [{"lang_code": "en", "model_name": "none"}]
    )
    nlp.load()
    engine: Engine = presidio.AnalyzerEngine(nlp_engine=nlp, supported_languages=["en"])
    return engine
