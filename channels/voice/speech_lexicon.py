"""Words that are said otherwise than they are written, or that begin a value. Pure."""

import re
from dataclasses import dataclass
from functools import cache

from channels.voice.say_dates import MONTHS
from channels.voice.say_locale import SPOKEN
from channels.voice.say_money import CODES
from channels.voice.say_phrases import ABBREVIATIONS, SPELLED_OUT, Abbreviations

_BLANK = " \u00a0\u202f\n\t"
_SPACED = {
    "es": {"p. ej.": "por ejemplo", "ee. uu.": "Estados Unidos"},
    "fr": {"p. ex.": "par exemple"},
    "de": {"z. b.": "zum Beispiel", "d. h.": "das heißt", "u. a.": "unter anderem",
           "o. ä.": "oder ähnliches"},
}  # fmt: skip
_SIGNED = re.compile(r"(?:US|A|C|CA|AU|NZ|MX)(?=\$)", re.IGNORECASE)
_GLUED = re.compile(rf"(?:{'|'.join(sorted(CODES)).lower()})(?=\d)")
_NONE = Abbreviations({}, {}, {})


@dataclass(frozen=True, slots=True)
class Shape:
    """What a word is; the default is a word like any other."""

    words: str = ""
    """What is said for it."""
    count: int = 0
    """Characters that are said with it."""
    value_at: int = 0
    """Where the digits begin of the value that it begins; 0 for none."""
    is_open: bool = False
    """More text is needed to tell."""


_ORDINARY = Shape()
_OPEN = Shape(is_open=True)


class Lexicon:
    """The special words of one language."""

    def __init__(self, language: str) -> None:
        self._abbreviations = ABBREVIATIONS.get(language, _NONE)
        self._spaced = _SPACED.get(language, {})
        heads = (code.lower() for code in CODES)
        self._heads = frozenset((*heads, *(MONTHS["en"] if language == "en" else ())))
        bare = (key for table in self._tables() for key in table if "." not in key)
        self._special = frozenset((*self._heads, *bare, *(word.lower() for word in SPELLED_OUT)))

    def _tables(self) -> tuple[dict[str, str], ...]:
        known = self._abbreviations
        return dict(known.always), dict(known.perhaps_last), dict(known.before_digit)

    def is_plain(self, word: str) -> bool:
        """Return whether a word of letters is said as it is, whatever follows."""
        return word.lower() not in self._special

    def shape(self, chunk: str, window: str, is_final: bool) -> Shape:
        """Return what the word is that a text begins with.

        Args:
            chunk: the word up to a blank or a comma.
            window: the text that begins with it.
            is_final: nothing follows the window.
        """
        signed = _SIGNED.match(chunk)
        if signed:
            return self._after_sign(chunk, signed.end() + 1)
        bare = chunk.rstrip(":")
        key, rest = bare.lower(), window[len(bare) :]
        glued = _GLUED.match(key)
        if glued:
            return Shape(value_at=glued.end())
        following = rest.lstrip(_BLANK)
        if not following and not is_final:
            return _OPEN if self._needs_next(key) else self._said(key, "", rest)
        if self._is_head(key) and following[:1].isdecimal() and len(rest) - len(following) < 2:
            return Shape(value_at=len(window) - len(following))
        spaced = self._spaced_out(key, window, is_final)
        return spaced or self._said(key, following, rest)

    def _after_sign(self, chunk: str, start: int) -> Shape:
        return Shape(value_at=start) if chunk[start : start + 1].isdecimal() else _ORDINARY

    def _needs_next(self, key: str) -> bool:
        known = self._abbreviations
        if key in known.always:
            return False
        is_short = any(spaced.startswith(key + " ") for spaced in self._spaced)
        return (
            self._is_head(key)
            or key in known.perhaps_last
            or key in known.before_digit
            or (is_short)
        )

    def _is_head(self, key: str) -> bool:
        return key.removesuffix(".") in self._heads

    def _spaced_out(self, key: str, window: str, is_final: bool) -> Shape | None:
        """Return what abbreviations are that are written with blanks: `z. B.`."""
        for spaced, words in self._spaced.items():
            if not spaced.startswith(key + " "):
                continue
            ahead = window[: len(spaced)].lower()
            if ahead == spaced:
                return Shape(words, len(spaced))
            if spaced.startswith(ahead) and len(ahead) < len(spaced) and not is_final:
                return _OPEN
        return None

    def _said(self, key: str, following: str, rest: str) -> Shape:
        known = self._abbreviations
        if key in known.always:
            return Shape(known.always[key], len(key))
        if key in known.before_digit and following[:1].isdecimal():
            return Shape(known.before_digit[key], len(key))
        words = known.perhaps_last.get(key)
        if words is None:
            return _ORDINARY
        is_last = not following or following[0].isupper() or following[0] in '\ue001"\u201d'
        return Shape(words, len(key) - (is_last and rest[:1] not in (",", ";")))


@cache
def lexicon_of(language: str) -> Lexicon:
    """Return the lexicon of a language; of one without tables only what all share."""
    return Lexicon(language if language in SPOKEN else "")
