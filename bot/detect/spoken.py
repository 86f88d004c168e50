"""Digits that were spoken: `four one one one`."""

import re
from collections.abc import Iterator

from bot.detect import words
from bot.detect.cards import LONGEST, SHORTEST
from bot.kinds import Kind, Span

_WORD = "|".join(sorted(words.SPELLED, key=len, reverse=True))
_ONE = rf"(?:(?:double|triple)[ -])?(?:{_WORD}|\d)\b"
_RUN = re.compile(rf"\b{_ONE}(?:[ ,.-]{{1,3}}{_ONE}){{3,30}}", re.IGNORECASE)
_TOKEN = re.compile(r"[a-z]+|\d", re.IGNORECASE)


def find_spoken(window: str) -> Iterator[Span]:
    """Yield runs of four or more spoken digits that are a card, a phone or a code."""
    for match in _RUN.finditer(window):
        digits = digits_of(match[0])
        if match[0].isascii() and not any(letter.isalpha() for letter in match[0]):
            continue
        left = window[max(0, match.start() - 64) : match.start()]
        kind = _kind_of(digits, left)
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


def _kind_of(digits: str, left: str) -> Kind | None:
    size = len(digits)
    if words.ORDER_CUE.search(left):
        return None
    if words.SSN_CUE.search(left) and size in (4, 9):
        return Kind.SSN
    if size <= 8 and words.SECRET_CUE.search(left) and not words.NOT_SECRET.search(left):
        return Kind.SECRET
    if SHORTEST <= size <= LONGEST:
        return Kind.CREDIT_CARD
    if size >= 7:
        return Kind.PHONE if size in (7, 10, 11) else Kind.NUMBER
    return Kind.ACCOUNT if words.ACCOUNT_CUE.search(left) and size >= 6 else None
