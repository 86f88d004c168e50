"""When humans are there, over summer time and holidays, and how a customer reads it."""

from datetime import UTC, date, datetime, time

import pytest

from bot.humans.desk_section import desk_of
from bot.humans.holidays import closed_days, is_known
from bot.humans.hours import is_open, next_opening, opening_seconds
from bot.humans.opening_words import opening_words
from bot.humans.terms import ALWAYS_OPEN, DeskTerms, Hours, Mode, Span
from routing.errors import PolicyRefused
from routing.policy.text import Problems
from routing.policy.yaml_file import parse

NIGHTLY = Hours("Europe/Berlin", {6: (Span(time(1), time(4)),)})
WEEK = Hours("Europe/Berlin", {day: (Span(time(9), time(17)),) for day in range(5)}, "DE", "BY")
NONE: frozenset[date] = frozenset()


def at(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


def terms(text: str) -> DeskTerms:
    problems = Problems("policy.yaml")
    read = desk_of(parse(text, problems), problems)
    problems.refuse()
    return read


@pytest.mark.parametrize(
    ("since", "now", "hours"),
    [
        (at(2026, 3, 28, 20), at(2026, 3, 29, 20), 2),
        (at(2026, 10, 24, 20), at(2026, 10, 25, 20), 4),
        (at(2026, 11, 21, 20), at(2026, 11, 22, 20), 3),
    ],
)
def test_a_night_that_changes_to_summer_time_is_an_hour_shorter(
    since: datetime, now: datetime, hours: int
) -> None:
    assert opening_seconds(NIGHTLY, NONE, since, now) == hours * 3600


def test_a_wait_over_a_holiday_counts_only_when_humans_are_there() -> None:
    closed = closed_days(WEEK, date(2026, 4, 2))
    since, now = at(2026, 4, 2, 14, 50), at(2026, 4, 7, 7, 5)

    assert opening_seconds(WEEK, closed, since, now) == 15 * 60
    assert not is_open(WEEK, closed, at(2026, 4, 6, 10))
    assert next_opening(WEEK, closed, at(2026, 4, 3, 10)) == at(2026, 4, 7, 7)


def test_the_end_of_a_span_is_not_part_of_it() -> None:
    assert is_open(WEEK, NONE, at(2026, 4, 2, 7))
    assert not is_open(WEEK, NONE, at(2026, 4, 2, 15))


def test_without_any_day_humans_are_always_there() -> None:
    assert is_open(ALWAYS_OPEN, NONE, at(2026, 4, 5))
    assert opening_seconds(ALWAYS_OPEN, NONE, at(2026, 4, 5), at(2026, 4, 6)) == 86_400


def test_where_no_day_is_ever_open_there_is_no_next_opening() -> None:
    assert next_opening(Hours(days={0: ()}), NONE, at(2026, 4, 5)) is None


def test_the_company_adds_to_the_holidays_and_works_on_some() -> None:
    added, worked = date(2026, 12, 24), date(2026, 12, 26)
    hours = Hours(country="DE", closed=frozenset({added}), open=frozenset({worked}))
    closed = closed_days(hours, date(2026, 11, 1))

    assert {added, date(2026, 12, 25)} <= closed
    assert worked not in closed
    assert not is_known("ZZ", "")


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "Tuesday, April 7, 2026, 9:00 AM (CEST)"),
        ("es", "martes, 7 de abril de 2026, 9:00 (CEST)"),
        ("fr", "mardi 7 avril 2026, 09:00 (CEST)"),
        ("de-AT", "Dienstag, 7. April 2026, 09:00 (CEST)"),
    ],
)
def test_the_opening_is_said_in_the_customers_language(locale: str, words: str) -> None:
    opening = next_opening(WEEK, closed_days(WEEK, date(2026, 4, 3)), at(2026, 4, 3, 10))

    assert opening is not None
    assert opening_words(opening, locale) == words


def test_the_section_is_read_whole() -> None:
    read = terms(
        "mode: explicit\nchannels: {billing: C1}\non_call: <!subteam^S1>\nedit_s: 30\n"
        "sla: {ping_s: 10}\nhours:\n  zone: Europe/Berlin\n  mon: ['09:00-12:00', '13:00-24:00']\n"
        "  holidays: {country: DE, subdivision: BY, closed: [2026-12-24], open: [2026-12-26]}\n"
    )

    assert (read.mode, dict(read.channels), read.on_call) == (
        Mode.EXPLICIT, {"billing": "C1"}, "<!subteam^S1>"
    )  # fmt: skip
    assert (read.edit_s, read.sla.ping_s, read.sla.tell_s) == (30, 10, 300)
    assert dict(read.hours.days) == {0: (Span(time(9), time(12)), Span(time(13), time(0)))}
    assert (read.hours.country, read.hours.closed) == ("DE", frozenset({date(2026, 12, 24)}))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hours:\n  mon: ['17:00-09:00']\n", "policy.yaml:2: hours.mon[0]: '17:00-09:00'"),
        ("hours:\n  zone: Mars/Base\n", "policy.yaml:2: hours.zone: 'Mars/Base'"),
        ("hours: {holidays: {country: ZZ}}\n", "country 'ZZ'"),
        ("hours: {holidays: {closed: [tomorrow]}}\n", "expected a day, such as"),
        ("sla: {ping_s: 500}\n", "out of order"),
        ("sla: {nudge_s: 500}\n", "expected at least nudge_s"),
        ("channels: {billing: general}\n", "expected the id of a channel"),
        ("on_call: bob\n", "expected a group or a person"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, words: str) -> None:
    with pytest.raises(PolicyRefused, match="expected") as refused:
        terms(text)

    assert words in str(refused.value)
