"""Calls, wired: everything of them that runs in this process."""

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

from bot.errors import StoreFailed
from bot.humans.handoff import Handoffs
from bot.privacy.vault import VaultKey
from bot.reception.reception import Reception
from bot.services import Services
from bot.settings import TwilioSettings
from bot.stores.cabinet import Cabinet, Entry
from bot.voice.call import CustomerCall
from bot.voice.calls import Calls
from bot.voice.hooks import Desk, Hooks
from bot.voice.live import Live
from bot.voice.parts import VoiceParts, Wait
from bot.voice.terms import VoiceTerms
from bot.voice.transcripts import Transcripts
from bot.voice.transfer import Transfers
from bot.waiting import is_set_within
from channels.errors import ChannelBusy
from channels.twilio.door import Door, DoorTerms, relay_url
from channels.twilio.signature import Keys
from channels.voice.digits import with_digits
from channels.voice.heard import heard_prefix
from channels.voice.line import LineTerms
from channels.voice.relay import GOING_AWAY, PATH, Relay, SocketTerms
from channels.voice.speech import SpeechStream
from channels.voice.token import Tokens
from channels.voice.twiml import RelayTerms

log = logging.getLogger("copilot.voice")
USED = "voice.token"
PRUNE_EVERY_S = 3600.0
AGAIN_S = 5.0
"""A part that has failed is begun again after so long."""
GOODBYE_S = 1.0
RETRY_AFTER_S = 1.0
USUAL_RELAY = RelayTerms()


@dataclass(frozen=True, slots=True)
class VoiceAround:
    """What calls are wired into."""

    services: Services
    reception: Reception
    handoffs: Handoffs
    cabinet: Cabinet
    secret: bytes = field(repr=False)
    """Of the installation: see `bot.secret`."""
    public_url: str
    """As Twilio calls us."""
    wait: Wait = is_set_within
    relay: RelayTerms = USUAL_RELAY


class CabinetUsed:
    """Which tokens were used, for every process; implements `channels.voice.token.Used`."""

    def __init__(self, cabinet: Cabinet) -> None:
        self._cabinet = cabinet

    async def use(self, token_id: str, until: datetime) -> bool:
        """Return whether this is the first time; see `Used.use`."""
        try:
            return await self._cabinet.put(Entry(USED, token_id, "{}", until), is_new=True)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None


class VoiceSide:
    """All calls of this process: `routes` at once, the rest between `start` and `close`."""

    def __init__(self, settings: TwilioSettings, around: VoiceAround) -> None:
        services, cabinet = around.services, around.cabinet
        self._services, self._cabinet = services, cabinet
        terms: VoiceTerms = services.tenant.voice
        public_url = around.public_url.rstrip("/")
        self._live = Live()
        self.parts = VoiceParts(
            services=services,
            accept=around.reception.accept,
            calls=Calls(cabinet, services.clock, around.secret),
            terms=terms,
            stream=SpeechStream,
            align=heard_prefix,
            with_digits=with_digits,
            scratch_key=VaultKey(secrets.token_bytes(32)),
            slow=services.alerts.notice,
            wait=around.wait,
        )
        keys = Keys(settings.auth_token, settings.shared_keys)
        door = Door(keys, public_url, DoorTerms(account=settings.account_sid))
        tokens = Tokens(around.secret, CabinetUsed(cabinet), services.clock.now)
        self.transcripts = Transcripts(self.parts, around.handoffs, cabinet)
        address = relay_url(public_url, PATH)
        desk = Desk(
            door=door,
            tokens=tokens,
            reception=around.reception,
            transfers=Transfers(services, around.handoffs),
            transcripts=self.transcripts,
            public_url=public_url,
            relay_url=address,
            relay=around.relay,
        )
        self._hooks = Hooks(self.parts, desk, self._live)
        socket_terms = SocketTerms(url=address, line=LineTerms())
        self._relay = Relay(
            door, tokens, lambda: CustomerCall(self.parts, self._live), socket_terms
        )
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def active(self) -> int:
        """How many callers are on the line."""
        return len(self._live.talks())

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what is served over HTTP."""
        return (*self._hooks.routes(), *self._relay.routes())

    async def start(self) -> None:
        """Begin: what another process has left of transcripts is written down.

        Raises:
            StoreFailed: the disk failed.
        """
        await self.transcripts.recover()
        self._keep("transcripts", self.transcripts.run)
        self._keep("pruning", self._prune)

    async def stop_taking(self) -> None:
        """Take no new calls; those that are going on are."""
        self._hooks.is_closing = True

    async def drain(self) -> None:
        """Let go of every call: the vendor asks at once for another relay, at the next process."""
        for talk in self._live.talks():
            try:
                await talk.leave(GOING_AWAY)
            except StoreFailed:
                log.error("voice.not_left")
        await self._relay.drain(GOODBYE_S)
        await self._live.settle()
        await self.transcripts.write()

    async def close(self) -> None:
        """End everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._relay.drain(0.0)
        await self._live.settle()

    async def _prune(self) -> None:
        """Forget what is old, now and then."""
        while True:
            await self.parts.calls.prune()
            await self.transcripts.prune()
            await self._cabinet.remove(USED, None, self._services.clock.now())
            await asyncio.sleep(PRUNE_EVERY_S)

    def _keep(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        task = asyncio.get_running_loop().create_task(_kept_running(name, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _kept_running(name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a part until it ends; when it fails, log the class and begin it again."""
    while True:
        outcomes = await asyncio.gather(work(), return_exceptions=True)
        outcome: object = outcomes[0]
        if not isinstance(outcome, Exception):
            return
        log.error("voice.part_failed", extra={"part": name, "error": type(outcome).__name__})
        await asyncio.sleep(AGAIN_S)
