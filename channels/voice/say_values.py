"""What a value says: money, dates, times, telephone numbers and plain numbers as words. Pure."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from channels.voice import say_phrases as phrases
from channels.voice.say_dates import MONTHS, Day, day_of, say_day, say_time
from channels.voice.say_locale import Tongue
from channels.voice.say_money import (
    CODES,
    HOME_DOLLARS,
    MAGNITUDES,
    SIGNS,
    amount_of,
    say_amount,
    say_money,
)
from channels.voice.say_numbers import cardinal, counted, digits, ordinal, year

_B = "[ \u00a0\u202f]"
_DASH = "[-\u2013\u2014\u2212]"
_END = r"(?![^\W_]|[.,:/'-]\d)"
_NUM = rf"\d{{1,3}}(?:{_B}\d{{3}})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,'\u2019]\d+)*"
_NUMBER = re.compile(_NUM)
_CODE_AGAIN = re.compile(rf"{_B}?({'|'.join(sorted(CODES))})(?![^\W_])", re.IGNORECASE)
_DECADE = re.compile(r"((?:1[1-9]|20)\d0)s(?![^\W_])")
_NO_DIGITS = re.compile(r"\D+")
_DECIMALS = re.compile(r"[.,]")
_BLANK = re.compile(_B)
_YEARS = re.compile(rf"((?:19|20)\d\d){_B}?{_DASH}{_B}?((?:19|20)\d\d){_END}")
_ISO = re.compile(rf"(\d{{4}})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::\d\d)?)?{_END}")
_NUMERIC_DATE = re.compile(rf"(\d{{1,2}})([./-])(\d{{1,2}})\2(\d{{4}}|\d\d){_END}")
_HALF = rf"(?:{_B}?(?P<half>[ap])\.?m(?![^\W_])\.?)"
_TIME = re.compile(
    rf"(?P<hour>[01]?\d|2[0-4])(?:(?:[:h]|(?P<dot>\.))(?P<minute>[0-5]\d)(?::[0-5]\d)?"
    rf"|{_B}?h(?![^\W_])|(?={_B}?[ap]\.?m(?![^\W_])|{_B}Uhr))"
    rf"(?:{_HALF}|(?P<unit>{_B}?(?:Uhr|h|horas|heures)(?![^\W_]))|(?![^\W_]|[.,:/]\d))",
    re.IGNORECASE,
)
_PHONE = re.compile(
    rf"(?P<plus>\+)?\(?\d+\)?(?:(?:{_B}|[-\u2013./]){{0,2}}\(?\d+\)?)*(?![^\W_]|[.,:/'-]\d)"
)
_ORDINAL = re.compile(r"(\d{1,6})(st|nd|rd|th|er|re|e|è|ème|º|ª)(?![^\W_])", re.IGNORECASE)
_ENGLISH = frozenset(("st", "nd", "rd", "th"))
_PERCENT = re.compile(rf"({_NUM}){_B}?([%\u2030])")
_DEGREES = re.compile(rf"({_NUM}){_B}?\u00b0([CF](?![^\W_]))?")
_RANGE = re.compile(rf"{_B}?{_DASH}{_B}?")
_FRACTIONS = {
    "en": {"1/2": "one half", "1/3": "one third", "1/4": "one quarter", "3/4": "three quarters",
           "24/7": "twenty-four seven", "2/3": "two thirds"},
    "es": {"1/2": "medio", "1/3": "un tercio", "1/4": "un cuarto", "3/4": "tres cuartos",
           "24/7": "veinticuatro horas al día, siete días a la semana"},
    "fr": {"1/2": "un demi", "1/3": "un tiers", "1/4": "un quart", "3/4": "trois quarts",
           "24/7": "vingt-quatre heures sur vingt-quatre, sept jours sur sept"},
    "de": {"1/2": "ein halb", "1/3": "ein Drittel", "1/4": "ein Viertel", "3/4": "drei Viertel",
           "24/7": "rund um die Uhr"},
}  # fmt: skip
_FRACTION = re.compile(r"(\d{1,4})/(\d{1,4})(?![^\W_]|[/.,]\d)")
_GROUP = re.compile(r"\d+")
_LONGEST_GROUP = 4
_PHONE_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Said:
    """The words for the first part of a text."""

    end: int
    """So many characters of it."""
    words: str


@dataclass(frozen=True, slots=True)
class Context:
    """What stands before a value."""

    words: tuple[str, ...]
    """The last few words, lower case, the nearest last."""
    tongue: Tongue

    @property
    def last(self) -> str:
        """Return the nearest word."""
        return self.words[-1] if self.words else ""


@dataclass(frozen=True, slots=True)
class _Patterns:
    """Patterns that depend on the language."""

    month_first: re.Pattern[str]
    day_first: re.Pattern[str]
    sign_first: re.Pattern[str]
    sign_last: re.Pattern[str]
    large: re.Pattern[str]


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@cache
def _patterns(language: str) -> _Patterns:
    months, big = _any_of(MONTHS[language]), _any_of(MAGNITUDES[language])
    signs = _any_of((*SIGNS, *CODES))
    euro = {"de": "|euro", "fr": "|euros?", "es": "|euros?"}.get(language, "")
    scale = rf"(?:{_B}?(?P<big>{big})(?![^\W_]))?"
    last = _any_of((*(sign for sign in SIGNS if sign != "fr."), *CODES))
    flags = re.IGNORECASE
    return _Patterns(
        re.compile(
            rf"({months})\.?{_B}(?:(\d{{1,2}})(?:st|nd|rd|th)?(?:,?{_B}(\d{{4}}))?|(\d{{4}})){_END}",
            flags,
        ),
        re.compile(
            rf"(\d{{1,2}})(?:\.|st|nd|rd|th|er)?{_B}({months})(?![^\W_])"
            rf"\.?(?:,?{_B}(\d{{4}}){_END})?",
            flags,
        ),
        re.compile(rf"(?P<sign>{signs}){_B}?(?P<num>{_NUM}){scale}", flags),
        re.compile(rf"(?P<num>{_NUM}){scale}{_B}?(?P<sign>{last}{euro})(?![^\W_])", flags),
        re.compile(rf"({_NUM}){_B}?({big})(?![^\W_])", flags),
    )


def say_value(text: str, context: Context) -> Said:
    """Return the words for the value that a text begins with.

    The text is a whole run of `run_end` with what stands before its digits. At least one character
    is said; what is left over is said by the next call.
    """
    language = context.tongue.language
    if text[0] in "-\u2212\u2013":
        rest = say_value(text[1:], context)
        return Said(rest.end + 1, f"{phrases.MINUS[language]} {rest.words}")
    if text[0] == "#":
        rest = say_value(text[1:], Context((*context.words, "number"), context.tongue))
        return Said(rest.end + 1, f"{phrases.NUMBER[language]} {rest.words}")
    if text[0] == "~":
        rest = say_value(text[1:], context)
        return Said(rest.end + 1, f"{phrases.ABOUT[language]} {rest.words}")
    for say in _WHOLE:
        said = say(text, context)
        if said:
            return said
    first = _one(text, context)
    return _ranged(text, first, context) or first


def _ranged(text: str, first: Said, context: Context) -> Said | None:
    """Return a range that begins with this value: `ten to twenty euros`."""
    link = _RANGE.match(text, first.end)
    if not link or not text[link.end() : link.end() + 1].strip(" "):
        return None
    second = _one(text[link.end() :], context)
    to = phrases.TO[context.tongue.language]
    return Said(link.end() + second.end, f"{first.words} {to} {second.words}")


def _one(text: str, context: Context) -> Said:
    """Return one end of a range, or a value that is none."""
    for say in _PARTS:
        said = say(text, context)
        if said:
            return said
    return _plain(text, context)


def _iso(text: str, context: Context) -> Said | None:
    found = _ISO.match(text)
    day = Day(int(found[3]), int(found[2]), int(found[1])) if found else None
    if not found or not day or not day.is_real or not day.day:
        return None
    said = say_day(day, context.last, context.tongue)
    if found[4]:
        said += f", {say_time(int(found[4]), int(found[5]), '', context.tongue)}"
    return Said(found.end(), said)


def _years(text: str, context: Context) -> Said | None:
    found = _YEARS.match(text)
    if not found:
        return None
    language = context.tongue.language
    first, second = (year(int(group), language) for group in found.groups())
    return Said(found.end(), f"{first} {phrases.TO[language]} {second}")


def _numeric_date(text: str, context: Context) -> Said | None:
    found = _NUMERIC_DATE.match(text)
    if not found:
        return None
    numbers = int(found[1]), int(found[3]), int(found[4])
    day = day_of(*numbers, context.tongue, is_dotted=found[2] == ".")
    return Said(found.end(), say_day(day, context.last, context.tongue)) if day else None


def _month_first(text: str, context: Context) -> Said | None:
    found = _patterns(context.tongue.language).month_first.match(text)
    if not found:
        return None
    month = MONTHS[context.tongue.language][found[1].lower()]
    day = Day(int(found[2] or 0), month, int(found[3] or found[4] or 0))
    return Said(found.end(), say_day(day, context.last, context.tongue)) if day.is_real else None


def _day_first(text: str, context: Context) -> Said | None:
    found = _patterns(context.tongue.language).day_first.match(text)
    if not found:
        return None
    month = MONTHS[context.tongue.language][found[2].lower()]
    day = Day(int(found[1]), month, int(found[3] or 0))
    said = say_day(day, context.last, context.tongue, has_day_first=True)
    return Said(found.end(), said) if day.is_real and day.day else None


def _phone(text: str, context: Context) -> Said | None:
    """Return digits one by one: telephone, card and account numbers, codes behind a cue."""
    found = _PHONE.match(text)
    if not found:
        return None
    written = found[0]
    groups, size = _GROUP.findall(written), sum(map(str.isdecimal, written))
    if found["plus"] is None and not _is_called(written, groups, size, context):
        return None
    language = context.tongue.language
    parts = [digits(part, language) for group in groups for part in _parted(group)]
    plus = f"{phrases.PLUS[language]} " if found["plus"] else ""
    return Said(found.end(), plus + ", ".join(parts))


def _is_called(written: str, groups: list[str], size: int, context: Context) -> bool:
    """Return whether digits are said one by one."""
    cues = phrases.DIGIT_CUES[context.tongue.language]
    if len(groups) == 1:
        is_cued = size > 2 and not cues.isdisjoint(context.words)
        return size >= _PHONE_DIGITS or (size > 1 and written[0] == "0") or is_cued
    if any(mark in written for mark in "./") and written[0] not in "0(":
        return written.count(".") == 2 and size >= 9 and all(len(g) > 2 for g in groups)
    is_grouped = re.fullmatch(rf"\d{{1,3}}(?:{_B}\d{{3}})+", written) and written[0] != "0"
    if is_grouped and context.tongue.language != "en" and size <= _PHONE_DIGITS + 1:
        return False
    return size >= _PHONE_DIGITS or (" " in written and len(groups) > 2)


def _parted(group: str) -> list[str]:
    """Return a long group of digits in groups of three, the last of up to four."""
    if len(group) <= _LONGEST_GROUP:
        return [group]
    if len(group) % 4 == 0:
        return [group[place : place + 4] for place in range(0, len(group), 4)]
    size = len(group) if len(group) % 3 != 1 else len(group) - 4
    parts = [group[place : place + 3] for place in range(0, size, 3)]
    return parts if size == len(group) else [*parts, group[-4:]]


def _fraction(text: str, context: Context) -> Said | None:
    found = _FRACTION.match(text)
    if not found:
        return None
    language = context.tongue.language
    said = _FRACTIONS[language].get(found[0])
    if said is None:
        first, second = cardinal(int(found[1]), language), cardinal(int(found[2]), language)
        said = f"{first} {phrases.SLASH[language]} {second}"
    return Said(found.end(), said)


def _time(text: str, context: Context) -> Said | None:
    found = _TIME.match(text)
    if not found or (found["dot"] and not (found["half"] or found["unit"])):
        return None
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"] or ""
    language = context.tongue.language
    if language == "en" and not (found["minute"] or half):
        return Said(found.end(), f"{cardinal(hour, 'en')} {'hour' if hour == 1 else 'hours'}")
    return Said(found.end(), say_time(hour, minute, half.lower(), context.tongue))


def _money(text: str, context: Context) -> Said | None:
    patterns = _patterns(context.tongue.language)
    found = patterns.sign_first.match(text) or patterns.sign_last.match(text)
    if not found:
        return None
    sign = found["sign"].lower()
    code = SIGNS.get(sign) or ("EUR" if sign.startswith("euro") else sign.upper())
    code = HOME_DOLLARS.get(context.tongue.region, code) if sign == "$" else code
    end, again = found.end(), _CODE_AGAIN.match(text, found.end())
    if again and sign in SIGNS:
        end, code = again.end(), again[1].upper()
    amount = amount_of(found["num"], context.tongue)
    if amount.dotted:
        return None
    said = say_money(amount, code, (found["big"] or "").lower(), context.tongue)
    return Said(end, said)


def _large(text: str, context: Context) -> Said | None:
    found = _patterns(context.tongue.language).large.match(text)
    if not found or (len(found[2]) == 1 and found[2] not in "kKM"):
        return None
    amount = amount_of(found[1], context.tongue)
    return Said(found.end(), say_amount(amount, found[2].lower(), context.tongue))


def _percent(text: str, context: Context) -> Said | None:
    found = _PERCENT.match(text)
    if not found or found[2] != "%":
        return None
    said = say_amount(amount_of(found[1], context.tongue), "", context.tongue)
    return Said(found.end(), f"{said} {phrases.SYMBOLS[context.tongue.language]['%']}")


def _degrees(text: str, context: Context) -> Said | None:
    found = _DEGREES.match(text)
    if not found:
        return None
    said = say_amount(amount_of(found[1], context.tongue), "", context.tongue)
    scale = {"C": " Celsius", "F": " Fahrenheit"}.get(found[2] or "", "")
    return Said(found.end(), f"{said} {phrases.SYMBOLS[context.tongue.language]['°']}{scale}")


def _decade(text: str, context: Context) -> Said | None:
    found = _DECADE.match(text) if context.tongue.language == "en" else None
    if not found:
        return None
    said = year(int(found[1]), "en")
    return Said(found.end(), said[:-1] + "ies" if said.endswith("y") else said + "s")


def _ordinal(text: str, context: Context) -> Said | None:
    found = _ORDINAL.match(text)
    language = context.tongue.language
    if not found or (found[2].lower() in _ENGLISH) != (language == "en"):
        return None
    number, suffix = int(found[1]), found[2].lower()
    said = ordinal(number, language)
    if language == "es":
        said = said.removesuffix("o") if suffix == "er" else said
        said = said.removesuffix("o") + "a" if suffix == "ª" and said.endswith("o") else said
    if language == "fr" and suffix == "re" and number == 1:
        said = "première"
    return Said(found.end(), said + ("e" if language == "de" else ""))


def _plain(text: str, context: Context) -> Said:
    """Return a number as it is, or the first character when there is none."""
    found = _NUMBER.match(text)
    if not found:
        before = _NO_DIGITS.match(text)
        skipped = before[0] if before else text[0]
        return Said(len(skipped), "".join(mark for mark in skipped if mark.isalpha()))
    written, tongue = found[0], context.tongue
    is_bare = tongue.language == "en" and not _DECIMALS.search(written)
    if is_bare or written[0] == "0":
        written = _BLANK.split(written)[0]
    end = len(written)
    if len(written) == 4 and written.isdecimal() and _is_year(written, context):
        return Said(end, year(int(written), tongue.language))
    if written[0] == "0" and end > 1 and written.isdecimal():
        return Said(end, digits(written, tongue.language))
    amount = amount_of(written, tongue)
    if written == "1" and tongue.language in ("de", "es", "fr") and end < len(text):
        return Said(end, counted(1, tongue.language))
    return Said(end, say_amount(amount, "", tongue))


def _is_year(written: str, context: Context) -> bool:
    if context.tongue.language == "de":
        return written[0] == "1" and written[1] != "0"
    return written[:2] in ("19", "20") and context.last in phrases.YEAR_CUES


Way = Callable[[str, Context], Said | None]
_WHOLE: tuple[Way, ...] = (_iso, _numeric_date, _month_first, _years)
_PARTS: tuple[Way, ...] = (
    _day_first, _money, _time, _percent, _degrees, _large, _phone, _fraction, _ordinal, _decade,
)  # fmt: skip
