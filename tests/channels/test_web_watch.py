"""Dead, deaf and slow connections, and restarts; conformance cases W96, W97, W100, W103."""

import asyncio
import base64
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import WSMsgType

from channels.scripted import Script, ScriptedConversations
from channels.web import WebTerms, WebTimings
from tests.channels.served import (
    FAST,
    Opened,
    Served,
    View,
    connected,
    serving,
    serving_over,
    soon,
)

pytestmark = pytest.mark.slow
WATCHFUL = WebTerms(
    timings=WebTimings(ping_s=0.05, silence_s=0.3, send_s=0.2, close_s=0.1, tick_s=0.01)
)


def masked(text: str) -> bytes:
    """Return a text frame of a client, with a mask of zeros (RFC 6455 5.2)."""
    body = text.encode()
    assert len(body) < 65_536
    return b"\x81\xfe" + len(body).to_bytes(2, "big") + bytes(4) + body


class Deaf:
    """A socket that has said hello and never reads again."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    async def is_dropped(self) -> None:
        """Wait for the connection to be reset; reads nothing of what was sent."""
        loop = asyncio.get_running_loop()
        error = 0
        while not error:
            await asyncio.sleep(0.01)
            try:
                await loop.sock_sendall(self.sock, b"\x8a\x80" + bytes(4))
            except OSError:
                return
            error = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


@asynccontextmanager
async def deaf(served: Served, session: Opened) -> AsyncIterator[Deaf]:
    host, port = served.url.removeprefix("http://").split(":")
    loop = asyncio.get_running_loop()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await loop.sock_connect(sock, (host, int(port)))
        key = base64.b64encode(os.urandom(16)).decode()
        request = (
            f"GET /v1/chat/ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        hello = json.dumps({"type": "hello", "token": session.token})
        await loop.sock_sendall(sock, request.encode() + masked(hello))
        yield Deaf(sock)


@pytest.mark.promise("W97")
async def test_a_peer_that_answers_nothing_is_dropped() -> None:
    async with serving(terms=WATCHFUL) as served:
        session = await served.session()
        async with deaf(served, session):
            await connected(served, 1)
            await connected(served, 0)

        assert served.chat.counts == {"silent": 1}


@pytest.mark.promise("W97")
@pytest.mark.promise("W103")
async def test_a_tab_that_only_answers_pings_is_kept() -> None:
    async with serving(terms=WATCHFUL) as served:
        session = await served.session()
        address = served.url.replace("http", "ws") + "/v1/chat/ws"
        async with served.http.ws_connect(address, autoping=False) as ws:
            await ws.send_json({"type": "hello", "token": session.token})
            pings = 0
            while pings < 12:
                message = await soon(ws.receive())
                if message.type is WSMsgType.PING:
                    pings += 1
                    await ws.pong(message.data)

            assert served.chat.connections == 1
            assert served.chat.counts == {}


@pytest.mark.promise("W96")
async def test_a_reader_that_stops_reading_is_dropped_and_nobody_else_notices() -> None:
    terms = replace(WATCHFUL, timings=replace(WATCHFUL.timings, silence_s=60.0))
    async with serving(Script(watch_frames=64), terms) as served:
        session, other = await served.session(), await served.session()
        async with deaf(served, session) as reader, served.view(other) as calm:
            await connected(served, 2)
            for _ in range(2_000):
                served.conversations.say(session.conversation, "x" * 8_000)
                await asyncio.sleep(0)
            await calm.say("Hi")
            end = (await calm.until("message.end"))[-1]
            views = served.conversations.log_of(session.conversation).views
            waiting = sum(len(view.waiting) for view in views)
            await soon(reader.is_dropped())
            await connected(served, 1)

        assert end["status"] == "done"
        assert waiting <= 64
        assert served.chat.counts == {"slow": 1}


async def test_a_slow_reader_who_reads_again_misses_nothing() -> None:
    """A view that lags loses its queue and reads history again."""
    async with serving(Script(watch_frames=4)) as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.next()
            for number in range(300):
                served.conversations.say(session.conversation, str(number))
            texts = [str((await view.until("message.end"))[-1]["text"]) for _ in range(300)]

        assert texts == [str(number) for number in range(300)]


@pytest.mark.promise("W100")
async def test_a_restart_is_announced_and_closes_with_its_own_code() -> None:
    async with serving() as served:
        session = await served.session()
        async with served.view(session) as view, served.view(session) as other:
            await view.next()
            await other.next()
            draining = asyncio.ensure_future(served.chat.drain(0.05, "deploy"))
            goaway = await view.next()
            status, answer = await served.ask()
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await served.http.ws_connect(session.socket_url)
            codes = [await view.closed(), await other.closed()]
            await draining

        assert goaway == {"type": "goaway", "reason": "deploy", "after_ms": 50}
        assert status == caught.value.status == 503
        assert answer["error"]
        assert codes == [1012, 1012]
        assert served.chat.connections == 0


@pytest.mark.promise("W100")
async def test_a_restart_does_not_wait_for_a_peer_that_is_not_there() -> None:
    timings = WebTimings(close_s=0.05, tick_s=0.01)
    async with serving(terms=WebTerms(timings=timings)) as served:
        session = await served.session()
        async with deaf(served, session):
            await connected(served, 1)
            await soon(served.chat.drain(0.0))

        assert served.chat.counts == {"left_open": 1}


async def test_a_restart_also_closes_who_has_not_said_hello() -> None:
    async with serving() as served, served.raw() as view:
        await view.send("ping", t=1)
        await view.next()
        await served.chat.drain(0.0)

        assert await view.closed() == 1012


async def test_a_server_whose_application_drains_sends_everybody_away() -> None:
    conversations = ScriptedConversations()
    async with serving_over(conversations) as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.next()
            await conversations.close()

            assert await view.closed() == 1001


async def test_a_pause_of_the_process_is_not_held_against_the_peers() -> None:
    now = [1000.0]
    terms = replace(FAST, clock=replace(FAST.clock, monotonic=lambda: now[0]))
    async with serving(terms=terms) as served:
        session = await served.session()
        async with served.view(session) as view:
            await view.next()
            now[0] += 60.0
            await view.send("ping", t=1)
            await view.until("pong")
            now[0] += 60.0
            await ticked(served)

            await view.send("ping", t=2)
            assert (await view.until("pong"))[-1]["t"] == 2
        assert served.chat.counts == {}


async def ticked(served: Served) -> None:
    """Let the watch look a few times."""
    view: View
    async with served.raw() as view:
        await view.say("not hello")
        await view.next()
    await asyncio.sleep(4 * FAST.timings.tick_s)
