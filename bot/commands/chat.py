"""`copilot chat`: talk to a running copilot from the terminal."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing

import click

from channels.client import ChatClient, ClientTerms, Lost
from channels.errors import ChannelRefused
from channels.wire.web_seen import (
    Accepted,
    Busy,
    Delta,
    Ended,
    Escalated,
    Noticed,
    Problem,
    Received,
    Reset,
    ServerFrame,
    Snapshot,
    Started,
    Welcome,
)

HELP = "  /human  talk to a person     /stop  stop the answer     /quit  leave"


class Printer:
    """Writes a conversation to the terminal as it happens."""

    def __init__(self, is_interactive: bool) -> None:
        self._is_interactive = is_interactive
        self._open = ""
        """Message that the cursor stands in."""
        self._shown = ""
        self.is_lost = False

    @property
    def open_message(self) -> str:
        """The message that is being written; empty between messages."""
        return self._open

    def show(self, frame: ServerFrame) -> None:
        """Write what one frame means for the reader; most frames mean nothing."""
        match frame:
            case Started():
                self._begin(frame.message_id)
            case Delta():
                self._write(frame)
            case Reset():
                self._shown = ""
                click.echo("\n… let me start again:")
            case Ended():
                self._finish(frame)
            case Escalated():
                self._note(escalation_text(frame))
            case Noticed():
                self._note(frame.text)
            case Problem():
                self._note(problem_text(frame))
            case Busy(is_on=True, text=text) if text:
                self._note(f"… {text}")
            case Snapshot():
                for seen in frame.messages:
                    name = "you" if seen.author == "customer" else seen.author
                    click.echo(f"{name}: {seen.text}")
            case _:
                pass

    def lost(self, delay_s: float) -> None:
        """Say that the line is down."""
        self.is_lost = True
        self._note(f"connection lost; trying again in {delay_s:.1f} s")

    def back(self) -> None:
        """Say that it is up again, if it was down."""
        if self.is_lost:
            self._note("connected again")
        self.is_lost = False

    def _begin(self, message_id: str) -> None:
        self._open, self._shown = message_id, ""

    def _write(self, delta: Delta) -> None:
        if delta.message_id != self._open:
            self._begin(delta.message_id)
        click.echo(delta.text, nl=False)
        self._shown += delta.text

    def _finish(self, ended: Ended) -> None:
        rest = ended.text
        if ended.message_id == self._open and rest.startswith(self._shown):
            rest = rest[len(self._shown) :]
        elif self._shown:
            click.echo()
        click.echo(rest)
        for source in ended.sources:
            click.echo(click.style(f"  [{source.n}] {source.title}  {source.url}", dim=True))
        if ended.status != "done":
            click.echo(click.style(f"  ({ended.status})", dim=True))
        self._open = self._shown = ""

    def _note(self, text: str) -> None:
        if self._shown:
            click.echo()
            self._shown = ""
        click.echo(click.style(text, dim=True), err=not self._is_interactive)


def escalation_text(frame: Escalated) -> str:
    """Return what an escalation means, in words."""
    match frame.state:
        case "requested":
            return "a person has been asked to come"
        case "joined":
            return f"{frame.name or 'a person'} has joined"
        case _:
            return f"{frame.name or 'the person'} has left"


def problem_text(frame: Problem) -> str:
    """Return what a refused frame means, in words."""
    if frame.retry_after_s is None:
        return f"not sent: {frame.code}"
    return f"not sent yet ({frame.code}); trying again in {frame.retry_after_s:.1f} s"


async def lines_of_stdin() -> AsyncIterator[str]:
    """Yield what is typed, line by line; ends with the input.

    A daemon thread reads: a blocking read of a terminal cannot be given up in any other way.
    """
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str] = asyncio.Queue()

    def tell(line: str) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, line)

    def read() -> None:
        for line in sys.stdin:
            tell(line)
        tell("")

    threading.Thread(target=read, daemon=True).start()
    while line := await queue.get():
        yield line.rstrip("\n")


class Terminal:
    """One conversation in the terminal: what is typed goes out, what comes is printed."""

    def __init__(self, client: ChatClient, is_interactive: bool, wait_s: float) -> None:
        self._client = client
        self._is_interactive = is_interactive
        self._wait_s = wait_s
        self._printer = Printer(is_interactive)
        self._answered = asyncio.Event()
        self._online = asyncio.Event()

    async def run(self) -> bool:
        """Talk until the input ends, or the server does not want us; return whether all went well.

        Without a terminal each line waits for its answer before the next is sent.
        """
        listening = asyncio.get_running_loop().create_task(self._listen())
        talking = asyncio.get_running_loop().create_task(self._talk())
        await asyncio.wait({listening, talking}, return_when=asyncio.FIRST_COMPLETED)
        if not talking.done():
            talking.cancel()
        await self._client.close()
        await asyncio.wait({listening, talking})
        listening.result()
        return not talking.cancelled() and talking.result()

    async def _listen(self) -> None:
        async with aclosing(self._client.frames()) as frames:
            async for received in frames:
                self._hear(received)

    def _hear(self, received: Received | Lost) -> None:
        if isinstance(received, Lost):
            self._printer.lost(received.delay_s)
            return
        if isinstance(received.frame, Welcome):
            self._printer.back()
            self._online.set()
        self._printer.show(received.frame)
        if isinstance(received.frame, Accepted):
            self._answered.clear()
        if isinstance(received.frame, Ended | Noticed):
            self._answered.set()

    async def _talk(self) -> bool:
        if not await self._is_reached():
            return False
        is_well = True
        async for line in lines_of_stdin():
            if line.strip() == "/quit":
                break
            if line.strip():
                is_well = await self._say(line.strip()) and is_well
        return is_well

    async def _is_reached(self) -> bool:
        """Wait for the line to be up; a person at a terminal may wait for ever."""
        try:
            async with asyncio.timeout(None if self._is_interactive else self._wait_s):
                await self._online.wait()
        except TimeoutError:
            click.echo(f"no connection within {self._wait_s:g} s", err=True)
            return False
        return True

    async def _say(self, line: str) -> bool:
        self._answered.clear()
        match line:
            case "/human":
                await self._client.send({"type": "human"})
            case "/stop":
                message_id = self._printer.open_message
                await self._client.send({"type": "stop", "message_id": message_id or "none"})
                return True
            case "/help":
                click.echo(HELP)
                return True
            case _:
                await self._client.say(line)
        if self._is_interactive:
            return True
        try:
            async with asyncio.timeout(self._wait_s):
                await self._answered.wait()
        except TimeoutError:
            click.echo(f"no answer within {self._wait_s:g} s", err=True)
            return False
        return True


async def talk(url: str, site: str, identity: str, wait_s: float) -> bool:
    """Run the terminal client; return whether every line was answered."""
    is_interactive = sys.stdin.isatty()
    async with ChatClient(url, site, ClientTerms(identity=identity)) as client:
        if is_interactive:
            click.echo(f"Talking to {url}. You are talking to a bot; /human asks for a person.")
            click.echo(HELP)
        is_well = await Terminal(client, is_interactive, wait_s).run()
        if client.ended_because:
            raise click.ClickException(f"the server ended the conversation: {client.ended_because}")
    return is_well


@click.command(
    epilog="Example: copilot chat --url http://127.0.0.1:8080, or: echo 'Hello' | copilot chat"
)
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, help="The copilot.")
@click.option("--site", default="pk_demo", show_default=True, help="Public key of the site.")
@click.option("--identity", default="", help="Identity token of the site; empty: a visitor.")
@click.option("--wait", default=60.0, show_default=True, help="Seconds per answer without a tty.")
def command(url: str, site: str, identity: str, wait: float) -> None:
    """Talk to a running copilot: answers stream as they come."""
    try:
        is_well = asyncio.run(talk(url, site, identity, wait))
    except ChannelRefused as refused:
        message = f"{url} refused the session ({refused.code}); is --site {site!r} right?"
        raise click.ClickException(message) from None
    except KeyboardInterrupt:
        is_well = True
    if not is_well:
        sys.exit(1)
