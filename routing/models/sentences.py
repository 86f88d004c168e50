"""Text cut into whole sentences, with nothing lost."""

import re

_BEFORE_NAMES = frozenset(("e.g", "i.e", "mr", "mrs", "ms", "dr", "st", "no", "nos", "vs"))
"""Abbreviations that a capital letter may follow in mid-sentence."""
_ABBREVIATIONS = _BEFORE_NAMES | frozenset(
    ("approx", "incl", "etc", "max", "min", "tel", "p.m", "a.m", "inc", "ltd", "co", "u.s", "u.k")
)
_END = re.compile("[.!?\u2026]+[\"'\u201d\u2019)\\]]*(?=\\s)")
_OPENING = "(\"'\u201c"


def sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of one paragraph, in order, each without outer blanks."""
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if _goes_on(text, start, match):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    found.append(text[start:].strip())
    return tuple(sentence for sentence in found if sentence)


def _goes_on(text: str, start: int, end: re.Match[str]) -> bool:
    """Tell whether a full stop is part of an abbreviation, an initial or a list number."""
    if end.group()[0] != ".":
        return False
    words = text[start : end.start()].split()
    before = words[-1].lstrip(_OPENING).lower() if words else ""
    follows = text[end.end() :].lstrip()[:1]
    if before in _ABBREVIATIONS:
        return before in _BEFORE_NAMES or not follows.isupper()
    is_number = len(words) == 1 and before.isdigit()
    return is_number or (len(before) == 1 and before.isalpha() and before != "i")
