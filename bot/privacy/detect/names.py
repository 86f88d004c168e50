"""Names of people: after an introduction or a title, in a signature, or well known."""

import re
from collections.abc import Iterator

from bot.privacy.detect import words
from bot.privacy.detect.first_names import FIRST_NAMES
from bot.privacy.detect.window import Window
from bot.privacy.kinds import Kind, Span

WORD = re.compile(r"(?<!\w)[^\W\d_](?:[^\W\d_]|['.-](?=[^\W\d_])){0,30}")
_CJK_NAME = re.compile(
    rf"(?:{'|'.join(words.CJK_INTRODUCTIONS)}) ?([\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{{2,4}})"
)
_GAP = re.compile(r" {1,3}")
_MOST_WORDS = 4
_LEFT = 48
_TITLED = re.compile(r"(\w+)\.? $")
_SMALL_TITLES = frozenset(("mr ", "mr. ", "mrs ", "mrs. ", "ms. ", "dr. "))
_SAINT = re.compile(r"(?:San|São|Sao|Santa|St\.?|Saint|Port|Fort|Lake|Mount) $")
_AFTER_WEAK = re.compile(
    r"[,.!?;]|\s*$|\s+(?:here|calling|speaking|from|and|writing|again|with|at|y|et|und|e|en|aus)\b"
)
_NAME_OF_NAME = (
    " name", " nom", " nome", " naam", " nombre", " surname", " signed", " holder", " prénom"
)  # fmt: skip


def find_names(window: Window, known: frozenset[str]) -> Iterator[Span]:
    """Yield the names of people; `known` holds lower-case names that this customer has given."""
    text, place = window.text, window.offset
    if not text.isascii():
        for match in _CJK_NAME.finditer(text):
            yield Span(match.start(1), match.end(1), Kind.NAME)
    while word := WORD.search(text, place):
        end = _known_at(text, word.start(), known) or _name_at(text, word)
        if end:
            yield Span(word.start(), end, Kind.NAME)
        place = end or word.end()


def _known_at(window: str, start: int, known: frozenset[str]) -> int:
    """Return where a known name ends that begins here; 0 when there is none."""
    if not known:
        return 0
    lower = window[start : start + 80].lower()
    ends = [
        len(name)
        for name in known
        if lower.startswith(name) and not lower[len(name) : len(name) + 1].isalnum()
    ]
    return start + max(ends) if ends else 0


def _name_at(window: str, word: re.Match[str]) -> int:
    """Return where the name that begins at a word ends; 0 when none begins."""
    lower = word[0].lower().removesuffix("'s")
    if lower in words.NOT_NAMES:
        return 0
    before = window[max(0, word.start() - _LEFT) : word.start()]
    if _is_introduced(before, words.INTRODUCTIONS):
        return extent(window, word, word[0][0].isupper())
    titled = _TITLED.search(before)
    if titled and _is_title(titled[0]) and (word[0][0].isupper() or lower in words.PARTICLES):
        return extent(window, word, True)
    if titled and titled[0] in _SMALL_TITLES:
        return extent(window, word, False)
    if not word[0][0].isupper():
        return 0
    if lower in FIRST_NAMES and not _SAINT.search(before):
        return extent(window, word, True)
    if _is_signature(window, before, word):
        return extent(window, word, True)
    if _is_introduced(before, words.WEAK_INTRODUCTIONS):
        return _weak(window, word)
    return 0


def _is_title(written: str) -> bool:
    return written[0].isupper() and written.rstrip(". ").lower() in words.TITLES


def _is_introduced(before: str, cues: tuple[str, ...]) -> bool:
    spoken = before.lower().split()
    if not spoken or spoken[-1].rstrip(":,-=") not in words.CUE_ENDS:
        return False
    tail = f" {' '.join(spoken).rstrip(' :,-=')}"
    if not tail.endswith(cues):
        return False
    return before.rstrip()[-1:] in ":=" or not tail.endswith(_NAME_OF_NAME)


def _is_signature(window: str, before: str, word: re.Match[str]) -> bool:
    line, newline, rest = before.rpartition("\n")
    if not newline or rest.strip(" -~*"):
        return False
    last = re.search(r"(\w+)\W*$", line)
    if not last or last[1].lower() not in words.SIGN_OFFS:
        return False
    end = extent(window, word, True)
    return bool(re.match(r"[ ,.!]*(?:\n|$)", window[end:]))


def _weak(window: str, word: re.Match[str]) -> int:
    """Return the end of two words or more behind something that need not introduce a name."""
    end = extent(window, word, True)
    is_long = " " in window[word.start() : end]
    return end if is_long and _AFTER_WEAK.match(window, end) else 0


def extent(window: str, word: re.Match[str], is_capital: bool) -> int:
    """Return where a name ends: words alike in case, with particles between them.

    In lower case a name has two words at most: what comes then is as likely a verb.
    """
    end = word.end()
    for _ in range(_MOST_WORDS - 1 if is_capital else 1):
        if window.endswith("'s", 0, end):
            break
        following = _next_word(window, end)
        while following and following[0].lower() in words.PARTICLES:
            following = _next_word(window, following.end())
        if not following or following[0].lower() in words.NOT_NAMES:
            break
        if following[0][0].isupper() != is_capital:
            break
        end = following.end()
    return end - 2 if window.endswith("'s", 0, end) else end


def _next_word(window: str, end: int) -> re.Match[str] | None:
    gap = _GAP.match(window, end)
    return WORD.match(window, gap.end()) if gap else None
