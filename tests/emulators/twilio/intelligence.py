"""Conversational Intelligence: transcripts of calls that are over, and the word of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from tests.emulators.twilio.driver import Delivery
from tests.emulators.twilio.phones import Phones
from tests.emulators.twilio.state import ApiError, Dict, RestCall, State

VERSION = "v2"
SERVICE = "GA" + "1" * 32
READY = "voice_intelligence_transcript_available"
TOLD = "/channels/voice/transcript"
MOST_PAGE = 1000
SENTENCE_S = 2.5


@dataclass(frozen=True, slots=True)
class Transcript:
    """One transcript; a channel of a sentence is 1 for the agent, 2 for the caller."""

    sid: str
    call: str
    sentences: tuple[tuple[int, str], ...]
    customer_key: str = ""


class Transcribing(Phones):
    """See the package's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.transcripts: dict[str, Transcript] = {}
        self.sentences_page = MOST_PAGE

    def transcribed(
        self, call: str, sentences: Sequence[tuple[int, str]], customer_key: str = ""
    ) -> Transcript:
        """Make a transcript of a call; nobody is told."""
        made = Transcript(self.state.new_id("GT"), call, tuple(sentences), customer_key)
        self.transcripts[made.sid] = made
        return made

    async def tells_of(
        self, transcript: Transcript, path: str = TOLD, *, is_json: bool = False
    ) -> Delivery:
        """Send the webhook of a transcript: a form, or JSON with `bodySHA256`."""
        fields = {
            "account_sid": self.state.account,
            "service_sid": SERVICE,
            "transcript_sid": transcript.sid,
            "customer_key": transcript.customer_key,
            "event_type": READY,
        }
        return await self.posts(path, fields, is_json=is_json)

    def found(self, request: web.Request) -> Transcript:
        """Return the transcript that is asked for.

        Raises:
            ApiError: there is none.
        """
        found = self.transcripts.get(request.match_info["sid"])
        if found is None:
            raise ApiError(404, 20404, f"The requested resource {request.path} was not found")
        return found


def transcript_json(state: State, transcript: Transcript) -> Dict:
    """Return the resource, with every field that the SDK reads."""
    url = f"{state.url}/{VERSION}/Transcripts/{transcript.sid}"
    at = state.now().isoformat().replace("+00:00", "Z")
    people = [
        {"channel_participant": 1, "role": "Agent", "user_id": None},
        {"channel_participant": 2, "role": "Customer", "user_id": None},
    ]
    media = {
        "source": "TwilioRecording",
        "source_sid": "RE" + "2" * 32,
        "media_url": None,
        "reference_sids": {"call_sid": transcript.call},
    }
    return {
        "account_sid": state.account,
        "service_sid": SERVICE,
        "sid": transcript.sid,
        "date_created": at,
        "date_updated": at,
        "status": "completed",
        "channel": {"type": "voice", "media_properties": media, "participants": people},
        "data_logging": False,
        "language_code": "en-US",
        "customer_key": transcript.customer_key or None,
        "media_start_time": None,
        "duration": round(SENTENCE_S * len(transcript.sentences)),
        "url": url,
        "redaction": False,
        "encryption_credential_sid": None,
        "links": {"sentences": f"{url}/Sentences"},
    }


def listing(state: State, transcript: Transcript, call: RestCall, most: int) -> Dict:
    """Return one page of the sentences, of so many at most."""
    asked = int(call.params.get("PageSize", "50"))
    size, page = min(asked, most), int(call.params.get("Page", "0"))
    start = page * size
    shown = transcript.sentences[start : start + size]
    base = f"{state.url}/{VERSION}/Transcripts/{transcript.sid}/Sentences"

    def url(number: int) -> str:
        return f"{base}?{urlencode({'PageSize': asked, 'Page': number})}"

    is_more = start + size < len(transcript.sentences)
    return {
        "sentences": [_sentence_json(start + n, one) for n, one in enumerate(shown)],
        "meta": {
            "key": "sentences",
            "page": page,
            "page_size": size,
            "first_page_url": url(0),
            "previous_page_url": url(page - 1) if page else None,
            "next_page_url": url(page + 1) if is_more else None,
            "url": url(page),
        },
    }


def _sentence_json(number: int, sentence: tuple[int, str]) -> Dict:
    channel, text = sentence
    return {
        "media_channel": channel,
        "sentence_index": number,
        "start_time": f"{number * SENTENCE_S:.2f}",
        "end_time": f"{(number + 1) * SENTENCE_S:.2f}",
        "transcript": text,
        "sid": f"GX{number:032x}",
        "confidence": "0.93",
        "words": None,
    }
