"""Who gets a session, and who is told why not."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from channels.limits import Rate
from channels.token import identity_hash, sign_identity
from channels.web import WebLimits, WebTerms, WebTimings
from tests.channels.served import FAST, SECRET, SHOP, Json, serving, soon

pytestmark = pytest.mark.slow


def error_of(answer: Json) -> str:
    error = answer["error"]
    assert isinstance(error, dict)
    assert error["message"]
    assert error["trace_id"]
    return str(error["type"])


def identity(customer: str, lives_s: float = 300) -> str:
    return sign_identity(SECRET, customer, datetime.now(UTC) + timedelta(seconds=lives_s))


async def test_a_visitor_gets_a_conversation_and_can_go_on_with_it() -> None:
    async with serving() as served:
        status, answer = await served.ask(locale="pt-BR")
        again = await served.session(conversation_id=answer["conversation_id"])

    assert status == 200
    assert answer["expires_in"] == 600
    assert answer["ws_url"] == served.url.replace("http", "ws") + "/v1/chat/ws"
    assert again.conversation == answer["conversation_id"]


async def test_the_socket_address_is_the_public_one() -> None:
    terms = WebTerms(FAST.timings, public_url="https://chat.example.com/")
    async with serving(terms=terms) as served:
        _, answer = await served.ask()

    assert answer["ws_url"] == "wss://chat.example.com/v1/chat/ws"


async def test_a_proven_customer_keeps_his_conversation_and_nobody_else_gets_it() -> None:
    proof = {"id": "u1", "hash": identity_hash(SECRET, "u1")}
    other = {"id": "u2", "hash": identity_hash(SECRET, "u2")}
    async with serving() as served:
        mine = await served.session(user=proof)
        same = await served.session(identity=identity("u1"), conversation_id=mine.conversation)
        stranger, why = await served.ask(user=other, conversation_id=mine.conversation)
        visitor, why_too = await served.ask(conversation_id=mine.conversation)

    assert same.conversation == mine.conversation
    assert (stranger, error_of(why)) == (403, "conversation_refused")
    assert (visitor, error_of(why_too)) == (403, "conversation_refused")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"user": {"id": "u1", "hash": "00" * 32}}, "identity_invalid"),
        ({"user": {"id": "u1"}}, "identity_invalid"),
        ({"user": {"id": "u2", "hash": identity_hash(SECRET, "u1")}}, "identity_invalid"),
        ({"identity": "nonsense"}, "identity_invalid"),
        ({"identity": ""}, "identity_invalid"),
        ({"identity": identity("u1", -5)}, "identity_expired"),
        ({"identity": identity("u1", 3_600)}, "identity_invalid"),
    ],
)
async def test_a_bad_proof_never_makes_a_visitor(body: Json, code: str) -> None:
    async with serving() as served:
        status, answer = await served.post(body)

    assert (status, error_of(answer)) == (401, code)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"site_key": "pk_nobody"}, 403, "unknown_site"),
        ({"site_key": 7}, 400, "invalid_request"),
        ({"user": "u1"}, 400, "invalid_request"),
        ({"user": {"id": ""}}, 400, "invalid_request"),
        ({"conversation_id": "c_unknown"}, 403, "conversation_refused"),
        ({"locale": "x" * 70_000}, 413, "body_too_large"),
    ],
)
async def test_what_cannot_be_opened_says_why(body: Json, status: int, code: str) -> None:
    async with serving() as served:
        got, answer = await served.post(body)

    assert (got, error_of(answer)) == (status, code)


async def test_a_page_of_an_allowed_origin_may_read_the_answer_and_no_other() -> None:
    evil = "https://evil.example.net"
    async with serving() as served:
        address = f"{served.url}/v1/chat/sessions"
        async with served.http.options(address, headers={"Origin": SHOP}) as preflight:
            assert preflight.status == 204
            assert preflight.headers["Access-Control-Allow-Origin"] == SHOP
            assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
            assert preflight.headers["Vary"] == "Origin"
            assert "Access-Control-Allow-Credentials" not in preflight.headers
        async with served.http.options(address, headers={"Origin": evil}) as refused:
            assert refused.status == 403
            assert "Access-Control-Allow-Origin" not in refused.headers
        body, headers = {"site_key": "pk_demo"}, {"Origin": SHOP}
        async with served.http.post(address, json=body, headers=headers) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == SHOP
            assert answer.headers["Cache-Control"] == "no-store"
        status, why = await served.ask(origin=evil)

    assert (status, error_of(why)) == (403, "origin_refused")


async def test_a_refusal_can_be_read_by_the_page_that_asked() -> None:
    async with serving() as served:
        address = f"{served.url}/v1/chat/sessions"
        async with served.http.post(address, data=b"{", headers={"Origin": SHOP}) as answer:
            assert answer.status == 400
            assert answer.headers["Access-Control-Allow-Origin"] == SHOP


async def test_one_address_cannot_open_sessions_without_end() -> None:
    limits = WebLimits(sessions_per_ip=Rate(2, 0.1))
    async with serving(terms=WebTerms(FAST.timings, limits)) as served:
        statuses = [(await served.ask())[0] for _ in range(3)]

    assert statuses == [200, 200, 429]


async def test_behind_a_proxy_the_address_is_the_one_it_names() -> None:
    limits = WebLimits(sessions_per_ip=Rate(1, 0.1))
    terms = WebTerms(FAST.timings, limits, trusts_proxy=True)
    async with serving(terms=terms) as served:
        statuses = []
        for last in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
            headers = {"X-Forwarded-For": f"198.51.100.7, {last}"}
            address = f"{served.url}/v1/chat/sessions"
            body = {"site_key": "pk_demo"}
            async with served.http.post(address, json=body, headers=headers) as answer:
                statuses.append(answer.status)

    assert statuses == [200, 200, 429]


async def test_a_body_that_does_not_arrive_is_given_up() -> None:
    terms = WebTerms(timings=WebTimings(body_s=0.05))
    async with serving(terms=terms) as served:
        host, port = served.url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /v1/chat/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
        line = await soon(reader.readline())
        writer.close()
        await writer.wait_closed()

    assert line.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    ("token", "frame"),
    [
        (identity("u1"), {"type": "identified", "same_customer": True}),
        (identity("u2"), {"type": "identified", "same_customer": False}),
        (identity("u1", -5), {"type": "error", "code": "identity_expired"}),
        ("nonsense", {"type": "error", "code": "identity_invalid"}),
    ],
)
async def test_a_login_in_an_open_socket_is_answered_and_changes_nothing(
    token: str, frame: Json
) -> None:
    """A second customer opens a session of his own; this one stays the first one's."""
    async with serving() as served:
        session = await served.session(identity=identity("u1"))
        async with served.view(session) as view:
            await view.next()
            await view.send("identify", token=token)

            assert await view.next() == frame
