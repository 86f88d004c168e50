"""Who may open a socket, and what must be its first frame."""

from dataclasses import replace
from datetime import datetime, timedelta

import aiohttp
import pytest

from channels.errors import ChannelBusy
from channels.voice.base import Setup
from channels.voice.relay import Relay, SocketTerms
from channels.voice.token import address_with
from tests.channels.voice.connected import (
    CALL,
    NOW,
    PUBLIC,
    TERMS,
    Peer,
    signature,
    switchboard,
    until,
)


@pytest.mark.promise("V29")
@pytest.mark.parametrize("signed", ["", "wss://evil.example/", PUBLIC, "https://bank.example"])
async def test_an_upgrade_without_the_right_signature_is_refused(signed: str) -> None:
    async with switchboard() as board:
        url = address_with(PUBLIC, board.tokens.mint(CALL))

        assert await board.status(url, signed) == 403
        assert board.counts == {"relay_unsigned": 1}
        assert not board.callees
        assert await board.status(url) == 101, "an unsigned upgrade uses no token"


@pytest.mark.promise("V29")
async def test_a_used_token_is_refused_before_the_socket_is_accepted() -> None:
    async with switchboard() as board:
        url = address_with(PUBLIC, board.tokens.mint(CALL))
        first, second = await board.status(url), await board.status(url)

        assert (first, second) == (101, 403)
        assert board.counts["relay_bad_token"] == 1
        assert not board.callees


@pytest.mark.promise("V29")
@pytest.mark.parametrize("token", ["x", "v1.x.y.z.w", "%00", "v1." + CALL])
async def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    async with switchboard() as board:
        assert await board.status(address_with(PUBLIC, token)) == 403
        assert not board.callees


@pytest.mark.promise("V29")
async def test_an_expired_token_is_refused() -> None:
    now = NOW
    async with switchboard(now=lambda: now) as board:
        url = address_with(PUBLIC, board.tokens.mint(CALL))
        now += timedelta(seconds=301)

        assert await board.status(url) == 403


@pytest.mark.promise("V30")
async def test_the_configured_address_counts_whatever_a_proxy_makes_of_it() -> None:
    async with switchboard(path="/inner/calls/{token}") as board:
        token = board.tokens.mint(CALL)
        ws = await board.upgrade(
            address_with(PUBLIC, token),
            path=f"/inner/calls/{token}?via=proxy",
        )
        peer = Peer(ws)
        await peer.setup(token)
        await until(lambda: bool(board.callees) and board.callees[0].setup is not None)
        await ws.close()

        unsigned = address_with("wss://bank.example/inner/calls", board.tokens.mint(CALL))
        assert await board.status(unsigned) == 403


async def test_a_call_is_answered_with_what_its_setup_says() -> None:
    async with switchboard() as board, board.call() as (_, callee):
        assert isinstance(callee.setup, Setup)
        assert (callee.setup.call, callee.setup.sender) == (CALL, "+15550123")
        assert not callee.setup.is_second


@pytest.mark.promise("V31")
@pytest.mark.parametrize(
    "first",
    ['{"type":"prompt","voicePrompt":"hi","last":true}', "junk", b"\x00", "{}", '{"type":"setup"}'],
)
async def test_another_first_frame_than_setup_closes_the_socket(first: str | bytes) -> None:
    async with switchboard() as board, board.socket() as peer:
        await peer.ws.send(first)

        assert await peer.closed() == ([], 1008)
        assert not board.callees


@pytest.mark.promise("V31")
async def test_a_socket_on_which_nothing_is_said_is_closed() -> None:
    terms = replace(TERMS, setup_s=0.05)
    async with switchboard(terms) as board, board.socket() as peer:
        assert await peer.closed() == ([], 1008)
        assert board.counts["relay_no_setup"] == 1


@pytest.mark.promise("V29")
@pytest.mark.parametrize(
    ("token", "call"), [(None, "CA" + "9" * 32), ("", CALL), ("another", CALL)]
)
async def test_a_setup_of_another_call_or_with_another_token_is_no_session(
    token: str | None, call: str
) -> None:
    async with switchboard() as board:
        minted = board.tokens.mint(CALL)
        async with board.socket(minted) as peer:
            await peer.setup(minted if token is None else token, call)

            assert await peer.closed() == ([], 1008)
            assert board.counts["relay_wrong_call"] == 1
            assert not board.callees


async def test_a_request_that_is_no_upgrade_is_refused_and_uses_no_token() -> None:
    async with switchboard() as board, aiohttp.ClientSession() as http:
        token = board.tokens.mint(CALL)
        headers = {"X-Twilio-Signature": signature(address_with(PUBLIC, token))}
        url = f"http://127.0.0.1:{board.port}/channels/voice/relay/{token}"
        async with http.get(url, headers=headers) as response:
            assert response.status == 400

        assert await board.status(address_with(PUBLIC, token)) == 101


async def test_one_socket_too_many_is_refused_and_may_come_again() -> None:
    async with switchboard(replace(TERMS, most_sockets=1)) as board:
        url = address_with(PUBLIC, board.tokens.mint(CALL))
        async with board.call():
            assert await board.status(url) == 503
            assert board.counts == {"relay_full": 1}
        await until(lambda: board.relay.sockets == 0)

        assert await board.status(url) == 101


async def test_a_token_that_cannot_be_noted_as_used_opens_nothing() -> None:
    class StoreThatIsDown:
        async def use(self, token_id: str, until: datetime) -> bool:
            raise ChannelBusy(1.0)

    async with switchboard(used=StoreThatIsDown()) as board:
        url = address_with(PUBLIC, board.tokens.mint(CALL))

        assert await board.status(url) == 503
        assert board.relay.sockets == 0


def test_an_address_that_is_no_socket_is_refused_at_the_start() -> None:
    with pytest.raises(ValueError, match="wss"):
        Relay(None, None, None, SocketTerms("https://bank.example"))  # type: ignore[arg-type] # never used


@pytest.mark.promise("V29")
async def test_under_the_bare_address_the_token_of_the_setup_counts_once() -> None:
    async with switchboard() as board:
        token = board.tokens.mint(CALL)
        peer = Peer(await board.upgrade(PUBLIC))
        await peer.setup(token)
        await until(lambda: bool(board.callees))
        second = Peer(await board.upgrade(PUBLIC))
        await second.setup(token)

        assert await second.closed() == ([], 1008)
        assert len(board.callees) == 1
        assert await board.status(address_with(PUBLIC, token)) == 403
        await peer.ws.close()


@pytest.mark.promise("V29")
@pytest.mark.parametrize("token", ["", "x"])
async def test_under_the_bare_address_nobody_is_heard_without_a_good_token(token: str) -> None:
    async with switchboard() as board:
        assert await board.status(PUBLIC, "wss://evil.example/") == 403
        peer = Peer(await board.upgrade(PUBLIC))
        await peer.setup(token)

        assert await peer.closed() == ([], 1008)
        assert not board.callees
