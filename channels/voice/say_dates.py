"""Dates and times as words. Pure."""

from dataclasses import dataclass

from channels.voice.say_locale import Tongue
from channels.voice.say_numbers import cardinal, counted, ordinal, year

_NAMES = {
    "en": """January February March April May June July August September October November
    December""",
    "es": """enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre
    diciembre""",
    "fr": """janvier février mars avril mai juin juillet août septembre octobre novembre
    décembre""",
    "de": """Januar Februar März April Mai Juni Juli August September Oktober November
    Dezember""",
}
NAMES = {language: tuple(text.split()) for language, text in _NAMES.items()}
_SHORT = {
    "en": "jan feb mar apr - jun jul aug sep oct nov dec",
    "es": "ene feb mar abr - jun jul ago sep oct nov dic",
    "fr": "janv févr - avr - - juil - sept oct nov déc",
    "de": "jan feb - apr - jun jul aug sep okt nov dez",
}
MONTHS = {
    language: {
        **{name.lower(): number for number, name in enumerate(names, 1)},
        **{s: n for n, s in enumerate(_SHORT[language].split(), 1) if s != "-"},
        **({"sept": 9} if language in ("en", "es", "de") else {}),
    }
    for language, names in NAMES.items()
}
"""Names of months and their short forms, lower case, without a full stop."""
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEAK = frozenset(("am", "vom", "zum", "dem", "den", "bis", "beim", "im", "nächsten", "diesem"))
_AFTER_PREPOSITION = frozenset(("ab", "seit", "mit"))
_AFTER_ARTICLE = frozenset(("der", "das", "die"))
_AM = {"en": "AM", "es": "de la mañana", "fr": "du matin", "de": "vormittags"}
_PM = {"en": "PM", "es": "de la tarde", "fr": "de l'après-midi", "de": "nachmittags"}


@dataclass(frozen=True, slots=True)
class Day:
    """A date; what is 0 was not written."""

    day: int
    month: int
    year: int = 0

    @property
    def is_real(self) -> bool:
        """Return whether there is such a day."""
        return 1 <= self.month <= 12 and 0 <= self.day <= _DAYS[self.month - 1]


def day_of(first: int, second: int, of_year: int, tongue: Tongue, is_dotted: bool) -> Day | None:
    """Return the date in 24/11/2026 or 11/24/2026, whichever the region writes and is possible."""
    full = of_year + 2000 if of_year < 100 else of_year
    month_first, day_first = Day(second, first, full), Day(first, second, full)
    is_month_first = tongue.has_month_first and not is_dotted
    order = (month_first, day_first) if is_month_first else (day_first, month_first)
    return next((day for day in order if day.is_real and day.day), None)


def say_day(day: Day, before: str, tongue: Tongue, has_day_first: bool = False) -> str:
    """Return a date in words.

    Args:
        day: the date.
        before: the word before it, lower case; German endings depend on it.
        tongue: to say it in.
        has_day_first: English only: `the twenty-fourth of November`.
    """
    language = tongue.language
    name = NAMES[language][day.month - 1]
    of_year = year(day.year, language) if day.year else ""
    match language:
        case "en":
            if not day.day:
                return f"{name} {of_year}"
            said = f"{name} {ordinal(day.day, 'en')}"
            if has_day_first:
                the = "" if before in ("the", "st", "nd") else "the "
                said = f"{the}{ordinal(day.day, 'en')} of {name}"
            return f"{said}, {of_year}" if of_year else said
        case "es":
            parts = (cardinal(day.day, "es") if day.day else "", name, of_year)
            return " de ".join(part for part in parts if part)
        case "fr":
            number = ordinal(1, "fr") if day.day == 1 else cardinal(day.day, "fr")
            return " ".join(part for part in (number if day.day else "", name, of_year) if part)
        case _:
            number = ordinal(day.day, "de") + _ending(before) if day.day else ""
            return " ".join(part for part in (number, name, of_year) if part)


def _ending(before: str) -> str:
    """Return the ending of a German ordinal behind this word."""
    if before in _WEAK:
        return "en"
    if before in _AFTER_PREPOSITION:
        return "em"
    return "e" if before in _AFTER_ARTICLE else "er"


def say_time(hour: int, minute: int, half: str, tongue: Tongue) -> str:
    """Return a time of day; half is `a`, `p` or empty for what was written with 24 hours."""
    language = tongue.language
    match language:
        case "en":
            return _en_time(hour, minute, half)
        case "es":
            hours = counted(hour, "es", is_feminine=True)
            said = f"{hours} {cardinal(minute, 'es')}" if minute else hours
            if half:
                return f"{said} {_half(hour, half, 'es')}"
            return said if minute else f"{said} {'hora' if hour == 1 else 'horas'}"
        case "fr":
            said = f"{counted(hour, 'fr', is_feminine=True)} {'heure' if hour < 2 else 'heures'}"
        case _:
            said = f"{counted(hour, 'de')} Uhr"
    tail = f" {cardinal(minute, language)}" if minute else ""
    return f"{said}{tail}{' ' + _half(hour, half, language) if half else ''}"


def _half(hour: int, half: str, language: str) -> str:
    if language == "es" and half == "p" and 8 <= hour <= 11:
        return "de la noche"
    return (_AM if half == "a" else _PM)[language]


def _en_time(hour: int, minute: int, half: str) -> str:
    if not half and (hour > 12 or hour == 0):
        half = "p" if hour else "a"
        hour = hour - 12 if hour else 12
    said = cardinal(hour, "en")
    if minute:
        said += f" {'oh ' if minute < 10 else ''}{cardinal(minute, 'en')}"
    if half:
        return f"{said} {_AM['en'] if half == 'a' else _PM['en']}"
    return said if minute else f"{said} o'clock"
