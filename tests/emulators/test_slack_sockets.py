"""The emulated Socket Mode and OAuth behave as the real ones."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from channels.slack.base import Json
from channels.slack.errors import SlackRefused
from channels.slack.single_call import SingleCall, answer_to
from tests.emulators.slack import slack_running
from tests.emulators.slack.events import EVENTS
from tests.emulators.slack.oauth import OAuth, told
from tests.emulators.slack.sockets import APP_TOKEN, MOST, SocketMode, sockets_running

REDIRECT = "http://copilot.test/back"


async def address(slack: SocketMode, token: str = APP_TOKEN) -> str:
    call = SingleCall("apps.connections.open", token=token, base_url=slack.base_url)
    return str((await answer_to(call))["url"])


@asynccontextmanager
async def connected(slack: SocketMode) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(await address(slack)) as socket,
    ):
        yield socket


async def heard(socket: aiohttp.ClientWebSocketResponse) -> dict[str, Any]:
    frame: dict[str, Any] = await socket.receive_json(timeout=5.0)
    return frame


async def test_an_address_works_once() -> None:
    async with sockets_running() as slack, aiohttp.ClientSession() as session:
        url = await address(slack)
        async with session.ws_connect(url) as socket:
            assert (await heard(socket))["type"] == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(url)


async def test_only_the_app_token_opens_a_socket() -> None:
    async with sockets_running() as slack:
        with pytest.raises(SlackRefused) as caught:
            await address(slack, slack.server.team("T1").bot_token)
        assert caught.value.error == "invalid_auth"


async def test_what_is_not_acknowledged_goes_to_the_other_socket_as_a_first_try() -> None:
    async with sockets_running() as slack, connected(slack) as one, connected(slack) as other:
        slack.again_s = 0.01
        assert (await heard(one))["num_connections"] == 1
        assert (await heard(other))["num_connections"] == 2
        await slack.emit(EVENTS, {"type": "event_callback"})
        first, second = await heard(one), await heard(other)

        assert first == second
        assert first["retry_attempt"] == 0
        await other.send_str(json.dumps({"envelope_id": second["envelope_id"]}))
        await slack.until(lambda: not slack.unacknowledged)


async def test_the_eleventh_socket_is_one_too_many() -> None:
    async with sockets_running() as slack, aiohttp.ClientSession() as session:
        sockets = [await session.ws_connect(await address(slack)) for _ in range(MOST)]
        for socket in sockets:
            await heard(socket)
        async with connected(slack) as last:
            assert (await heard(last))["reason"] == "too_many_websockets"
        for socket in sockets:
            await socket.close()


async def exchanged(oauth: OAuth, **said: str) -> Json:
    client = (oauth.client_id, oauth.client_secret)
    url = f"{oauth.server.url}/api/"
    return await answer_to(SingleCall("oauth.v2.access", said, client=client, base_url=url))


async def refused(oauth: OAuth, **said: str) -> str:
    with pytest.raises(SlackRefused) as caught:
        await exchanged(oauth, **said)
    return caught.value.error


async def code_of(oauth: OAuth) -> str:
    query = f"client_id={oauth.client_id}&scope=chat:write&redirect_uri={REDIRECT}&state=s"
    back = await oauth.allows(f"{oauth.authorize_url}?{query}")
    assert told(back)["state"] == "s"
    return told(back)["code"]


async def test_a_token_that_rotates_is_renewed_once_per_refresh_token() -> None:
    oauth = OAuth()
    async with slack_running([oauth.part]) as slack:
        oauth.rotates = True
        at = 1_000_000.0
        slack.unix = lambda: at
        first = await exchanged(oauth, code=await code_of(oauth), redirect_uri=REDIRECT)
        renewal = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
        second = await exchanged(oauth, **renewal)
        url = f"{slack.url}/api/"

        assert second["access_token"] != first["access_token"]
        assert await refused(oauth, **renewal) == "invalid_refresh_token"
        for answer in (first, second):
            await answer_to(SingleCall("auth.test", token=answer["access_token"], base_url=url))
        at += 43_200.0
        with pytest.raises(SlackRefused) as caught:
            await answer_to(SingleCall("auth.test", token=second["access_token"], base_url=url))
        assert caught.value.error == "token_expired"


async def test_a_code_is_for_one_address_one_time_and_ten_minutes() -> None:
    oauth = OAuth()
    async with slack_running([oauth.part]) as slack:
        at = 1_000_000.0
        slack.unix = lambda: at
        code, late = await code_of(oauth), await code_of(oauth)

        assert await refused(oauth, code="made-up", redirect_uri=REDIRECT) == "invalid_code"
        assert await refused(oauth, code=code, redirect_uri="x") == "bad_redirect_uri"
        await exchanged(oauth, code=code, redirect_uri=REDIRECT)
        assert await refused(oauth, code=code, redirect_uri=REDIRECT) == "code_already_used"
        at += 601.0
        assert await refused(oauth, code=late, redirect_uri=REDIRECT) == "code_expired"
