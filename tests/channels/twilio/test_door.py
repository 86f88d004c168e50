"""The door over real sockets: what the emulator signs comes in, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from yarl import URL

from channels.twilio.door import Door, DoorTerms, relay_url, twiml
from channels.twilio.signature import Keys
from tests.channels.twilio.door_scene import PUBLIC_URL, RELAY_PATH, Opened, opened
from tests.channels.twilio.signing import FORM_TYPE, TOKEN, encoded, hash_of, headers, signed
from tests.emulators.twilio import TwilioServer, twilio_running

SMS = "/channels/sms"
FIELDS = {"Body": "hello", "From": "+15550123", "Brand-New": "x"}


@asynccontextmanager
async def delivering(
    public_url: str = PUBLIC_URL, shared: dict[str, str] | None = None
) -> AsyncIterator[tuple[TwilioServer, Opened]]:
    async with twilio_running() as server:
        keys = Keys(server.auth_token, shared or {})
        async with opened(keys, public_url) as scene:
            server.deliver_to(scene.url, public_url)
            yield server, scene


@pytest.mark.promise("S1", "S2", "S3")
async def test_what_twilio_signs_comes_in_with_every_field() -> None:
    pairs = (*FIELDS.items(), ("Blank", ""), ("Tag", "b"), ("Tag", "a"), ("Tag", "b"))
    async with delivering() as (server, scene):
        delivery = await server.posts(SMS, pairs, token="retry-1")

        assert (delivery.status, delivery.content_type) == (200, "text/xml; charset=utf-8")
        assert "<Response/>" in delivery.body
        (webhook,) = scene.taken
        assert webhook.form.pairs == pairs
        assert not webhook.is_json
        assert (webhook.path_qs, webhook.token) == (SMS, "retry-1")
        assert not scene.refused


@pytest.mark.promise("S4")
@pytest.mark.parametrize("signature", ["", "wrong", "\u00ff\u00fe", "A" * 5000])
async def test_a_wrong_or_empty_signature_is_403(signature: str) -> None:
    async with delivering() as (server, scene):
        delivery = await server.posts(SMS, FIELDS, signature=signature)

        assert delivery.status == 403
        assert not scene.taken
        assert scene.refused == {"signature": 1}


@pytest.mark.promise("S4")
async def test_a_missing_signature_is_403() -> None:
    async with delivering() as (server, scene):
        delivery = await server.posts(SMS, FIELDS, is_signed=False)

        assert delivery.status == 403
        assert not scene.taken


@pytest.mark.promise("S5")
async def test_only_the_configured_address_counts_whatever_a_proxy_says() -> None:
    """What is signed is `https://bank.example`; what arrives is plain HTTP on a loopback port."""
    forged = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Port": "8080",
        "Forwarded": "host=evil.example;proto=http",
    }
    async with delivering() as (server, scene):
        assert (await server.posts(SMS, FIELDS, headers=forged)).status == 200

        evil = server.signature("https://evil.example" + SMS, FIELDS)
        delivery = await server.posts(SMS, FIELDS, headers=forged, signature=evil)
        assert delivery.status == 403
        internal = server.signature(scene.url + SMS, FIELDS)
        assert (await server.posts(SMS, FIELDS, signature=internal)).status == 403


@pytest.mark.promise("S5")
@pytest.mark.parametrize(
    "public_url", ["https://bank.example/support/", "https://bank.example:443"]
)
async def test_a_path_that_a_proxy_takes_off_and_a_port_are_signed(public_url: str) -> None:
    async with opened(Keys(TOKEN), public_url) as scene, aiohttp.ClientSession() as http:
        url = public_url.rstrip("/") + "/sms"
        given = {**headers(url, FIELDS.items()), "Content-Type": FORM_TYPE}
        body = encoded(FIELDS.items())

        async with http.post(scene.url + "/sms", data=body, headers=given) as response:
            assert response.status == 200


async def test_twilio_may_sign_with_the_default_port() -> None:
    async with delivering() as (server, scene):
        assert (await server.posts(SMS, FIELDS, has_port=True)).status == 200
        assert len(scene.taken) == 1


@pytest.mark.promise("S6")
async def test_the_query_is_signed_and_the_fragment_is_not() -> None:
    path = f"{SMS}/status?outbox=7&note=a%20b+c%2Fd#rc=2&rp=ct,rt,5xx"
    async with delivering() as (server, scene):
        assert (await server.posts(path, FIELDS)).status == 200
        assert scene.taken[0].path_qs == path.partition("#")[0]

        other = server.signature(f"{PUBLIC_URL}{SMS}/status?outbox=8", FIELDS)
        delivery = await server.posts(f"{SMS}/status?outbox=7", FIELDS, signature=other)
        assert delivery.status == 403


@pytest.mark.promise("S7")
async def test_json_is_bound_by_its_hash() -> None:
    async with delivering() as (server, scene):
        document: dict[str, object] = {"a": 1, "b": ["\u00fc"]}
        assert (await server.posts(SMS, document=document)).status == 200
        (webhook,) = scene.taken
        assert webhook.is_json
        assert webhook.json == document
        assert len(webhook.form) == 0

        tampered = await server.posts(SMS, document=document, body=b'{"a": 2}')
        assert tampered.status == 403
        assert scene.refused == {"signature": 1}


@pytest.mark.promise("S7")
@pytest.mark.parametrize(
    ("body", "status"),
    [(b'{"a": 1}', 403), (b"{", 400), (b"[1]", 400), (b"", 400), (b"[" * 60_000, 400)],
)
async def test_json_without_a_hash_is_refused_not_crashed(body: bytes, status: int) -> None:
    async with opened(Keys(TOKEN)) as scene, aiohttp.ClientSession() as http:
        given = {**headers(PUBLIC_URL + SMS), "Content-Type": "application/json"}

        async with http.post(scene.url + SMS, data=body, headers=given) as response:
            assert response.status == status
        assert not scene.taken


async def test_an_empty_form_does_not_stand_in_for_a_json_body() -> None:
    """The signature of a JSON request covers the address alone; so does that of no fields."""
    async with opened(Keys(TOKEN)) as scene, aiohttp.ClientSession() as http:
        path = f"{SMS}?bodySHA256={hash_of(b'{}')}"
        given = {**headers(PUBLIC_URL + path), "Content-Type": FORM_TYPE}

        async with http.post(scene.url + path, data=b"", headers=given) as response:
            assert response.status == 403
        given["Content-Type"] = "application/json"
        async with http.post(scene.url + path, data=b"{}", headers=given) as response:
            assert response.status == 200


@pytest.mark.promise("S8")
async def test_a_shared_key_is_verified_and_another_algorithm_refused() -> None:
    async with delivering(shared={"key-1": "a-shared-secret"}) as (server, scene):
        ours = {"shared_key": "key-1", "secret": "a-shared-secret"}
        assert (await server.posts(SMS, FIELDS, **ours)).status == 200
        assert (await server.posts(SMS, FIELDS, **ours, algorithm="HMAC_SHA1")).status == 403
        assert (await server.posts(SMS, FIELDS, shared_key="key-2", secret="x")).status == 403
        assert len(scene.taken) == 1


async def test_another_account_is_refused_where_one_is_named() -> None:
    async with opened(Keys(TOKEN)) as scene, aiohttp.ClientSession() as http:
        scene.door = Door(Keys(TOKEN), PUBLIC_URL, DoorTerms(account="AC" + "a" * 32))
        for account, status in (("AC" + "a" * 32, 200), ("AC" + "b" * 32, 403), ("", 403)):
            pairs = [("AccountSid", account)]
            given = {**headers(PUBLIC_URL + SMS, pairs), "Content-Type": FORM_TYPE}
            async with http.post(scene.url + SMS, data=encoded(pairs), headers=given) as response:
                assert response.status == status


async def test_the_upgrade_is_signed_by_the_address_in_the_twiml() -> None:
    url = relay_url(PUBLIC_URL, RELAY_PATH)
    assert url == "wss://bank.example/channels/voice/relay"
    async with opened(Keys(TOKEN)) as scene, aiohttp.ClientSession() as http:
        for given in (headers(url), headers(url.replace("wss", "https")), {}):
            async with http.get(scene.url + RELAY_PATH, headers=given) as response:
                assert response.status == 200

        assert scene.upgrades == [True, False, False]
        assert scene.refused == {"upgrade": 2}


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [
        ("https://bank.example/", "wss://bank.example/relay"),
        ("https://bank.example:8443/a#b", "wss://bank.example:8443/a/relay"),
        ("http://127.0.0.1:80", "ws://127.0.0.1:80/relay"),
    ],
)
def test_the_address_of_the_socket_follows_from_the_public_one(
    public_url: str, expected: str
) -> None:
    assert relay_url(public_url, "/relay") == expected


async def test_a_body_over_the_limit_is_refused_whether_it_says_so_or_not() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b"x" * 1000

    async with opened(Keys(TOKEN), most_bytes=10_000) as scene, aiohttp.ClientSession() as http:
        for body in (b"x" * 20_000, chunks()):
            async with http.post(scene.url + SMS, data=body) as response:
                assert response.status == 413

        assert scene.refused == {"too_large": 2}


async def test_a_packed_body_is_refused_unread() -> None:
    async with opened(Keys(TOKEN)) as scene, aiohttp.ClientSession() as http:
        given = {"Content-Encoding": "gzip"}
        async with http.post(scene.url + SMS, data=b"\x1f\x8b broken", headers=given) as response:
            assert response.status == 415

        assert scene.refused == {"packed": 1}


async def test_a_body_that_does_not_come_is_given_up() -> None:
    async with opened(Keys(TOKEN), read_s=0.05) as scene:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(scene.url.split(":")[2]))
        writer.write(b"POST /channels/sms HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nBody")

        async with asyncio.timeout(5.0):
            assert b" 408 " in await reader.readline()
        assert scene.refused == {"too_slow": 1}
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize(("is_closed", "word"), [(True, "cut_short"), (False, "too_slow")])
async def test_a_body_that_breaks_off_is_no_failure_of_ours(is_closed: bool, word: str) -> None:
    read_s = 5.0 if is_closed else 0.05
    async with opened(Keys(TOKEN), read_s=read_s) as scene, asyncio.timeout(5.0):
        _, writer = await asyncio.open_connection("127.0.0.1", int(scene.url.split(":")[2]))
        writer.write(
            b"POST /channels/sms HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"4\r\nBody\r\n"
        )
        await scene.entered.wait()
        if not is_closed:
            writer.write(b"nonsense\r\n")
            await writer.drain()
        else:
            writer.transport.abort()

        await scene.left.wait()
        assert scene.refused == {word: 1}
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@pytest.mark.promise("S4")
async def test_no_bytes_and_no_headers_make_a_500() -> None:
    """A fuzz run: nothing that is not signed comes in, and nothing breaks."""
    token = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
    value = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"))
    loop = asyncio.get_running_loop()
    async with opened(Keys(TOKEN)) as scene, aiohttp.ClientSession() as http:

        async def post(body: bytes, content_type: str, given: dict[str, str], query: str) -> int:
            sent = {**given, "Content-Type": content_type}
            url = f"{scene.url}{SMS}?{query}"
            async with http.post(url, data=body, headers=sent) as response:
                return response.status

        @given(
            st.binary(max_size=500),
            st.sampled_from([FORM_TYPE, "application/json", "text/plain", "nonsense", ""]),
            value,
            value,
            token,
        )
        @settings(
            max_examples=150,
            deadline=None,
            database=None,
            suppress_health_check=[HealthCheck.function_scoped_fixture],
        )
        def fuzz(body: bytes, content_type: str, signature: str, said: str, query: str) -> None:
            given = {
                "X-Twilio-Signature": signature.strip(),
                "X-Twilio-Webhooks-Signature-Settings": said.strip(),
            }
            posted = post(body, content_type, given, query)
            status = asyncio.run_coroutine_threadsafe(posted, loop).result(5.0)
            assert status in (400, 403)

        await asyncio.to_thread(fuzz)

        assert not scene.taken


async def test_a_signed_request_with_an_odd_path_comes_in() -> None:
    async with opened(Keys(TOKEN)) as scene, aiohttp.ClientSession() as http:
        for path in ("/a%20b?x=%2f&y=+", "/caf%C3%A9?q=a:b@c", "/x?a=1&a=2&b", "/x?"):
            given = {
                "X-Twilio-Signature": signed(PUBLIC_URL + path.rstrip("?")),
                "Content-Type": FORM_TYPE,
            }
            url = scene.url + path
            async with http.post(URL(url, encoded=True), headers=given) as response:
                assert response.status == 200, path


async def test_twiml_is_xml_in_utf_8() -> None:
    response = twiml("<Response/>")

    assert response.headers["Content-Type"] == "text/xml; charset=utf-8"
