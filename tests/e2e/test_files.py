"""A file on its way through the whole product: from the customer's hands to the human's disk."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import aiohttp
import pytest
from rich.console import Console

from bot.commands.desk import Server, Terminal
from bot.errors import BotRefused
from bot.secret import desk_token
from bot.settings import Settings
from bot.stores.base import AuditAfter
from tests.bot.reception.test_files import files_in
from tests.e2e.product import running
from tests.e2e.visitor import SECRET, SITE, WAIT_S, Place, served

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 40
CANARY = b"%PDF-1.7 the canary in the file sings"
NAME = "kim.canary0001@example.com%20statement.pdf"


@dataclass
class Customer:
    """Somebody who sends files over plain HTTP."""

    http: aiohttp.ClientSession
    url: str
    token: str
    conversation: str

    async def upload(self, content: bytes, media_type: str, name: str) -> str:
        headers = {**self.headers, "Content-Type": media_type, "X-File-Name": name}
        address = f"{self.url}/v1/chat/files"
        async with self.http.post(address, data=content, headers=headers) as answer:
            assert answer.status == 201, await answer.text()
            return str((await answer.json())["file_id"])

    async def say(self, text: str, key: str, *files: str) -> int:
        body = {"client_id": key, "text": text, "attachments": files}
        address = f"{self.url}/v1/chat/messages"
        async with self.http.post(address, json=body, headers=self.headers) as answer:
            return answer.status

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@asynccontextmanager
async def customer_at(url: str) -> AsyncIterator[Customer]:
    async with aiohttp.ClientSession() as http:
        address = f"{url}/v1/chat/sessions"
        async with http.post(address, json={"site_key": SITE}) as answer:
            body = await answer.json()
        yield Customer(http, url, body["token"], body["conversation_id"])


@dataclass
class Desk:
    """One human in this process, and what is on the screen."""

    terminal: Terminal
    screen: StringIO
    http: aiohttp.ClientSession


@asynccontextmanager
async def desk_at(url: str, name: str = "Dana Ray") -> AsyncIterator[Desk]:
    headers = {"Authorization": f"Bearer {desk_token(SECRET.encode())}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        screen = StringIO()
        console = Console(file=screen, width=200)
        yield Desk(Terminal(Server(http, url), name, console), screen, http)


@asynccontextmanager
async def place_in(folder: Path) -> AsyncIterator[Place]:
    async with served(Settings(data=folder / "data", secret=SECRET)) as place:
        yield place


async def until_someone_waits(desk: Desk, url: str) -> None:
    """Look at the queue until a conversation is in it."""
    async with asyncio.timeout(WAIT_S):
        while True:
            async with desk.http.get(f"{url}/v1/desk/queue") as answer:
                if (await answer.json())["items"]:
                    return
            await asyncio.sleep(0.05)


async def audit_of(place: Place) -> list[dict[str, object]]:
    entries = await place.app.services.store.find(AuditAfter())
    return [json.loads(each.json) for each in entries if each.action == "file.opened"]


async def test_a_human_saves_what_a_customer_sent_byte_for_byte(tmp_path: Path) -> None:
    async with (
        place_in(tmp_path) as place,
        customer_at(place.url) as customer,
        desk_at(place.url) as desk,
    ):
        first = await customer.upload(PNG, "image/png", "photo.png")
        second = await customer.upload(CANARY, "application/pdf", NAME)
        assert await customer.say("I want to talk to a person", "a", first, second) == 202
        await place.app.manager.idle()
        await desk.terminal.obey("list")
        await desk.terminal.obey("claim 1")
        shown = desk.screen.getvalue()
        target = tmp_path / "my photo.png"
        await desk.terminal.obey(f"save 1 {target}")
        await desk.terminal.obey(f"save 2 {tmp_path}")

        assert "file 1: photo.png, image/png, 10,256 bytes (save 1 PATH)" in shown
        assert "file 2: [EMAIL_1] statement.pdf, application/pdf" in shown
        assert target.read_bytes() == PNG
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        assert (tmp_path / "[EMAIL_1] statement.pdf").read_bytes() == CANARY
        where = {"conversation": customer.conversation, "human": "Dana Ray"}
        assert await audit_of(place) == [{**where, "file": first}, {**where, "file": second}]


@pytest.mark.parametrize("line", ["save", "save 1", "save 9 x", "save x y", "save your receipt"])
async def test_a_save_that_makes_no_sense_is_no_message_to_the_customer(
    tmp_path: Path, line: str
) -> None:
    async with (
        place_in(tmp_path) as place,
        customer_at(place.url) as customer,
        desk_at(place.url) as desk,
    ):
        file = await customer.upload(PNG, "image/png", "photo.png")
        await customer.say("I want to talk to a person", "a", file)
        await place.app.manager.idle()
        await desk.terminal.obey("list")
        await desk.terminal.obey("claim 1")
        before = desk.screen.getvalue()

        with pytest.raises(BotRefused, match="begin with `reply`"):
            await desk.terminal.obey(line)
        await desk.terminal.obey("show")
        assert desk.screen.getvalue() == before
        assert await audit_of(place) == []


async def test_a_save_never_writes_over_a_file(tmp_path: Path) -> None:
    async with (
        place_in(tmp_path) as place,
        customer_at(place.url) as customer,
        desk_at(place.url) as desk,
    ):
        file = await customer.upload(PNG, "image/png", "photo.png")
        await customer.say("I want to talk to a person", "a", file)
        await place.app.manager.idle()
        await desk.terminal.obey("list")
        await desk.terminal.obey("claim 1")
        taken = tmp_path / "taken.png"
        taken.write_text("mine")

        with pytest.raises(BotRefused, match="File exists"):
            await desk.terminal.obey(f"save 1 {taken}")
        with pytest.raises(BotRefused, match="No such file"):
            await desk.terminal.obey(f"save 1 {tmp_path}/nowhere/x.png")
        assert taken.read_text() == "mine"


async def test_a_file_leaves_as_a_download_that_no_browser_runs(tmp_path: Path) -> None:
    async with (
        place_in(tmp_path) as place,
        customer_at(place.url) as customer,
        desk_at(place.url) as desk,
    ):
        file = await customer.upload(b"<script>alert(1)</script>", "text/plain", "caf%C3%A9.html")
        await customer.say("See", "a", file)
        address = f"{place.url}/v1/desk/{customer.conversation}/files/{file}?name=Dana"
        async with desk.http.get(address) as answer:
            body, headers = await answer.read(), answer.headers

        assert answer.status == 200
        assert body == b"<script>alert(1)</script>"
        assert headers["Content-Type"] == "text/plain; charset=utf-8"
        assert headers["Content-Disposition"] == ("attachment; filename*=UTF-8''caf%C3%A9.html.txt")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert headers["Cache-Control"] == "no-store"


async def test_who_may_not_gets_no_file_and_no_file_opens_without_a_name(tmp_path: Path) -> None:
    async with (
        place_in(tmp_path) as place,
        customer_at(place.url) as customer,
        customer_at(place.url) as other,
        desk_at(place.url) as desk,
    ):
        sent = await customer.upload(PNG, "image/png", "photo.png")
        await customer.say("See", "a", sent)
        kept_back = await customer.upload(PNG, "image/png", "never sent.png")
        base = f"{place.url}/v1/desk"
        mine, name = f"{base}/{customer.conversation}/files", "name=Dana"
        asked = {
            "as a customer": (customer.http, f"{mine}/{sent}?{name}"),
            "without a name": (desk.http, f"{mine}/{sent}?name=%20"),
            "never sent": (desk.http, f"{mine}/{kept_back}?{name}"),
            "elsewhere": (desk.http, f"{base}/{other.conversation}/files/{sent}?{name}"),
            "nowhere": (desk.http, f"{base}/c-nobody/files/{sent}?{name}"),
            "outside": (desk.http, f"{mine}/..%2F..%2Fsecret.key?{name}"),
            "out of folder": (desk.http, f"{base}/..%2F..%2Fdata/files/{sent}?{name}"),
        }
        statuses = {}
        for what, (http, address) in asked.items():
            async with http.get(address, headers=other.headers if "as" in what else {}) as answer:
                statuses[what] = answer.status

        assert statuses == {
            "as a customer": 401,
            "without a name": 400,
            "never sent": 404,
            "elsewhere": 404,
            "nowhere": 404,
            "outside": 404,
            "out of folder": 404,
        }
        assert await other.say("Mine now", "b", sent) == 409
        assert await audit_of(place) == []


@pytest.mark.promise("P1", "O1")
async def test_after_kill_the_file_is_there_and_nothing_of_it_is_in_clear(tmp_path: Path) -> None:
    environment = {"COPILOT_SECRET_KEY": SECRET, "COPILOT_LOG_LEVEL": "DEBUG"}
    async with running(tmp_path, environment) as product, desk_at(product.url) as desk:
        async with customer_at(product.url) as customer:
            file = await customer.upload(CANARY, "application/pdf", NAME)
            assert await customer.say("I want to talk to a person", "a", file) == 202
            await product.kill()
        written = b"".join(path.read_bytes() for path in files_in(tmp_path))
        await product.start()
        await until_someone_waits(desk, product.url)
        await desk.terminal.obey("list")
        await desk.terminal.obey("claim 1")
        await desk.terminal.obey(f"save 1 {tmp_path / 'saved.pdf'}")

        assert b"canary" not in written.lower()
        assert file.encode() in written
        assert (tmp_path / "saved.pdf").read_bytes() == CANARY
