"""The terminal client against a scripted server."""

import asyncio
import sys

import click
import pytest

from bot.commands.chat import Printer
from channels.scripted import ANSWER, CITATION, Script
from channels.wire.web_seen import (
    Accepted,
    Busy,
    Delta,
    Ended,
    Escalated,
    Noticed,
    Problem,
    Reset,
    Seen,
    ServerFrame,
    Snapshot,
    Source,
    Started,
)
from tests.channels.served import serving, soon

SOURCE = Source(1, "Statements", "https://help.example.com/s")


def printed(capsys: pytest.CaptureFixture[str], *frames: ServerFrame) -> str:
    printer = Printer(is_interactive=True)
    for frame in frames:
        printer.show(frame)
    return click.unstyle(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("frames", "text"),
    [
        (
            (Started("m", "bot"), Delta("m", 0, "One"), Ended("m", "One two", "done", "bot", ())),
            "One two\n",
        ),
        (
            (Started("m", "bot"), Ended("m", "All", "done", "bot", (SOURCE,))),
            "All\n  [1] Statements  https://help.example.com/s\n",
        ),
        (
            (Delta("m", 0, "One"), Reset("m"), Ended("m", "Two", "done", "", ())),
            "One\n… let me start again:\nTwo\n",
        ),
        (
            (Delta("m", 0, "One"), Ended("m", "Other", "done", "bot", ())),
            "One\nOther\n",
        ),
        ((Delta("m", 0, "On"), Ended("m", "On", "stopped", "bot", ())), "On\n  (stopped)\n"),
        ((Delta("m", 0, "On"), Noticed("c", "A person.")), "On\nA person.\n"),
        ((Escalated("requested", ""),), "a person has been asked to come\n"),
        ((Escalated("joined", "Ada"),), "Ada has joined\n"),
        ((Escalated("left", ""),), "the person has left\n"),
        ((Busy(is_on=True), Busy(is_on=True, text="looking it up")), "… looking it up\n"),
        ((Problem("busy", 1.0, "a"),), "not sent yet (busy); trying again in 1.0 s\n"),
        ((Problem("text_too_long", None, "a"),), "not sent: text_too_long\n"),
        ((Accepted("a", "m", "Hi"),), ""),
        (
            (Snapshot(4, (Seen("m", "a", "customer", "Hi", "done"),)),),
            "you: Hi\n",
        ),
    ],
)  # fmt: skip
def test_the_terminal_shows_a_conversation_as_it_happens(
    frames: tuple[ServerFrame, ...], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed(capsys, *frames) == text


def test_a_lost_line_is_said_once_it_is_back(capsys: pytest.CaptureFixture[str]) -> None:
    printer = Printer(is_interactive=True)
    printer.back()
    printer.lost(0.5)
    printer.back()
    printer.back()

    text = click.unstyle(capsys.readouterr().out)
    assert text == "connection lost; trying again in 0.5 s\nconnected again\n"


async def run(url: str, typed: str, *options: str) -> tuple[int, str, str]:
    """Run the command without a terminal; return code, output and errors."""
    code = "from bot.commands.chat import command; command()"
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-c", code, "--url", url, *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await soon(process.communicate(typed.encode()))
    return process.returncode or 0, out.decode(), error.decode()


@pytest.mark.slow
async def test_lines_that_are_piped_in_are_answered_in_turn() -> None:
    async with serving(Script(pace_s=0.001)) as served:
        code, out, error = await run(served.url, "Hi\n\nAgain\n/human\n/quit\nnever sent\n")

    answer = f"{ANSWER}\n  [1] {CITATION['title']}  {CITATION['url']}\n"
    assert (code, out) == (0, answer * 2)
    assert error == "a person has been asked to come\nA person will be with you shortly.\n"
    assert len(served.conversations.acts) == 3


@pytest.mark.slow
async def test_the_last_line_needs_no_newline_and_no_input_is_no_error() -> None:
    async with serving() as served:
        code, out, _ = await run(served.url, "Hi")
        empty = await run(served.url, "")

    assert (code, out.splitlines()[0]) == (0, ANSWER)
    assert empty == (0, "", "")


@pytest.mark.slow
async def test_a_wrong_site_is_one_line_that_says_what_to_do() -> None:
    async with serving() as served:
        code, out, error = await run(served.url, "Hi\n", "--site", "pk_nobody")

    assert (code, out) == (1, "")
    assert "--site 'pk_nobody'" in error
    assert len(error.splitlines()) == 1


@pytest.mark.slow
async def test_a_server_that_is_not_there_is_given_up() -> None:
    code, out, error = await run("http://127.0.0.1:9", "Hi\n", "--wait", "0.2")

    assert (code, out) == (1, "")
    assert error.endswith("no connection within 0.2 s\n")
