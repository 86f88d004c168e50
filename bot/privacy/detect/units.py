"""Cutting a text into units that no personal datum can straddle, from left to right.

A unit is one word unless something in it may go on in the next one. Where it ends depends on the
text alone, never on the pieces it came in: a stream and a whole text are cut alike, and so what is
found in them is alike.
"""

import re
from dataclasses import dataclass

from bot.privacy.detect import words
from bot.privacy.detect.first_names import FIRST_NAMES
from bot.privacy.detect.passwords import NAMED

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\u0e00-\u0e7f"
LONGEST_WORD, LONGEST_GAP, LONGEST_UNIT = 200, 8, 320
MOST_HELD_CHARS = LONGEST_UNIT + LONGEST_WORD + LONGEST_GAP
"""The most that a stream keeps back: a whole unit and the word that says where it ends."""
LEFT = 80
"""Characters before a unit that rules look at."""
_WORD = re.compile(
    rf"([^\s{_CJK}]{{1,{LONGEST_WORD}}})(\s{{0,{LONGEST_GAP}}})"
    rf"|([{_CJK}])(\s{{0,{LONGEST_GAP}}})|()(\s{{1,{LONGEST_GAP}}})"
)
_EDGE = " \t\r\n.,;:!?\"'()*_-\u2026\u201c\u201d\u00ab\u00bb=\u3002\uff0c"
_OPENERS = frozenset("([{<@")
_STRANGE = re.compile(r"[0-9@\[\]=:%]")
_PERSONAL = re.compile(r"[0-9@\[=]|%40|:[^\s]")
_DIGIT = re.compile(r"[0-9]")
_VEIL = re.compile(r"[(\[{<] ?(?:at|dot|@|\.) ?[)\]}>]", re.IGNORECASE)
_STEMS = tuple(
    noun
    for noun in words.SECRET_NOUNS
    if not any(n in noun for n in words.SECRET_NOUNS if n != noun)
)
_JOINT_WORDS = "is was are es ist est è é = :"
_JOINTS = frozenset(_JOINT_WORDS.split())
_NAMED_SECRET = re.compile(rf"\b{NAMED}\s*$", re.IGNORECASE)
_BOXES = frozenset(("po", "p.o", "p", "box", "postfach", "apartado"))
_CJK_ENDS = frozenset(cue[-1] for cue in words.CJK_INTRODUCTIONS)
_TRIGGERS = frozenset().union(
    words.CUE_ENDS, _CJK_ENDS, _JOINTS, words.TITLES, words.SIGN_OFFS, words.SPELLED, words.REPEATS,
    words.STREET_FIRST, _BOXES,
)  # fmt: skip
"""Words that may be personal, or make the next one so.

First names are another set, since one of both would take more room.
"""
_ONLY_SIGN_OFFS = words.SIGN_OFFS - frozenset().union(
    words.CUE_ENDS, _CJK_ENDS, _JOINTS, words.TITLES, words.SPELLED, words.REPEATS,
    words.STREET_FIRST, _BOXES,
)  # fmt: skip
_NAME_WORDS = 4
_FEWEST_SPELLED = 4
_STREET_WORDS = 4
_SECRET_WORDS = 3
_PLACEHOLDER_CHARS = 48
_EXTENSIONS = frozenset(("ext", "x", "extension", "durchwahl"))
OPENERS = (
    "The", "Thank", "It", "You", "Here", "Sure", "Yes", "Sorry", "Hello", "Please", "Great",
    "Certainly", "Unfortunately", "Vielen", "Gerne", "Vous", "Merci", "Bonjour", "Puede",
    "Gracias", "Hola",
)  # fmt: skip
"""How half of all answers begin; none begins with another. See `opener_length`."""
_SENTENCE_END = re.compile(r"[.!?;](?:\s|$)|\n")


@dataclass(frozen=True, slots=True)
class Unit:
    """A stretch of text that is looked at in one go."""

    start: int
    end: int
    is_calm: bool
    """Nothing personal can be in it."""


@dataclass(slots=True)
class _Word:
    """A word while its unit grows; not frozen, since one is made for every word of a text."""

    start: int
    end: int
    text: str
    """Without blanks; empty when there is nothing else."""
    bare: str
    """Lower case, without punctuation around it."""
    gap: str
    has_digit: bool

    @classmethod
    def of(cls, match: re.Match[str]) -> "_Word":
        body = match[match.lastindex - 1] if match.lastindex else ""
        gap = match[match.lastindex] if match.lastindex else ""
        bare = body.lower() if body.isalpha() else body.strip(_EDGE).lower()
        return cls(match.start(), match.end(), body, bare, gap, bool(_DIGIT.search(body)))

    @property
    def is_capital(self) -> bool:
        return self.text[:1].isupper()


def opener_length(reply: str) -> int:
    """Return how many characters at the start of a reply are no part of anything personal.

    A model says its first word by itself, and to wait for the second costs the customer a token's
    time. So a reply that begins with one of `OPENERS` is shown up to there, whatever follows: were
    it `Youssef`, `You` would be shown, which tells nobody anything, and the rest replaced.
    """
    if not reply.startswith(OPENERS):
        return 0
    return next(len(opener) for opener in OPENERS if reply.startswith(opener))


def is_calm(word: str, known: frozenset[str]) -> bool:
    """Return whether a word is neither personal nor makes the next one so, whatever is around.

    A single letter is calm here; whether letters are spelled out shows in the next word.
    """
    if word.isalpha():
        bare = word.lower()
    elif _STRANGE.search(word):
        return False
    else:
        bare = word.strip(_EDGE).lower()
    if bare in _TRIGGERS or bare.removesuffix("'s") in FIRST_NAMES or bare in known:
        return False
    return not bare.endswith(words.STREET_SUFFIXES)


def _is_sign_off(word: str, known: frozenset[str]) -> bool:
    """Return whether a word matters only at the end of a line, as in `Thank you` above a name."""
    bare = word.strip(_EDGE).lower()
    return bare in _ONLY_SIGN_OFFS and bare not in known and not _STRANGE.search(word)


def next_unit(text: str, start: int, is_whole: bool, known: frozenset[str]) -> Unit | None:
    """Return the unit that begins at `start`; None when the text to come decides where it ends.

    Args:
        text: plain text; everything from `start` on that is there, and LEFT characters before it.
        start: less than the length of the text.
        is_whole: nothing comes after the text.
        known: first words of names that this customer has given, lower case.
    """
    match = _WORD.match(text, start)
    assert match
    assert match.lastindex
    end = match.end()
    if end == len(text) and not is_whole:
        return None
    body, gap = match[match.lastindex - 1], match[match.lastindex]
    calm = is_calm(body, known) or ("\n" not in gap and _is_sign_off(body, known))
    if text[end : end + 1] not in _OPENERS and calm:
        if len(body) != 1 or text[end + 1 : end + 2].strip():
            return Unit(start, end, True)
        if end + 1 >= len(text) and not is_whole:
            return None
    return _grown(text, _Word.of(match), is_whole, known)


def _grown(text: str, first: _Word, is_whole: bool, known: frozenset[str]) -> Unit | None:
    """Return the unit that begins with a word which is not calm."""
    last, reach, is_name, spelled, is_calm = first, 0, False, 0, True
    while True:
        reach = max(0 if _ends_sentence(last) else reach - 1, _reach_of(text, last, known))
        is_found = (
            reach > 0
            or last.bare.removesuffix("'s") in FIRST_NAMES
            or (is_name and last.is_capital)
        )
        is_name = is_name or is_found or _is_weakly_introduced(text, last)
        spelled += last.bare in words.SPELLED
        is_calm = is_calm and not (is_found or spelled >= _FEWEST_SPELLED or _is_odd(last))
        if last.end >= len(text):
            return Unit(first.start, last.end, is_calm) if is_whole else None
        match = _WORD.match(text, last.end)
        assert match
        if match.end() - first.start > LONGEST_UNIT:
            return Unit(first.start, last.end, is_calm)
        if match.end() == len(text) and not is_whole:
            return None
        word = _Word.of(match)
        is_held = reach > 0 or (is_name and (word.is_capital or word.bare in words.PARTICLES))
        if not is_held and not _goes_on(text[first.start : last.end], last, word):
            return Unit(first.start, last.end, is_calm)
        last = word


def _is_odd(word: _Word) -> bool:
    """Return whether a word may be personal by its letters."""
    return bool(_PERSONAL.search(word.text)) or bool(_VEIL.search(word.text))


def _ends_sentence(word: _Word) -> bool:
    if word.gap == " " and word.text[-1:].isalnum():
        return False
    return bool(_SENTENCE_END.search(word.text[-1:] + word.gap)) and word.bare not in words.TITLES


def _reach_of(text: str, word: _Word, known: frozenset[str]) -> int:
    """Return how many words after this one belong to its unit, whatever they are."""
    bare = word.bare
    if bare in words.TITLES or bare in known:
        return _NAME_WORDS
    if bare in words.SIGN_OFFS and "\n" in word.gap:
        return _NAME_WORDS
    if bare in words.STREET_FIRST or (bare.isdigit() and len(bare) <= 5):
        return _STREET_WORDS
    if bare in _CJK_ENDS:
        return _NAME_WORDS if text.endswith(words.CJK_INTRODUCTIONS, 0, word.end) else 0
    if bare in words.CUE_ENDS and _is_behind(text, word, words.INTRODUCTIONS):
        return _NAME_WORDS
    if bare in _JOINTS or word.text[-1:] in ":=" or word.text.endswith("'s"):
        left = text[max(0, word.start - LEFT) : word.end]
        spoken = left.lower()
        if any(stem in spoken for stem in _STEMS) and _NAMED_SECRET.search(left):
            return _SECRET_WORDS
    return 0


def _is_behind(text: str, word: _Word, cues: tuple[str, ...]) -> bool:
    """Return whether a word ends one of the cues."""
    spoken = " ".join(text[max(0, word.start - 48) : word.end].split()).lower()
    return f" {spoken.rstrip(' :,-=.')}".endswith(cues)


def _is_weakly_introduced(text: str, word: _Word) -> bool:
    return word.bare in words.CUE_ENDS and _is_behind(text, word, words.WEAK_INTRODUCTIONS)


def _goes_on(unit: str, last: _Word, word: _Word) -> bool:
    """Return whether what `last` belongs to may go on in `word`; `unit` is the text so far."""
    if unit.rfind("[") > unit.rfind("]"):
        return len(unit) + len(word.text) < _PLACEHOLDER_CHARS
    if word.text[:1] == "@" or last.text[-1:] == "@":
        return True
    if _VEIL.search(word.text) or _VEIL.search(last.text):
        return True
    if last.has_digit:
        return _goes_on_after_digits(word)
    if word.has_digit:
        return _may_stand_before_digits(unit, last)
    if len(last.text) == 1 and len(word.text) == 1:
        return True
    if last.bare in words.SPELLED or last.bare in words.REPEATS:
        return word.bare in words.SPELLED or word.bare in words.REPEATS
    return last.bare in _BOXES and word.bare in _BOXES


def _goes_on_after_digits(word: _Word) -> bool:
    if word.has_digit or not word.bare or word.is_capital:
        return True
    return (
        word.bare in _EXTENSIONS
        or word.bare in words.SPELLED
        or word.bare in words.STREET_FIRST
        or word.bare in words.STREETS
    )


def _may_stand_before_digits(unit: str, last: _Word) -> bool:
    if not last.bare or last.bare in _EXTENSIONS or last.bare in _BOXES:
        return True
    if last.bare in words.SPELLED or last.text[-1:] in ("+", "(", "-"):
        return True
    if last.bare.endswith(words.STREET_SUFFIXES):
        return True
    return bool(_DIGIT.search(unit)) and (last.is_capital or last.text.endswith(","))
