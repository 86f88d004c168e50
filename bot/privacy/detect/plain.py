"""The plain form of a text: what a reader sees, in characters that rules can be written for.

`visible` drops what nobody sees; the text that goes on is the visible one. `plain` then maps look-
alikes one to one, so that a position in the plain text is the same position in the visible one.
"""

import re
from functools import cache

_UNSEEN = "\u00ad\u180e\u200b\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f"
INVISIBLE = re.compile(f"(?<=[ -~])[{_UNSEEN}\u200c-\u200f]+|[{_UNSEEN}]+")
"""Soft hyphens, zero-width characters, direction overrides, tags.

Joiners and direction marks have a meaning in some scripts: they go only where they follow ASCII.
"""

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u00b7\u2043\ufe58\ufe63"
_SPACES = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"
    "\u3000"
)

_ZEROS = (
    "660 6f0 7c0 966 9e6 a66 ae6 b66 be6 c66 ce6 d66 de6 e50 ed0 f20 1040 1090 17e0 1810 1946 "
    "19d0 1a80 1a90 1b50 1bb0 1c40 1c50 a620 a8d0 a900 a9d0 a9f0 aa50 abf0 ff10 104a0 10d30 "
    "11066 110f0 11136 111d0 112f0 11450 114d0 11650 116c0 11730 118e0 11950 11c50 11d50 11da0 "
    "16a60 16ac0 16b50 1d7ce 1d7d8 1d7e2 1d7ec 1d7f6 1e140 1e2f0 1e950 1fbf0 "
)
"""Where the ten digits of each script begin. Source: Unicode 14 general category Nd."""


@cache
def _table() -> dict[int, str]:
    """Return character to the ASCII character it stands for: digits of every script, full width.

    It is made for the first text that needs it.
    """
    table = {ord(dash): "-" for dash in _DASHES} | {ord(space): " " for space in _SPACES}
    table |= {0xFF01 + n: chr(0x21 + n) for n in range(94)}
    table |= {0x2018: "'", 0x2019: "'", 0x02BC: "'", 0x3010: "[", 0x3011: "]", 0x2024: "."}
    for zero in _ZEROS.split():
        table |= {int(zero, 16) + digit: str(digit) for digit in range(10)}
    return table


def visible(text: str, previous: str = "") -> str:
    """Return the text without characters that nobody sees.

    `previous` is the last visible character before the text, so that a text in pieces comes out
    the same however it was cut.
    """
    if text.isascii():
        return text
    return INVISIBLE.sub("", previous + text)[len(previous) :]


def plain(text: str) -> str:
    """Return the text of the same length with look-alikes replaced by ASCII."""
    return text if text.isascii() else text.translate(_table())
