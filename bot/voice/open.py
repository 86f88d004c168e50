"""Calls, wired: everything of them that runs in this process."""

import asyncio
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web

from bot.errors import StoreFailed
from bot.humans.handoff import Handoffs
from bot.privacy.vault import VaultKey
from bot.reception.reception import Reception
from bot.services import Services
from bot.settings import TwilioSettings
from bot.stores.cabinet import Cabinet, Entry
from bot.upkeep import Upkeep
from bot.voice.after.after_calls import AfterCalls
from bot.voice.after.transcripts import Transcripts
from bot.voice.call import CustomerCall
from bot.voice.calls import CHANNEL, Calls
from bot.voice.hooks import Desk, Hooks
from bot.voice.live import Live
from bot.voice.parts import VoiceParts, Wait
from bot.voice.talk import Talk
from bot.voice.terms import languages_of
from bot.voice.transfer import Transfers
from bot.waiting import is_set_within
from channels.errors import ChannelBusy
from channels.twilio.base import CallTranscripts
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
GOODBYE_S = 1.0
A_VALUE = "It costs $29.50, 1,250 times, on 3 May 2026 at 3:30 p.m. **Or** call +1 555 0100. "
SPELLED = "four one one one, dana at example dot com"
"""Of every kind that is made words of, or numbers of, some."""
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
    twilio: CallTranscripts | None = None
    """Of which transcripts are fetched that are made after calls; None: they are not."""
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


def parts_of(around: VoiceAround) -> VoiceParts:
    """Return what calls work with."""
    services = around.services
    return VoiceParts(
        services=services,
        accept=around.reception.accept,
        calls=Calls(around.cabinet, services.clock, around.secret),
        terms=services.tenant.voice,
        stream=SpeechStream,
        align=heard_prefix,
        with_digits=with_digits,
        scratch_key=VaultKey(secrets.token_bytes(32)),
        slow=services.alerts.notice,
        wait=around.wait,
    )


class VoiceSide:
    """All calls of this process: `routes` at once, the rest between `start` and `close`."""

    def __init__(self, settings: TwilioSettings, around: VoiceAround) -> None:
        services, cabinet = around.services, around.cabinet
        self._services, self._cabinet = services, cabinet
        self._handoffs = around.handoffs
        public_url = around.public_url.rstrip("/")
        self._live = Live()
        self.parts = parts_of(around)
        keys = Keys(settings.auth_token, settings.shared_keys)
        counted = services.metrics.channel_events
        terms = DoorTerms(
            account=settings.account_sid,
            refused=lambda word: counted.labels(f"voice_{word}").inc(),
        )
        door = Door(keys, public_url, terms)
        tokens = Tokens(around.secret, CabinetUsed(cabinet), services.clock.now)
        self.transcripts = Transcripts(self.parts, around.handoffs, cabinet)
        self.after: AfterCalls | None = None
        if around.twilio is not None:
            fetched_by = (cabinet, around.twilio, around.wait)
            self.after = AfterCalls(services, self.transcripts, *fetched_by)
        address = relay_url(public_url, PATH)
        desk = Desk(
            door=door,
            tokens=tokens,
            reception=around.reception,
            transfers=Transfers(services, around.handoffs),
            transcripts=self.transcripts,
            after=self.after,
            account=settings.account_sid,
            public_url=public_url,
            relay_url=address,
            relay=around.relay,
        )
        self._hooks = Hooks(self.parts, desk, self._live)
        socket_terms = SocketTerms(url=address, line=LineTerms())
        self._relay = Relay(
            door,
            tokens,
            lambda: CustomerCall(self.parts, self._live),
            socket_terms,
            lambda name: counted.labels(name).inc(),
        )
        self._upkeep = Upkeep("voice")

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
        self._warm()
        self._handoffs.listens[CHANNEL] = self.parts.calls.is_on_the_line
        self._upkeep.keep("transcripts", self.transcripts.run)
        if self.after is not None:
            self._upkeep.keep("after calls", self.after.run)
        self._upkeep.keep("pruning", self._prune)

    async def stop_taking(self) -> None:
        """Take no new calls; those that are going on are."""
        self._hooks.is_closing = True

    async def drain(self) -> None:
        """Let go of every call: the vendor asks at once for another relay, at the next process."""
        await asyncio.gather(*(_left(talk) for talk in self._live.talks()))
        await self._relay.drain(GOODBYE_S)
        await self._live.settle()
        await self.transcripts.write()

    async def close(self) -> None:
        """End everything."""
        await self._upkeep.close()
        await self._relay.drain(0.0)
        await self._live.settle()

    def _warm(self) -> None:
        """Load what the first value in a call would have to wait for."""
        for language in languages_of(self.parts.terms, self._services.tenant.locale):
            stream = self.parts.stream(language)
            stream.feed(A_VALUE)
            stream.flush()
            self.parts.with_digits(SPELLED, language)

    async def _prune(self) -> None:
        """Forget what is old, now and then."""
        while True:
            await self.parts.calls.prune()
            await self.transcripts.prune()
            await self._cabinet.remove(USED, None, self._services.clock.now())
            await asyncio.sleep(PRUNE_EVERY_S)


async def _left(talk: Talk) -> None:
    try:
        await talk.leave(GOING_AWAY)
    except StoreFailed:
        log.error("voice.not_left")
