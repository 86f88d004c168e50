"""`copilot desk`: answer escalated conversations from a terminal."""

import asyncio
import getpass
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import aiohttp
import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.errors import BotRefused
from bot.secret import desk_token, kept_secret
from bot.settings import Settings, read_settings

LOOK_EVERY_S = 1.0
HELP = (
    "list | claim N | reply TEXT (or just type) | note TEXT | assign NAME | show | save N PATH | "
    "release | resolve | quit"
)
DONE = {"release": "released.", "resolve": "resolved."}


class Server:
    """The running bot, as a desk sees it."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def get(self, path: str) -> dict[str, object]:
        """Return what is at a path.

        Raises:
            BotRefused: the server says no, or is not there.
        """
        return await self._ask("GET", path, None)

    async def post(self, path: str, body: Mapping[str, str]) -> dict[str, object]:
        """Do something.

        Raises:
            BotRefused: the server says no, or is not there.
        """
        return await self._ask("POST", path, body)

    async def download(self, path: str) -> bytes:
        """Return the file at a path, as it is.

        Raises:
            BotRefused: the server says no, or is not there.
        """
        return await self._asked("GET", path, None)

    async def _ask(
        self, method: str, path: str, body: Mapping[str, str] | None
    ) -> dict[str, object]:
        found: dict[str, object] = json.loads(await self._asked(method, path, body))
        return found

    async def _asked(self, method: str, path: str, body: Mapping[str, str] | None) -> bytes:
        try:
            async with self._http.request(method, self._url + path, json=body) as answer:
                found = await answer.read()
        except aiohttp.ClientError:
            raise BotRefused(
                f"no bot answers at {self._url}: is `copilot serve` running?"
            ) from None
        if answer.status != 200:
            error = json.loads(found).get("error")
            told = error["message"] if isinstance(error, dict) else answer.reason
            raise BotRefused(str(told))
        return found


class Terminal:
    """One human at the desk."""

    def __init__(self, server: Server, name: str, console: Console) -> None:
        self._server = server
        self._name = name
        self._console = console
        self._items: list[dict[str, object]] = []
        self._mine = ""
        self._seen = 0
        self._files: list[Mapping[str, object]] = []
        self._notes = 0

    async def show_queue(self) -> None:
        """Show who waits."""
        found = (await self._server.get("/v1/desk/queue"))["items"]
        assert isinstance(found, list)
        self._items = found
        table = Table("N", "state", "waits", "reason", "asks for")
        for number, one in enumerate(self._items, 1):
            state = f"with {one['human']}" if one["human"] else str(one["owner"])
            table.add_row(
                str(number), escape(state), f"{one['waited_s']:.0f} s", str(one["reason"]),
                escape(str(one["ask"])[:80]),
            )  # fmt: skip
        self._console.print(table if self._items else "Nobody is waiting.")

    async def claim(self, number: str) -> None:
        """Take a conversation and show it."""
        if not number.isdigit() or not 1 <= int(number) <= len(self._items):
            raise BotRefused(f"{number!r} is not in the list: say `list`, then `claim 1`")
        conversation = str(self._items[int(number) - 1]["conversation"])
        await self._server.post(f"/v1/desk/{conversation}/claim", {"name": self._name})
        self._mine, self._seen, self._notes, self._files = conversation, 0, 0, []
        await self.show()

    async def show(self) -> None:
        """Print what was said since the last look."""
        if not self._mine:
            return
        found = await self._server.get(f"/v1/desk/{self._mine}?after={self._seen}")
        lines = found["lines"]
        assert isinstance(lines, list)
        for line in lines:
            self._seen = max(self._seen, int(line["seq"]))
            words = line.get("words", line["text"])
            self._console.print(f"[bold]{line['author']}[/]: {escape(str(words))}")
            for file in line.get("attachments", ()):
                self._files.append(file)
                what = f"{escape(str(file['name']))}, {file['media_type']}, {file['size']:,} bytes"
                number = len(self._files)
                self._console.print(f"  file {number}: {what} (save {number} PATH)")
        notes = found["notes"]
        assert isinstance(notes, list)
        for note in notes[self._notes :]:
            noted = f"{note['name']} noted: {note['text']}"
            self._console.print(escape(noted), style="dim")
        self._notes = len(notes)

    async def save(self, rest: str) -> None:
        """Open a file that the customer sent, and write it where the human says.

        Raises:
            BotRefused: there is no such file, or the place cannot be written or is taken.
        """
        number, _, where = rest.strip().partition(" ")
        if not number.isdigit() or not 1 <= int(number) <= len(self._files) or not where.strip():
            known = f"1 to {len(self._files)}" if self._files else "none yet"
            raise BotRefused(
                f"say `save N PATH`, with N the number of a file ({known}); "
                "to write it to the customer, begin with `reply`"
            )
        file = self._files[int(number) - 1]
        place = place_for(where.strip(), str(file["name"]))
        path = f"/v1/desk/{self._mine}/files/{file['file_id']}?name={quote(self._name, safe='')}"
        content = await self._server.download(path)
        try:
            write_new(place, content)
        except OSError as error:
            raise BotRefused(f"cannot write {str(place)!r}: {error.strerror}") from None
        self._console.print(f"saved {escape(str(place))}, {len(content):,} bytes")

    async def act(self, act: str, text: str = "") -> None:
        """Reply, note, release or resolve what was claimed."""
        await self._post(act, {"text": text})
        await self.show()
        if act in DONE:
            self._mine = ""
            self._console.print(DONE[act])

    async def assign(self, to: str) -> None:
        """Give what was claimed to another human."""
        await self._post("assign", {"to": to})
        self._mine = ""
        self._console.print(f"assigned to {escape(to)}.")

    async def _post(self, act: str, body: Mapping[str, str]) -> None:
        if not self._mine:
            raise BotRefused("claim a conversation first")
        await self._server.post(f"/v1/desk/{self._mine}/{act}", {"name": self._name, **body})

    async def obey(self, line: str) -> bool:
        """Do what a line says; returns False when the human leaves."""
        word, _, rest = line.strip().partition(" ")
        match word:
            case "":
                await self.show()
            case "quit" | "exit":
                return False
            case "list":
                await self.show_queue()
            case "claim":
                await self.claim(rest.strip() or "1")
            case "show":
                await self.show()
            case "reply" | "note":
                await self.act(word, rest)
            case "assign":
                await self.assign(rest.strip())
            case "save":
                await self.save(rest)
            case "release" | "resolve":
                await self.act(word)
            case _ if self._mine:
                await self.act("reply", line)
            case _:
                self._console.print(HELP)
        return True


def place_for(where: str, name: str) -> Path:
    """Return where a file goes: a folder keeps the file's own name."""
    place = Path(where).expanduser()
    return place / Path(name).name if place.is_dir() else place


def write_new(place: Path, content: bytes) -> None:
    """Write a file that only its owner may read; what is there already stays.

    Raises:
        OSError: it exists, or cannot be written.
    """
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


@click.command(epilog="Example: copilot desk --name Dana (then: list, claim 1, Hello!, resolve)")
@click.option("--url", default=None, help="Where the bot runs; http://127.0.0.1:$PORT by default.")
@click.option("--name", default=getpass.getuser, help="Who you are, as customers see it.")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder.")
@click.option("--list", "only_list", is_flag=True, help="Show the queue and exit.")
@click.option("--json", "as_json", is_flag=True, help="With --list: print JSON.")
def command(url: str | None, name: str, data: Path | None, only_list: bool, as_json: bool) -> None:
    """Answer escalated conversations as a human, from this terminal."""
    settings = read_settings()
    token = desk_token(kept_secret(settings if data is None else _with_data(data)))
    where = url or f"http://127.0.0.1:{settings.port}"
    asyncio.run(_run(where, token, name, (only_list, as_json)))


def _with_data(data: Path) -> Settings:
    return replace(read_settings(), data=data)


async def _run(url: str, token: str, name: str, printing: tuple[bool, bool]) -> None:
    only_list, as_json = printing
    console = Console()
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        server = Server(http, url.rstrip("/"))
        terminal = Terminal(server, name, console)
        if as_json:
            click.echo(json.dumps(await server.get("/v1/desk/queue"), ensure_ascii=False))
            return
        await terminal.show_queue()
        if only_list:
            return
        console.print(HELP)
        await _converse(terminal, console)


async def _converse(terminal: Terminal, console: Console) -> None:
    """Read lines until the end, showing what customers write in between."""
    stdin = sys.stdin
    loop = asyncio.get_running_loop()
    while True:
        reading = loop.run_in_executor(None, stdin.readline)
        while not (await asyncio.wait((reading,), timeout=LOOK_EVERY_S))[0]:
            with suppress(BotRefused):  # a bot that restarts; whoever types is told
                await terminal.show()
        line = await reading
        if not line:
            return
        try:
            if not await terminal.obey(line.rstrip("\n")):
                return
        except BotRefused as refused:
            console.print(f"[red]{escape(str(refused))}[/]")
