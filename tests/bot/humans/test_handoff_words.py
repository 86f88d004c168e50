"""What a customer is told of humans who will come."""

from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from types import MappingProxyType

import pytest

from bot.fixed.texts import TEXTS, Said
from bot.humans.handoff_words import PROMISING, told
from bot.humans.terms import DeskTerms, Hours, Span
from bot.log import Author, MessageEnded
from channels.base import WantsHuman
from tests.bot.stage import POLICY, staged

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
NIGHTS = Hours(days=MappingProxyType({2: (Span(time(22), time(0)),)}))


@pytest.mark.parametrize("locale", sorted(TEXTS))
@pytest.mark.parametrize(("wait_s", "number"), [(1, ""), (60, ""), (61, "2"), (600, "10")])
def test_the_usual_wait_is_told_in_every_language_in_whole_minutes(
    locale: str, wait_s: float, number: str
) -> None:
    text = told(Said.HANDED_OVER, locale, DeskTerms(wait_s=wait_s), NOW)
    more = text.removeprefix(TEXTS[locale][Said.HANDED_OVER])

    assert more.startswith(" ")
    assert "".join(letter for letter in more if letter.isdigit()) == number
    assert "{" not in more


@pytest.mark.parametrize("said", [Said.ALREADY_WAITING, Said.SELF_HARM, Said.UNSURE])
def test_who_waits_already_is_in_danger_or_waits_for_nobody_hears_no_number(said: Said) -> None:
    assert told(said, "en", DeskTerms(wait_s=600), NOW) == TEXTS["en"][said]


def test_without_a_usual_wait_nothing_is_said_of_it() -> None:
    for said in PROMISING:
        assert told(said, "en", DeskTerms(), NOW) == TEXTS["en"][said]


def test_while_nobody_is_there_the_opening_is_told_and_no_wait() -> None:
    text = told(Said.HANDED_OVER, "en", DeskTerms(wait_s=600, hours=NIGHTS), NOW)

    assert "10 minutes" not in text
    assert "Nobody from our team is here right now." in text


async def test_a_company_sets_it_and_the_button_tells_it(tmp_path: Path) -> None:
    async with staged(tmp_path, policy=f"{POLICY}\ndesk: {{wait_s: 240}}\n") as stage:
        await stage.act(WantsHuman())
        events = await stage.until_idle()

        bodies = [event.body for event in events if isinstance(event.body, MessageEnded)]
        [said] = [body.text for body in bodies if body.author is Author.SYSTEM]
        assert said.endswith("Usually that takes about 4 minutes.")
        assert replace(stage.services.tenant.desk, wait_s=0.0) == DeskTerms()
