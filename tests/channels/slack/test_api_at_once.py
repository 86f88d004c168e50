"""Many calls at once, as when fifty replies a second are marked while Slack takes seconds."""

import asyncio

from aiohttp import web

from channels.slack.base import Installation
from channels.slack.queue import QueueTerms
from tests.channels.slack.api_stage import TEAM, Installed, stage_on
from tests.emulators.slack import SlackServer, slack_running

EVERYBODY = QueueTerms().most_at_once


class Waiting:
    """A method that answers nobody before everybody has called."""

    def __init__(self) -> None:
        self._all_here = asyncio.Barrier(EVERYBODY)

    def part(self, server: SlackServer) -> list[web.RouteDef]:
        return [web.post("/api/waiting", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        await self._all_here.wait()
        return web.json_response({"ok": True})


async def test_everything_that_is_acted_on_may_call_slack_at_the_same_time() -> None:
    async with slack_running([Waiting().part]) as server:
        team = server.team(TEAM)
        stage = stage_on(server, Installed(Installation(TEAM, bot_token=team.bot_token)), None, 1e6)
        calling = (stage.api.call(TEAM, "waiting", {}) for _ in range(EVERYBODY))
        try:
            async with asyncio.timeout(20):
                answers = await asyncio.gather(*calling)
        finally:
            await stage.api.close()

        assert len(answers) == EVERYBODY
