"""How a socket gets in; conformance cases W86-W88."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from channels.base import ConversationId
from channels.limits import Rate
from channels.token import Session, TokenKey
from channels.web import WebClock, WebLimits, WebTerms, WebTimings
from tests.channels.served import FAST, KEY, SHOP, serving

pytestmark = pytest.mark.slow
EVIL = "https://evil.example.net"


def token_for(conversation: str, *, is_browser: bool = False, lives_s: float = 600) -> str:
    expires_at = (datetime.now(UTC) + timedelta(seconds=lives_s)).timestamp()
    session = Session("pk_demo", ConversationId(conversation), "", is_browser, expires_at)
    return TokenKey(KEY).sign(session)


@pytest.mark.promise("W86")
async def test_a_foreign_origin_is_refused_before_the_upgrade() -> None:
    async with serving() as served:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with served.raw(origin=EVIL):
                pass

        assert caught.value.status == 403
        assert served.chat.connections == 0


@pytest.mark.promise("W86")
async def test_a_browsers_token_without_an_origin_is_refused() -> None:
    async with serving() as served:
        session = await served.session(origin=SHOP)

        async with served.view(session) as view:
            assert await view.closed() == 4403
        async with served.view(session, origin=SHOP) as view:
            assert (await view.next())["type"] == "welcome"


@pytest.mark.promise("W86")
async def test_our_own_origin_may_connect_and_so_may_a_program_without_one() -> None:
    async with serving() as served:
        program = await served.session()
        frame = await served.session(origin=served.url)

        async with served.view(program) as view:
            assert (await view.next())["type"] == "welcome"
        async with served.view(frame, origin=served.url) as view:
            assert (await view.next())["type"] == "welcome"


@pytest.mark.promise("W87")
async def test_a_socket_that_says_nothing_is_closed() -> None:
    terms = replace(FAST, timings=WebTimings(hello_s=0.05, close_s=0.5))
    async with serving(terms=terms) as served, served.raw() as view:
        assert await view.closed() == 4408


@pytest.mark.promise("W87")
async def test_an_expired_token_is_told_apart_from_one_for_another_conversation() -> None:
    async with serving() as served:
        session = await served.session()
        expired = replace(session, token=token_for(session.conversation, lives_s=-1))
        forged = replace(session, token=session.token[:-3] + "AAA")

        async with served.view(expired) as view:
            assert await view.closed() == 4401
        async with served.view(forged) as view:
            assert await view.closed() == 4401
        async with served.view(session, conversation_id="c_other") as view:
            assert await view.closed() == 4403


@pytest.mark.promise("W87")
async def test_a_conversation_that_is_gone_is_closed_with_its_own_code() -> None:
    async with serving() as served:
        session = await served.session()
        served.conversations.forget(session.conversation)

        async with served.view(session) as view:
            assert await view.closed() == 4410


@pytest.mark.promise("W87")
async def test_a_socket_outlives_its_token_only_with_a_newer_one() -> None:
    wall = datetime.now(UTC)
    now = [wall]
    terms = replace(FAST, clock=WebClock(utc=lambda: now[0]))
    async with serving(terms=terms) as served:
        session = await served.session()
        async with served.view(session) as renewed, served.view(session) as old:
            await old.next()
            await renewed.next()
            now[0] = wall + timedelta(seconds=400)
            later = await served.session(conversation_id=session.conversation)
            await renewed.send("auth", token=later.token)
            await renewed.send("ping", t=1)
            await renewed.until("pong")
            now[0] = wall + timedelta(seconds=700)

            assert await old.closed() == 4401
            await renewed.send("ping", t=2)
            assert (await renewed.next())["t"] == 2


@pytest.mark.promise("W87")
async def test_a_token_of_another_conversation_ends_an_open_socket() -> None:
    async with serving() as served:
        session, other = await served.session(), await served.session()
        async with served.view(session) as view:
            await view.send("auth", token=other.token)

            assert await view.closed() == 4403


async def test_what_comes_before_hello_is_an_error_and_the_third_ends_it() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.raw() as view:
            await view.say("too early")
            assert await view.next() == {"type": "error", "code": "hello_expected"}
            await view.send("hello", v=1, token=session.token)
            assert (await view.next())["type"] == "welcome"
        async with served.raw() as view:
            for _ in range(3):
                await view.say("too early")

            assert await view.closed() == 1008
        assert served.conversations.acts == []


@pytest.mark.promise("W88")
async def test_the_token_is_in_no_address_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.say("Hi")
            await view.until("message.end")
        headers = {"Authorization": f"Bearer {session.token}"}
        async with served.http.get(f"{served.url}/v1/chat/stream", headers=headers) as stream:
            await stream.content.readuntil(b"message.end")

    assert session.token not in session.socket_url
    assert "/v1/chat/ws" in caplog.text
    assert session.token not in caplog.text
    assert session.token.split(".")[1] not in caplog.text


async def test_a_token_in_the_address_counts_for_nothing() -> None:
    async with serving() as served:
        session = await served.session()
        address = f"{served.url}/v1/chat/stream?token={session.token}"
        async with served.http.get(address) as response:
            assert response.status == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 426), ({"Upgrade": "websocket", "Sec-WebSocket-Protocol": "graphql-ws"}, 400)],
)
async def test_what_is_no_socket_of_ours_gets_an_error_in_json(
    headers: dict[str, str], status: int
) -> None:
    async with (
        serving() as served,
        served.http.get(f"{served.url}/v1/chat/ws", headers=headers) as response,
    ):
        assert response.status == status
        assert (await response.json())["error"]["type"]


async def test_one_address_cannot_open_sockets_without_end() -> None:
    terms = WebTerms(FAST.timings, limits=WebLimits(sockets_per_ip=Rate(2, 0.001)))
    async with serving(terms=terms) as served:
        async with served.raw(), served.raw():
            pass
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            async with served.raw():
                pass

        assert caught.value.status == 429
        assert caught.value.headers is not None
        assert int(caught.value.headers["Retry-After"]) > 100
