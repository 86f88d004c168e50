"""An instant as a customer reads it, in his language."""

from datetime import datetime

from bot.privacy.redact import published
from routing.request import Redacted


def opening_words(at: datetime, locale: str) -> Redacted:
    """Return day, time and time zone, such as `Monday, November 30, 2026, 9:00 AM (CET)`.

    Args:
        at: aware, in the zone in which it is to be read.
        locale: a language tag; English where it is unknown.
    """
    from babel.core import Locale, UnknownLocaleError
    from babel.dates import format_date, format_time

    try:
        language = Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError):
        language = Locale("en")
    day = format_date(at, "full", locale=language)
    # A narrow blank would make every character of an SMS twice as long.
    hour = format_time(at, "short", locale=language).replace("\u202f", " ")
    return published(f"{day}, {hour} ({at.tzname()})")
