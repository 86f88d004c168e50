"""When humans are there: opening hours in their own time zone, summer time included. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.humans.terms import Hours, Span

DAY = timedelta(days=1)
ALL_DAY = (Span(time(0), time(0)),)
MOST_DAYS_AHEAD = 370
MOST_DAYS_BACK = 60
"""A wait is not counted further back: by then every step is long done."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When humans are there, with the days on which they are not."""

    hours: Hours
    holidays: frozenset[date] = frozenset()

    @property
    def is_always_open(self) -> bool:
        """Whether somebody is there at every hour of every day."""
        return not self.hours.days and not self.holidays

    def seconds(self, since: datetime, now: datetime) -> float:
        """Return how many seconds of opening hours lie between two instants; see below."""
        return opening_seconds(self.hours, self.holidays, since, now)


def is_open(hours: Hours, holidays: frozenset[date], now: datetime) -> bool:
    """Return whether humans are there.

    Args:
        hours: the hours that are set.
        holidays: days without anybody.
        now: aware.
    """
    return any(begin <= now < end for begin, end in _spans(hours, holidays, _day(hours, now), 1))


def next_opening(hours: Hours, holidays: frozenset[date], now: datetime) -> datetime | None:
    """Return when humans come next, in their zone; None when not within a year.

    While they are there that is when the next span begins.
    """
    for begin, _ in _spans(hours, holidays, _day(hours, now), MOST_DAYS_AHEAD):
        if begin > now:
            return begin.astimezone(ZoneInfo(hours.zone))
    return None


def opening_seconds(
    hours: Hours, holidays: frozenset[date], since: datetime, now: datetime
) -> float:
    """Return how many seconds of opening hours lie between two instants, never below 0."""
    if not hours.days and not holidays:
        return max(0.0, (now - since).total_seconds())
    first = max(_day(hours, since), _day(hours, now) - MOST_DAYS_BACK * DAY)
    count = (_day(hours, now) - first).days + 1
    total = timedelta()
    for begin, end in _spans(hours, holidays, first, count):
        total += max(timedelta(), min(end, now) - max(begin, since))
    return total.total_seconds()


def deadline(calendar: Calendar, since: datetime, seconds: float) -> datetime | None:
    """Return when so many seconds of opening hours have passed; None when not within a year."""
    if calendar.is_always_open:
        return since + timedelta(seconds=seconds)
    hours, left = calendar.hours, timedelta(seconds=seconds)
    first = _day(hours, since)
    for begin, end in _spans(hours, calendar.holidays, first, MOST_DAYS_AHEAD):
        begin = max(begin, since)
        if end - begin >= left:
            return begin + left
        left -= max(timedelta(), end - begin)
    return None


def began_by(calendar: Calendar, now: datetime, seconds: float) -> datetime | None:
    """Return the latest start of a wait that has lasted so many seconds of opening hours now.

    None when not even the longest wait that is counted has lasted so long.
    """
    if calendar.is_always_open:
        return now - timedelta(seconds=seconds)
    hours, left = calendar.hours, timedelta(seconds=seconds)
    today = _day(hours, now)
    for number in range(MOST_DAYS_BACK):
        spans = tuple(_spans(hours, calendar.holidays, today - number * DAY, 1))
        for begin, end in reversed(spans):
            end = min(end, now)
            if end - begin >= left:
                return end - left
            left -= max(timedelta(), end - begin)
    return None


def _day(hours: Hours, at: datetime) -> date:
    return at.astimezone(ZoneInfo(hours.zone)).date()


def _spans(
    hours: Hours, holidays: frozenset[date], first: date, count: int
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the spans of so many days as instants of UTC, where a summer-time day has 23 hours."""
    for number in range(count):
        day = first + number * DAY
        if day in holidays:
            continue
        for span in hours.days.get(day.weekday(), ()) if hours.days else ALL_DAY:
            last = day + DAY if span.end == time(0) else day
            yield _instant(hours, day, span.begin), _instant(hours, last, span.end)


def _instant(hours: Hours, day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZoneInfo(hours.zone)).astimezone(UTC)
