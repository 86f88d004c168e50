"""Where a text may be cut without breaking what a reader takes for one character. Pure.

Never wrong in one direction: no cut is allowed that Unicode forbids. In a few places, such as
after the vowel killer of a script that does not stack, a cut is refused that would be allowed.

Source: UAX 29, Grapheme Cluster Boundaries, rules GB3 to GB13.
"""

import unicodedata
from bisect import bisect_right

JOINER = "\u200d"
MARKS = frozenset({"Mn", "Me", "Mc"})
KILLER = 9
"""The combining class of what joins one consonant to the next in Indic scripts."""
FOLLOWERS = (
    ("\u0e33", "\u0e33"),
    ("\u0eb3", "\u0eb3"),
    ("\u1160", "\u11ff"),
    ("\u200c", "\u200d"),
    ("\ud7b0", "\ud7ff"),
    ("\uff9e", "\uff9f"),
    ("\U0001f3fb", "\U0001f3ff"),
    ("\U000e0020", "\U000e007f"),
)
"""What goes with the character before it and is no mark: Thai and Lao am, vowels and ends of
Hangul, joiners, half-width voicing, skin tones, tags of flags."""
LEADERS = (
    ("\u0600", "\u0605"),
    ("\u06dd", "\u06dd"),
    ("\u070f", "\u070f"),
    ("\u0890", "\u0891"),
    ("\u08e2", "\u08e2"),
    ("\u0d4e", "\u0d4e"),
    ("\U000110bd", "\U000110bd"),
    ("\U000110cd", "\U000110cd"),
    ("\U000111c2", "\U000111c3"),
    ("\U000113d1", "\U000113d1"),
    ("\U0001193f", "\U0001193f"),
    ("\U00011941", "\U00011941"),
    ("\U00011a3a", "\U00011a3a"),
    ("\U00011a84", "\U00011a89"),
    ("\U00011d46", "\U00011d46"),
    ("\U00011f02", "\U00011f02"),
)
"""What goes with the character after it."""
HANGUL_START = (("\u1100", "\u115f"), ("\ua960", "\ua97f"))
HANGUL = (*HANGUL_START, ("\uac00", "\ud7a3"))
REGIONAL = (("\U0001f1e6", "\U0001f1ff"),)
Ranges = tuple[tuple[str, str], ...]


def is_inside(text: str, at: int) -> bool:
    """Return whether a cut before the character at `at` would break one that is seen as one."""
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    if left < "\u0300" and right < "\u0300":
        return left == "\r" and right == "\n"
    if left in "\r\n" or right in "\r\n":
        return False
    if unicodedata.category(right) in MARKS or _is_in(right, FOLLOWERS):
        return True
    if left == JOINER or _is_in(left, LEADERS):
        return True
    if _is_in(left, HANGUL_START) and _is_in(right, HANGUL):
        return True
    if _is_in(right, REGIONAL):
        return _flags_before(text, at) % 2 == 1
    return unicodedata.category(right) == "Lo" and _is_joined(text, at)


def _is_joined(text: str, at: int) -> bool:
    """Return whether the consonant here is written into the one before it."""
    at -= 1
    while at > 0 and unicodedata.category(text[at]) in MARKS | {"Cf"}:
        if unicodedata.combining(text[at]) == KILLER:
            return True
        at -= 1
    return False


def _flags_before(text: str, at: int) -> int:
    """Return how many letters of flags stand right before."""
    start = at
    while start > 0 and _is_in(text[start - 1], REGIONAL):
        start -= 1
    return at - start


def _is_in(character: str, ranges: Ranges) -> bool:
    index = bisect_right(ranges, (character, "\U0010ffff")) - 1
    return index >= 0 and ranges[index][0] <= character <= ranges[index][1]
