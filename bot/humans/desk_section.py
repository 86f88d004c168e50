"""The `desk` section of a company's file, read with line numbers."""

import re
from collections.abc import Callable
from datetime import date, time
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.humans.holidays import is_known
from bot.humans.terms import ALWAYS_OPEN, USUAL_SLA, DeskTerms, Hours, Mode, Sla, Span
from routing.policy.text import Problems
from routing.policy.yaml_file import Field, Section

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)")
CHANNEL = re.compile(r"(T[A-Z0-9]+/)?[CG][A-Z0-9]+")
ON_CALL = re.compile(r"<!subteam\^S[A-Z0-9]+>|<@[UW][A-Z0-9]+>")
MOST_S = 604_800.0
NO_SPANS: tuple[Span, ...] = ()
NO_DATES: tuple[date, ...] = ()
T = TypeVar("T")


def desk_of(section: Section, problems: Problems) -> DeskTerms:
    """Return what a company has set about its humans; notes what is wrong."""
    channels = section.section("channels")
    terms = DeskTerms(
        mode=section.choice("mode", Mode.CLAIMER),
        channels=MappingProxyType(
            {name: channels.read(name, channel_of, "") for name in tuple(channels)}
        ),
        on_call=section.read("on_call", on_call_of, ""),
        sla=sla_of(section.section("sla"), problems),
        hours=hours_of(section.section("hours"), problems),
        edit_s=section.seconds("edit_s", DeskTerms().edit_s, MOST_S),
        wait_s=section.seconds("wait_s", DeskTerms().wait_s, MOST_S),
    )
    section.close()
    return terms


def sla_of(section: Section, problems: Problems) -> Sla:
    """Return the deadlines; those that follow each other must be in order."""
    usual = USUAL_SLA
    sla = Sla(
        ping_s=section.seconds("ping_s", usual.ping_s, MOST_S),
        escalate_s=section.seconds("escalate_s", usual.escalate_s, MOST_S),
        tell_s=section.seconds("tell_s", usual.tell_s, MOST_S),
        ticket_s=section.seconds("ticket_s", usual.ticket_s, MOST_S),
        nudge_s=section.seconds("nudge_s", usual.nudge_s, MOST_S),
        requeue_s=section.seconds("requeue_s", usual.requeue_s, MOST_S),
        quiet_s=section.seconds("quiet_s", usual.quiet_s, MOST_S),
    )
    section.close()
    if not sla.ping_s <= sla.escalate_s <= sla.tell_s <= sla.ticket_s:
        problems.add(section.place, "out of order, expected ping_s, escalate_s, tell_s, ticket_s")
    if sla.requeue_s < sla.nudge_s:
        message = f"requeue_s {sla.requeue_s:g}, expected at least nudge_s {sla.nudge_s:g}"
        problems.add(section.place, message)
    return sla


def hours_of(section: Section, problems: Problems) -> Hours:
    """Return when humans are there; without any day that is always."""
    holidays = section.section("holidays")
    country, subdivision = holidays.text("country", ""), holidays.text("subdivision", "")
    if (country or subdivision) and not is_known(country, subdivision):
        message = f"country {country!r}, subdivision {subdivision!r}, expected ISO 3166 codes"
        problems.add(holidays.place, message)
        country = subdivision = ""
    days = {
        number: section.read(name, spans_of, NO_SPANS)
        for number, name in enumerate(DAYS)
        if section.has(name)
    }
    hours = Hours(
        zone=section.read("zone", zone_of, ALWAYS_OPEN.zone),
        days=MappingProxyType(days),
        country=country,
        subdivision=subdivision,
        closed=frozenset(holidays.read("closed", dates_of, NO_DATES)),
        open=frozenset(holidays.read("open", dates_of, NO_DATES)),
    )
    holidays.close()
    section.close()
    return hours


def zone_of(field: Field) -> str | None:
    """Return the name of a time zone; None notes what is wrong with it."""
    written = field.text()
    if written is None:
        return None
    try:
        ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        field.wrong("a time zone, such as Europe/Berlin")
        return None
    return written


def spans_of(field: Field) -> tuple[Span, ...] | None:
    """Return a day's spans, in order; None notes that they are no list."""
    return _each(field, span_of)


def span_of(field: Field) -> Span | None:
    """Return one span; None notes what is wrong with it."""
    written = field.text()
    if written is None:
        return None
    found = SPAN.fullmatch(written)
    if found is not None:
        begin = time(int(found[1]), int(found[2]))
        end = time(int(found[3]), int(found[4])) if found[3] else time(0)
        if end == time(0) or begin < end:
            return Span(begin, end)
    field.wrong("hours of one day, such as 09:00-17:00 or 18:00-24:00")
    return None


def dates_of(field: Field) -> tuple[date, ...] | None:
    """Return days; None notes that they are no list."""
    return _each(field, date_of)


def date_of(field: Field) -> date | None:
    """Return a day; None notes what is wrong with it."""
    written = field.text()
    if written is None:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError:
        field.wrong("a day, such as 2026-12-24")
        return None


def channel_of(field: Field) -> str | None:
    """Return a Slack channel; None notes what is wrong with it."""
    return _matching(field, CHANNEL, "the id of a channel, such as C0123ABC or T1/C0123ABC")


def on_call_of(field: Field) -> str | None:
    """Return how those on call are called; None notes what is wrong with it."""
    return _matching(field, ON_CALL, "a group or a person, such as <!subteam^S1> or <@U1>")


def _matching(field: Field, shape: re.Pattern[str], expected: str) -> str | None:
    written = field.text()
    if written is not None and not shape.fullmatch(written):
        field.wrong(expected)
        return None
    return written


def _each(field: Field, reader: Callable[[Field], T | None]) -> tuple[T, ...] | None:
    fields = field.fields()
    if fields is None:
        return None
    return tuple(one for entry in fields if (one := reader(entry)) is not None)
