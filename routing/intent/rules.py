"""The first layer: whole phrases that a tenant has tied to an intent."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

SPACES = re.compile(r"\s+")
WITHOUT_SPACES = re.compile(
    "[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)
"""Scripts that write words without spaces between them: Thai, Lao, Khmer, kana, Han."""


def plain(text: str) -> str:
    """Return a text as keywords are compared: composed, without case, with single spaces."""
    composed = unicodedata.normalize("NFKC", text).replace("\u2019", "'")
    return SPACES.sub(" ", composed.casefold()).strip()


def pattern_of(phrase: str) -> str:
    """Return a pattern that finds the phrase where it is not part of a longer word."""
    before = "" if WITHOUT_SPACES.match(phrase[0]) else r"(?<!\w)"
    after = "" if WITHOUT_SPACES.match(phrase[-1]) else r"(?!\w)"
    return f"{before}{re.escape(phrase)}{after}"


@dataclass(frozen=True, slots=True)
class Keywords:
    """The phrases of every intent, ready to be looked for."""

    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    """Intent and what finds any of its phrases."""

    def intent_of(self, text: str) -> str | None:
        """Return the intent whose phrase stands in the text; None for none or for several."""
        compared = plain(text)
        found = [intent for intent, pattern in self.patterns if pattern.search(compared)]
        return found[0] if len(found) == 1 else None


def keywords_of(phrases: Iterable[tuple[str, Iterable[str]]]) -> Keywords:
    """Return the first layer for pairs of intent and phrases; empty phrases are left out."""
    patterns = []
    for intent, written in phrases:
        parts = [pattern_of(phrase) for phrase in sorted({plain(text) for text in written} - {""})]
        if parts:
            patterns.append((intent, re.compile("|".join(parts))))
    return Keywords(tuple(patterns))
