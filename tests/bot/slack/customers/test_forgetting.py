"""What is remembered of customers who have been silent for long."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.humans.escalation import Reason
from bot.log import Event, Notice
from bot.outlets.ledger import said_before
from bot.privacy.redact import published
from bot.slack.customers.ledger import OUTLET
from channels.base import ConversationId
from tests.bot.slack.customers.stage import Scene, scene
from tests.bot.stage import ANSWER, says

LATER = "On Monday."
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


async def remembered(here: Scene) -> int:
    return len(await here.parts.cabinet.find(OUTLET))


async def answered(here: Scene, text: str = ANSWER) -> str:
    """Ask, and have it answered; returns the ts of the question."""
    ts = await here.asks()
    await here.until_said(ts, text)
    await here.rest()
    return ts


async def test_who_was_silent_for_a_month_is_forgotten_and_told_nothing_twice(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path, [says(ANSWER), says(LATER)]) as here:
        first = await answered(here)
        here.stage.ahead.by = timedelta(days=29)
        early = (await here.outlet.prune(), await remembered(here))
        here.stage.ahead.by = timedelta(days=31)
        late = (await here.outlet.prune(), await remembered(here))
        posted = len(here.shown(first))
        second = await here.asks("And when exactly will my new card arrive?")
        await here.until_said(second, LATER)
        await here.rest()

        assert (early, late) == ((0, 1), (1, 0))
        assert len(here.shown(first)) == posted
        assert [one.text for one in here.shown(second)] == [LATER]
        assert await remembered(here) == 1


async def test_who_waits_for_a_human_is_not_forgotten(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await answered(here)
        await here.stage.handoffs.request(here.conversation, Reason.BUTTON)
        await here.rest()
        here.stage.ahead.by = timedelta(days=31)
        await here.outlet.prune()

        assert await remembered(here) == 1


async def test_who_has_not_been_told_everything_is_not_forgotten(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        await answered(here)
        await here.outlet.close()
        await here.stage.handoffs.request(here.conversation, Reason.BUTTON)
        await here.stage.handoffs.cancel(here.conversation)
        here.stage.ahead.by = timedelta(days=31)
        await here.outlet.prune()

        assert await remembered(here) == 1


def at_days(*days: float) -> Sequence[Event]:
    """Return a log whose events, numbered from 1, came on these days."""
    body = Notice("greeting", published("Hello."))
    return [
        Event(
            ConversationId("slack-T1-D1"), seq, BEGAN + timedelta(days=day), "rule", 1, 1, "", body
        )
        for seq, day in enumerate(days, 1)
    ]


@pytest.mark.parametrize(
    ("days", "today", "said"),
    [
        ((), 0.0, 0),
        ((0.0, 0.1), 30.1, 2),
        ((0.0, 0.1, 31.0), 31.0, 2),
        ((0.0, 40.0, 40.1, 80.0, 80.1), 80.2, 3),
        ((0.0, 29.0), 29.0, 0),
    ],
)
def test_what_came_after_the_last_long_silence_is_still_to_be_said(
    days: tuple[float, ...], today: float, said: int
) -> None:
    assert said_before(at_days(*days), BEGAN + timedelta(days=today)) == said
