"""Calls over real sockets: the whole of our side, and a caller at an emulated vendor."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.log import Event, MessageAccepted
from bot.settings import TwilioSettings
from bot.stores.base import EventsAfter, Head, HeadOf, Store
from bot.stores.cabinet import Cabinet, MemoryCabinet
from bot.transcript import Line, lines_of
from bot.voice.open import VoiceAround, VoiceSide
from bot.voice.terms import Transfer, VoiceTerms
from channels.base import ConversationId
from channels.twilio.base import CallTranscripts
from routing.models.scripted import Script
from tests.bot.stage import ANSWER, WAIT_S, Stage, says, staged
from tests.emulators.twilio.relay import Account, Caller, calling

SECRET = b"a secret of thirty-two characters"
CALLER, OURS = "+15550123", "+15550100"
ACCOUNT = Account()
BY_PHONE = VoiceTerms(transfer=Transfer(queue="support"))


@dataclass
class Scene:
    """One process of ours that takes calls."""

    stage: Stage
    side: VoiceSide
    url: str
    cabinet: Cabinet

    def conversation(self, caller: Caller) -> ConversationId:
        return self.side.parts.calls.conversation_of(caller.sid)

    async def events(self, caller: Caller) -> Sequence[Event]:
        query = EventsAfter(self.conversation(caller), 0)
        return await self.stage.services.store.find(query)

    async def lines(self, caller: Caller) -> Sequence[Line]:
        return lines_of(await self.events(caller))

    async def said(self, caller: Caller) -> list[str]:
        """Return what the caller has said, as the log has it."""
        events = await self.events(caller)
        return [event.body.text for event in events if isinstance(event.body, MessageAccepted)]

    async def head(self, caller: Caller) -> Head:
        return (await self.stage.services.store.find(HeadOf(self.conversation(caller))))[0]

    async def until(self, wanted: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_S):
            while not wanted():  # noqa: ASYNC110 - any of several things may make it so
                await asyncio.sleep(0.001)


@asynccontextmanager
async def taking_calls(
    folder: Path,
    scripts: Sequence[Script] = (says(ANSWER),),
    terms: VoiceTerms | None = None,
    cabinet: Cabinet | None = None,
    store: Store | None = None,
    twilio: CallTranscripts | None = None,
) -> AsyncIterator[Scene]:
    """Run one process that takes calls."""
    async with staged(folder, scripts, channel="voice", store=store) as stage:
        tenant = replace(stage.services.tenant, voice=terms or VoiceTerms())
        services = replace(stage.services, tenant=tenant)
        kept = cabinet or MemoryCabinet()
        around = VoiceAround(
            services=services,
            reception=stage.reception,
            handoffs=stage.handoffs,
            cabinet=kept,
            secret=SECRET,
            public_url=ACCOUNT.public_url,
            twilio=twilio,
        )
        side = VoiceSide(TwilioSettings(ACCOUNT.account, ACCOUNT.auth_token, OURS), around)
        app = web.Application()
        app.add_routes(side.routes())
        server = TestServer(app, host="127.0.0.1")
        await server.start_server()
        await side.start()
        try:
            yield Scene(stage, side, str(server.make_url("")), kept)
        finally:
            await stage.manager.drain(0)
            await side.drain()
            await side.close()
            await server.close()


@asynccontextmanager
async def called(scene: Scene) -> AsyncIterator[Caller]:
    """Have somebody call."""
    async with calling(ACCOUNT, scene.url, CALLER, OURS) as caller:
        yield caller


@asynccontextmanager
async def with_a_human(
    folder: Path, twilio: CallTranscripts | None = None
) -> AsyncIterator[tuple[Scene, Caller]]:
    """Put a caller through to a human on the telephone: his line was lost too often."""
    async with (
        taking_calls(folder, terms=BY_PHONE, twilio=twilio) as scene,
        called(scene) as caller,
    ):
        for _ in range(2):
            await caller.drops()
            await caller.connects_again()
        await caller.drops()
        await caller.until(lambda: caller.transferred_to)
        yield scene, caller
