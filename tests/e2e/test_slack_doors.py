"""How Slack reaches the product: over HTTP, over Socket Mode, from several workspaces."""

from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from bot.settings import DEMO, SOCKET_CLIENTS, Settings
from channels.slack.ingress import PATH
from channels.wire.web_seen import Ended
from tests.e2e.slack_installs import distributed, install
from tests.e2e.slack_place import DANA, SIGNING_SECRET, SUPPORT, TEAM, SlackPlace, prepared
from tests.e2e.visitor import SECRET, served, visiting
from tests.emulators.slack import slack_running
from tests.emulators.slack.oauth import OAuth
from tests.emulators.slack.sockets import APP_TOKEN, SocketMode

pytestmark = pytest.mark.slow
USUAL = Settings(policy=DEMO / "policy.yaml", secret=SECRET)


async def reply_over(place: SlackPlace) -> str:
    """Have a customer answered by a human, and return what the customer has read."""
    async with visiting(place.url) as customer:
        await customer.ask("I want to talk to a person")
        card = await place.card()
        await place.slack.clicks(TEAM, SUPPORT, card.ts, DANA, "claim")
        await place.slack.until(lambda: "Claimed" in place.cards()[0].text)
        since = len(customer.frames)
        await place.slack.says(TEAM, SUPPORT, DANA, "Dana here.", card.ts)
        ended = await customer.until(lambda frame: isinstance(frame, Ended), since=since)
        assert isinstance(ended[0], Ended)
        return ended[0].text


@pytest.mark.parametrize("client", SOCKET_CLIENTS)
async def test_over_socket_mode_nothing_but_slack_must_be_reached(
    tmp_path: Path, client: str
) -> None:
    sockets = SocketMode()
    async with slack_running([sockets.part]) as server:
        server.deliver = sockets.deliver
        usual = replace(prepared(server), signing_secret="", app_token=APP_TOKEN)
        slack = replace(usual, socket_client=client)
        async with served(replace(USUAL, data=tmp_path / "data", slack=slack)) as place:
            here = SlackPlace(place.app, place.url, server)
            read = await reply_over(here)
            await sockets.disconnect("refresh_requested")
            card = here.cards()[0]
            ts = await server.says(TEAM, SUPPORT, DANA, "Still here.", card.ts)
            await server.until(lambda: bool(server.message(TEAM, SUPPORT, ts).reactions))
            async with aiohttp.ClientSession() as http, http.post(f"{place.url}{PATH}") as answer:
                status = answer.status

        assert read == "Dana here."
        assert list(server.message(TEAM, SUPPORT, ts).reactions) == ["white_check_mark"]
        assert status == 404
        assert not sockets.unacknowledged
        assert len(sockets.all) == 2
        assert all(client in socket.agent for socket in sockets.all)


@pytest.mark.promise("K82")
async def test_a_workspace_installs_the_app_and_its_humans_answer(tmp_path: Path) -> None:
    oauth = OAuth()
    async with slack_running([oauth.part]) as server:
        prepared(server)
        async with distributed(tmp_path, oauth, server) as place:
            installed, used = await install(place, oauth, TEAM)
            read = await reply_over(SlackPlace(place.app, place.url, server))

        assert (installed, used) == (200, 400)
        assert read == "Dana here."


@pytest.mark.promise("K77")
async def test_what_a_human_wrote_while_nobody_was_here_reaches_the_customer(
    tmp_path: Path,
) -> None:
    async with slack_running() as server:
        settings = replace(USUAL, data=tmp_path / "data", slack=prepared(server))
        async with served(settings) as place:
            server.deliver_to(f"{place.url}{PATH}", SIGNING_SECRET)
            here = SlackPlace(place.app, place.url, server)
            await reply_over(here)
            [head] = await place.app.manager.handoffs.queue()
        # Slack has tried three times, and has given up by the time we are back.
        server.deliver = None
        card = here.cards()[0]
        said = await server.says(TEAM, SUPPORT, DANA, "Are you still there?", card.ts)
        noted = await server.says(TEAM, SUPPORT, DANA, ";; a patient one", card.ts)
        async with served(settings) as place:
            await server.until(lambda: bool(server.message(TEAM, SUPPORT, said).reactions))
            history = await place.app.reception.history(head.conversation, 0, None, False)
            told = [f.type for f in history.frames if "Are you still there?" in f.json]

        assert server.message(TEAM, SUPPORT, noted).reactions == []
        assert told.count("message.end") == 1
