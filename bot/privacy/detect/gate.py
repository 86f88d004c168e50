"""The quick look that most messages need: nothing in it can be personal.

It may only say so when every rule would find nothing; `tests/bot/privacy/test_gate.py` holds it to
that.
"""

import re

from bot.privacy.detect import words
from bot.privacy.detect.first_names import FIRST_NAMES
from bot.privacy.detect.people import CUES, GREETED
from bot.privacy.detect.said import DOTS, NUMBERS
from bot.privacy.detect.surnames import SURNAMES

_MARKS = re.compile(r"[0-9@\[\](){}<=:%\n~\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DASHED = re.compile(r"(?:^|[.!?] {0,2})-")
_LONG = 14
"""Characters from which on a word may be a key."""
_WORD = re.compile(r"[^\W_]+")
_CAPITAL = re.compile(r"(?<![.!?] )(?<!^)(?<!\w)(?!I\b)[^\W\d_a-z\xdf-\xff]")
_ANY_CAPITAL = re.compile(r"(?<!^)(?!I\b)[^\W\d_a-z\xdf-\xff]")
_LETTERS = re.compile(r"\b\w \w \w \w \w\b")


def _rarest(cues: tuple[str, ...]) -> frozenset[str]:
    """Return a word of each cue, the one that other texts have least."""
    return frozenset(
        max(re.findall(r"[^\W_]+", cue), key=lambda word: (word not in _USUAL, len(word), word))
        for cue in cues
    )


_USUAL = frozenset(("account", "call", "called", "first", "last", "full", "card", "the", "is"))
_NAMED = re.compile(r"\b(?:call me|am called)\b")
_FEWEST_NUMBERS = 3
_ALWAYS = (_rarest(words.INTRODUCTIONS) | words.TITLES | words.SECRETS | words.BIRTHS) - {
    "call",
    "called",
    "me",
}
"""A text without marks needs one of these words, a common name, or a capital behind another cue."""
_BEFORE_CAPITAL = frozenset().union(_rarest(words.WEAK_INTRODUCTIONS), words.SIGN_OFFS, CUES)


def is_plain(text: str, known: frozenset[str]) -> bool:
    """Return whether nothing can be found in a plain text, taken as a whole message by itself.

    `known` holds the first words of names that this customer has given, lower case.
    """
    if _MARKS.search(text) or len(max(text.split(), key=len, default="")) >= _LONG:
        return False
    lower = text.lower()
    tokens = _WORD.findall(lower)
    said = frozenset(tokens)
    if not (said.isdisjoint(_ALWAYS) and said.isdisjoint(FIRST_NAMES) and said.isdisjoint(known)):
        return False
    if not _is_nothing_said(lower, tokens, said) or ("-" in text and _DASHED.search(text)):
        return False
    if not said.isdisjoint(GREETED) and _ANY_CAPITAL.search(text):
        return False
    if text != lower and ("'s" in text or not said.isdisjoint(SURNAMES)):
        return False
    if not _CAPITAL.search(text):
        return True
    return said.isdisjoint(_BEFORE_CAPITAL)


def _is_nothing_said(lower: str, tokens: list[str], said: frozenset[str]) -> bool:
    """Return whether no number, no e-mail address and no single letters are read out."""
    if not said.isdisjoint(NUMBERS) and sum(map(NUMBERS.__contains__, tokens)) >= _FEWEST_NUMBERS:
        return False
    if not said.isdisjoint(DOTS) and " at " in lower:
        return False
    return not (_NAMED.search(lower) or _LETTERS.search(lower))
