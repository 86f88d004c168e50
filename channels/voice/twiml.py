"""What a call is told to do next, as TwiML, written with the SDK's own builder.

Of the relay's attributes every one that we depend on is written, whatever its default: defaults
have changed before. Source: Twilio, "TwiML Voice"; the attributes as of SDK 9.13.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from channels.voice.token import PARAMETER, address_with
from channels.wire.web import clean

if TYPE_CHECKING:
    from twilio.twiml.voice_response import VoiceResponse

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
"""Source: XML 1.0, section 2.2; the SDK writes them, and the vendor refuses the whole document."""
MOST_PARAMETER_CHARS: Final = 500
AGAIN_S: Final = 4
"""How long a caller waits before we are asked again, while one process follows another."""


@dataclass(frozen=True, slots=True)
class RelayLanguage:
    """One language that a call may change to; what is empty is the vendor's choice."""

    code: str
    voice: str = ""
    tts_provider: str = ""
    transcription_provider: str = ""
    speech_model: str = ""
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RelayTerms:
    """How the relay listens and speaks, for all calls of a company."""

    tts_provider: str = "ElevenLabs"
    """`ElevenLabs`, `Google` or `Amazon`."""
    voice: str = ""
    """Empty is the provider's own for the language."""
    transcription_provider: str = "Deepgram"
    """`Deepgram` or `Google`; the default depends on the age of the account."""
    speech_model: str = ""
    languages: tuple[RelayLanguage, ...] = ()
    """What a call may change to; a language that is not listed may be refused."""
    hints: tuple[str, ...] = ()
    """Words that are hard to hear: products, places, names."""
    greeting_interruptible: str = "any"
    interruptible: str = "any"
    """`any`, `speech`, `dtmf` or `none`."""
    interrupt_sensitivity: str = "high"
    """`high`, `medium` or `low`; lower where callers stand in noisy places."""
    ignores_backchannel: bool = False
    """Skip "mm-hm" and the like while we speak; a short "yes" may go with them."""
    reports_during_speech: str = "any"
    """What is told while we speak; without it keys are lost that are pressed in the greeting."""
    preemptible: bool = False
    """Whether a later text cuts an earlier one; ours say so one by one."""
    detects_dtmf: bool = True
    partial_prompts: bool = True
    """Tells that the caller goes on speaking before he has finished."""
    speech_timeout: str = "auto"
    """`auto`, or 600 to 5000 ms of silence that end what is said."""
    eot_threshold: float | None = None
    """0.5 to 0.9, with the `flux` models only."""
    events: tuple[str, ...] = ("speaker-events", "tokens-played")
    """`tokens-played` says what was really spoken."""
    elevenlabs_text_normalization: str = "off"
    """Numbers are spelled before they are sent; `on` would cost time for nothing."""
    reconnects: bool = False
    """Whether the vendor opens a lost socket again by itself: then `action` is not asked, and
    nobody counts how often it was lost."""
    intelligence_service: str = ""
    """`GA…`, for a transcript after the call; empty for none."""


@dataclass(frozen=True, slots=True)
class RelayTwiml:
    """One connection of a call to the relay."""

    url: str
    """`wss://…/channels/voice/relay`, without the token."""
    token: str = field(repr=False)
    action: str
    """`https://…`, asked when the relay has ended."""
    language: str
    terms: RelayTerms = RelayTerms()
    greeting: str = ""
    """Said when the socket opens; empty when a call is connected again."""
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What `setup` carries besides the token: references, nothing personal."""


@dataclass(frozen=True, slots=True)
class TranscriptionTwiml:
    """A transcript of a call in which humans speak; it does not block, and cannot speak."""

    callback: str
    """`https://…`, told of every event."""
    name: str = ""
    """By which it can be stopped."""
    track: str = "both_tracks"
    """`inbound_track`, `outbound_track` or `both_tracks`."""
    partial_results: bool = False
    inbound_label: str = "customer"
    outbound_label: str = "agent"
    language: str = "en-US"
    engine: str = "deepgram"
    """`deepgram` or `google`."""
    speech_model: str = ""
    hints: tuple[str, ...] = ()
    intelligence_service: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """How a call goes to a human."""

    action: str = ""
    """Asked when that is over, also when nobody answered; empty: the call ends."""
    words: str = ""
    """Said before; empty for nothing."""
    language: str = "en-US"
    transcription: TranscriptionTwiml | None = None
    caller_id: str = field(default="", repr=False)
    """Shown to who is dialled; empty: the caller's own."""
    timeout_s: int = 30
    """How long a dialled phone rings."""
    wait_url: str = ""
    """What a caller in a queue hears; empty: the vendor's music."""
    workflow: str = ""
    """`WW…`: the queue is one of TaskRouter's, and `reference` its task."""
    reference: str = ""
    """Names the summary that the human finds; never the summary."""


def relay_twiml(relay: RelayTwiml) -> str:
    """Return TwiML that connects a call to the relay."""
    from twilio.twiml.voice_response import VoiceResponse

    terms = relay.terms
    response = VoiceResponse()
    connect = response.connect(action=relay.action, method="POST")
    node = connect.conversation_relay(
        url=address_with(relay.url, relay.token),
        welcome_greeting=_said(relay.greeting),
        welcome_greeting_interruptible=terms.greeting_interruptible,
        language=relay.language,
        tts_language=relay.language,
        transcription_language=relay.language,
        tts_provider=terms.tts_provider,
        voice=_said(terms.voice),
        transcription_provider=terms.transcription_provider,
        speech_model=_said(terms.speech_model),
        hints=_listed(terms.hints),
        interruptible=terms.interruptible,
        interrupt_sensitivity=terms.interrupt_sensitivity,
        ignoreBackchannel=terms.ignores_backchannel,
        report_input_during_agent_speech=terms.reports_during_speech,
        preemptible=terms.preemptible,
        dtmf_detection=terms.detects_dtmf,
        partial_prompts=terms.partial_prompts,
        speechTimeout=terms.speech_timeout,
        eot_threshold=terms.eot_threshold,
        events=" ".join(terms.events) or None,
        elevenlabs_text_normalization=terms.elevenlabs_text_normalization,
        application_reconnect=terms.reconnects,
        intelligence_service=_said(terms.intelligence_service),
    )
    for language in terms.languages:
        node.language(
            code=language.code,
            tts_provider=_said(language.tts_provider),
            voice=_said(language.voice),
            transcription_provider=_said(language.transcription_provider),
            speech_model=_said(language.speech_model),
            hints=_listed(language.hints),
        )
    for name, value in ({PARAMETER: relay.token} | dict(relay.parameters)).items():
        assert len(value) <= MOST_PARAMETER_CHARS, "expected a reference, not a text"
        node.parameter(name=name, value=_written(value))
    return str(response)


def dial_twiml(number: str, transfer: Transfer) -> str:
    """Return TwiML that connects a call to a phone."""
    from twilio.twiml.voice_response import VoiceResponse

    response = VoiceResponse()
    _begin(response, transfer)
    dial = response.dial(
        action=_said(transfer.action),
        method="POST" if transfer.action else None,
        answer_on_bridge=True,
        caller_id=_said(transfer.caller_id),
        timeout=transfer.timeout_s,
    )
    dial.number(number)
    return str(response)


def enqueue_twiml(queue: str, transfer: Transfer) -> str:
    """Return TwiML that lets a call wait for a human; `queue` is not read with a `workflow`."""
    from twilio.twiml.voice_response import VoiceResponse

    response = VoiceResponse()
    _begin(response, transfer)
    enqueue = response.enqueue(
        None if transfer.workflow else _written(queue),
        action=_said(transfer.action),
        method="POST" if transfer.action else None,
        wait_url=_said(transfer.wait_url),
        wait_url_method="POST" if transfer.wait_url else None,
        workflow_sid=_said(transfer.workflow),
    )
    if transfer.workflow:
        enqueue.task({"reference": transfer.reference})
    return str(response)


def say_and_hangup_twiml(text: str, language: str) -> str:
    """Return TwiML that says something, if there is anything to say, and ends the call."""
    from twilio.twiml.voice_response import VoiceResponse

    response = VoiceResponse()
    if text:
        response.say(_written(text), language=language)
    response.hangup()
    return str(response)


def again_twiml(words: str, language: str, url: str) -> str:
    """Return TwiML that asks again in a moment: this process ends, and the next one begins.

    Args:
        words: said at once; empty for nothing.
        language: of the words.
        url: address that is asked.
    """
    from twilio.twiml.voice_response import VoiceResponse

    response = VoiceResponse()
    if words:
        response.say(_written(words), language=language)
    response.pause(length=AGAIN_S)
    response.redirect(url, method="POST")
    return str(response)


def _begin(response: "VoiceResponse", transfer: Transfer) -> None:
    if transfer.transcription is not None:
        _transcribe(response, transfer.transcription)
    if transfer.words:
        response.say(_written(transfer.words), language=transfer.language)


def _transcribe(response: "VoiceResponse", transcription: TranscriptionTwiml) -> None:
    start = response.start()
    start.transcription(
        name=_said(transcription.name),
        track=transcription.track,
        status_callback_url=transcription.callback,
        status_callback_method="POST",
        inbound_track_label=_said(transcription.inbound_label),
        outbound_track_label=_said(transcription.outbound_label),
        partial_results=transcription.partial_results,
        language_code=transcription.language,
        transcription_engine=transcription.engine,
        speech_model=_said(transcription.speech_model),
        hints=_listed(transcription.hints),
        enable_automatic_punctuation=True,
        intelligence_service=_said(transcription.intelligence_service),
    )


def _said(text: str) -> str | None:
    """Return an attribute, or None to leave it out."""
    return _written(text) or None


def _listed(hints: tuple[str, ...]) -> str | None:
    # A comma in one would make two of it.
    return _said(",".join(hint.replace(",", " ") for hint in hints))


def _written(text: str) -> str:
    return _UNWRITABLE.sub("", clean(text))
