"""Twilio's REST interface through its SDK, with errors of ours."""

import asyncio
import json
import re
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from channels.twilio.base import Address, Media, Outgoing, Sent, SpokenSentence
from channels.twilio.errors import TwilioBusy, TwilioError, TwilioRefused
from channels.twilio.http_client import RETRY_AFTER_S, Wire, WireTerms, lost, sdk_client

if TYPE_CHECKING:
    from twilio.base.exceptions import TwilioException
    from twilio.rest import Client
    from twilio.rest.api.v2010.account.message import MessageInstance, MessageList
    from twilio.rest.intelligence.v2.transcript import TranscriptContext, TranscriptInstance
    from twilio.rest.intelligence.v2.transcript.sentence import SentenceInstance

T = TypeVar("T")
SID = re.compile(r"(?:SM|MM)[0-9a-fA-F]{32}", re.ASCII)
TRANSCRIPT = re.compile(r"GT[0-9a-fA-F]{32}", re.ASCII)
CALL = re.compile(r"CA[0-9a-fA-F]{32}", re.ASCII)
NOT_FOUND = 404
TOO_MANY = 20429
MOST_LISTED = 200
MOST_SENTENCES = 20_000
SENTENCES_PAGE = 1000
PAGE = 100
LEAST_CODE = 10_000
"""Where Twilio gives no code, the SDK writes the status of HTTP there."""
NO_PLACE = {"TWILIO_EDGE": "", "TWILIO_REGION": ""}
"""In place of the environment, from which the SDK would take other hosts than those it is given;
not empty, since it takes the environment in place of an empty one."""


@dataclass(slots=True, eq=False)
class TwilioApi:
    """Implements `Twilio` and `CallTranscripts` of `channels.twilio.base`.

    Made without a loop, connected at the first call. The SDK is loaded then, beside the loop: it
    takes half a second.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    base_url: str = ""
    """A stand-in, or a region: the SDK's own ways to a region are switched off."""
    api_key: str = ""
    """With its secret, in place of the account's token."""
    api_secret: str = field(default="", repr=False)
    timeout_s: float = 10.0
    takes_proxy: bool = False
    _wire: Wire = field(init=False, repr=False)
    _loaded: "Client | None" = field(init=False, default=None, repr=False)

    def __post_init__(self) -> None:
        """Make the wire; nothing is connected yet."""
        terms = WireTerms(self.base_url, self.timeout_s, takes_proxy=self.takes_proxy)
        self._wire = Wire(terms)

    async def send(self, message: Outgoing) -> Sent:
        """Create a message; see `Twilio.send`."""
        from twilio.base.values import unset

        messages = await self._messages()
        template = message.template
        created = messages.create_async(
            to=message.to,
            from_=message.sender or unset,
            messaging_service_sid=message.service or unset,
            body=unset if template or not message.body else message.body,
            content_sid=template.sid if template else unset,
            content_variables=json.dumps(dict(template.variables)) if template else unset,
            media_url=list(message.media) or unset,
            status_callback=message.status_callback or unset,
            validity_period=message.validity_s or unset,
        )
        return _sent(await _answer(created, is_read=False), is_read=False)

    async def find(self, sid: str) -> Sent | None:
        """Return a message; see `Twilio.find`."""
        if not SID.fullmatch(sid):
            return None
        messages = await self._messages()
        try:
            found = await _answer(messages(sid).fetch_async(), is_read=True)
        except TwilioRefused as refused:
            if refused.status == NOT_FOUND:
                return None
            raise
        return _sent(found, is_read=True)

    async def sent_to(self, to: Address, since: datetime) -> Sequence[Sent]:
        """Return what we sent to an address; see `Twilio.sent_to`.

        Twilio is not asked from that instant on: a message that it still holds back has no time
        of sending, and would be missing. Its list is read from the newest back, 200 at most.
        """
        messages = await self._messages()
        since = since.astimezone(UTC).replace(microsecond=0)
        listed = messages.list_async(to=to, limit=MOST_LISTED, page_size=PAGE)
        found = [
            _sent(message, is_read=True)
            for message in await _answer(listed, is_read=True)
            if str(message.direction).startswith("outbound")
        ]
        newest = datetime.max.replace(tzinfo=UTC)
        recent = [sent for sent in found if sent.at is None or sent.at >= since]
        return sorted(recent, key=lambda sent: sent.at or newest, reverse=True)

    async def media(self, url: str, most_bytes: int) -> Media:
        """Fetch a file that came in; see `Twilio.media`."""
        return await self._wire.fetch(url, self._credentials(), most_bytes)

    async def call_of(self, transcript: str) -> str:
        """Return the call that a transcript is of; see `CallTranscripts.call_of`."""
        context = await self._transcript(transcript)
        return _call_of(await _answer(context.fetch_async(), is_read=True))

    async def sentences(self, transcript: str) -> Sequence[SpokenSentence]:
        """Return what was said in a call; see `CallTranscripts.sentences`."""
        context = await self._transcript(transcript)
        listed = context.sentences.list_async(limit=MOST_SENTENCES, page_size=SENTENCES_PAGE)
        found = await _answer(listed, is_read=True)
        said = [_sentence(place, one) for place, one in enumerate(found)]
        return sorted((one for one in said if one.text), key=lambda one: one.number)

    async def close(self) -> None:
        """Let go of the connections; every call fails from now on. Idempotent."""
        await self._wire.close()

    def _credentials(self) -> tuple[str, str]:
        if self.api_key and self.api_secret:
            return self.api_key, self.api_secret
        return self.account_sid, self.auth_token

    async def warm(self) -> None:
        """Load the SDK now, so that nobody's first message waits for it."""
        await self._client()

    async def _messages(self) -> "MessageList":
        return (await self._client()).api.account.messages

    async def _transcript(self, sid: str) -> "TranscriptContext":
        if not TRANSCRIPT.fullmatch(sid):
            raise TwilioRefused(0, NOT_FOUND)
        client = await self._client()
        await asyncio.to_thread(_load_transcripts)
        if self.base_url:
            client.intelligence.base_url = domain_of(self.base_url, "intelligence")
        return client.intelligence.v2.transcripts(sid)

    async def _client(self) -> "Client":
        if self._loaded is None:
            await asyncio.to_thread(_load)
            self._loaded = self._made()
        return self._loaded

    def _made(self) -> "Client":
        from twilio.rest import Client

        name, secret = self._credentials()
        client = Client(
            username=name,
            password=secret,
            account_sid=self.account_sid,
            http_client=sdk_client(self._wire, self.timeout_s),
            environment=NO_PLACE,
        )
        if self.base_url:
            client.api.base_url = self.base_url
        return client


def domain_of(base_url: str, name: str) -> str:
    """Return where another part of Twilio is, given where messages are.

    A region has a host for each part; a stand-in is all of them.
    """
    host = urlsplit(base_url).hostname or ""
    is_region = host.startswith("api.") and host.endswith(".twilio.com")
    return base_url.replace("//api.", f"//{name}.", 1) if is_region else base_url


def _load() -> None:
    import twilio.rest.api  # noqa: F401 - loaded for later


def _load_transcripts() -> None:
    import twilio.rest.intelligence.v2  # noqa: F401 - loaded for later


async def _answer(answer: Awaitable[T], is_read: bool) -> T:
    """Return what the SDK makes of an answer, whatever Twilio or a proxy wrote."""
    from twilio.base.exceptions import TwilioException

    try:
        return await answer
    except TwilioException as error:
        raise _meaning(error, is_read) from None
    # The SDK looks for fields in plain text, and for text in anything.
    except (ValueError, TypeError, AttributeError, LookupError):
        raise lost(is_read) from None


def _meaning(error: "TwilioException", is_read: bool) -> TwilioError:
    """Return what a refusal means. The two kinds of it have only their base in common."""
    from twilio.base.exceptions import TwilioRestException, TwilioServiceException

    if not isinstance(error, TwilioRestException | TwilioServiceException):
        return lost(is_read)
    status = error.status if isinstance(error.status, int) else 0
    code = error.code if isinstance(error.code, int) and error.code >= LEAST_CODE else 0
    if code == TOO_MANY or status == 429:
        return TwilioBusy(RETRY_AFTER_S)
    if not 400 <= status < 500 or status == 408:
        return lost(is_read)
    return TwilioRefused(code, status)


def _sent(message: "MessageInstance", is_read: bool) -> Sent:
    """Return a message as ours."""
    if not isinstance(message.sid, str) or not SID.fullmatch(message.sid):
        raise lost(is_read)
    segments = str(message.num_segments or "")
    at = message.date_sent or message.date_created
    return Sent(
        sid=message.sid,
        status=str(message.status or ""),
        body=str(message.body or ""),
        to=Address(str(message.to or "")),
        segments=int(segments) if segments.isascii() and segments.isdigit() else 0,
        error_code=message.error_code if isinstance(message.error_code, int) else None,
        at=at if isinstance(at, datetime) else None,
        sender=Address(str(message.from_ or "")),
    )


def _call_of(transcript: "TranscriptInstance") -> str:
    """Return the call that a transcript says that it is of."""
    properties = _object(_object(transcript.channel).get("media_properties"))
    named = (
        _object(properties.get("reference_sids")).get("call_sid"),
        properties.get("source_sid"),
    )
    for sid in (transcript.customer_key, *named):
        if isinstance(sid, str) and CALL.fullmatch(sid):
            return sid
    return ""


def _object(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def _sentence(place: int, sentence: "SentenceInstance") -> SpokenSentence:
    number, channel = sentence.sentence_index, sentence.media_channel
    return SpokenSentence(
        number=number if isinstance(number, int) else place,
        channel=channel if isinstance(channel, int) else 0,
        text=str(sentence.transcript or "").strip(),
    )
