"""An answer in messages: each whole to read, and none longer than Twilio takes. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from channels.sms.graphemes import is_inside
from channels.sms.segments import segments, utf16_units

MOST_CHARS = 1600
"""Source: reference/channels.md 1.4. Counted in UTF-16 units, the strictest way to count."""
LEAST_CHARS = 40
URL = re.compile(
    r"(?:https?://|www\.|mailto:|tel:)[^\s<>\"']+|\[[A-Z_]{2,30}_\d{1,6}\]", re.IGNORECASE
)
"""What must stay in one piece: an address can be opened, a placeholder filled in, only whole."""
SENTENCE = re.compile(
    r"[.!?\u2026][\"')\]\u201d\u2019\u00bb]*\s+"
    r"|[\u3002\uff01\uff1f\u0964\u06d4][\u300d\u300f\uff09]*\s*"
    r"|\n\s*"
)
SPACE = re.compile(r"\s+")
NO_END = re.compile(
    r"(?:^\s*\d{1,3}|(?<![\w.])[A-Za-z]|\b(?:Dr|Mr|Mrs|Ms|Prof|St|Nr|Tel|vs|approx|ca|bzw"
    r"|e\.g|i\.e|z\.B|d\.h|u\.a|p\.ej|Sr|Sra))\.$",
    re.MULTILINE,
)
"""A full stop after which a sentence goes on: of a list's number, an initial, a short form."""
NUMBER = re.compile(r"\b(?:No|\d{1,2})\.$")
AFTER_NUMBER = re.compile(
    r"\d|(?:Jan|Feb|M\u00e4rz|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez|Quartal|Stock|Etage|Klasse)"
)
"""What makes `3.` an ordinal in German, and `No.` a short form."""


@dataclass(frozen=True, slots=True)
class _Limits:
    chars: int
    segments: int | None

    def are_kept_by(self, part: str) -> bool:
        if utf16_units(part) > self.chars:
            return False
        return self.segments is None or segments(part).count <= self.segments


def pack(
    text: str, most_chars: int = MOST_CHARS, most_segments: int | None = None
) -> tuple[str, ...]:
    """Return a text as messages, in order; nothing is added, so one of GSM-7 stays GSM-7.

    One after the other they are the text again: white space stays at the end of the message
    before the cut. (Only what shows nothing at all is left out.) They end after a sentence, else
    a word; never inside a link, a placeholder or what is one character to a reader, unless that
    alone is too long.

    Args:
        text: as it is to be read; see `plain`.
        most_chars: of one message.
        most_segments: of one message.
    """
    assert most_chars >= LEAST_CHARS, f"{most_chars!r} is too little, expected {LEAST_CHARS}"
    assert most_segments is None or most_segments >= 1, f"{most_segments!r}, expected at least 1"
    limits = _Limits(most_chars, most_segments)
    return tuple(part for part in _parts(text, limits) if part.strip())


def _parts(text: str, limits: _Limits) -> Iterator[str]:
    """Yield the messages, whose concatenation is the text."""
    whole = _Whole(text)
    start = 0
    while start < len(text):
        end = whole.end(start, whole.limit(start, limits))
        yield text[start:end]
        start = end


def sentence_ends(text: str) -> list[int]:
    """Return where sentences end, behind the white space that follows them."""
    ends = []
    for found in SENTENCE.finditer(text):
        stop = found.start() + 1
        is_full_stop = text[found.start()] == "." and "\n" not in found[0]
        if not (is_full_stop and _goes_on(text, stop, found.end())):
            ends.append(found.end())
    return ends


def _goes_on(text: str, stop: int, next_at: int) -> bool:
    """Return whether the full stop before `stop` ends no sentence, seen from the next word."""
    line = max(text.rfind("\n", 0, stop) + 1, stop - 12)
    if text[next_at : next_at + 1].islower() or NO_END.search(text, line, stop):
        return True
    return bool(NUMBER.search(text, line, stop) and AFTER_NUMBER.match(text, next_at))


class _Whole:
    """A text, and where it may be cut."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._atoms = [found.span() for found in URL.finditer(text)]
        self._sentences = [at for at in sentence_ends(text) if self._may_cut(at)]
        self._words = [found.end() for found in SPACE.finditer(text) if self._may_cut(found.end())]

    def limit(self, start: int, limits: _Limits) -> int:
        """Return up to where one message reaches; more text never takes fewer segments."""
        low, high = start + 1, min(len(self._text), start + limits.chars)
        while low < high:
            middle = (low + high + 1) // 2
            if limits.are_kept_by(self._text[start:middle]):
                low = middle
            else:
                high = middle - 1
        return low

    def end(self, start: int, limit: int) -> int:
        """Return where a message that begins at `start` ends best."""
        if limit == len(self._text):
            return limit
        for ends in (self._sentences, self._words):
            end = max((at for at in ends if start < at <= limit), default=0)
            # A message of white space alone cannot be sent.
            if self._text[start:end].strip():
                return end
        return self._anywhere(start, limit)

    def _anywhere(self, start: int, limit: int) -> int:
        for end in range(limit, start, -1):
            if self._may_cut(end) and self._text[start:end].strip():
                return end
        # All of it is one link: a reader's character at least stays whole, if it can.
        for end in range(limit, start, -1):
            if not is_inside(self._text, end):
                return end
        return limit

    def _may_cut(self, at: int) -> bool:
        is_in_atom = any(start < at < end for start, end in self._atoms)
        return not is_in_atom and not is_inside(self._text, at)
