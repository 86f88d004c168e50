"""Dates that a caller speaks in full, as dates that are written. Pure.

Only a day, a month and a whole year make one: a year alone, or a day of a month, stays as it was.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from channels.voice.digits_words import folded
from channels.voice.say_dates import NAMES
from channels.voice.say_numbers import cardinal, ordinal, year

_YEARS = range(1900, 2040)
_DAYS = range(1, 32)
_GAP = r"[\s,.-]{1,3}"
_OF = {"en": r"(?:of\s+)?", "es": r"(?:del?\s+)?", "fr": "", "de": ""}
_WRITTEN = {
    "en": "{month} {day}, {year}",
    "es": "{day} de {month} de {year}",
    "fr": "{day} {month} {year}",
    "de": "{day}. {month} {year}",
}
_DE_ENDINGS = ("e", "en", "er", "es")
_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|\.)?")


@dataclass(frozen=True, slots=True)
class _Calendar:
    """How dates are spoken in one language; all words are folded, with single spaces."""

    days: Mapping[str, int]
    years: Mapping[str, int]
    months: Mapping[str, str]
    """The name of each month as it is written."""
    whole: tuple[re.Pattern[str], ...]


def with_dates(text: str, language: str) -> str:
    """Return a text with whole dates in words as they are written: `March 3, 1987`."""
    if language not in _WRITTEN:
        return text
    calendar = _calendar(language)
    for whole in calendar.whole:
        out, done = list[str](), 0
        for found in whole.finditer(folded(text)):
            written = _written(found, calendar, language)
            if written:
                out += (text[done : found.start()], written)
                done = found.end()
        text = "".join((*out, text[done:]))
    return text


def _written(found: re.Match[str], calendar: _Calendar, language: str) -> str:
    """Return a date as it is written; empty for one that is written already."""
    said_day, said_year = _bare(found["day"]), _bare(found["year"])
    typed_day = _DAY.fullmatch(said_day)
    if typed_day and said_year.isdecimal():
        return ""
    day = int(typed_day[1]) if typed_day else calendar.days[said_day]
    of_year = int(said_year) if said_year.isdecimal() else calendar.years[said_year]
    month = calendar.months[found["month"]]
    return _WRITTEN[language].format(day=day, month=month, year=of_year)


@cache
def _calendar(language: str) -> _Calendar:
    days = {_bare(said): day for day in _DAYS for said in _days(day, language)}
    years = {_bare(said): number for number in _YEARS for said in _year(number, language)}
    months = {folded(name): name for name in NAMES[language]}
    day = rf"(?P<day>\d{{1,2}}(?:st|nd|rd|th|er|\.)?|{_any_of(days)})"
    of_year, month = rf"(?P<year>\d{{4}}|{_any_of(years)})", rf"(?P<month>{_any_of(months)})"
    joint = _OF[language]
    forms = [rf"{day}{_GAP}{joint}{month}{_GAP}{joint}{of_year}"]
    if language == "en":
        forms.append(rf"{month}{_GAP}(?:the\s+)?{day}{_GAP}{of_year}")
    whole = tuple(re.compile(rf"(?<!\w){form}(?!\w)") for form in forms)
    return _Calendar(days, years, months, whole)


def _days(day: int, language: str) -> tuple[str, ...]:
    said = ordinal(day, language)
    if language == "de":
        return tuple(f"{said}{ending}" for ending in _DE_ENDINGS)
    return said, cardinal(day, language)


def _year(number: int, language: str) -> tuple[str, ...]:
    said, rest = year(number, language), number % 100
    century = "nineteen" if number < 2000 else "twenty"
    match language:
        case "en" if rest > 0:
            short = f"{century} {'oh ' if rest < 10 else ''}{cardinal(rest, 'en')}"
            more = (
                short,
                short.replace(" oh ", " o "),
                f"{century} hundred {cardinal(rest, 'en')}",
            )
            thousand = f"two thousand {cardinal(rest, 'en')}"
            and_more = thousand.replace("thousand ", "thousand and ")
            return said, *more, *((thousand, and_more) if number > 2000 else ())
        case "fr":
            old = f"dix-neuf cent {cardinal(rest, 'fr')}" if number < 2000 and rest else said
            return said, said.replace("mille", "mil"), old
        case "de":
            return said, said.replace("tausend", "tausendund")
        case _:
            return (said,)


def _bare(said: str) -> str:
    return " ".join(folded(said).replace("-", " ").split())


def _any_of(words: Iterable[str]) -> str:
    """Return a pattern for each of these, the longest first, with spaces or hyphens inside."""
    by_size = sorted(words, key=len, reverse=True)
    return "|".join(r"[\s-]+".join(map(re.escape, word.split())) for word in by_size)
