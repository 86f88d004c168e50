"""`python -m tests.emulators.slack.demo`: the desk without a workspace, the bot and its Slack.

The emulated Slack with its page stands on DESK_PORT (8090), the bot on PORT (8080), with a data
folder that is thrown away at the end: the Slack that its cards are in forgets everything, too.
"""

import asyncio
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import click

from channels.slack.ingress import PATH
from tests.emulators.slack.page import page
from tests.emulators.slack.page_shown import TEAM
from tests.emulators.slack.server import SlackServer, slack_running

DESK_PORT, PORT = 8090, 8080
READY_S = 60.0
END_S = 5.0
LOG = "server.log"
MOST_LOG_LINES = 20
HINTS = """
  Customer:  {bot}   press the button in the corner, ask, then "I want to talk to a person"
  Desk:      {desk}   you are Dana; Robin and Mo are a second tab away (Ctrl-click the name)

  1. Ask for a person as the customer: a card appears in #support. Press Claim, in two tabs at once.
  2. Answer in the card's thread: it reaches the customer, and gets a check mark once it is there.
  3. Begin a line with ;; for a note; press Suggest reply, Reveal, Return to bot, Resolve.
  4. Type /support status, open App Home, use the shortcuts in the "..." of a message.
  5. Write to copilot under Direct messages: there you are the customer, and may press Stop.

  Ctrl-C ends both.
"""


class DemoFailed(Exception):
    """The bot did not start, or ended by itself; the words are for the terminal."""


def main() -> None:
    """Run until Ctrl-C."""
    # A shell that begins it in the background would have it ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        desk_port, port = port_of("DESK_PORT", DESK_PORT), port_of("PORT", PORT)
        with suppress(KeyboardInterrupt):
            asyncio.run(run(desk_port, port))
    except (DemoFailed, OSError) as error:
        raise SystemExit(f"Error: {error}") from None


def port_of(name: str, usual: int) -> int:
    text = os.environ.get(name, "") or str(usual)  # noqa: TID251 - this is no part of the product
    if not text.isdecimal() or int(text) > 65_535:
        raise DemoFailed(f"{name} is {text!r}, expected a port")
    return int(text)


async def run(desk_port: int, port: int) -> None:
    """Serve both, and tell what to try, until cancelled.

    Raises:
        DemoFailed: the bot did not start, or ended.
        OSError: a port cannot be had.
    """
    with tempfile.TemporaryDirectory(prefix="copilot-demo-") as folder:
        async with (
            slack_running(parts=[page], port=desk_port) as slack,
            bot_running(slack, port, Path(folder)) as bot,
        ):
            click.echo(HINTS.format(bot=f"http://127.0.0.1:{port}", desk=slack.url))
            await bot.communicate()
            raise DemoFailed(f"the bot has ended by itself:\n{last_lines(Path(folder))}")


@asynccontextmanager
async def bot_running(
    slack: SlackServer, port: int, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the product as a process of its own, which hears what happens in this Slack."""
    secret = secrets.token_hex(16)
    slack.deliver_to(f"http://127.0.0.1:{port}{PATH}", secret)
    environment = environment_for(slack, secret, port, folder)
    with (folder / LOG).open("wb") as out:
        command = (sys.executable, "-m", "bot", "serve")
        process = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=out
        )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_S):
            while line := await process.stdout.readline():
                if line.startswith(b"Ready"):
                    break
            else:
                raise DemoFailed(f"the bot did not start:\n{last_lines(folder)}")
        yield process
    except TimeoutError:
        raise DemoFailed(f"the bot was not ready within {READY_S:g} s") from None
    finally:
        await end(process)


def last_lines(folder: Path) -> str:
    """Return what the bot has complained of at last."""
    return "\n".join((folder / LOG).read_text("utf-8", "replace").splitlines()[-MOST_LOG_LINES:])


def environment_for(slack: SlackServer, secret: str, port: int, folder: Path) -> Mapping[str, str]:
    """Return the environment of the bot: ours, so that vendors' keys count, and this Slack."""
    return {
        **os.environ,  # noqa: TID251 - this is no part of the product
        "PORT": str(port),
        "COPILOT_DATA_DIR": str(folder / "data"),
        "COPILOT_SLACK_BASE_URL": slack.url,
        "COPILOT_HANDOFF_CHANNEL": "C1",
        "COPILOT_OPS_CHANNEL": "C2",
        "SLACK_BOT_TOKEN": slack.team(TEAM).bot_token,
        "SLACK_SIGNING_SECRET": secret,
    }


async def end(process: asyncio.subprocess.Process) -> None:
    """Let the bot drain; Ctrl-C has reached it, too."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
    try:
        async with asyncio.timeout(END_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    main()
