"""What comes back of a call by webhook: how the relay ended and what is next, and transcripts.

Source: reference/channels.md 2.2 and 2.3.
"""

import json
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from channels.errors import ChannelRefused
from channels.twilio.form import Form
from channels.wire.web import clean

SOCKET_ENDED: Final = 64105
MOST_RECONNECTS: Final = 2
MOST_TRANSCRIPT_CHARS: Final = 16_000

_CALL = re.compile(r"CA[0-9a-fA-F]{32}", re.ASCII)
_SID = re.compile(r"[A-Za-z0-9]{2,64}", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,17})?", re.ASCII)
_OVER: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""Of a call: nobody is on the line, and TwiML is read by no one."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The vendor's word on how a connection to the relay ended."""

    call: str
    session: str
    """`VX…`; empty where there was none."""
    status: str
    """`completed`, `ended`, `failed`; in lower case, as the rest."""
    call_status: str
    handoff: str = field(repr=False)
    """What we said with `end`."""
    error_code: int | None
    duration_s: int | None


class Step(Enum):
    """What a call is told to do next."""

    IGNORE = "ignore"
    """Nobody is on the line any more."""
    RECONNECT = "reconnect"
    """Back to the relay, without a greeting."""
    DIAL = "dial"
    ENQUEUE = "enqueue"
    GOODBYE = "goodbye"


@dataclass(frozen=True, slots=True)
class EndingTerms:
    """Where a call can go."""

    most_reconnects: int = MOST_RECONNECTS
    """So many lost sockets of one call are opened again; after the next one a human takes over."""
    number: str = field(default="", repr=False)
    """A human's phone; empty if there is none."""
    queue: str = ""
    """Where callers wait for a human; comes before the phone."""


def ended_of(form: Form) -> Ended:
    """Return what the POST to `<Connect action>` says.

    Raises:
        ChannelRefused: `no_call`: it names none.
    """
    return Ended(
        call=_call_of(form),
        session=_sid(form.get("SessionId")),
        status=form.get("SessionStatus").strip().lower(),
        call_status=form.get("CallStatus").strip().lower(),
        handoff=clean(form.get("HandoffData")),
        error_code=_whole(form.get("ErrorCode")),
        duration_s=_whole(form.get("SessionDuration")),
    )


def next_step(ended: Ended, losses: int, terms: EndingTerms) -> Step:
    """Return what the call is told.

    An `end` of ours with a reference is a transfer, one without is a goodbye. `losses` is how many
    sockets of this call were lost before this one. Another fault than a lost socket would come
    again at once, so a human is tried instead.
    """
    if ended.status == "completed" or ended.call_status in _OVER:
        return Step.IGNORE
    if ended.status == "ended" and not ended.handoff:
        return Step.GOODBYE
    is_lost = ended.status != "ended" and ended.error_code in (SOCKET_ENDED, None)
    if is_lost and losses < terms.most_reconnects:
        return Step.RECONNECT
    if terms.queue:
        return Step.ENQUEUE
    return Step.DIAL if terms.number else Step.GOODBYE


class TranscriptionKind(Enum):
    """What a callback about a transcript tells."""

    STARTED = "transcription-started"
    CONTENT = "transcription-content"
    STOPPED = "transcription-stopped"
    ERROR = "transcription-error"
    UNKNOWN = ""
    """None of these: the vendor may add some."""


@dataclass(frozen=True, slots=True)
class TranscriptionEvent:
    """One callback about the transcript of a call; its key is (sid, track, sequence)."""

    kind: TranscriptionKind
    sid: str
    """`GT…`."""
    call: str
    sequence: int | None
    """Orders the events of a transcript, which may arrive in any order; None if unsaid."""
    track: str
    """`inbound_track` or `outbound_track`; empty where it is about both."""
    at: datetime | None
    """UTC."""
    is_final: bool
    """False for a partial result, which is not kept; and for what is no content."""
    text: str = field(repr=False)
    confidence: float | None
    """In [0, 1]."""
    stability: float | None
    """In [0, 1], of a partial result."""
    language: str
    error_code: int | None


def transcription_of(form: Form) -> TranscriptionEvent:
    """Return what a transcription callback says; what cannot be read is empty.

    Raises:
        ChannelRefused: `no_call` or `no_transcription`: it does not say whose it is.
    """
    sid = _sid(form.get("TranscriptionSid"))
    if not sid:
        raise ChannelRefused("no_transcription")
    kind = _kind_of(form.get("TranscriptionEvent"))
    text, confidence = _words_of(form.get("TranscriptionData"))
    is_content = kind is TranscriptionKind.CONTENT
    return TranscriptionEvent(
        kind=kind,
        sid=sid,
        call=_call_of(form),
        sequence=_whole(form.get("SequenceId")),
        track=form.get("Track") if form.get("Track") in ("inbound_track", "outbound_track") else "",
        at=_instant(form.get("Timestamp")),
        is_final=is_content and form.get("Final").strip().lower() == "true",
        text=text if is_content else "",
        confidence=confidence if is_content else None,
        stability=_share(form.get("Stability")),
        language=form.get("LanguageCode")[:32],
        error_code=_whole(form.get("TranscriptionErrorCode")),
    )


def is_set_aside(event: TranscriptionEvent, is_known: bool, stopped_at: int | None) -> bool:
    """Return whether an event belongs to no transcript that is being written.

    Args:
        event: the callback.
        is_known: its transcript has been begun by us, for a call of ours.
        stopped_at: the sequence with which it has stopped; None while it goes on. What came
            before that may arrive after it.
    """
    if not is_known or event.kind is TranscriptionKind.UNKNOWN:
        return True
    return stopped_at is not None and (event.sequence is None or event.sequence > stopped_at)


def _call_of(form: Form) -> str:
    call = form.get("CallSid")
    if not _CALL.fullmatch(call):
        raise ChannelRefused("no_call")
    return call


def _kind_of(word: str) -> TranscriptionKind:
    try:
        return TranscriptionKind(word.strip().lower())
    except ValueError:
        return TranscriptionKind.UNKNOWN


def _words_of(data: str) -> tuple[str, float | None]:
    """Return text and confidence of the JSON that is written into a field."""
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        return "", None
    match fields:
        case {"transcript": str(text)}:
            confidence = fields.get("confidence")
            return clean(text)[:MOST_TRANSCRIPT_CHARS], _share(confidence)
        case _:
            return "", None


def _share(value: object) -> float | None:
    match value:
        case bool():
            return None
        case int() | float():
            share = float(value) if abs(value) <= 1 else math.nan
        case str(text) if _NUMBER.fullmatch(text.strip()):
            share = float(text)
        case _:
            return None
    return share if 0 <= share <= 1 else None


def _whole(text: str) -> int | None:
    return int(text) if _WHOLE.fullmatch(text.strip()) else None


def _sid(text: str) -> str:
    return text if _SID.fullmatch(text) else ""


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if instant.tzinfo is None:
        return instant.replace(tzinfo=UTC)
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return None
