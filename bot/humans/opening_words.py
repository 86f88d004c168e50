"""An instant as a customer reads it, in his language."""

from datetime import datetime

from bot.privacy.redact import published
from routing.request import Redacted


def opening_words(at: datetime, locale: str) -> Redacted:
    """Return day, time and time zone, such as `Monday, November 30, 9:00 AM (CET)`.

    Args:
        at: aware, in the zone in which it is to be read.
        locale: a language tag; English where it is unknown.
    """
    from babel.core import Locale, UnknownLocaleError
    from babel.dates import format_skeleton, format_time, get_timezone_name

    try:
        language = Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError):
        language = Locale("en")
    day = format_skeleton("MMMMEEEEd", at, locale=language)
    hour = format_time(at, "short", locale=language)
    zone = get_timezone_name(at, "short", locale=language)
    return published(f"{day}, {hour} ({zone})")
