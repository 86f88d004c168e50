"""How far a value reaches: digits with all that may belong to them. Pure.

A run is found with as little of what follows as decides it, so that a stream of text waits for a
value and never cuts it.
"""

import re
from functools import cache

from channels.voice.say_dates import MONTHS
from channels.voice.say_locale import Tongue
from channels.voice.say_money import CODES, MAGNITUDES

WAIT = -1
"""More text is needed to tell."""
BLANK = " \u00a0\u202f"
_NUMBER = re.compile(r"\d+(?:(?:[.,:/'\u2019\u2013\u2212-]|[hT](?=\d))\d+)*")
_INSIDE = ".,:/'\u2019\u2013\u2212-"
_UNITS = "%\u2030\u20ac\u00a3\u00a5\u20b9$\u00b0"
_DASHES = "-\u2013\u2014\u2212"
_SIGNS = "$\u20ac\u00a3\u00a5\u20b9"
_LETTERS = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*\.?")
_ATTACHED = re.compile(r"[^\W\d_\u00ba\u00aa]+(?:\.[^\W\d_]+)*\.?|[\u00ba\u00aa]")
_SUFFIXES = frozenset(
    (
        "st", "nd", "rd", "th", "er", "re", "e", "è", "ème", "º", "ª", "am", "pm", "a.m.", "p.m.",
        "a.m", "p.m", "h", "uhr", "k", "m", "mn", "bn", "mio", "mrd", "s",
    )
)  # fmt: skip
_HALVES = ("am", "pm", "a.m.", "p.m.", "a.m", "p.m")
_SHORT_MONTH = 4


@cache
def followers(language: str) -> frozenset[str]:
    """Return the words behind a blank that belong to the number before them, lower case."""
    if language not in MONTHS:
        return frozenset(code.lower() for code in CODES)
    own = {
        "en": (*_HALVES, *MONTHS["en"], "dollars", "o'clock"),
        "es": ("a.m.", "p.m.", "h", "horas"),
        "fr": ("h", "heures", "euro", "janvier"),
        "de": ("uhr", "euro", "cent", *MONTHS["de"]),
    }[language]
    big = [word for word in MAGNITUDES[language] if len(word) > 1]
    return frozenset((*own, *big, *(code.lower() for code in CODES)))


@cache
def _beginnings(language: str) -> frozenset[str]:
    return frozenset(
        word[:size] for word in followers(language) for size in range(1, len(word) + 1)
    )


class _Scan:
    """One look along a text."""

    def __init__(self, text: str, is_final: bool, tongue: Tongue) -> None:
        self.text = text
        self.is_final = is_final
        self.language = tongue.language
        self.has_month = False
        self.is_bracketed = False

    def at(self, place: int) -> str:
        """Return the character there, or nothing."""
        return self.text[place : place + 1]

    def is_open(self, place: int) -> bool:
        """Return whether the text ends here and may go on."""
        return place >= len(self.text) and not self.is_final

    def number(self, place: int) -> int:
        """Return where the digits end that begin here; they stand for themselves."""
        found = _NUMBER.match(self.text, place)
        end = found.end() if found else place
        mark = self.at(end)
        if self.is_open(end) or (mark and mark in _INSIDE + "hT" and self.is_open(end + 1)):
            return WAIT
        return end

    def after(self, place: int) -> tuple[int, bool]:
        """Return where what belongs to a number ends, and whether digits follow there."""
        mark = self.at(place)
        if not mark:
            return place, False
        if mark in _UNITS:
            return self._after_unit(place)
        if mark.isalpha():
            return self._attached(place)
        if mark in BLANK:
            return self._spaced(place)
        if mark in _DASHES:
            return self._range(place, place + 1)
        if mark == "." and self.language == "de":
            return self._german_day(place)
        if mark == "," and self.has_month:
            return self._year(place)
        if mark == ")" and self.is_bracketed:
            return self._area(place + 1)
        return place, False

    def _area(self, place: int) -> tuple[int, bool]:
        """Return where the number behind an area code in brackets begins."""
        self.is_bracketed = False
        start = place + 1 if self.at(place) and self.at(place) in " -" else place
        if self.is_open(place) or self.is_open(start):
            return WAIT, False
        return (start, True) if self.at(start).isdecimal() else (place, False)

    def _after_unit(self, place: int) -> tuple[int, bool]:
        following = self.at(place + 1)
        if self.is_open(place + 1):
            return WAIT, False
        if self.at(place) == "\u00b0" and following in ("C", "F"):
            return place + 2, False
        is_start = self.at(place) in _SIGNS and following.isdecimal()
        return (place if is_start else place + 1), False

    def _attached(self, place: int) -> tuple[int, bool]:
        found = _ATTACHED.match(self.text, place)
        if not found:
            return place, False
        if self.is_open(found.end()):
            return WAIT, False
        return self._word(found[0], place, _SUFFIXES | {code.lower() for code in CODES}), False

    def _word(self, word: str, place: int, known: frozenset[str]) -> int:
        """Return where a known word ends; its full stop may be the sentence's."""
        lower, end = word.lower(), place + len(word)
        if lower.endswith(".") and (lower in known or lower[:-1] in known):
            if lower[:-1] in known and lower not in known:
                lower = lower[:-1]
                is_short = lower in MONTHS.get(self.language, ()) and len(lower) <= _SHORT_MONTH
                end = self._full_stop(end) if is_short else end - 1
            elif lower in _HALVES:
                end = self._full_stop(end)
        elif lower not in known:
            return place
        if lower in MONTHS.get(self.language, ()):
            self.has_month = True
        return end

    def _full_stop(self, end: int) -> int:
        """Return the end with or without the full stop before it."""
        place = end
        while self.at(place) and self.at(place) in BLANK:
            place += 1
        if self.is_open(place):
            return WAIT
        following = self.at(place)
        is_end = not following or following.isupper() or following in "\ue001\"'("
        return end - 1 if is_end else end

    def _spaced(self, place: int) -> tuple[int, bool]:
        following = self.at(place + 1)
        if not following:
            return (WAIT if self.is_open(place + 1) else place), False
        if following.isdecimal():
            return place + 1, True
        if following in _DASHES:
            return self._range(place, place + 2)
        if following in _UNITS:
            end, _ = self._after_unit(place + 1)
            return (place if end == place + 1 else end), False
        if not following.isalpha():
            return place, False
        found = _LETTERS.match(self.text, place + 1)
        word = found[0] if found else following
        if self.is_open(place + 1 + len(word)):
            lower = word.lower()
            is_known = lower.removesuffix(".") in followers(self.language)
            may_follow = is_known or lower in _beginnings(self.language)
            return (WAIT if may_follow else place), False
        end = self._word(word, place + 1, followers(self.language))
        return (place if end == place + 1 else end), False

    def _range(self, place: int, start: int) -> tuple[int, bool]:
        """Return where the second end of a range begins; nothing when there is none."""
        for _ in range(2):
            if self.is_open(start):
                return WAIT, False
            mark = self.at(start)
            if mark and (mark.isdecimal() or mark in _SIGNS):
                follows = start + (mark in _SIGNS)
                if self.is_open(follows):
                    return WAIT, False
                return (follows, True) if self.at(follows).isdecimal() else (place, False)
            if not mark or mark not in BLANK:
                break
            start += 1
        return place, False

    def _german_day(self, place: int) -> tuple[int, bool]:
        if self.is_open(place + 1):
            return WAIT, False
        if not self.at(place + 1) or self.at(place + 1) not in BLANK:
            return place, False
        if self.is_open(place + 2):
            return WAIT, False
        found = _LETTERS.match(self.text, place + 2)
        if not found:
            return place, False
        word = found[0].lower()
        if self.is_open(found.end()):
            may_be = any(month.startswith(word.rstrip(".")) for month in MONTHS["de"])
            return (WAIT if may_be else place), False
        end = self._word(found[0], place + 2, frozenset(MONTHS["de"]))
        return (place if end == place + 2 else end), False

    def _year(self, place: int) -> tuple[int, bool]:
        """Return where the year behind `Nov 24,` begins."""
        for ahead in range(1, 7):
            if self.is_open(place + ahead):
                return WAIT, False
            mark = self.at(place + ahead)
            is_right = mark == " " if ahead == 1 else mark.isdecimal()
            if ahead == 6:
                return (place, False) if is_right else (place + 2, True)
            if not is_right:
                return place, False
        return place, False


def run_end(text: str, start: int, is_final: bool, tongue: Tongue) -> int:
    """Return where the value ends whose first digit stands at `start`, or `WAIT`.

    The answer never depends on more of the text than has been seen: for every longer text it is the
    same. What stands before the digits (a sign, a currency, a month) is the caller's.
    """
    scan = _Scan(text, is_final, tongue)
    scan.has_month = text[:start].rstrip(BLANK + ".").lower() in MONTHS.get(tongue.language, ())
    scan.is_bracketed = text[start - 1 : start] == "("
    place, has_digits = start, True
    while has_digits:
        place = scan.number(place)
        if place == WAIT:
            return WAIT
        while True:
            end, has_digits = scan.after(place)
            if end == WAIT:
                return WAIT
            if end == place or has_digits:
                place = end
                break
            place = end
    return place
