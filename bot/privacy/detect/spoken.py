"""Digits that were spoken: `four one one one`."""

import re
from collections.abc import Iterator

from bot.privacy.detect import words
from bot.privacy.detect.cards import LONGEST, SHORTEST
from bot.privacy.detect.window import Window, with_pairs
from bot.privacy.kinds import Kind, Span

_WORD = "|".join(sorted(words.SPELLED, key=len, reverse=True))
_ONE = rf"(?:(?:double|triple)[ -])?(?:{_WORD}|\d)\b"
_RUN = re.compile(rf"\b{_ONE}(?:[ ,.-]{{1,3}}{_ONE}){{3,30}}", re.IGNORECASE)
_TOKEN = re.compile(r"[a-z]+|\d", re.IGNORECASE)


def find_spoken(window: Window) -> Iterator[Span]:
    """Yield runs of four or more spoken digits that are a card, a phone or a code."""
    if window.words.isdisjoint(words.SPELLED):
        return
    for match in _RUN.finditer(window.text):
        if any(letter.isalpha() for letter in match[0]):
            cues = window.words_before(match.start())
            kind = _kind_of(digits_of(match[0]), cues)
            if kind:
                yield Span(match.start(), match.end(), kind)


def digits_of(spoken: str) -> str:
    """Return the digits that were spoken: `double four one` is 441."""
    digits, repeat = "", 1
    for token in _TOKEN.findall(spoken.lower()):
        if token in words.REPEATS:
            repeat = words.REPEATS[token]
            continue
        digits += words.SPELLED.get(token, token if token.isdecimal() else "") * repeat
        repeat = 1
    return digits


def _kind_of(digits: str, before: list[str]) -> Kind | None:
    size, cues = len(digits), with_pairs(before)
    if not words.ORDERS.isdisjoint(before[-3:]):
        return None
    if words.SSN_CUES & cues and size in (4, 9):
        return Kind.SSN
    if size <= 8 and words.SECRET_CUES & cues and words.OTHER_CODES.isdisjoint(cues):
        return Kind.SECRET
    if SHORTEST <= size <= LONGEST and (size > SHORTEST or words.CARD_CUES & cues):
        return Kind.CREDIT_CARD
    if size >= 7:
        return Kind.PHONE if size in (7, 10, 11, 12) else Kind.NUMBER
    return Kind.ACCOUNT if words.ACCOUNT_CUES & cues and size >= 6 else None
