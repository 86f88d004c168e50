"""The ladders as pure rules: what is due when, over nights, weekends and silences."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.humans.hours import Calendar, began_by, deadline, opening_seconds
from bot.humans.ladder import (
    Claimed,
    Facts,
    Range,
    Rung,
    Waiting,
    claimed_facts,
    due,
    merged,
    ranges,
)
from bot.humans.terms import ALWAYS_OPEN, USUAL_SLA, Hours, Span
from bot.log import Author, Body, Escalation, Event, MessageAccepted, MessageEnded
from bot.privacy.redact import fixed
from channels.base import ConversationId

ALWAYS = Calendar(ALWAYS_OPEN)
WEEK = Calendar(
    Hours("Europe/Berlin", {day: (Span(time(9), time(17)),) for day in range(5)}),
    frozenset({date(2026, 4, 6)}),
)
"""Monday the 6th is a holiday."""
THURSDAY = datetime(2026, 4, 2, 12, tzinfo=UTC)
CLOSING = datetime(2026, 4, 3, 15, tzinfo=UTC)
"""Friday, 17:00 in Berlin."""
OPENING = datetime(2026, 4, 7, 7, tzinfo=UTC)
"""Tuesday, 09:00 in Berlin."""


def after(start: datetime, seconds: float) -> datetime:
    return start + timedelta(seconds=seconds)


def rungs(facts: Facts, now: datetime, calendar: Calendar = ALWAYS) -> list[Rung]:
    return list(due(facts, USUAL_SLA, calendar, now).rungs)


@pytest.mark.promise("X108")
@pytest.mark.parametrize(
    ("waited_s", "expected", "next_s"),
    [
        (59, [], 60),
        (60, [Rung.PING], 180),
        (180, [Rung.PING, Rung.ESCALATE], 300),
        (300, [Rung.PING, Rung.ESCALATE, Rung.TELL], 900),
        (900, [Rung.PING, Rung.ESCALATE, Rung.TELL, Rung.TICKET], None),
    ],
)
def test_who_waits_climbs_the_ladder_of_the_queue(
    waited_s: float, expected: list[Rung], next_s: float | None
) -> None:
    found = due(Waiting(THURSDAY), USUAL_SLA, ALWAYS, after(THURSDAY, waited_s))

    assert list(found.rungs) == expected
    assert found.next_at == (None if next_s is None else after(THURSDAY, next_s))


@pytest.mark.parametrize(
    ("waited_s", "expected"),
    [
        (179, []),
        (180, [Rung.NUDGE]),
        (360, [Rung.NUDGE, Rung.REQUEUE]),
        (1800, [Rung.NUDGE, Rung.REQUEUE, Rung.RETURN]),
    ],
)
def test_a_human_who_says_nothing_climbs_the_other_ladder(
    waited_s: float, expected: list[Rung]
) -> None:
    facts = Claimed(THURSDAY, THURSDAY, 1)

    assert rungs(facts, after(THURSDAY, waited_s)) == expected


def test_where_it_is_the_customers_turn_only_the_way_back_to_the_bot_is_left() -> None:
    facts = Claimed(THURSDAY)

    assert rungs(facts, after(THURSDAY, 1799)) == []
    assert rungs(facts, after(THURSDAY, 1800)) == [Rung.RETURN]


def test_over_a_weekend_and_a_holiday_nobody_is_called_and_the_customer_is_told() -> None:
    waiting = Waiting(after(CLOSING, -30))
    night = due(waiting, USUAL_SLA, WEEK, after(CLOSING, 275))

    assert rungs(waiting, after(CLOSING, 269), WEEK) == []
    assert night.rungs == (Rung.CLOSED,)
    assert night.next_at == OPENING
    assert rungs(waiting, after(OPENING, 29), WEEK) == []
    assert rungs(waiting, after(OPENING, 30), WEEK) == [Rung.PING]


def test_who_had_a_ticket_when_it_closed_is_told_of_the_closing_too() -> None:
    waiting = Waiting(after(CLOSING, -1000))

    assert rungs(waiting, after(CLOSING, 1), WEEK) == [Rung.TICKET, Rung.CLOSED]


def test_when_it_is_closed_a_silent_human_is_not_reminded_but_the_bot_comes_back() -> None:
    facts = Claimed(after(CLOSING, -300), after(CLOSING, -300), 1)

    assert rungs(facts, after(CLOSING, -1), WEEK) == [Rung.NUDGE]
    assert rungs(facts, after(CLOSING, 1), WEEK) == []
    assert rungs(facts, after(CLOSING, 1500), WEEK) == [Rung.RETURN]


@pytest.mark.parametrize("calendar", [ALWAYS, WEEK])
@pytest.mark.parametrize("seconds", [60, 900, 30_000])
@pytest.mark.parametrize("hour", range(0, 24, 5))
def test_a_deadline_and_the_latest_start_of_a_wait_are_two_views_of_the_same(
    calendar: Calendar, seconds: float, hour: int
) -> None:
    since = THURSDAY.replace(hour=hour, minute=7)
    at = deadline(calendar, since, seconds)
    assert at is not None
    began = began_by(calendar, at, seconds)
    assert began is not None

    assert opening_seconds(calendar.hours, calendar.holidays, since, at) == seconds
    assert opening_seconds(calendar.hours, calendar.holidays, began, at) == seconds
    assert began >= since


def test_where_nobody_ever_comes_nothing_is_ever_due_but_the_truth() -> None:
    never = Calendar(Hours(days={0: ()}))

    assert deadline(never, THURSDAY, 60) is None
    assert began_by(never, THURSDAY, 60) is None
    assert rungs(Waiting(THURSDAY), after(THURSDAY, 86_400), never) == [Rung.CLOSED]
    assert list(ranges(USUAL_SLA, never, THURSDAY)) == [Rung.CLOSED]


def test_what_is_read_of_the_queue_is_what_is_due() -> None:
    now = after(OPENING, 200)
    reached = ranges(USUAL_SLA, WEEK, now)

    assert set(reached) == {Rung.PING, Rung.ESCALATE, Rung.TELL, Rung.TICKET}
    for rung, until in reached.items():
        assert rung in rungs(Waiting(until), now, WEEK)
        assert rung not in rungs(Waiting(after(until, 0.001)), now, WEEK)


def test_ranges_that_touch_are_read_once() -> None:
    one, two, three, four = (after(THURSDAY, second) for second in (1, 2, 3, 4))

    assert merged([Range(two, four), Range(None, one)]) == (Range(None, one), Range(two, four))
    assert merged([Range(two, three), Range(three, four)]) == (Range(two, four),)
    assert merged([Range(None, four), Range(two, three)]) == (Range(None, four),)


def said(author: Author) -> MessageEnded:
    return MessageEnded("m", fixed("Hello"), "done", author)


ASKED = MessageAccepted("c", "m", fixed("Hello?"))
THANKED = MessageAccepted("c", "m", fixed("Thanks a lot!"))
JOINED = Escalation("joined", name="Dana")


def log(*bodies: Body) -> list[Event]:
    """Return a log with one event a minute, numbered from 1."""
    return [
        Event(ConversationId("one"), n, after(THURSDAY, 60 * n), "x", 2, 1, "", body)
        for n, body in enumerate(bodies, 1)
    ]


@pytest.mark.parametrize(
    ("bodies", "quiet_min", "unanswered_min", "mark"),
    [
        ((ASKED, JOINED), 2, 2, 2),
        ((ASKED, JOINED, ASKED), 3, 2, 2),
        ((JOINED, said(Author.HUMAN)), 2, None, 2),
        ((JOINED, said(Author.HUMAN), ASKED, ASKED), 4, 3, 3),
        ((JOINED, said(Author.HUMAN), ASKED, said(Author.HUMAN)), 4, None, 4),
        ((JOINED, said(Author.HUMAN), JOINED), 3, 3, 3),
        ((JOINED, said(Author.HUMAN), THANKED), 3, None, 2),
        ((JOINED, said(Author.HUMAN), THANKED, ASKED), 4, 4, 4),
        ((JOINED, said(Author.HUMAN), ASKED, THANKED), 4, 3, 3),
        ((JOINED, THANKED), 2, 1, 1),
        ((JOINED, ASKED, said(Author.BOT), said(Author.SYSTEM)), 2, 1, 1),
    ],
)
def test_a_silence_counts_from_the_coming_or_from_what_was_left_unanswered(
    bodies: tuple[Body, ...], quiet_min: int, unanswered_min: int | None, mark: int
) -> None:
    found = claimed_facts(log(*bodies))
    unanswered = None if unanswered_min is None else after(THURSDAY, 60 * unanswered_min)

    assert found == Claimed(after(THURSDAY, 60 * quiet_min), unanswered, mark, "Dana")


def test_a_long_conversation_counts_from_its_last_words_where_the_coming_is_far_back() -> None:
    found = claimed_facts(log(ASKED, said(Author.HUMAN), ASKED))

    assert found == Claimed(after(THURSDAY, 180), after(THURSDAY, 180), 3)
    assert claimed_facts(log(ASKED)) is None
