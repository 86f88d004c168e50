"""A long text in pieces that Slack takes, each of them whole to read."""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from channels.slack.stream_text import MOST_FENCE_CHARS, OPENER, closed, fence_at, reopened

LEAST = 500
"""Fewer units would not hold a code block's fences and a line between them."""
MOST_ATOM = 2_000
"""What is longer than this is cut like anything else."""
ATOM = re.compile(
    r"<[^<>\n]+>"  # a mention, a link or a date as Slack writes them
    r"|!?\[[^\[\]\n]*\]\([^()\s]*\)"  # a link of Markdown
    r"|(?:https?://|mailto:)[^\s<>]+"
    r"|&(?:[a-zA-Z]{2,8}|#\d{1,7});"
    r"|`[^`\n]+`"
    r"|(?<!\S):[a-z0-9_+\-]+:"  # the name of an emoji
    r"|\*\*[^*\n]+\*\*"
)
PARAGRAPH = re.compile(r"\n[ \t]*\n+")
LINE = re.compile(r"\n+")
SENTENCE = re.compile(r"[.!?\u2026][\"')\]\u00bb\u201d\u2019*_]*\s+|[\u3002\uff01\uff1f]")
WORD = re.compile(r"\s+")
ENDS = ((PARAGRAPH, 0.5), (LINE, 0.5), (SENTENCE, 0.5), (LINE, 0.0), (SENTENCE, 0.0), (WORD, 0.0))
"""Where a piece may end, best first, and how full it is then at least."""
ENDS_IN_CODE = ((LINE, 0.0), (WORD, 0.0))
JOINER = "\u200d"
SELECTORS = ("\ufe00", "\ufe0f")
SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
TAGS = ("\U000e0020", "\U000e007f")
REGIONAL = ("\U0001f1e6", "\U0001f1ff")
JAMO = ("\u1160", "\u11ff")


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece; what it holds of the text is untouched."""

    core: str
    """The cores of all pieces, one after the other, are the text."""
    before: str = ""
    """Opens the code block again that the piece before had to close."""
    after: str = ""
    """Closes the code block that goes on in the next piece."""

    @property
    def text(self) -> str:
        """What is sent."""
        return self.before + self.core + self.after


def pieces_of(text: str, most: int) -> tuple[str, ...]:
    """Return a text in pieces of at most so many UTF-16 units; none that shows nothing.

    They end after a paragraph, else a line, a sentence, a word; never inside a link, an entity,
    inline code or what is one character to a reader, unless that alone is too long. A code block
    that is cut is closed, and opened again with the line that opened it.
    """
    return tuple(piece.text for piece in cut_up(text, most) if piece.core.strip())


def cut_up(text: str, most: int) -> Iterator[Piece]:
    """Yield the pieces of a text, whose cores are the text; see `pieces_of`."""
    assert most >= LEAST, f"{most!r} is too little, expected at least {LEAST}"
    whole = _Whole(text)
    start, opener = 0, ""
    while start < len(text):
        piece, opener = whole.piece(start, reopened(opener), most)
        yield piece
        start += len(piece.core)


def units(text: str) -> int:
    """Return how long a text is in UTF-16 units: never less than what Slack counts."""
    return len(text) + sum(character > "\uffff" for character in text)


class _Whole:
    """A text, and where it must not be cut."""

    def __init__(self, text: str) -> None:
        found = (match.span() for match in ATOM.finditer(text))
        self._text = text
        self._atoms = [(start, end) for start, end in found if end - start <= MOST_ATOM]
        self._starts = [start for start, _ in self._atoms]

    def piece(self, start: int, before: str, most: int) -> tuple[Piece, str]:
        """Return the piece that begins here, and the line of the code block that it cuts."""
        spare = 0
        while True:
            limit = self._limit(start, most - units(before) - spare)
            end = self._end(start, limit, before)
            core = self._text[start:end]
            opener = fence_at(before + core, len(before) + len(core))
            core += self._closing(end, opener, most - units(before) - units(core))
            if len(core) > end - start:
                opener = ""
            piece = Piece(core, before, closed(opener, core.endswith("\n")))
            if units(piece.text) <= most:
                return piece, opener
            spare += units(piece.after)

    def _limit(self, start: int, room: int) -> int:
        """Return up to where so many units reach."""
        end = min(len(self._text), start + room)
        while (over := units(self._text[start:end]) - room) > 0:
            end -= (over + 1) // 2
        return end

    def _end(self, start: int, limit: int, before: str) -> int:
        if limit == len(self._text):
            return limit
        is_code = bool(fence_at(before + self._text[start:limit], len(before) + limit - start))
        for pattern, fill in ENDS_IN_CODE if is_code else ENDS:
            least = start + max(1, int((limit - start) * fill))
            end = self._last(pattern, start, least, limit)
            if end:
                return self._off_fence(start, end, before)
        return self._off_fence(start, self._anywhere(start, limit), before)

    def _last(self, pattern: re.Pattern[str], start: int, least: int, limit: int) -> int:
        """Return where the pattern ends last within these bounds; 0 for nowhere."""
        last = 0
        for match in pattern.finditer(self._text, start, limit):
            if match.end() >= least and self._may_cut(match.end()):
                last = match.end()
        return last

    def _anywhere(self, start: int, limit: int) -> int:
        at = limit
        while at > start and not self._may_cut(at):
            atom = self._atom_around(at)
            at = atom if atom >= 0 else at - 1
        if at > start:
            return at
        # All of it is one atom: a reader's character at least stays whole, if it can.
        at = limit
        while at > start and _is_in_character(self._text, at):
            at -= 1
        return at if at > start else limit

    def _off_fence(self, start: int, end: int, before: str) -> int:
        """Return the end, or the start of the fence that it would cut or leave with nothing."""
        text = self._text
        line = text.rfind("\n", start, end) + 1 or start
        line_end = text.find("\n", end)
        whole_line = text[line : len(text) if line_end < 0 else line_end]
        is_fence = len(whole_line) <= MOST_FENCE_CHARS and OPENER.fullmatch(whole_line)
        if line > start and line < end and is_fence:
            return line
        core = text[start:end]
        opener = fence_at(before + core, len(before) + len(core))
        shown = core.rstrip()
        if opener and shown.endswith("\n" + opener.rstrip()):
            return start + shown.rindex("\n") + 1
        return end

    def _closing(self, end: int, opener: str, room: int) -> str:
        """Return the line that follows, if it closes this code block and there is room."""
        line_end = self._text.find("\n", end) + 1 or len(self._text)
        line = self._text[end:line_end]
        if not opener or len(line) > MOST_FENCE_CHARS or self._text[end - 1] != "\n":
            return ""
        block = reopened(opener) + line.rstrip("\n") + "\n"
        if fence_at(block, len(block)):
            return ""
        line = line if units(line) <= room else line.rstrip()
        return line if units(line) <= room else ""

    def _may_cut(self, at: int) -> bool:
        return self._atom_around(at) < 0 and not _is_in_character(self._text, at)

    def _atom_around(self, at: int) -> int:
        """Return where the atom begins that a cut here would break; -1 for none."""
        index = bisect_right(self._starts, at) - 1
        if index < 0:
            return -1
        start, end = self._atoms[index]
        return start if start < at < end else -1


def _is_in_character(text: str, at: int) -> bool:
    """Return whether a cut here would break what a reader takes for one character.

    The rules of Unicode that matter in chats. Source: UAX 29, Grapheme cluster boundaries.
    """
    if not 0 < at < len(text):
        return False
    left, right = text[at - 1], text[at]
    if left == "\r":
        return right == "\n"
    if JOINER in (left, right) or unicodedata.category(right) in ("Mn", "Me", "Mc"):
        return True
    if any(low <= right <= high for low, high in (SELECTORS, SKIN_TONES, TAGS, JAMO)):
        return True
    if not REGIONAL[0] <= right <= REGIONAL[1]:
        return False
    run = at
    while run > 0 and REGIONAL[0] <= text[run - 1] <= REGIONAL[1]:
        run -= 1
    return (at - run) % 2 == 1
