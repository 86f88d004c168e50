"""Dictated e-mail addresses as they are typed. Pure."""

import re
from dataclasses import dataclass
from functools import cache

from channels.voice.digits_words import Numerals, folded

_SIGNS = {
    "en": {"dot": ".", "underscore": "_", "dash": "-", "hyphen": "-", "minus": "-", "plus": "+"},
    "es": {"punto": ".", "guion bajo": "_", "guión bajo": "_", "guion": "-", "guión": "-"},
    "fr": {"point": ".", "tiret bas": "_", "underscore": "_", "tiret": "-", "plus": "+"},
    "de": {"punkt": ".", "unterstrich": "_", "bindestrich": "-", "minus": "-", "strich": "-"},
}
_AT = {
    "en": "at sign|at",
    "es": "arroba",
    "fr": "arobase|arrobase|at",
    "de": "at|ät|klammeraffe",
}
_CUES = re.compile(r"\b(?:e-?\s?mails?|mail|correo|courriel|adresse|address)\b", re.IGNORECASE)
_OPENING = re.compile(
    r"\s*(?:(?:it'?s|it is|that'?s|yes|okay|sure|es|c'est|oui|sí|das ist|ja|well|um|uh)\W+)*",
    re.IGNORECASE,
)
_DOMAINS = "com|org|net|de|es|fr|eu|uk|co|io|example|test|info|ch|at|us|mx|ar|be|ca|bank|edu|gov"
_TWO_WORDS = r"(?:g|hot) mail|i cloud|out look"
_CUE_CHARS = 80


@dataclass(frozen=True, slots=True)
class _Dictation:
    """How addresses are dictated in one language."""

    whole: re.Pattern[str]
    sign: re.Pattern[str]
    signs: dict[str, str]
    is_plain: bool
    """The word for @ means nothing else."""


@cache
def _dictation(language: str) -> _Dictation:
    signs = _SIGNS[language]
    names = "|".join(sorted(signs, key=len, reverse=True))
    dots = "|".join(name for name, sign in signs.items() if sign == ".")
    letters = r"[^\W\d_](?:\s[^\W\d_]){1,40}(?!\w)"
    word = rf"(?:{letters}|[\w+-]+)"
    piece = rf"{word}(?:\s(?:\d+|{_digit_words(language)})(?!\w)){{0,12}}"
    joint = rf"(?:\s+(?:{names})\s+|\.(?=\w))"
    at = rf"(?:\s+(?:{_AT[language]})\s+|\s?@\s?)"
    dot = rf"(?:\s+(?:{dots})\s+|\.(?=\w))"
    whole = (
        rf"(?<!\w)(?P<local>{piece}(?:{joint}{piece}){{0,5}}){at}"
        rf"(?P<host>(?:{_TWO_WORDS}|{word})(?:{joint}{word}){{0,4}}?{dot}(?:{_DOMAINS})(?:{dot}(?:{_DOMAINS}))?)(?!\w)"
    )
    return _Dictation(
        re.compile(whole, re.IGNORECASE),
        re.compile(rf"\s+({names})\s+", re.IGNORECASE),
        signs,
        language == "es",
    )


def _digit_words(language: str) -> str:
    return "|".join(_DIGITS[language])


_DIGITS = {
    "en": ("zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    "fr": ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    "de": ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
}


def with_mail(text: str, numerals: Numerals, language: str) -> str:
    """Return a text in which `john dot smith at example dot com` is john.smith@example.com.

    What stands before `at` is taken for an address only where a word nearby says so, where its
    parts are joined by `dot` or the like, or where nothing else is said before it.
    """
    how = _dictation(language)

    def typed(found: re.Match[str]) -> str:
        local, before = found["local"], text[: found.start()]
        is_joined = how.sign.search(local) is not None or "." in local
        is_cued = _CUES.search(before[-_CUE_CHARS:]) is not None
        is_bare = _OPENING.fullmatch(before) is not None
        if not (how.is_plain or is_joined or is_cued or is_bare or "@" in found[0]):
            return found[0]
        return f"{_joined(local, how, numerals)}@{_joined(found['host'], how, numerals)}"

    return how.whole.sub(typed, text)


def _joined(dictated: str, how: _Dictation, numerals: Numerals) -> str:
    """Return the parts of an address without blanks, digits and signs as they are typed."""
    signed = how.sign.sub(lambda found: how.signs[found[1].lower()], dictated)
    return "".join(_typed(word, numerals) for word in signed.split())


def _typed(word: str, numerals: Numerals) -> str:
    value = numerals.values.get((folded(word),))
    return str(value) if value is not None and value < 10 and len(word) > 1 else word.lower()
