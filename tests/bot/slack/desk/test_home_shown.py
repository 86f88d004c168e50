"""The App Home: shown when it is opened, and again to those who look when it changes."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.humans.escalation import Reason
from bot.slack.desk import actions
from bot.slack.desk.home_shown import LOOKS_S, HomeShown
from bot.slack.parts import SlackParts
from channels.slack.base import Listeners
from tests.bot.slack.block_limits import texts_in
from tests.bot.slack.desk.floor import DANA, LEE, TEAM, SlackFloor, human, slack_floor
from tests.emulators.slack import Fault

SECOND = timedelta(seconds=1)


@dataclass
class Homes:
    """The home under test, whose clock only moves by hand."""

    at: float = 0.0
    made: list[HomeShown] = field(default_factory=list)

    def share(self, parts: SlackParts) -> Listeners:
        clock = replace(parts.services.clock, monotonic=lambda: self.at)
        services = replace(parts.services, clock=clock)
        self.made.append(HomeShown(replace(parts, services=services)))
        return self.made[-1].listeners()


def home(floor: SlackFloor, user: str) -> str:
    view = floor.server.home_of(TEAM, user)
    return "\n".join(texts_in(view or {}))


async def test_opened_it_shows_who_waits_with_a_way_to_the_thread(tmp_path: Path) -> None:
    homes = Homes()
    async with slack_floor(tmp_path, (homes.share, actions.listeners)) as floor:
        await floor.server.opens_home(TEAM, DANA)
        await floor.server.opens_home(TEAM, LEE, tab="messages")

        assert "0 mine · 1 waiting · 0 late · 0 with others" in home(floor, DANA)
        assert "|Open>" in home(floor, DANA)
        assert floor.server.home_of(TEAM, LEE) is None


async def test_claimed_from_the_home_it_is_mine_and_others_see_it_when_they_look(
    tmp_path: Path,
) -> None:
    homes = Homes()
    async with slack_floor(tmp_path, (homes.share, actions.listeners)) as floor:
        for user in (DANA, LEE):
            await floor.server.opens_home(TEAM, user)
        await floor.server.clicks_in_home(TEAM, DANA, "claim")
        await homes.made[0].publish_changes()

        assert (await floor.stage.head()).human == human(DANA).id
        assert "1 mine · 0 waiting" in home(floor, DANA)
        assert "0 mine · 0 waiting · 0 late · 1 with others" in home(floor, LEE)


async def test_the_loser_in_the_home_is_told_by_direct_message(tmp_path: Path) -> None:
    homes = Homes()
    async with slack_floor(tmp_path, (homes.share, actions.listeners)) as floor:
        await floor.server.opens_home(TEAM, LEE)
        await floor.claim(DANA)
        await floor.server.clicks_in_home(TEAM, LEE, "claim")

        (told,) = floor.server.messages(TEAM, floor.server.direct_of(TEAM, LEE))
        assert f"<@{DANA}> has this conversation" in told.text


async def test_nothing_is_published_that_is_shown_already_or_to_who_has_left(
    tmp_path: Path,
) -> None:
    homes = Homes()
    async with slack_floor(tmp_path, (homes.share,)) as floor:
        await floor.server.opens_home(TEAM, DANA)
        for _ in range(3):
            await homes.made[0].publish_changes()
        assert len(floor.server.called("views.publish")) == 1
        homes.at = LOOKS_S
        await floor.stage.handoffs.claim(floor.stage.conversation, human(LEE))
        await homes.made[0].publish_changes()

        assert len(floor.server.called("views.publish")) == 1


async def test_a_home_that_slack_did_not_take_is_published_with_the_next_look(
    tmp_path: Path,
) -> None:
    homes = Homes()
    async with slack_floor(tmp_path, (homes.share,)) as floor:
        await floor.server.opens_home(TEAM, DANA)
        other = await floor.stage.again()
        await floor.stage.handoffs.request(other.conversation, Reason.BUTTON)
        floor.server.faults.add(Fault("views.publish", "error", error="internal_error"))
        await homes.made[0].publish_changes()
        assert "1 waiting" in home(floor, DANA)
        await homes.made[0].publish_changes()

        assert "2 waiting" in home(floor, DANA)


async def test_while_it_runs_a_change_reaches_everybody_who_looks(tmp_path: Path) -> None:
    homes = Homes()
    async with slack_floor(tmp_path, (homes.share,)) as floor:
        await floor.server.opens_home(TEAM, DANA)
        running = asyncio.get_running_loop().create_task(homes.made[0].run())
        try:
            await floor.stage.handoffs.claim(floor.stage.conversation, human(LEE))
            homes.made[0].changed()
            await floor.server.until(lambda: "1 with others" in home(floor, DANA))
        finally:
            running.cancel()

        assert len(floor.server.called("views.publish")) == 2


@pytest.mark.promise("X108")
async def test_refreshed_after_the_deadline_it_is_late(tmp_path: Path) -> None:
    homes = Homes()
    async with slack_floor(tmp_path, (homes.share,)) as floor:
        await floor.server.opens_home(TEAM, DANA)
        floor.stage.ahead.by += floor.parts.terms.sla.escalate_s * SECOND
        await floor.server.clicks_in_home(TEAM, DANA, "refresh")

        assert "0 waiting · 1 late" in home(floor, DANA)


async def test_a_claimed_conversation_is_late_while_its_customer_waits_for_an_answer(
    tmp_path: Path,
) -> None:
    homes = Homes()
    async with slack_floor(tmp_path, (homes.share,)) as floor:
        await floor.stage.handoffs.claim(floor.stage.conversation, human(LEE))
        floor.stage.ahead.by += floor.parts.terms.sla.nudge_s * SECOND
        await floor.server.opens_home(TEAM, DANA)
        assert "0 late · 1 with others" in home(floor, DANA)
        await floor.stage.say("Hello?")
        floor.stage.ahead.by += floor.parts.terms.sla.nudge_s * SECOND
        await floor.server.clicks_in_home(TEAM, DANA, "refresh")

        assert "1 late · 0 with others" in home(floor, DANA)


@pytest.mark.promise("K82")
async def test_the_home_of_another_workspace_shows_nothing_of_ours(tmp_path: Path) -> None:
    homes = Homes()
    async with slack_floor(tmp_path, (homes.share,)) as floor:
        await floor.join("T2")
        await floor.server.opens_home("T2", "U9")
        await floor.server.opens_home(TEAM, DANA)

        theirs = "\n".join(texts_in(floor.server.home_of("T2", "U9") or {}))
        assert "0 mine · 0 waiting" in theirs
        assert "1 waiting" in home(floor, DANA)
