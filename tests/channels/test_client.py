"""The client that comes back: whatever is cut, each character comes once. W89-W91, W94, W100."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from channels.base import ConversationId, Opened, Opening
from channels.client import ChatClient, ClientTerms, Lost, backoff_s
from channels.errors import ChannelRefused
from channels.limits import Rate
from channels.scripted import ANSWER, Script, ScriptedConversations
from channels.token import sign_identity
from channels.web import WebClock, WebLimits, WebTerms
from channels.wire.web_seen import Ended, Received, ServerFrame, Started, Welcome
from tests.channels.served import FAST, SECRET, Served, serving, serving_over, soon

pytestmark = pytest.mark.slow
AT_ONCE = ClientTerms(chance=lambda: 0.0)


@asynccontextmanager
async def client_of(url: str, terms: ClientTerms = AT_ONCE) -> AsyncIterator[ChatClient]:
    async with ChatClient(url, "pk_demo", terms) as client:
        yield client


async def read_until(client: ChatClient, kind: type[ServerFrame]) -> list[Received]:
    """Return what comes, up to the first frame of a kind; the line stays up only that long."""
    seen: list[Received] = []
    async with asyncio.timeout(5), aclosing(client.frames()) as frames:
        async for received in frames:
            if isinstance(received, Lost):
                continue
            seen.append(received)
            if isinstance(received.frame, kind):
                break
    return seen


class CuttingProxy:
    """Passes bytes on, and cuts the first connection after so many of them."""

    def __init__(self, served: Served, down: int | None = None, up: int | None = None) -> None:
        host, port = served.url.removeprefix("http://").split(":")
        self.target = (host, int(port))
        self.left = {"down": down, "up": up}
        self.tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection(*self.target)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.pass_on(server_reader, writer, "down"))
                group.create_task(self.pass_on(reader, server_writer, "up"))
        except* (ConnectionError, EOFError):
            pass
        finally:
            writer.transport.abort()
            server_writer.transport.abort()

    async def pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: str
    ) -> None:
        while piece := await reader.read(4096):
            left = self.left[way]
            if left is not None and len(piece) >= left:
                writer.write(piece[:left])
                self.left[way] = None
                await asyncio.sleep(0)
                raise ConnectionResetError("cut")
            if left is not None:
                self.left[way] = left - len(piece)
            writer.write(piece)
            await writer.drain()
        raise EOFError("closed")


@asynccontextmanager
async def cutting(
    served: Served, down: int | None = None, up: int | None = None
) -> AsyncIterator[CuttingProxy]:
    """A way to the server that is cut once, after so many bytes in one direction."""
    proxy = CuttingProxy(served, down, up)
    loop = asyncio.get_running_loop()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = loop.create_task(proxy.serve(reader, writer))
        proxy.tasks.add(task)
        task.add_done_callback(proxy.tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    try:
        host, port = server.sockets[0].getsockname()
        proxy.url = f"http://{host}:{port}"
        yield proxy
    finally:
        server.close()
        for task in proxy.tasks:
            task.cancel()
        if proxy.tasks:
            await asyncio.wait(proxy.tasks)


async def test_what_is_said_is_answered_and_assembled_exactly() -> None:
    async with serving(Script(reset_after=4)) as served, client_of(served.url) as client:
        await client.say("Hi")
        seen = await read_until(client, Ended)

        assert [bubble.text for bubble in client.screen.bubbles] == ["Hi", ANSWER]
        assert client.unacknowledged == ()
        assert client.last_seq == seen[-1].seq == len(served.log(served_only(served)))


def served_only(served: Served) -> ConversationId:
    """Return the one conversation in which anything was said."""
    (only,) = {conversation for conversation, _ in served.conversations.acts}
    return only


@pytest.mark.promise("W90")
@pytest.mark.promise("W91")
@pytest.mark.promise("W94")
@pytest.mark.parametrize("script", [Script(), Script(reset_after=9, coalesces=True)], ids=str)
async def test_a_socket_cut_after_any_frame_of_an_answer_loses_and_doubles_nothing(
    script: Script,
) -> None:
    async with serving(script) as served:
        for cut in range(1, 42):
            async with client_of(served.url) as client:
                seqs = await answered_with_cuts(client, {cut})

                assert [bubble.text for bubble in client.screen.bubbles] == ["Hi", ANSWER]
                assert seqs == sorted(set(seqs))


async def test_a_socket_cut_after_every_frame_of_an_answer_loses_nothing_either() -> None:
    async with serving() as served, client_of(served.url) as client:
        await answered_with_cuts(client, set(range(200)))

        assert [bubble.text for bubble in client.screen.bubbles] == ["Hi", ANSWER]


async def answered_with_cuts(client: ChatClient, cuts: set[int]) -> list[int]:
    """Say something and cut the line after these frames; return the seqs that were yielded."""
    await client.say("Hi")
    seqs: list[int] = []
    number = 0
    async with asyncio.timeout(5), aclosing(client.frames()) as frames:
        async for received in frames:
            if isinstance(received, Lost):
                continue
            if received.seq is not None:
                seqs.append(received.seq)
            if isinstance(received.frame, Ended):
                break
            number += received.seq is not None
            if number in cuts and received.seq is not None:
                await client.cut()
    return seqs


@pytest.mark.promise("W89")
@pytest.mark.promise("W90")
async def test_a_line_cut_at_any_byte_of_either_way_loses_and_doubles_nothing() -> None:
    limits = WebLimits(sessions_per_ip=Rate(10_000, 1), sockets_per_ip=Rate(10_000, 1))
    async with serving(terms=WebTerms(FAST.timings, limits)) as served:
        for at in range(1, 4_400, 61):
            async with cutting(served, down=at) as proxy:
                assert await answered_over(proxy.url, served) == ["Hi", ANSWER]
                assert proxy.left["down"] is None
        for at in range(1, 780, 19):
            async with cutting(served, up=at) as proxy:
                assert await answered_over(proxy.url, served) == ["Hi", ANSWER]
                assert proxy.left["up"] is None


async def answered_over(url: str, served: Served) -> list[str]:
    """Return the bubbles of one question asked over a bad line; it was heard once."""
    async with client_of(url) as client:
        await client.say("Hi")
        await read_until(client, Ended)
        heard = [each for each, _ in served.conversations.acts if each == client.conversation]
        assert len(heard) == 1
        return [bubble.text for bubble in client.screen.bubbles]


@pytest.mark.promise("W92")
async def test_who_was_away_for_too_long_gets_a_snapshot() -> None:
    async with serving(Script(window=10)) as served, client_of(served.url) as client:
        await client.say("Hi")
        await read_until(client, Started)
        await served.conversations.settle()
        await client.say("More")
        await read_until(client, Ended)

        assert [bubble.text for bubble in client.screen.bubbles] == ["Hi", ANSWER, "More", ANSWER]
        assert client.unacknowledged == ()


@pytest.mark.promise("W100")
async def test_a_deploy_in_the_middle_of_an_answer_loses_no_event() -> None:
    conversations = ScriptedConversations(Script(pace_s=0.005))
    seen: list[Received | Lost] = []
    async with AsyncExitStack() as old, AsyncExitStack() as new:
        served = await old.enter_async_context(serving_over(conversations))
        client = await new.enter_async_context(client_of(served.url))
        port = int(served.url.rsplit(":", 1)[1])
        await client.say("Hi")
        async with asyncio.timeout(5), aclosing(client.frames()) as frames:
            async for received in frames:
                seen.append(received)
                if is_a(received, Started):
                    await old.aclose()
                    await new.enter_async_context(serving_over(conversations, port=port))
                if is_a(received, Ended):
                    break
        assert [bubble.text for bubble in client.screen.bubbles] == ["Hi", ANSWER]
    await conversations.close()

    seqs = [each.seq for each in seen if isinstance(each, Received) and each.seq is not None]
    assert seqs == list(range(1, len(seqs) + 1))
    assert any(isinstance(each, Lost) for each in seen)


def is_a(received: Received | Lost, kind: type[ServerFrame]) -> bool:
    return isinstance(received, Received) and isinstance(received.frame, kind)


async def test_a_message_over_the_rate_is_sent_again_by_itself() -> None:
    limits = WebLimits(messages=Rate(1, 20.0))
    async with serving(terms=WebTerms(FAST.timings, limits)) as served:
        async with client_of(served.url) as client:
            await client.say("one")
            await client.say("two")
            await read_until(client, Ended)
            await read_until(client, Ended)

            assert client.unacknowledged == ()
        assert len(served.conversations.acts) == 2


async def test_an_expired_session_is_replaced_by_a_new_one() -> None:
    wall = datetime.now(UTC)
    now = [wall]
    terms = replace(FAST, clock=WebClock(utc=lambda: now[0]))
    async with serving(terms=terms) as served, client_of(served.url) as client:
        await client.say("Hi")
        await read_until(client, Ended)
        conversation = client.conversation
        now[0] = wall + timedelta(seconds=700)
        await client.say("More")
        await read_until(client, Ended)

        assert client.conversation == conversation
        assert len(client.screen.bubbles) == 4


class CountingConversations(ScriptedConversations):
    """Counts how often a session was opened."""

    opened = 0

    async def open(self, opening: Opening) -> Opened:
        self.opened += 1
        return await super().open(opening)


async def test_a_session_is_renewed_while_the_socket_stays_open() -> None:
    wall = datetime.now(UTC)
    now = [wall]
    terms = replace(FAST, clock=WebClock(utc=lambda: now[0]))
    conversations = CountingConversations()
    often = replace(AT_ONCE, renew_share=0.0001)
    async with serving_over(conversations, terms) as served, client_of(served.url, often) as client:
        lost = 0
        opened_before = 0
        async with asyncio.timeout(5), aclosing(client.frames()) as frames:
            async for received in frames:
                lost += isinstance(received, Lost)
                if is_a(received, Welcome):
                    now[0] = wall + timedelta(seconds=500)
                    opened_before = conversations.opened
                    await client.say("Hi")
                if is_a(received, Ended) and conversations.opened < opened_before + 2:
                    await client.say("Again")
                elif is_a(received, Ended) and now[0] < wall + timedelta(seconds=700):
                    now[0] = wall + timedelta(seconds=700)
                    await client.say("After the first token has expired")
                elif is_a(received, Ended):
                    break

        assert lost == 0
    await conversations.close()


async def test_who_is_not_wanted_stops_trying() -> None:
    async with serving() as served, client_of(served.url) as client:
        await client.say("Hi")
        await read_until(client, Ended)
        served.conversations.forget(served_only(served))
        rest = [received async for received in client.frames()]

        assert client.ended_because == "gone"
        assert not any(isinstance(received, Lost) for received in rest)


async def test_an_unknown_site_is_said_and_not_tried_again() -> None:
    async with serving() as served, ChatClient(served.url, "pk_nobody", AT_ONCE) as client:
        with pytest.raises(ChannelRefused):
            await soon(anext(client.frames()))


async def test_a_proven_customer_is_recognised() -> None:
    async with serving() as served:
        identity = sign_identity(SECRET, "u1", datetime.now(UTC) + timedelta(minutes=5))
        async with client_of(served.url, replace(AT_ONCE, identity=identity)) as client:
            await client.say("Hi")
            await read_until(client, Ended)

            log = served.conversations.log_of(served_only(served))
            assert log.customer == "u1"


@pytest.mark.parametrize(
    ("attempt", "chance", "delay_s"),
    [(0, 0.999, 0.4995), (1, 0.5, 0.5), (3, 0.5, 2.0), (6, 0.5, 15.0), (99, 1.0, 30.0), (9, 0, 0)],
)
def test_the_delay_doubles_up_to_half_a_minute_with_full_jitter(
    attempt: int, chance: float, delay_s: float
) -> None:
    assert backoff_s(attempt, ClientTerms(chance=lambda: chance)) == delay_s
