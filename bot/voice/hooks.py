"""What the vendor asks us about calls by webhook, and what it is told to do."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from aiohttp import web

from bot.errors import StoreFailed
from bot.humans.escalation import Reason
from bot.log import Notice
from bot.reception.reception import Reception
from bot.stores.base import Draft, Head, Write
from bot.voice.after.after_calls import AfterCalls
from bot.voice.after.transcripts import Transcripts
from bot.voice.calls import CHANNEL, Calls, Known, Leaving
from bot.voice.deeds import greeting_in
from bot.voice.live import Live
from bot.voice.parts import VoiceParts
from bot.voice.speaking.speaking import GREETING
from bot.voice.terms import Transfer, languages_of
from bot.voice.transfer import Transfers, transfer_twiml
from bot.voice.words import Spoken, spoken_text
from channels.base import Stopped
from channels.errors import ChannelBusy, ChannelRefused
from channels.twilio.door import Door, empty_twiml, twiml
from channels.twilio.form import Form
from channels.twilio.intelligence import available_of, is_about_transcript
from channels.voice.endings import Ended, EndingTerms, Step, ended_of, next_step, transcription_of
from channels.voice.token import Tokens
from channels.voice.twiml import (
    RelayLanguage,
    RelayTerms,
    RelayTwiml,
    TranscriptionTwiml,
    again_twiml,
    relay_twiml,
    say_and_hangup_twiml,
)

log = logging.getLogger("copilot.voice")
CALLED, ENDED = "/channels/voice", "/channels/voice/end"
HUMAN, TOLD = "/channels/voice/human", "/channels/voice/transcript"
DIALLED, QUEUED = "DialCallStatus", "QueueResult"
"""Fields of the question that follows a transfer."""
ANSWERED = frozenset({"completed", "answered", "bridged", "bridging-in-process"})


@dataclass(frozen=True, slots=True)
class Desk:
    """What the webhooks work with besides the parts."""

    door: Door
    tokens: Tokens
    reception: Reception
    transfers: Transfers
    transcripts: Transcripts
    after: AfterCalls | None
    """None: transcripts that are made after calls are not fetched."""
    account: str
    public_url: str
    relay_url: str
    relay: RelayTerms
    """How all calls are listened to and spoken to."""


@contextmanager
def answered_in_http() -> Iterator[None]:
    """Say by status what is wrong: 400 is what cannot be, after 503 the vendor may ask again."""
    try:
        yield
    except ChannelRefused:
        raise web.HTTPBadRequest from None
    except (ChannelBusy, StoreFailed):
        raise web.HTTPServiceUnavailable from None


class Hooks:
    """Answers the webhooks; `is_closing` is set from outside: nobody new is taken."""

    def __init__(self, parts: VoiceParts, desk: Desk, live: Live) -> None:
        self._parts = parts
        self._desk = desk
        self._live = live
        self._calls: Calls = parts.calls
        self.is_closing = False

    def routes(self) -> Sequence[web.RouteDef]:
        """Return what is served over HTTP."""
        return (
            web.post(CALLED, self.called),
            web.post(HUMAN, self.called_human),
            web.post(ENDED, self.ended),
            web.post(TOLD, self.transcribed),
        )

    async def called(self, request: web.Request) -> web.Response:
        """Greet a caller and connect him with the bot.

        Raises:
            web.HTTPException: the request is not the vendor's, or cannot be taken now.
        """
        form = (await self._desk.door.take(request)).form
        if self.is_closing:
            return twiml(again_twiml("", "en-US", f"{self._desk.public_url}{CALLED}"))
        with answered_in_http():
            known, locale = await self._met(form)
        greeting = greeting_in(self._parts.terms, self._parts.services.tenant, locale)
        return self._relay(known, greeting)

    async def called_human(self, request: web.Request) -> web.Response:
        """Put a caller through at once, and write down what is said.

        Raises:
            web.HTTPException: as in `called`; 404 where no human is reached by telephone.
        """
        form = (await self._desk.door.take(request)).form
        transfer = self._parts.terms.transfer
        if transfer is None:
            raise web.HTTPNotFound
        with answered_in_http():
            known, _ = await self._met(form, is_greeted=False)
            return await self._put_through(known, transfer, "", Reason.EXPLICIT_REQUEST)

    async def ended(self, request: web.Request) -> web.Response:
        """Say what a call is to do now that the relay, or a transfer, has ended.

        Raises:
            web.HTTPException: the request is not the vendor's, or cannot be taken now.
        """
        form = (await self._desk.door.take(request)).form
        with answered_in_http():
            ended = ended_of(form)
            known = await self._calls.find(ended.call)
            if known is None:
                return twiml(say_and_hangup_twiml("", "en-US"))
            result = form.get(DIALLED) or form.get(QUEUED)
            if result:
                return await self._transferred(known, result, ended)
            return await self._next(known, ended)

    async def transcribed(self, request: web.Request) -> web.Response:
        """Take a piece of a transcript, or the word that a whole one is there.

        What is nobody's is set aside, and 200 all the same.

        Raises:
            web.HTTPException: the request is not the vendor's, or cannot be kept now.
        """
        webhook = await self._desk.door.take(request)
        with answered_in_http():
            await self._take_transcript(webhook.form, webhook.json)
        return web.Response()

    async def _take_transcript(self, form: Form, fields: Mapping[str, object]) -> None:
        try:
            if is_about_transcript(form, fields):
                available = available_of(form, fields, self._desk.account)
                if available is not None and self._desk.after is not None:
                    await self._desk.after.take(available)
            else:
                await self._desk.transcripts.take(transcription_of(form))
        except ChannelRefused as refused:
            log.info("voice.no_transcript", extra={"code": refused.code})

    async def _met(self, form: Form, is_greeted: bool = True) -> tuple[Known, str]:
        """Return a call whose conversation exists, and its locale."""
        services, calls = self._parts.services, self._calls
        tenant = services.tenant
        language = languages_of(self._parts.terms, tenant.locale)[0]
        known = await calls.begin(ended_of(form).call, language)
        # Whoever calls is nobody that we know: a caller's number proves nothing.
        head = Head(known.conversation, tenant.id, CHANNEL, "", language)
        await self._desk.reception.meet(head)
        if is_greeted:
            text = greeting_in(self._parts.terms, tenant, language)
            draft = Draft(Notice(GREETING, text), "rule")
            now = services.clock.now()
            write = Write(known.conversation, now, events=(draft,), key=GREETING)
            await services.scribe.write(write)
        return known, language

    async def _next(self, known: Known, ended: Ended) -> web.Response:
        transfer = self._parts.terms.transfer
        terms = EndingTerms(
            number="" if transfer is None else transfer.number,
            queue="" if transfer is None else transfer.queue,
        )
        losses = 0 if known.leaving is Leaving.RESTART else known.losses
        step = next_step(ended, losses, terms)
        is_ours = ended.status == "ended"
        if step is Step.IGNORE:
            await self._over(known)
            return empty_twiml()
        if step is Step.RECONNECT and self.is_closing:
            words = spoken_text(Spoken.AGAIN, known.language)
            return twiml(again_twiml(words, known.language, f"{self._desk.public_url}{ENDED}"))
        if step is Step.RECONNECT:
            return self._relay(await self._calls.lost(known, ended.session))
        if step is Step.GOODBYE or transfer is None:
            await self._end(known, "goodbye" if is_ours else "lost")
            said = "" if is_ours else spoken_text(Spoken.NO_HUMAN_NOW, known.language)
            return twiml(say_and_hangup_twiml(said, known.language))
        said = "" if is_ours else spoken_text(Spoken.PUTTING_THROUGH, known.language)
        return await self._put_through(known, transfer, said, Reason.OUTAGE)

    async def _put_through(
        self, known: Known, transfer: Transfer, said: str, reason: Reason
    ) -> web.Response:
        await self._calls.change(known.call, leaving=Leaving.TRANSFER)
        await self._desk.transfers.begin(known.conversation, reason)
        url = self._desk.public_url
        terms = self._parts.terms
        transcription = TranscriptionTwiml(
            f"{url}{TOLD}",
            language=known.language,
            intelligence_service=terms.intelligence_service,
        )
        written = transcription if terms.transcribes else None
        return twiml(transfer_twiml(known, transfer, f"{url}{ENDED}", said, written))

    async def _transferred(self, known: Known, result: str, ended: Ended) -> web.Response:
        """A transfer is over: write down the rest, and close the conversation."""
        is_answered = result.lower() in ANSWERED
        await self._desk.transcripts.write(known.call)
        await self._desk.transfers.end(known.conversation, is_answered)
        await self._end(known, "answered_by_human" if is_answered else "nobody_answered")
        is_gone = ended.call_status == "completed"
        said = "" if is_answered or is_gone else spoken_text(Spoken.NOBODY, known.language)
        return twiml(say_and_hangup_twiml(said, known.language))

    async def _over(self, known: Known) -> None:
        """The caller has hung up, whether his socket has told us yet or not."""
        talk = self._live.find(known.call)
        if talk is not None:
            talk.hung_up()
        else:
            await self._parts.accept(known.conversation, Stopped(""))
        await self._desk.transfers.hung_up(known.conversation)
        await self._end(known, "hung_up")

    async def _end(self, known: Known, how: str) -> None:
        """Note that a call is over, and count once how it ended."""
        if not known.is_over:
            self._parts.services.metrics.voice_calls.labels(how).inc()
        await self._calls.end(known)

    def _relay(self, known: Known, greeting: str = "") -> web.Response:
        tenant, desk = self._parts.services.tenant, self._desk
        languages = languages_of(self._parts.terms, tenant.locale)
        listed = tuple(RelayLanguage(code) for code in languages)
        relay = RelayTwiml(
            url=desk.relay_url,
            token=desk.tokens.mint(known.call),
            action=f"{desk.public_url}{ENDED}",
            language=known.language,
            terms=replace(
                desk.relay,
                languages=listed,
                intelligence_service=self._parts.terms.intelligence_service,
            ),
            greeting=greeting,
        )
        return twiml(relay_twiml(relay))
