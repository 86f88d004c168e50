"""Customers with phones: an emulated Twilio, the real SDK, our side, time that runs faster."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import twilio.rest  # noqa: F401 - loaded before anything is timed: it takes half a second
from aiohttp import web

from bot.clock import Clock
from bot.humans.human import named
from bot.humans.parcels import system_says
from bot.log import Event
from bot.outbox import Outbox
from bot.privacy.redact import published
from bot.settings import TwilioSettings
from bot.sms.addresses import Names, Route
from bot.sms.open import SmsAround, SmsSide
from bot.sms.parts import Keeping, SmsTime
from bot.sms.rows import ROW, Row, row_of
from bot.sms.terms import SmsTerms
from bot.stores.base import Draft, EventsAfter, Head, HeadOf, Store, Write
from bot.stores.cabinet import Cabinet, Entry, MemoryCabinet, MemorySlots
from bot.stores.memory import MemoryStore
from channels.base import ConversationId
from channels.slots import Turns
from channels.twilio.api import TwilioApi
from channels.twilio.base import Address, Twilio
from routing.models.scripted import Script
from tests.bot.stage import ANSWER, AT_ONCE, Stage, says, staged
from tests.emulators.twilio import Delivery, Phone, TwilioServer, twilio_running

OURS, SAM, ANNA, SERVICE = "+15550100", "+15550123", "+15550124", "MG" + "5" * 32
PUBLIC_URL = "https://bank.example"
SECRET = b"a secret of thirty-two characters"
DANA = named("Dana")
FASTER = 300.0
TIMEOUT_S = 0.3
"""Of a request, in real seconds."""
TERMS = SmsTerms(per_s=50.0, reconcile_s=180.0, retry_s=3600.0)
SOON = timedelta(seconds=900)


class Fast:
    """Time that runs faster than the real one, and may be put forward."""

    def __init__(self, faster: float = FASTER) -> None:
        self.faster = faster
        self._began = asyncio.get_running_loop().time()
        self._at = datetime.now(UTC)
        self.by = 0.0

    def monotonic(self) -> float:
        return (asyncio.get_running_loop().time() - self._began) * self.faster + self.by

    def now(self) -> datetime:
        return self._at + timedelta(seconds=self.monotonic())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.faster)


class Lasting(MemoryStore):
    """A log that outlives the process which closes it."""

    async def close(self) -> None:
        return


@dataclass
class Shared:
    """What outlives a process."""

    time: Fast
    store: Store = field(default_factory=Lasting)
    cabinet: Cabinet = field(default_factory=MemoryCabinet)

    def keeping(self) -> Keeping:
        return Kept(self.cabinet, MemorySlots(self.time.now))


class Kept:
    """A cabinet that keeps turns, too; it may fail."""

    def __init__(self, cabinet: Cabinet, slots: MemorySlots) -> None:
        self.cabinet = cabinet
        self.slots = slots

    async def put(self, entry: Entry, is_new: bool = False) -> bool:
        return await self.cabinet.put(entry, is_new)

    async def find(self, kind: str, key: str | None = None) -> Sequence[Entry]:
        return await self.cabinet.find(kind, key)

    async def lease(self, kind: str, now: datetime, for_s: float, limit: int) -> Sequence[Entry]:
        return await self.cabinet.lease(kind, now, for_s, limit)

    async def remove(self, kind: str, key: str | None, before: datetime | None = None) -> int:
        return await self.cabinet.remove(kind, key, before)

    async def book(self, key: str, rate: Turns) -> float:
        return await self.slots.book(key, rate)

    async def block(self, key: str, for_s: float) -> None:
        await self.slots.block(key, for_s)


@dataclass
class Scene:
    """One process of ours, before one Twilio."""

    stage: Stage
    server: TwilioServer
    side: SmsSide
    shared: Shared
    url: str
    outbox: Outbox

    @property
    def sam(self) -> Phone:
        return self.server.phone(SAM)

    @property
    def conversation(self) -> ConversationId:
        return conversation_of(SAM)

    async def texts(
        self,
        body: str = "When will my card arrive?",
        sender: str = SAM,
        to: str = OURS,
        media: Sequence[str | tuple[bytes, str]] = (),
        **fields: str,
    ) -> Delivery:
        form: dict[str, Any] = dict(fields)
        return await self.server.texts(sender, to, body, media, **form)

    async def until(self, condition: Callable[[], bool]) -> None:
        await self.server.until(condition)

    async def rest(self, within_s: float = 8.0) -> None:
        """Wait until nothing is left to be done here."""
        async with asyncio.timeout(within_s):
            while not await self._is_at_rest():  # noqa: ASYNC110 - several things at once
                await asyncio.sleep(0.005)

    async def _is_at_rest(self) -> bool:
        await self.server.settled()
        await self.stage.until_idle()
        inbox = await self.shared.cabinet.find("sms.inbox")
        rows = await self.shared.cabinet.find(ROW)
        soon = self.shared.time.now() + SOON
        is_due = any(one.due_at is not None and one.due_at < soon for one in (*inbox, *rows))
        return not is_due and not self.side.outlet.active and not self.side.queue.held

    async def says(self, text: str, sender: str = SAM, to: str = OURS) -> None:
        """Write something to a customer as the system."""
        conversation = conversation_of(sender, to)
        head = await self.head(conversation)
        assert head is not None
        message_id = f"s{head.head_seq}"
        drafts = tuple(Draft(one, "rule") for one in system_says(message_id, published(text)))
        now = self.stage.services.clock.now()
        await self.stage.services.scribe.write(Write(conversation, now, events=drafts))

    async def meets(self, sender: str = SAM, to: str = OURS) -> ConversationId:
        """Let a customer be known, without a word of the bot."""
        route = Route(Address(to), Address(sender))
        conversation = conversation_of(sender, to)
        parts = self.side.parts
        await parts.routes.heard(conversation, route, self.shared.time.now())
        await parts.ledger.begin(conversation)
        tenant = self.stage.services.tenant
        await self.stage.reception.meet(Head(conversation, tenant.id, "sms", "", "en"))
        return conversation

    async def head(self, conversation: ConversationId | None = None) -> Head | None:
        query = HeadOf(conversation or self.conversation)
        heads = await self.stage.services.store.find(query)
        return heads[0] if heads else None

    async def events(self, conversation: ConversationId | None = None) -> Sequence[Event]:
        query = EventsAfter(conversation or self.conversation, 0)
        return await self.stage.services.store.find(query)

    async def rows(self) -> list[Row]:
        return [row_of(entry) for entry in await self.shared.cabinet.find(ROW)]

    async def states(self) -> list[str]:
        return [row.state.value for row in await self.rows()]

    async def lines(self) -> list[str]:
        """Return what humans were told under the card by the system."""
        await self.outbox.send_due()
        return [line.text for line in self.stage.desk.lines if line.author == "system"]

    def counted(self, name: str) -> int:
        """Return how often something was counted on the wire."""
        for line in self.stage.services.metrics.text().decode().splitlines():
            if line.startswith(f'copilot_channel_events_total{{name="sms_{name}"}}'):
                return int(float(line.rpartition(" ")[2]))
        return 0

    async def told(self) -> list[str]:
        return [name for name in await self.stage.told() if name.startswith("sms.")]


def conversation_of(sender: str, to: str = OURS) -> ConversationId:
    return Names(SECRET).conversation(Route(Address(to), Address(sender)))


@asynccontextmanager
async def scene(
    folder: Path,
    scripts: Sequence[Script] = (says(ANSWER),),
    *,
    terms: SmsTerms = TERMS,
    faster: float = FASTER,
    quiet_s: float = 0.0,
) -> AsyncIterator[Scene]:
    """Run a Twilio and one process of ours."""
    async with twilio_running() as server, AsyncExitStack() as stack:
        shared = Shared(Fast(faster))
        prepared(server, shared)
        running = process(folder, server, shared, scripts, terms=terms, quiet_s=quiet_s)
        here = await stack.enter_async_context(running)
        server.deliver_to(here.url, PUBLIC_URL)
        yield here


def prepared(server: TwilioServer, shared: Shared) -> None:
    """Let Twilio have our number, and our time."""
    server.number(OURS)
    server.state.now = shared.time.now
    server.state.clock = shared.time.monotonic


@asynccontextmanager
async def process(
    folder: Path,
    server: TwilioServer,
    shared: Shared,
    scripts: Sequence[Script] = (says(ANSWER),),
    *,
    terms: SmsTerms = TERMS,
    quiet_s: float = 0.0,
    starts: bool = True,
    keeping: Callable[[Keeping], Keeping] = lambda one: one,
    twilio: Callable[[Twilio], Twilio] = lambda one: one,
) -> AsyncIterator[Scene]:
    """Run one process on what others have kept; `keeping` and `twilio` may stand in between."""
    time = shared.time
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - of a test
    pace = replace(AT_ONCE, quiet_s=quiet_s, sms_quiet_s=quiet_s)
    async with staged(folder, scripts, pace=pace, store=shared.store) as stage:
        api = TwilioApi(server.account, server.auth_token, base_url=server.url, timeout_s=TIMEOUT_S)
        clock = Clock(time.now, time.monotonic)
        outbox = Outbox(stage.services.scribe, shared.store, stage.desk, clock)
        around = SmsAround(
            services=replace(stage.services, clock=clock, outbox=outbox),
            reception=stage.reception,
            cabinet=keeping(shared.keeping()),
            twilio=twilio(api),
            secret=SECRET,
            terms=terms,
            public_url=PUBLIC_URL,
            time=SmsTime(time.sleep, lambda: 0.5),
        )
        side = SmsSide(TwilioSettings(server.account, server.auth_token, OURS), around)
        app = web.Application()
        app.add_routes(side.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await runner.setup()
        listening = socket.create_server(("127.0.0.1", 0))
        await web.SockSite(runner, listening).start()
        host, port = runner.addresses[0][:2]
        try:
            if starts:
                await side.start()
            yield Scene(stage, server, side, shared, f"http://{host}:{port}", outbox)
        finally:
            await side.close()
            await no_more_comes(listening)
            await runner.cleanup()
            await api.close()


async def no_more_comes(listening: socket.socket) -> None:
    """Stop listening, and let what was accepted in the same moment be known: then it is closed.

    A server of asyncio that is closed at once leaks it. Source: CPython gh-109564, until 3.12.
    """
    asyncio.get_running_loop().remove_reader(listening)
    for _ in range(5):
        await asyncio.sleep(0)
