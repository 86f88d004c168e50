"""The terminal desk against the desk's side of the server, without a process in between."""

import asyncio
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from rich.console import Console

from bot.commands.desk import HELP, Server, Terminal
from bot.errors import BotRefused
from bot.http import build_http
from bot.humans.desk_http import DeskRoutes
from bot.log import MessageEnded
from bot.stores.base import Owner
from channels.base import WantsHuman
from tests.bot.stage import ANSWER, Stage, staged

pytestmark = pytest.mark.slow
TOKEN = "the token of the desk"


@dataclass
class Room:
    """A stage, and a terminal that looks at it."""

    stage: Stage
    url: str
    http: aiohttp.ClientSession
    screen: io.StringIO
    terminal: Terminal

    @property
    def text(self) -> str:
        """What the terminal has shown."""
        return self.screen.getvalue()

    async def obey(self, *lines: str) -> None:
        for line in lines:
            assert await self.terminal.obey(line)

    def colleague(self, name: str) -> Terminal:
        """Return a second terminal, whose screen nobody looks at."""
        return Terminal(Server(self.http, self.url), name, Console(file=io.StringIO()))

    async def said(self) -> list[tuple[str, str]]:
        """Return what was said to the customer: author and text."""
        events = await self.stage.events()
        ended = [event.body for event in events if isinstance(event.body, MessageEnded)]
        return [(body.author.value, body.text) for body in ended]


@asynccontextmanager
async def room(folder: Path) -> AsyncIterator[Room]:
    """Set it up, with a customer who has asked for a human."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with staged(folder) as stage, aiohttp.ClientSession(headers=headers) as http:
        desk = DeskRoutes(stage.services, stage.handoffs, TOKEN)
        runner = web.AppRunner(build_http(desk.routes()), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        url, screen = f"http://{host}:{port}", io.StringIO()
        terminal = Terminal(Server(http, url), "Dana", Console(file=screen, width=120))
        try:
            await stage.say("My card [b]never[/b] came, I am kim@example.com")
            await stage.answers()
            await stage.act(WantsHuman())
            await stage.answers(2)
            await stage.until_idle()
            yield Room(stage, url, http, screen, terminal)
        finally:
            await http.close()
            await runner.cleanup()


async def test_the_queue_shows_who_waits_and_for_what_without_personal_data(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as desk:
        await desk.obey("list")

        assert "queue" in desk.text
        assert "button" in desk.text
        assert "My card [b]never[/b] came, I am [EMAIL_1]" in desk.text


async def test_claimed_it_shows_what_was_said_and_every_word_goes_to_the_customer(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as desk:
        await desk.obey("list", "claim", "Good morning", "reply  I will look.", "")

        assert (await desk.stage.head()).human == "Dana"
        assert "customer: My card [b]never[/b] came" in desk.text
        assert f"bot: {ANSWER}" in desk.text
        assert (await desk.said())[-2:] == [("agent", "Good morning"), ("agent", " I will look.")]


async def test_what_a_human_types_is_redacted_too(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        await desk.obey("list", "claim 1", "I have written to robin@example.com")

        assert "robin@example.com" not in repr(await desk.stage.events())


async def test_released_or_resolved_it_is_no_longer_theirs(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        await desk.obey("list", "claim 1", "release")
        released = (await desk.stage.head()).owner
        await desk.obey("list")
        await desk.stage.act(WantsHuman())
        await desk.stage.until("escalation", 4)
        await desk.obey("list", "claim 1", "resolve", "list", "hello?")
        head = await desk.stage.head()

        assert released is Owner.BOT
        assert (head.owner, head.is_open) == (Owner.BOT, False)
        assert "released.\nNobody is waiting.\n" in desk.text
        assert desk.text.endswith(f"resolved.\nNobody is waiting.\n{HELP}\n")


async def test_a_note_is_for_humans_and_whoever_has_the_conversation_next_sees_it(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as desk:
        await desk.obey("list", "claim 1", "note wrote to robin@example.com [b]today[/b]")
        before = await desk.said()
        await desk.obey("assign Robin", "list")
        screen = io.StringIO()
        robin = Terminal(Server(desk.http, desk.url), "Robin", Console(file=screen, width=120))
        await robin.obey("list")
        await robin.obey("claim 1")
        await robin.obey("Hello, Robin here.")

        assert "noted" not in str(before)
        assert "Dana noted: wrote to [EMAIL_2] [b]today[/b]" in screen.getvalue()
        assert desk.text.count("Dana noted:") == 1
        assert "assigned to Robin." in desk.text
        assert "with Robin" in desk.text
        assert (await desk.stage.head()).human == "Robin"


@pytest.mark.parametrize(("line", "words"), [("note ", "an empty note"), ("assign", "to whom")])
async def test_a_note_or_an_assignment_without_anything_is_refused(
    tmp_path: Path, line: str, words: str
) -> None:
    async with room(tmp_path) as desk:
        await desk.obey("list", "claim 1")

        with pytest.raises(BotRefused, match=words):
            await desk.terminal.obey(line)


@pytest.mark.parametrize("line", ["claim 2", "claim 0", "claim x", "claim -1"])
async def test_a_number_that_is_not_in_the_list_is_refused(tmp_path: Path, line: str) -> None:
    async with room(tmp_path) as desk:
        await desk.obey("list")

        with pytest.raises(BotRefused, match="is not in the list"):
            await desk.terminal.obey(line)


@pytest.mark.parametrize("line", ["reply hello", "note x", "assign Robin", "release", "resolve"])
async def test_nothing_is_done_before_a_claim(tmp_path: Path, line: str) -> None:
    async with room(tmp_path) as desk:
        with pytest.raises(BotRefused, match="claim a conversation first"):
            await desk.terminal.obey(line)


@pytest.mark.parametrize("line", ["quit", "exit", "  quit  "])
async def test_one_can_leave(tmp_path: Path, line: str) -> None:
    async with room(tmp_path) as desk:
        assert not await desk.terminal.obey(line)


@pytest.mark.promise("B4")
async def test_the_second_who_claims_is_told_who_has_it(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        robin = desk.colleague("Robin")
        await robin.obey("list")
        await desk.obey("list", "claim 1")

        with pytest.raises(BotRefused, match="Dana has claimed this conversation"):
            await robin.obey("claim 1")


async def test_an_empty_reply_is_not_sent(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        await desk.obey("list", "claim 1")

        with pytest.raises(BotRefused, match="an empty reply was not sent"):
            await desk.terminal.obey("reply ")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"{}", b'{"name": 1}', b'{"name": " "}', b'{"name":"D","text":1}']
)
async def test_a_body_that_makes_no_sense_is_a_bad_request(tmp_path: Path, body: bytes) -> None:
    async with room(tmp_path) as desk:
        path = f"{desk.url}/v1/desk/{desk.stage.conversation}/claim"
        async with desk.http.post(path, data=body) as answer:
            error = json.loads(await answer.text())["error"]

        assert (answer.status, error["type"]) == (400, "invalid_request")
        assert (await desk.stage.head()).owner is Owner.QUEUE


async def test_a_conversation_that_is_not_there_is_not_found_and_cannot_be_claimed(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as desk:
        shown = await desk.http.get(f"{desk.url}/v1/desk/nowhere")
        claimed = await desk.http.post(f"{desk.url}/v1/desk/nowhere/claim", json={"name": "Dana"})

        assert (shown.status, claimed.status) == (404, 409)
        assert "no conversation 'nowhere'" in (await claimed.json())["error"]["message"]


async def test_what_was_said_since_a_place_that_is_no_number_is_a_bad_request(
    tmp_path: Path,
) -> None:
    async with room(tmp_path) as desk:
        path = f"{desk.url}/v1/desk/{desk.stage.conversation}?after=yesterday"

        assert (await desk.http.get(path)).status == 400


async def test_a_token_of_any_bytes_is_no_more_than_a_wrong_token(tmp_path: Path) -> None:
    async with room(tmp_path) as desk:
        host, _, port = desk.url.removeprefix("http://").partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"GET /v1/desk/queue HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\n\r\n"
        )
        status = await reader.readline()
        writer.close()
        await writer.wait_closed()

        assert b" 401 " in status


async def test_a_server_that_is_not_there_is_named() -> None:
    async with aiohttp.ClientSession() as http:
        server = Server(http, "http://127.0.0.1:9")

        with pytest.raises(BotRefused, match=r"no bot answers at http://127\.0\.0\.1:9"):
            await server.get("/v1/desk/queue")
