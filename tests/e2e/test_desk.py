"""One person with two terminals: a customer who needs a human, and the desk that answers."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from channels.wire.web_seen import Ended, Escalated
from tests.e2e.product import Product, running
from tests.e2e.visitor import WAIT_S, Visitor, Wanted, is_other, visiting

pytestmark = pytest.mark.slow

WRONG = ("Bearer wrong", "Bearer ", "Bearer", "Basic eDp5", "\u00fc")


@dataclass
class Terminal:
    """One `copilot desk`, driven through its standard input and output."""

    process: asyncio.subprocess.Process
    text: str = ""
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self) -> None:
        """Read what it prints until it ends."""
        assert self.process.stdout is not None
        while piece := await self.process.stdout.read(4096):
            self.text += piece.decode()
            async with self._news:
                self._news.notify_all()

    async def type(self, line: str) -> None:
        """Type a line and press Enter."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n".encode())
        await self.process.stdin.drain()

    async def until(self, pattern: str) -> re.Match[str]:
        """Wait until something stands on the screen."""
        expected = re.compile(pattern)
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: expected.search(self.text))
        match = expected.search(self.text)
        assert match is not None
        return match

    async def quit(self) -> int:
        """Leave; returns the exit code."""
        await self.type("quit")
        async with asyncio.timeout(WAIT_S):
            return await self.process.wait()


def environment_of(product: Product) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PORT": str(product.port),
        "COPILOT_DATA_DIR": str(product.data),
        "COLUMNS": "120",
    }


@asynccontextmanager
async def desk(product: Product, name: str) -> AsyncIterator[Terminal]:
    """Open a terminal."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "desk", "--name", name,
        env=environment_of(product),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    terminal = Terminal(process)
    listening = asyncio.ensure_future(terminal.listen())
    try:
        await terminal.until(r"list \| claim N")
        yield terminal
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening
        process._transport.close()  # type: ignore[attr-defined]  # its pipes outlive a kill otherwise


async def run(product: Product, *arguments: str, data: Path | None = None) -> tuple[int, str, str]:
    """Run `copilot desk` to its end; returns exit code, output and errors."""
    environment = environment_of(product)
    if data is not None:
        environment["COPILOT_DATA_DIR"] = str(data)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "desk", *arguments,
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(WAIT_S):
        out, error = await process.communicate()
    return process.returncode or 0, out.decode(), error.decode()


async def ask_for_a_person(visitor: Visitor, about: str) -> None:
    """Say what it is about, in a message that brings a human."""
    reply = await visitor.ask(f"I want to talk to a person about {about}")
    assert "colleague" in reply.ended.text


def says(author: str, text: str) -> Wanted:
    """Return what recognises a finished message."""
    return lambda frame: isinstance(frame, Ended) and (frame.author, frame.text) == (author, text)


def is_escalated(state: str, name: str = "") -> Wanted:
    """Return what recognises the coming and going of a human."""
    return lambda frame: frame == Escalated(state, name)


async def test_a_human_answers_from_a_terminal_and_gives_the_conversation_back(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as product, visiting(product.url) as visitor:
        await ask_for_a_person(visitor, "my lost parcel, write to kim@example.com")
        async with desk(product, "Dana") as terminal:
            await terminal.until(r"queue.*explicit_request")
            await terminal.type("claim 1")
            await visitor.until(is_escalated("joined", "Dana"))
            await terminal.until(r"customer: I want to talk to a person about my lost parcel")
            await terminal.type("Hello, this is Dana.")
            await visitor.until(says("agent", "Hello, this is Dana."))
            await visitor.client.say("Thank you! My number is 212-555-0134.")
            await terminal.until(r"customer: Thank you! My number is \[PHONE_1\]")
            await terminal.type("reply I will look.")
            await visitor.until(says("agent", "I will look."))
            await terminal.type("release")
            await terminal.until("released")
            await visitor.until(is_escalated("left", "Dana"))
            answer = await visitor.ask("How do I freeze my card?")

            assert answer.ended.author == "bot"
            assert answer.ended.sources
            assert "kim@example.com" not in terminal.text
            assert await terminal.quit() == 0


async def test_after_resolve_the_customer_is_asked_how_it_was_and_may_come_back(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as product, visiting(product.url) as visitor:
        await ask_for_a_person(visitor, "my parcel")
        async with desk(product, "Dana") as terminal:
            await terminal.type("claim")
            await visitor.until(is_escalated("joined", "Dana"))
            await terminal.type("resolve")
            await terminal.until("resolved")
            await visitor.until(is_other("csat.request"))
            await visitor.until(is_other("conversation.closed"))
            await terminal.type("list")
            await terminal.until("Nobody is waiting")
            await visitor.client.send({"type": "csat", "score": 5, "comment": "Great"})
            await visitor.until(is_other("csat.answer"))
            answer = await visitor.ask("How do I freeze my card?")

            assert answer.ended.author == "bot"
            assert await terminal.quit() == 0


@pytest.mark.promise("B4")
async def test_of_two_desks_that_claim_at_once_one_wins_and_the_other_is_told_who(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as product, visiting(product.url) as visitor:
        await ask_for_a_person(visitor, "my parcel")
        async with desk(product, "Dana") as dana, desk(product, "Robin") as robin:
            await asyncio.gather(dana.type("claim 1"), robin.type("claim 1"))
            joined = (await visitor.until(lambda frame: isinstance(frame, Escalated), 2))[1]
            assert isinstance(joined, Escalated)
            loser = {"Dana": robin, "Robin": dana}[joined.name]
            told = rf"{joined.name} (has claimed this conversation|was faster)"

            await loser.until(told)
            await loser.type("I am here too")
            await loser.until(r"list \| claim N(.|\n)*list \| claim N")
            joins = [f for f in visitor.frames if isinstance(f, Escalated) and f.state == "joined"]
            assert joins == [joined]
            assert not [f for f in visitor.frames if isinstance(f, Ended) and f.author == "agent"]


async def test_the_queue_is_there_as_json_for_those_who_hold_the_token(tmp_path: Path) -> None:
    async with running(tmp_path) as product, visiting(product.url) as visitor:
        empty = await run(product, "--list")
        await ask_for_a_person(visitor, "my card 4111 1111 1111 1111")
        code, out, error = await run(product, "--list", "--json")
        stranger = await run(product, "--list", "--json", data=tmp_path / "other")
        item = json.loads(out)["items"][0]

        assert (empty[0], empty[1].strip()) == (0, "Nobody is waiting.")
        assert (code, error) == (0, "")
        assert (item["owner"], item["reason"], item["cause"], item["human"]) == (
            "queue", "explicit_request", "customer", ""
        )  # fmt: skip
        assert item["conversation"] == visitor.client.conversation
        assert item["ask"].endswith("[CREDIT_CARD ****1111]")
        assert item["verified"] is False
        assert stranger == (1, "", "Error: The desk's token is missing or wrong.\n")


async def test_without_the_token_nothing_is_shown_and_nothing_done(tmp_path: Path) -> None:
    answers: set[tuple[int, str]] = set()
    async with running(tmp_path) as product, aiohttp.ClientSession() as http:
        desk_url = f"{product.url}/v1/desk"
        for header in ({}, *({"Authorization": word} for word in WRONG)):
            for method, path in (("GET", "queue"), ("GET", "c1"), ("POST", "c1/claim")):
                async with http.request(method, f"{desk_url}/{path}", headers=header) as answer:
                    answers.add((answer.status, (await answer.json())["error"]["message"]))

        assert answers == {(401, "The desk's token is missing or wrong.")}


async def test_a_desk_without_a_bot_says_what_to_start(tmp_path: Path) -> None:
    product = Product(tmp_path)
    code, out, error = await run(product, "--list")

    assert (code, out) == (1, "")
    assert error == f"Error: no bot answers at {product.url}: is `copilot serve` running?\n"


async def test_a_desk_outlives_a_restart_of_the_bot_and_tells_who_types_meanwhile(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as product, visiting(product.url) as visitor:
        await ask_for_a_person(visitor, "my parcel")
        async with desk(product, "Dana") as terminal:
            await terminal.type("claim 1")
            await terminal.until("bot: I am passing you on")
            await product.kill()
            await terminal.type("Are you still there?")
            await terminal.until("no bot answers at")
            await product.start()
            await terminal.type("I am back.")

            await visitor.until(says("agent", "I am back."))
            assert await terminal.quit() == 0
