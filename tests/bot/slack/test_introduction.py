"""Who we are in the workspace whose token was set."""

from datetime import UTC, datetime

import pytest

from bot.clock import Clock
from bot.slack.installations import CabinetInstallations
from bot.slack.introduction import Introduction
from bot.slack.ops.watched import WatchedSlack
from bot.stores.cabinet import MemoryCabinet
from channels.slack.base import Installation, Json, TeamId, Upload
from routing.request import TenantId
from routing.watching.events import Event
from tests.emulators.slack import slack_running

OLD = (Installation(TeamId("T0"), bot_token="xoxb-0"), Installation(TeamId("T1"), bot_token="x"))


@pytest.mark.parametrize(("is_alone", "teams"), [(True, ["T1"]), (False, ["T0", "T1"])])
async def test_the_token_that_is_set_takes_the_place_of_those_before(
    is_alone: bool, teams: list[str]
) -> None:
    clock = Clock(now=lambda: datetime(2026, 3, 2, tzinfo=UTC))
    installations = CabinetInstallations(MemoryCabinet(), clock)
    told: list[Event] = []
    async with slack_running() as server:
        for old in OLD:
            await installations.save(old)
        token = server.team("T1", "Aurelis").bot_token
        url = f"{server.url}/api/"
        watched = WatchedSlack(Unused(), TenantId("aurelis"), told.append, clock)
        introduction = Introduction(token, url, installations, watched, is_alone)
        await introduction.run()
        asked = len(server.calls)
        await introduction.run()
        known = await installations.find()

        assert [one.team for one in known] == teams
        assert known[-1].bot_token == token
        assert known[-1].bot_user == server.team("T1").bot_user
        assert len(server.calls) == asked
        assert told == []


class Unused:
    """Slack as nobody calls it here: the introduction has a way of its own."""

    async def call(self, team: TeamId, method: str, arguments: Json) -> Json:
        raise AssertionError(method)

    async def upload(self, team: TeamId, channel: str, thread: str, file: Upload) -> None:
        raise AssertionError(channel)

    async def download(self, team: TeamId, url: str, most_bytes: int) -> bytes:
        raise AssertionError(url)
