"""The event stream and its posts; conformance cases W89, W99, W103, W104."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import aiohttp
import pytest

from channels.base import Rated, Said, WantsHuman
from channels.scripted import ANSWER, Script
from channels.web import WebTerms, WebTimings
from tests.channels.served import FAST, SHOP, Json, Opened, Served, connected, logged, serving, soon

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Sent:
    """One server-sent event."""

    id: int | None
    fields: Json


class Reader:
    """Reads an event stream."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.response = response
        self.comments = 0
        self.retry_ms = 0

    async def next(self) -> Sent:
        seq: int | None = None
        while True:
            line = (await soon(self.response.content.readuntil(b"\n"))).decode().rstrip("\n")
            name, _, value = line.partition(": ")
            match name:
                case "id":
                    seq = int(value)
                case "data":
                    return Sent(seq, json.loads(value))
                case "retry":
                    self.retry_ms = int(value)
                case "" if value:
                    self.comments += 1
                case _:
                    assert line == ""

    async def until(self, type: str) -> list[Sent]:
        events = [await self.next()]
        while events[-1].fields["type"] != type:
            events.append(await self.next())
        return events


def authorization(session: Opened) -> dict[str, str]:
    return {"Authorization": f"Bearer {session.token}"}


@asynccontextmanager
async def stream(
    served: Served, session: Opened, last_seq: int | None = None, query: str = ""
) -> AsyncIterator[Reader]:
    headers = authorization(session)
    if last_seq is not None:
        headers["Last-Event-ID"] = str(last_seq)
    address = f"{served.url}/v1/chat/stream{query}"
    async with served.http.get(address, headers=headers) as response:
        yield Reader(response)


async def post(served: Served, session: Opened, key: str = "", **body: object) -> tuple[int, Json]:
    headers = authorization(session)
    if key:
        headers["Idempotency-Key"] = key
    address = f"{served.url}/v1/chat/messages"
    async with served.http.post(address, json=body, headers=headers) as response:
        return response.status, await response.json()


async def replayed(served: Served, session: Opened, last_seq: int) -> list[Json]:
    """Return what a socket is given for the same place in the log."""
    async with served.view(session, last_seq=last_seq) as view:
        await view.send("ping", t=0)
        return (await view.until("pong"))[1:-1]


@pytest.mark.promise("W104")
@pytest.mark.parametrize("coalesces", [False, True])
async def test_a_stream_replays_event_for_event_what_a_socket_replays(coalesces: bool) -> None:
    async with serving(Script(coalesces=coalesces, reset_after=7)) as served:
        session = await served.session()
        await post(served, session, "a", text="Hi")
        await served.conversations.settle()

        for last_seq in range(len(served.log(session.conversation))):
            by_socket = await replayed(served, session, last_seq)
            async with stream(served, session, last_seq) as reader:
                welcome = await reader.next()
                by_stream = [await reader.next() for _ in by_socket]

            assert welcome.id is None
            assert [event.fields for event in by_stream] == by_socket
            assert [event.id for event in by_stream] == [each["seq"] for each in by_socket]


@pytest.mark.promise("W104")
async def test_a_stream_from_outside_the_window_begins_with_a_snapshot() -> None:
    async with serving(Script(window=5)) as served:
        session = await served.session()
        await post(served, session, "a", text="Hi")
        await served.conversations.settle()
        async with stream(served, session, 1) as reader:
            snapshot = (await reader.until("snapshot"))[-1]
        async with stream(served, session, 9_999, "?epoch=1") as reader:
            again = (await reader.until("snapshot"))[-1]

        assert snapshot == again
        assert snapshot.id == snapshot.fields["head_seq"] == len(served.log(session.conversation))


@pytest.mark.promise("W103")
async def test_a_stream_is_not_buffered_and_shows_the_first_word_while_the_rest_is_written() -> (
    None
):
    async with serving(Script(pace_s=0.02)) as served:
        session = await served.session()
        async with stream(served, session) as reader:
            headers = reader.response.headers
            await reader.until("welcome")
            await post(served, session, "a", text="Hi")
            first = (await reader.until("message.delta"))[-1]
            unfinished = served.log(session.conversation)[-1]
            end = (await reader.until("message.end"))[-1]

        assert headers["Content-Type"].startswith("text/event-stream")
        assert headers["X-Accel-Buffering"] == "no"
        assert headers["Cache-Control"] == "no-store"
        assert reader.retry_ms == 2000
        assert ANSWER.startswith(str(first.fields["text"]))
        assert unfinished["type"] != "message.end"
        assert end.fields["text"] == ANSWER


@pytest.mark.promise("W103")
async def test_an_idle_stream_has_comments_against_proxies_that_cut() -> None:
    terms = WebTerms(timings=WebTimings(comment_s=0.03, tick_s=0.01))
    async with serving(terms=terms) as served:
        session = await served.session()
        async with stream(served, session) as reader:
            await reader.next()
            while reader.comments < 3:
                line = await soon(reader.response.content.readuntil(b"\n\n"))
                reader.comments += line.startswith(b": ")

            assert served.chat.connections == 1


@pytest.mark.promise("W89")
async def test_a_post_with_the_same_key_is_one_message() -> None:
    async with serving() as served:
        session = await served.session()
        first = await post(served, session, "k", text="Hi")
        again = await post(served, session, "k", text="Hi")
        named = await post(served, session, type="message", client_id="k", text="Hi")

        accepted = served.log(session.conversation)[0]
        assert first == (202, {"accepted": True, "frames": []})
        assert again == named == (202, {"accepted": True, "frames": [accepted]})
        assert [act for _, act in served.conversations.acts] == [Said("k", "Hi")]


async def test_every_act_can_be_posted() -> None:
    async with serving() as served:
        session = await served.session()
        statuses = [
            (await post(served, session, type="human"))[0],
            (await post(served, session, type="feedback", message_id="m", value="up"))[0],
        ]

        assert statuses == [202, 202]
        assert [act for _, act in served.conversations.acts] == [WantsHuman(), Rated("m", "up")]


@pytest.mark.parametrize(
    "body",
    [{}, {"text": ""}, {"text": 3}, {"type": "hello", "token": "t"}, {"type": "later"}],
    ids=str,
)
async def test_a_post_that_makes_no_sense_is_a_400(body: Json) -> None:
    async with serving() as served:
        session = await served.session()
        status, answer = await post(served, session, "k", **body)

    assert status == 400
    assert isinstance(answer["error"], dict)
    assert answer["error"]["type"] == "invalid_request"
    assert len(answer["error"]["trace_id"]) == 32


async def test_a_stream_without_a_good_token_or_number_is_refused() -> None:
    async with serving() as served:
        session = await served.session()
        browser = await served.session(origin=SHOP)
        bad = [
            {},
            {"Authorization": "Basic abc"},
            {"Authorization": "Bearer nonsense"},
            {**authorization(session), "Last-Event-ID": "x"},
            {**authorization(browser), "Origin": "https://evil.example.net"},
        ]
        statuses = []
        for headers in bad:
            async with served.http.get(f"{served.url}/v1/chat/stream", headers=headers) as got:
                statuses.append(got.status)
                assert (await got.json())["error"]["message"]

        assert statuses == [401, 401, 401, 400, 403]


async def test_a_stream_of_a_conversation_that_is_gone_need_not_come_back() -> None:
    async with serving() as served:
        session = await served.session()
        async with stream(served, session) as reader:
            await reader.next()
            served.conversations.forget(session.conversation)
            assert await soon(reader.response.content.read()) == b"\n"
        async with stream(served, session) as again:
            assert again.response.status == 204
        status, _ = await post(served, session, "k", text="Hi")

        assert status == 410


async def test_a_restart_tells_streams_to_come_back_later() -> None:
    async with serving() as served:
        session = await served.session()
        async with stream(served, session) as reader:
            await reader.next()
            await served.chat.drain(0.0)
            goaway = await reader.next()
        async with stream(served, session) as refused:
            status, after = refused.response.status, refused.response.headers["Retry-After"]

        assert (goaway.id, goaway.fields["type"]) == (None, "goaway")
        assert (status, after) == (503, "2")


@pytest.mark.promise("W96")
async def test_a_stream_that_nobody_reads_is_dropped() -> None:
    terms = replace(FAST, timings=WebTimings(send_s=0.1, tick_s=0.01))
    async with serving(terms=terms) as served:
        session = await served.session()
        async with stream(served, session) as reader:
            await reader.next()
            for _ in range(1_500):
                served.conversations.say(session.conversation, "x" * 8_000)
            await connected(served, 0)

        assert served.chat.counts == {"slow": 1}


async def test_a_page_of_an_allowed_origin_may_use_stream_and_post() -> None:
    async with serving() as served:
        session = await served.session(origin=SHOP)
        headers = {**authorization(session), "Origin": SHOP}
        address = f"{served.url}/v1/chat/messages"
        async with served.http.options(address, headers={"Origin": SHOP}) as preflight:
            allowed = preflight.headers["Access-Control-Allow-Headers"]
        async with served.http.post(
            address, json={"text": "Hi"}, headers={**headers, "Idempotency-Key": "k"}
        ) as response:
            assert response.status == 202
            assert response.headers["Access-Control-Allow-Origin"] == SHOP

        assert "Idempotency-Key" in allowed
        assert "Last-Event-ID" in allowed
        assert logged(served.log(session.conversation))
