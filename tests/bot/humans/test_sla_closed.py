"""What customers are told, and what is done, while no human is there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.humans.sla_watch import SlaWatch
from bot.humans.tickets import KeptTickets
from bot.log import Author, MessageEnded, Notice
from bot.stores.base import AuditAfter
from channels.base import Opening, WantsHuman
from tests.bot.stage import POLICY, Stage, staged

pytestmark = pytest.mark.promise("X108")
HOURS = f"""{POLICY}
desk:
  hours:
    zone: Europe/Berlin
    mon: ['09:00-17:00']
    tue: ['09:00-17:00']
    holidays: {{closed: ['2026-11-30']}}
"""
SUNDAY = datetime(2026, 11, 29, 12, tzinfo=UTC)
"""The next day is a holiday, so the next opening is on Tuesday, 09:00 in Berlin."""
OPENING = datetime(2026, 12, 1, 8, tzinfo=UTC)
CLOSING = datetime(2026, 12, 1, 16, tzinfo=UTC)
NOBODY = "Nobody from our team is here right now. We are back on"


def turn_to(stage: Stage, at: datetime) -> None:
    stage.ahead.by = at - datetime.now(UTC)


async def looked(stage: Stage, *times: datetime) -> None:
    tickets = KeptTickets(stage.services.scribe, stage.services.clock)
    watch = SlaWatch(stage.services, stage.manager.wake, tickets)
    for at in times:
        turn_to(stage, at)
        await watch.look()


async def rungs(stage: Stage) -> list[str]:
    entries = await stage.services.store.find(AuditAfter())
    return [one.action[4:] for one in entries if one.action.startswith("sla.")]


async def told(stage: Stage) -> list[str]:
    bodies = [event.body for event in await stage.events()]
    ended = [body for body in bodies if isinstance(body, MessageEnded)]
    return [body.text for body in ended if body.author is not Author.HUMAN]


async def forms(stage: Stage) -> int:
    """Return how often the customer's screen was told to show the contact form."""
    notices = [event.body for event in await stage.events() if isinstance(event.body, Notice)]
    return sum(notice.code == "leave_contact" for notice in notices)


@asynccontextmanager
async def at(folder: Path, when: datetime, locale: str = "en") -> AsyncIterator[Stage]:
    async with staged(folder, policy=HOURS) as stage:
        turn_to(stage, when)
        opened = await stage.reception.open(Opening("pk_demo", "", None, locale))
        yield replace(stage, conversation=opened.conversation)


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", "We are back on Tuesday, December 1, 2026, 9:00 AM (CET)"),
        ("es", "Volvemos el martes, 1 de diciembre de 2026, 9:00 (CET)"),
        ("fr", "Nous serons de retour le mardi 1 décembre 2026, 09:00 (CET)"),
        ("de-AT", "Wir sind wieder da: Dienstag, 1. Dezember 2026, 09:00 (CET)"),
        ("pt", "We are back on Tuesday, December 1, 2026, 9:00 AM (CET)"),
    ],
)
async def test_who_presses_the_button_when_nobody_is_there_is_told_when_somebody_is(
    tmp_path: Path, locale: str, words: str
) -> None:
    async with at(tmp_path, SUNDAY, locale) as stage:
        await stage.act(WantsHuman())
        await stage.until_idle()
        await stage.act(WantsHuman())
        await stage.until_idle()

        assert [words in text for text in await told(stage)] == [True, True]
        assert await forms(stage) == 1


async def test_a_turn_that_hands_over_when_nobody_is_there_says_so_too(tmp_path: Path) -> None:
    async with at(tmp_path, SUNDAY) as stage:
        await stage.say("I want to talk to a human")
        await stage.answers()
        await stage.until_idle()

        assert NOBODY in (await told(stage))[0]
        assert await forms(stage) == 1


async def test_in_danger_the_customer_is_asked_to_call_when_nobody_is_there(
    tmp_path: Path,
) -> None:
    async with at(tmp_path, SUNDAY) as stage:
        await stage.say("I don't want to live anymore")
        (answer,) = await stage.answers()

        assert "988" in answer.text
        assert "please do call" in answer.text


async def test_while_humans_are_there_nobody_speaks_of_hours(tmp_path: Path) -> None:
    async with at(tmp_path, OPENING) as stage:
        await stage.act(WantsHuman())
        await stage.until_idle()

        assert NOBODY not in (await told(stage))[0]
        assert await forms(stage) == 0


async def test_over_a_holiday_nobody_is_called_and_a_ticket_is_kept_without_an_alarm(
    tmp_path: Path,
) -> None:
    async with at(tmp_path, SUNDAY) as stage:
        await stage.act(WantsHuman())
        await stage.until_idle()
        monday = SUNDAY.replace(day=30)
        await looked(stage, SUNDAY.replace(minute=4), SUNDAY.replace(minute=6), monday)
        night, said = await rungs(stage), await told(stage)

        assert night == ["closed"]
        assert await stage.told() == []
        assert [NOBODY in text for text in said] == [True, False]
        assert "under number T-" in said[1]
        assert await forms(stage) == 1


async def test_in_the_morning_the_ladder_begins_and_the_number_is_not_told_again(
    tmp_path: Path,
) -> None:
    async with at(tmp_path, SUNDAY) as stage:
        await stage.act(WantsHuman())
        await stage.until_idle()
        minutes = (0, 1, 3, 5, 15)
        morning = [OPENING.replace(minute=minute, second=1) for minute in minutes]
        await looked(stage, SUNDAY.replace(minute=6), *morning)
        said = await told(stage)

        assert await rungs(stage) == ["closed", "ping", "escalate", "tell", "ticket"]
        assert await stage.told() == ["desk.out_of_sla"]
        assert sum("under number T-" in text for text in said) == 1
        assert len(said) == len(set(said)) == 4


async def test_who_still_waits_when_it_closes_is_told_until_when(tmp_path: Path) -> None:
    async with at(tmp_path, CLOSING.replace(hour=15, minute=58)) as stage:
        await stage.act(WantsHuman())
        await stage.until_idle()
        await looked(stage, CLOSING.replace(hour=15, minute=59, second=10))
        await looked(stage, CLOSING.replace(minute=1), CLOSING.replace(minute=4))
        said = await told(stage)

        assert await rungs(stage) == ["ping", "closed"]
        assert [NOBODY in text for text in said] == [False, True]
        assert "Monday, December 7" in said[1]
        assert "under number T-" in said[1]
        assert await forms(stage) == 1
