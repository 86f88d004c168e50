"""The days on which nobody is there: public holidays of a country, and what the company adds."""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.humans.hours import Calendar
from bot.humans.terms import Hours

YEARS_BACK, YEARS_AHEAD = 1, 2


def calendar_of(hours: Hours, now: datetime) -> Calendar:
    """Return when humans are there, around an instant; see `closed_days`."""
    today = now.astimezone(ZoneInfo(hours.zone)).date() if hours.country else now.date()
    return Calendar(hours, closed_days(hours, today))


def closed_days(hours: Hours, today: date) -> frozenset[date]:
    """Return the days without anybody, from last year to the year after the next.

    The first call for a country loads its calendar, which takes a tenth of a second.
    """
    if not hours.country:
        return hours.closed
    years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    public = frozenset[date]().union(
        *(public_holidays(hours.country, hours.subdivision, year) for year in years)
    )
    return (public - hours.open) | hours.closed


@lru_cache(maxsize=256)
def public_holidays(country: str, subdivision: str, year: int) -> frozenset[date]:
    """Return a year's public holidays.

    Raises:
        NotImplementedError: the country or its subdivision is unknown.
    """
    import holidays

    return frozenset(
        holidays.country_holidays(country, subdiv=subdivision or None, years=year, expand=False)
    )


def is_known(country: str, subdivision: str, year: int = 2026) -> bool:
    """Return whether there is a calendar for a country and its subdivision."""
    try:
        public_holidays(country, subdivision, year)
    except NotImplementedError:
        return False
    return True
