"""Files over real sockets: what gets in, what does not, and what a message may carry."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO

import aiohttp
import pytest

from channels.base import Said, Uploaded
from channels.limits import Rate
from channels.upload import MOST_FILE_BYTES, MOST_FILES
from channels.web import WebLimits, WebTerms, WebTimings
from tests.channels.served import FAST, LIMIT_S, SHOP, Json, Opened, Served, serving, soon
from tests.channels.test_upload import JPEG, PDF, PNG, SAMPLES, TEXT

pytestmark = pytest.mark.slow
EVIL = "https://evil.example.net"
MANY = replace(FAST, limits=WebLimits(files=Rate(100, 100.0)))


async def send(
    served: Served, session: Opened | None, content: object = PNG, **more: str
) -> tuple[int, Json]:
    """Send one file; return status and answer. `type`, `name` and further headers may be said."""
    headers = {"Content-Type": more.pop("type", "image/png")}
    headers["X-File-Name"] = more.pop("name", "photo.png")
    headers |= {name.replace("_", "-"): value for name, value in more.items()}
    if session is not None:
        headers.setdefault("Authorization", f"Bearer {session.token}")
    address = f"{served.url}/v1/chat/files"
    async with served.http.post(address, data=content, headers=headers) as answer:
        return answer.status, await answer.json()


def type_of(answer: tuple[int, Json]) -> tuple[int, object]:
    status, body = answer
    error = body["error"]
    assert isinstance(error, dict)
    return status, error["type"]


@pytest.mark.parametrize("media_type", sorted(SAMPLES))
async def test_a_file_is_taken_and_named(media_type: str) -> None:
    async with serving() as served:
        session = await served.session()
        content = SAMPLES[media_type]
        status, kept = await send(served, session, content, type=media_type, name="caf%C3%A9")
        file = served.conversations.files[session.conversation, str(kept["file_id"])]

        assert status == 201
        assert kept == {
            "file_id": file.file_id,
            "name": file.name,
            "size": len(content),
            "media_type": media_type,
        }
        assert file.name.startswith("café.")
        assert file.content == content


async def test_a_file_of_exactly_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    async with serving() as served:
        session = await served.session()
        most = PNG + bytes(MOST_FILE_BYTES - len(PNG))
        fits = await send(served, session, BytesIO(most))
        too_large = await send(served, session, BytesIO(most + b"x"))

        assert fits[0] == 201
        assert type_of(too_large) == (413, "body_too_large")


async def test_a_body_without_a_length_is_stopped_at_the_limit() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield PNG
        for _ in range(MOST_FILE_BYTES // 65_536 + 1):
            yield bytes(65_536)

    async with serving() as served:
        session = await served.session()

        assert type_of(await send(served, session, pieces())) == (413, "body_too_large")
        assert not served.conversations.files


@pytest.mark.parametrize(
    ("content", "media_type", "refusal"),
    [
        (b"", "image/png", (400, "file_empty")),
        (JPEG, "image/png", (415, "file_type_wrong")),
        (b"MZ\x90\x00\x03", "application/pdf", (415, "file_type_wrong")),
        (b"<svg/>", "image/svg+xml", (415, "file_type_refused")),
        (b"<html>", "text/html", (415, "file_type_refused")),
        (b"GIF89a", "image/gif", (415, "file_type_refused")),
        (PNG, "application/octet-stream", (415, "file_type_refused")),
        (PNG, "multipart/form-data; boundary=x", (415, "file_type_refused")),
    ],
)
async def test_what_is_not_allowed_or_not_what_it_says_is_refused(
    content: bytes, media_type: str, refusal: tuple[int, str]
) -> None:
    async with serving() as served:
        session = await served.session()

        assert type_of(await send(served, session, content, type=media_type)) == refusal
        assert not served.conversations.files


async def test_a_compressed_body_is_refused_before_it_is_read() -> None:
    async with serving() as served:
        session = await served.session()
        answer = await send(served, session, TEXT, type="text/plain", Content_Encoding="deflate")

        assert type_of(answer) == (415, "encoding_refused")


async def test_nobody_sends_a_file_without_a_session() -> None:
    async with serving() as served:
        session = await served.session()

        assert type_of(await send(served, None)) == (401, "token_missing")
        forged = await send(served, replace(session, token=session.token[:-3] + "AAA"))
        assert type_of(forged) == (401, "token_invalid")


@pytest.mark.promise("W86")
async def test_a_foreign_origin_sends_nothing_and_our_own_may_read_the_answer() -> None:
    async with serving() as served:
        session = await served.session(origin=SHOP)
        evil = await send(served, session, Origin=EVIL)
        fine = await send(served, session, Origin=SHOP)
        address = f"{served.url}/v1/chat/files"
        asking = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
        async with served.http.options(address, headers=asking) as preflight:
            headers = preflight.headers

        assert type_of(evil) == (403, "origin_refused")
        assert fine[0] == 201
        assert headers["Access-Control-Allow-Origin"] == SHOP
        assert "X-File-Name" in headers["Access-Control-Allow-Headers"]
        async with served.http.options(address, headers={"Origin": EVIL}) as refused:
            assert refused.status == 403


async def test_a_slow_body_ends() -> None:
    terms = WebTerms(WebTimings(tick_s=0.02, upload_s=0.1))
    never = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield PNG
        await never.wait()

    async with serving(terms=terms) as served:
        session = await served.session()

        assert type_of(await soon(send(served, session, stuck()))) == (408, "timeout")
        assert not served.conversations.files


async def test_a_body_that_is_cut_short_is_forgotten() -> None:
    async with serving() as served:
        session = await served.session()
        host, port = served.url.removeprefix("http://").split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            f"POST /v1/chat/files HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5000\r\n"
            f"Content-Type: image/png\r\nAuthorization: Bearer {session.token}\r\n\r\n".encode()
            + PNG
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        fine = await send(served, session)

        assert fine[0] == 201
        assert len(served.conversations.files) == 1


async def test_a_path_in_a_name_stays_outside() -> None:
    async with serving() as served:
        session = await served.session()
        _, kept = await send(served, session, name="..%2F..%2Fetc%2Fpasswd%00%0A.png")

        assert kept["name"] == "passwd.png"


async def test_a_conversation_holds_so_many_files_and_no_more() -> None:
    async with serving(terms=MANY) as served:
        session, other = await served.session(), await served.session()
        for _ in range(MOST_FILES):
            assert (await send(served, session))[0] == 201

        assert type_of(await send(served, session)) == (409, "too_many_files")
        assert (await send(served, other))[0] == 201


async def test_too_many_at_once_wait_a_little() -> None:
    terms = replace(FAST, limits=WebLimits(files=Rate(1, 0.1)))
    async with serving(terms=terms) as served:
        session = await served.session()
        await send(served, session)

        assert type_of(await send(served, session)) == (429, "rate_limited")


async def test_what_the_memory_cannot_hold_is_asked_to_come_back() -> None:
    terms = replace(FAST, limits=WebLimits(uploads=0))
    async with serving(terms=terms) as served:
        session = await served.session()

        assert type_of(await send(served, session)) == (503, "busy")


async def test_a_busy_application_and_a_gone_conversation_say_so() -> None:
    async with serving() as served:
        session = await served.session()
        served.conversations.is_busy = True
        busy = await send(served, session)
        served.conversations.is_busy = False
        served.conversations.forget(session.conversation)
        gone = await send(served, session)

        assert type_of(busy) == (503, "busy")
        assert type_of(gone) == (410, "conversation_gone")


async def test_a_message_shows_its_files_to_every_view_and_to_those_who_return() -> None:
    async with serving() as served:
        session = await served.session()
        _, kept = await send(served, session, PDF, type="application/pdf", name="letter.pdf")
        async with served.view(session) as view:
            await view.send("message", client_id="a", text="", attachments=[kept["file_id"]])
            accepted = (await view.until("message.accepted"))[-1]
        async with served.view(session, last_seq=99) as again:
            snapshot = (await again.until("snapshot"))[-1]

        assert accepted["attachments"] == [kept]
        messages = snapshot["messages"]
        assert isinstance(messages, list)
        assert messages[0]["attachments"] == [kept]
        assert messages[0]["text"] == ""
        said = [act for _, act in served.conversations.acts if isinstance(act, Said)]
        assert said == [Said("a", "", (str(kept["file_id"]),))]


async def test_a_file_of_another_conversation_is_unknown() -> None:
    async with serving() as served:
        mine, other = await served.session(), await served.session()
        _, kept = await send(served, other)
        async with served.view(mine) as view:
            await view.send("message", client_id="a", text="Hi", attachments=[kept["file_id"]])
            error = (await view.until("error"))[-1]
        posted = {"text": "Hi", "client_id": "b", "attachments": [kept["file_id"]]}
        address = f"{served.url}/v1/chat/messages"
        headers = {"Authorization": f"Bearer {mine.token}"}
        async with served.http.post(address, json=posted, headers=headers) as answer:
            refused = answer.status, (await answer.json())["error"]["type"]

        assert error == {"type": "error", "code": "unknown_file", "client_id": "a"}
        assert refused == (409, "unknown_file")
        assert not [act for _, act in served.conversations.acts if isinstance(act, Said)]


async def test_an_upload_is_no_secret_in_a_dump_of_the_act() -> None:
    file = Uploaded("f-1", "x.png", "image/png", b"very personal")

    assert "very personal" not in repr(file)


async def test_while_the_server_drains_no_file_is_taken() -> None:
    async with serving() as served:
        session = await served.session()
        async with asyncio.timeout(LIMIT_S):
            await served.chat.drain(0.0)

        assert type_of(await send(served, session)) == (503, "draining")


async def test_a_file_by_get_is_nothing() -> None:
    async with (
        serving() as served,
        aiohttp.ClientSession() as http,
        http.get(f"{served.url}/v1/chat/files") as answer,
    ):
        assert answer.status == 405
