"""A customer for the tests of the whole product, and the product within the test's own process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from aiohttp import web

from bot.app import App, start, warm
from bot.clock import Clock
from bot.knowledge.article import Article
from bot.settings import Settings, Vendor
from channels.client import ChatClient, ClientTerms
from channels.screen import Bubble
from channels.wire.web_seen import Ended, Other, Received, Reset, ServerFrame, Started
from routing.execution.watchdog import Timeouts

WAIT_S = 60.0
"""Long enough for a loaded machine; nothing waits for it when all is well."""
SECRET = "a secret of more than thirty-two characters"
SITE = "pk_demo"
Wanted = Callable[[ServerFrame], bool]


def is_ended(frame: ServerFrame) -> bool:
    return isinstance(frame, Ended)


def is_other(kind: str) -> Wanted:
    """Return what recognises a frame that the client only knows by its type."""
    return lambda frame: isinstance(frame, Other) and frame.type == kind


@dataclass(frozen=True, slots=True)
class Reply:
    """One question as the customer saw it answered."""

    ended: Ended
    frames: tuple[ServerFrame, ...]
    """Everything since the question, in order."""
    shown: str
    """The text of the bubble on the screen."""

    def count(self, kind: type[ServerFrame]) -> int:
        """Return how many frames were of a kind."""
        return sum(isinstance(frame, kind) for frame in self.frames)

    @property
    def is_one_bubble(self) -> bool:
        """True when exactly one message began and ended, and the screen shows its text."""
        once = (self.count(Started), self.count(Ended)) == (1, 1)
        return once and self.shown == self.ended.text

    @property
    def was_taken_back(self) -> bool:
        """True when text that had been shown was taken back."""
        return self.count(Reset) == 1


@dataclass
class Visitor:
    """A customer with one tab, who remembers every frame."""

    client: ChatClient
    frames: list[ServerFrame] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self) -> None:
        """Read until the client hangs up."""
        async with aclosing(self.client.frames()) as frames:
            async for received in frames:
                if isinstance(received, Received):
                    self.frames.append(received.frame)
                    async with self._news:
                        self._news.notify_all()

    async def until(self, wanted: Wanted, count: int = 1, since: int = 0) -> list[ServerFrame]:
        """Wait for so many frames of a kind, and return the first ones in order."""

        def found() -> list[ServerFrame]:
            return [frame for frame in self.frames[since:] if wanted(frame)]

        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: len(found()) >= count)
        return found()[:count]

    async def until_seq(self, seq: int) -> tuple[Bubble, ...]:
        """Wait until the screen shows the log up to `seq`, and return it."""
        async with asyncio.timeout(WAIT_S), self._news:
            await self._news.wait_for(lambda: self.client.last_seq >= seq)
        return self.client.screen.bubbles

    async def ask(self, text: str) -> Reply:
        """Say something and wait for the next message that ends."""
        since = len(self.frames)
        await self.client.say(text)
        ended = (await self.until(is_ended, since=since))[0]
        assert isinstance(ended, Ended)
        shown = self.client.screen.text_of(ended.message_id)
        return Reply(ended, tuple(self.frames[since:]), shown)


@asynccontextmanager
async def visiting(url: str, locale: str = "en") -> AsyncIterator[Visitor]:
    """Open a conversation, and hang up at the end."""
    terms = ClientTerms(
        first_delay_s=0.02, longest_delay_s=0.2, going_away_s=0.1, open_s=WAIT_S, locale=locale
    )
    async with ChatClient(url, SITE, terms) as client:
        visitor = Visitor(client)
        listening = asyncio.ensure_future(visitor.listen())
        try:
            await visitor.until(lambda _: client.is_online)
            yield visitor
        finally:
            await client.close()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


USUAL = Timeouts()


@dataclass(frozen=True, slots=True)
class Place:
    """The product in this process, behind a real socket."""

    app: App
    url: str


@asynccontextmanager
async def served(
    settings: Settings,
    articles: Sequence[Article] = (),
    timeouts: Timeouts = USUAL,
    clock: Clock | None = None,
    port: int = 0,
) -> AsyncIterator[Place]:
    """Build the product as `copilot serve` does, and let it listen, by default on a free port."""
    app = await start(replace(settings, timeouts=timeouts), clock)
    await warm(app.services.router.models.values())
    runner = web.AppRunner(app.http, access_log=None, shutdown_timeout=0.1)
    try:
        if articles:
            await app.services.knowledge.add(app.services.tenant.id, articles)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        host, given = runner.addresses[0][:2]
        yield Place(app, f"http://{host}:{given}")
    finally:
        await app.manager.drain(0)
        await app.web_chat.drain(0.0)
        await runner.cleanup()
        await app.close()


def settings_for(
    folder: Path, policy: str, anthropic: Vendor | None = None, openai: Vendor | None = None
) -> Settings:
    """Return settings for a data folder of its own and a policy."""
    path = folder / "policy.yaml"
    path.write_text(policy, encoding="utf-8")
    return Settings(
        data=folder / "data",
        policy=path,
        secret=SECRET,
        anthropic=anthropic,
        openai=openai,
    )
