"""The product as a process of its own behind an emulated Twilio that calls it: to be killed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.e2e.product import Product, running
from tests.e2e.twilio_place import OURS, PUBLIC
from tests.e2e.visitor import SECRET, WAIT_S
from tests.e2e.voice_place import KIM, SlowTalker, policy_of
from tests.emulators.twilio import TwilioServer, twilio_running
from tests.emulators.twilio.relay import Caller, calling

PIECE_BYTES = 65_536


class Front:
    """What stands between Twilio and the product: it holds what comes while nobody listens.

    A connection that breaks behind it breaks before it, too.
    """

    def __init__(self, port: int) -> None:
        self.url = ""
        self.delay_s = 0.0
        """Before whatever comes; in place of the pauses that the emulated Twilio does not make."""
        self._port = port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "Front":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._pass_on(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.delay_s)
        back_reader, back_writer = await self._behind()
        try:
            ways = (copied(reader, back_writer), copied(back_reader, writer))
            pending = {asyncio.ensure_future(way) for way in ways}
            try:
                await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in pending:
                    way.cancel()
                await asyncio.gather(*pending, return_exceptions=True)
        finally:
            writer.close()
            back_writer.close()

    async def _behind(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(WAIT_S):
            while True:
                with contextlib.suppress(OSError):
                    return await asyncio.open_connection("127.0.0.1", self._port)
                await asyncio.sleep(0.02)


async def reconnected(caller: Caller) -> None:
    """Let Twilio do what it is told after a loss, until that is a relay, and connect with it."""
    losses = len(caller.call.sockets)
    is_told = "ConversationRelay"
    await caller.until(
        lambda: len(caller.ended) >= losses and is_told in caller.twiml, within_s=WAIT_S
    )
    await caller.connects_again()


async def copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until no more does."""
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()


@dataclass(frozen=True, slots=True)
class VoiceProcess:
    """A product that can be killed, and those that outlive it."""

    product: Product
    front: Front
    twilio: TwilioServer
    model: SlowTalker

    @asynccontextmanager
    async def called(self, sender: str = KIM) -> AsyncIterator[Caller]:
        """Have somebody call; in the end nothing of what was sent was wrong."""
        async with calling(self.twilio, self.front.url, sender, OURS) as caller:
            yield caller
            assert list(caller.faults) == []

    async def until_asked(self, count: int = 1) -> None:
        """Wait until the model was asked so often."""
        async with asyncio.timeout(WAIT_S):
            while len(self.model.bodies) < count:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)

    async def metrics(self) -> str:
        """Return what is counted."""
        url = f"{self.product.url}/metrics"
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            return await answer.text()


@asynccontextmanager
async def voice_process(
    folder: Path, policy: str = "", model: SlowTalker | None = None
) -> AsyncIterator[VoiceProcess]:
    """Run the product, a Twilio and a model."""
    path = folder / "policy.yaml"
    path.write_text(policy or policy_of())
    async with AsyncExitStack() as stack:
        vendor = model or SlowTalker()
        await stack.enter_async_context(vendor)
        twilio = await stack.enter_async_context(twilio_running())
        twilio.number(OURS)
        environment = {
            "ANTHROPIC_API_KEY": "test",
            "ANTHROPIC_BASE_URL": vendor.url,
            "COPILOT_POLICY": str(path),
            "COPILOT_PUBLIC_URL": PUBLIC,
            "COPILOT_SECRET_KEY": SECRET,
            "COPILOT_TWILIO_BASE_URL": twilio.url,
            "TWILIO_ACCOUNT_SID": twilio.account,
            "TWILIO_AUTH_TOKEN": twilio.auth_token,
            "TWILIO_FROM": OURS,
        }
        product = await stack.enter_async_context(running(folder, environment))
        front = await stack.enter_async_context(Front(product.port))
        twilio.deliver_to(front.url, PUBLIC)
        yield VoiceProcess(product, front, twilio, vendor)
