"""Our HTTP under the SDK: a limit that holds, no second POST, no word in any log.

The traps of the SDK's own client: reference/channels.md 1.7.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from twilio.http.async_http_client import AsyncTwilioHttpClient

from channels.twilio.api import TwilioApi
from channels.twilio.base import Address, Outgoing
from channels.twilio.errors import TwilioBusy, TwilioFailed, TwilioRefused, TwilioUnclear
from channels.twilio.http_client import Asked, Wire, WireTerms, is_twilios, retry_after_s
from tests.channels.twilio.serving import serving
from tests.emulators.twilio import Fault, TwilioServer, twilio_running

AUTH = ("AC1", "secret")
HELLO = Outgoing(Address("+15550123"), Address("+15550100"), "", "hello")


@asynccontextmanager
async def asking(timeout_s: float = 10.0) -> AsyncIterator[tuple[TwilioServer, TwilioApi]]:
    async with twilio_running() as server:
        server.number("+15550100")
        server.reports = "none"
        api = TwilioApi(server.account, server.auth_token, base_url=server.url, timeout_s=timeout_s)
        try:
            yield server, api
        finally:
            await api.close()


@pytest.mark.promise("S28")
async def test_the_limit_holds_although_the_sdk_ignores_its_own() -> None:
    async with asking(timeout_s=0.2) as (server, api):
        server.faults.add(Fault("send", "hang"))

        async with asyncio.timeout(5.0):
            with pytest.raises(TwilioUnclear):
                await api.send(HELLO)
        assert len(server.called("send")) == 1
        assert len(server.messages) == 1


@pytest.mark.promise("S28")
async def test_the_client_of_the_sdk_has_no_limit() -> None:
    """What we guard against: when this fails, the SDK has learnt it, and ours may go."""
    arrived = asyncio.Event()

    async def never(request: web.Request) -> web.StreamResponse:
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with serving(never) as url:
        client = AsyncTwilioHttpClient(timeout=0.01)
        loop = asyncio.get_running_loop()
        asked = loop.create_task(client.request("POST", url, data={"a": "b"}))
        await arrived.wait()
        await asyncio.sleep(0.1)

        assert not asked.done()
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)
        await client.close()


@pytest.mark.promise("S17")
@pytest.mark.parametrize("kind", ["server_error", "server_error_after", "dropped", "lost"])
async def test_a_create_that_goes_wrong_is_never_posted_again(kind: str) -> None:
    async with asking() as (server, api):
        server.faults.add(Fault("send", kind))

        with pytest.raises(TwilioUnclear):
            await api.send(HELLO)
        assert len(server.called("send")) == 1
        assert len(server.messages) <= 1


@pytest.mark.promise("S17")
async def test_the_client_of_the_sdk_posts_again_and_ours_does_not() -> None:
    """What we guard against: reference/channels.md 1.7."""
    posts: list[str] = []

    async def broken(request: web.Request) -> web.StreamResponse:
        posts.append(request.headers.get("X-Of", ""))
        return web.Response(status=502)

    async with serving(broken) as url:
        client = AsyncTwilioHttpClient(max_retries=2)
        await client.request("POST", url, headers={"X-Of": "sdk"})
        await client.close()
        wire = Wire()
        with pytest.raises(TwilioUnclear):
            await wire.ask(Asked("POST", url, headers={"X-Of": "ours"}))
        await wire.close()

    assert posts == ["sdk", "sdk", "ours"]


@pytest.mark.promise("S17")
async def test_no_5xx_of_a_create_says_that_nothing_was_done() -> None:
    async with asking() as (server, api):
        for status in (500, 502, 503, 504):
            server.faults.add(Fault("send", "problem", status=status))
            with pytest.raises(TwilioUnclear):
                await api.send(HELLO)

        assert len(server.called("send")) == 4


async def test_where_nobody_listens_nothing_was_done() -> None:
    async def unused(request: web.Request) -> web.StreamResponse:
        return web.Response()

    async with serving(unused) as url:
        pass
    wire = Wire()
    for address in (url, "http://nobody.invalid/", "no address", "ftp://127.0.0.1/"):
        with pytest.raises(TwilioFailed):
            await wire.ask(Asked("POST", address, fields={"a": "b"}))
    await wire.close()


async def test_a_read_that_fails_is_never_unclear() -> None:
    async with asking(timeout_s=0.2) as (server, api):
        for kind in ("server_error", "dropped", "hang", "not_json"):
            server.faults.add(Fault("find", kind))
            with pytest.raises(TwilioFailed):
                await api.find("SM" + "a" * 32)


async def test_a_closed_wire_asks_nobody() -> None:
    wire = Wire()
    await wire.close()
    await wire.close()

    with pytest.raises(TwilioFailed):
        await wire.ask(Asked("GET", "http://127.0.0.1/"))
    with pytest.raises(TwilioFailed):
        await wire.fetch("https://api.twilio.com/x", AUTH, 10)


async def test_a_proxy_of_the_environment_is_used_only_when_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def direct(request: web.Request) -> web.StreamResponse:
        return web.Response(text="direct")

    async with serving(direct) as url, serving(direct) as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        # Of a proxy one asks for the whole address, and of this one in vain.
        for takes_proxy, expected in ((False, "direct"), (True, "404: Not Found")):
            wire = Wire(WireTerms(takes_proxy=takes_proxy))
            assert (await wire.ask(Asked("GET", url))).text == expected
            await wire.close()


async def test_nothing_that_is_sent_or_answered_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with asking() as (server, api):
        with caplog.at_level(logging.DEBUG):
            sent = await api.send(HELLO)
            await api.find(sent.sid)
            server.faults.add(Fault("send", "refused", code=21610))
            with pytest.raises(TwilioRefused) as refused:
                await api.send(HELLO)

        said = " ".join(record.getMessage() for record in caplog.records)
        assert "+15550123" not in said
        assert "hello" not in said
        assert refused.value.__cause__ is None
        assert "+1555" not in str(refused.value)


async def test_too_many_requests_say_when_to_come_back() -> None:
    async with asking() as (server, api):
        server.faults.add(Fault("send", "busy", retry_after_s=7))
        server.faults.add(Fault("send", "busy"))

        with pytest.raises(TwilioBusy) as busy:
            await api.send(HELLO)
        assert busy.value.retry_after_s == 7.0
        with pytest.raises(TwilioBusy):
            await api.send(HELLO)
        assert not server.messages


@pytest.mark.parametrize(
    ("header", "expected"),
    [("7", 7.0), (" 3 ", 3.0), ("", 1.0), ("soon", 1.0), ("99999", 3600.0), ("9" * 30, 1.0)],
)
def test_how_long_to_wait_is_read_with_care(header: str, expected: float) -> None:
    assert retry_after_s(header) == expected


async def test_an_answer_without_end_is_given_up() -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"x" * 100_000)
        return response

    async with serving(endless) as url:
        wire = Wire(WireTerms(url))
        with pytest.raises(TwilioUnclear):
            await wire.ask(Asked("POST", url))
        await wire.close()


# Files


async def test_a_file_is_fetched_with_credentials_and_its_redirect_without() -> None:
    async with asking() as (server, api):
        url = server.media_of(b"\x89PNG synthetic", "image/png; charset=binary")

        media = await api.media(url, 1000)

        assert (media.content, media.media_type) == (b"\x89PNG synthetic", "image/png")


@pytest.mark.parametrize("is_chunked", [True, False])
async def test_a_file_that_is_too_large_is_not_read_to_its_end(is_chunked: bool) -> None:
    async with asking() as (server, api):
        url = server.media_of(b"x" * 300_000, "image/png", is_chunked=is_chunked)

        with pytest.raises(TwilioRefused) as refused:
            await api.media(url, 1000)
        assert refused.value.status == 413
        assert len((await api.media(url, 300_000)).content) == 300_000


async def test_a_file_that_is_not_there_or_breaks_off_is_no_file() -> None:
    async with asking() as (server, api):
        url = server.media_of(b"x" * 1000, "image/png")
        with pytest.raises(TwilioRefused) as refused:
            await api.media(url[:-2] + "zz", 1000)
        assert refused.value.status == 404
        server.faults.add(Fault("store", "cut"))
        with pytest.raises(TwilioFailed):
            await api.media(url, 5000)
        server.faults.add(Fault("media", "server_error"))
        with pytest.raises(TwilioFailed):
            await api.media(url, 5000)
        server.faults.add(Fault("media", "busy", retry_after_s=2))
        with pytest.raises(TwilioBusy):
            await api.media(url, 5000)


async def test_our_credentials_go_to_twilio_alone() -> None:
    seen: list[str] = []

    async def stranger(request: web.Request) -> web.StreamResponse:
        seen.append(request.headers.get("Authorization", "none"))
        return web.Response(body=b"x", content_type="image/png")

    async def twilios(request: web.Request) -> web.StreamResponse:
        assert request.headers["Authorization"].startswith("Basic ")
        return web.Response(status=302, headers={"Location": request.query["to"]})

    async with serving(stranger) as other, serving(twilios) as url:
        wire = Wire(WireTerms(url))
        with pytest.raises(TwilioRefused) as refused:
            await wire.fetch(other, AUTH, 10)
        assert refused.value.status == 403
        assert not seen

        assert (await wire.fetch(f"{url}/a?to={other}", AUTH, 10)).content == b"x"
        assert seen == ["none"]
        for bad in ("", "ftp://127.0.0.1/", "https://[x", f"{url}/b?to="):
            with pytest.raises(TwilioFailed):
                await wire.fetch(f"{url}/a?to={bad}", AUTH, 10)
        await wire.close()


async def test_redirects_have_an_end() -> None:
    hops: list[str] = []

    async def onward(request: web.Request) -> web.StreamResponse:
        hops.append(request.path)
        return web.Response(status=307, headers={"Location": "/again"})

    async with serving(onward) as url:
        wire = Wire(WireTerms(url))
        with pytest.raises(TwilioFailed):
            await wire.fetch(url, AUTH, 10)
        await wire.close()
    assert len(hops) == 4


async def test_a_redirect_never_leads_from_a_safe_connection_to_an_open_one() -> None:
    wire = Wire(WireTerms("https://127.0.0.1:1"))
    with pytest.raises(TwilioFailed):
        wire._next("https://api.twilio.com/a", "http://elsewhere.example/b")
    assert wire._next("https://api.twilio.com/a", "/b") == "https://api.twilio.com/b"
    await wire.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.twilio.com/x", True),
        ("https://api.dublin.ie1.twilio.com:443/x", True),
        ("http://api.twilio.com/x", False),
        ("https://twilio.com.evil.example/x", False),
        ("https://eviltwilio.com/x", False),
        ("https://user@api.twilio.com/x", False),
        ("https://api.twilio.com:8443/x", False),
        ("https://api.twilio.com:99999/x", False),
        ("https://[x", False),
        ("http://127.0.0.1:8000/x", True),
        ("http://127.0.0.1:80001/x", False),
        ("http://127.0.0.1:8001/x", False),
        ("http://127.0.0.1:8000@evil.example/x", False),
        ("", False),
    ],
)
def test_what_is_twilios(url: str, expected: bool) -> None:
    assert is_twilios(url, "http://127.0.0.1:8000") is expected
