"""The frames of a call, JSON text both ways: lenient with what comes, strict with what we send.

What comes is taken as far as it makes sense: unknown fields are skipped, null is absent, numbers
and booleans may be strings. What makes no sense is `Ignored` with a fixed word, never answered:
the vendor reads every frame of ours as a message, and ends the call after ten it cannot use.
Source: Twilio, "ConversationRelay WebSocket messages".
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, assert_never

from channels.voice.base import (
    Dtmf,
    End,
    Heard,
    Info,
    Interrupted,
    Interruptible,
    Language,
    Play,
    Prompt,
    RelayError,
    Said,
    SendDigits,
    Setup,
    Text,
)
from channels.wire.web import clean

MOST_FRAME_BYTES: Final = 64 * 1024
"""A longer frame is ignored; the longest utterance is a few KiB."""
MOST_LOOPS: Final = 1000
"""Source: Twilio; a `loop` of 0 is as many."""
MOST_MILLISECONDS: Final = 24 * 3600 * 1000

_ID = re.compile(r"[A-Za-z0-9]{2,64}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
_DIGIT = re.compile(r"[0-9*#]", re.ASCII)
_DIGITS = re.compile(r"[0-9w*#]+", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?|multi", re.ASCII)
_ADDRESS = re.compile(r"https?://[!-~]+", re.ASCII)
_CODE = re.compile(r"code:? *([0-9]{5})", re.ASCII)
_IN_PROGRESS: Final = "INPROGRESS"


@dataclass(frozen=True, slots=True)
class Ignored:
    """A frame that means nothing to us; the reason is a fixed word."""

    reason: str
    """`binary`, `too_big`, `bad_encoding`, `bad_json`, `unknown_type`, or `bad_` and a type."""


def read_frame(text: str | bytes) -> Setup | Heard | Ignored:
    """Return what a frame says; bytes are those of a binary frame.

    Raises nothing, whatever is read.
    """
    if isinstance(text, bytes):
        return Ignored("binary")
    if len(text) > MOST_FRAME_BYTES:
        return Ignored("too_big")
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return Ignored("bad_json")
    if not isinstance(frame, dict):
        return Ignored("bad_json")
    return _read(_Fields(frame))


def read_text(raw: bytes) -> Setup | Heard | Ignored:
    """Return what the bytes of a text frame say; they may not be UTF-8, or far too many."""
    if len(raw) > MOST_FRAME_BYTES:
        return Ignored("too_big")
    try:
        return read_frame(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return Ignored("bad_encoding")


def write_frame(frame: Said) -> str:
    """Return a frame as the vendor takes it.

    Raises:
        AssertionError: the vendor would not take it, and calls end over that: it is our bug.
    """
    fields = _fields_of(frame)
    wrong = problem_of(fields)
    if wrong:
        raise AssertionError(f"not a frame that the relay takes: {wrong}")
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def is_language(code: str) -> bool:
    """Return whether the vendor takes a language written so: `en-US`, not `en-us`."""
    return _LANGUAGE.fullmatch(code) is not None


def problem_of(frame: Mapping[str, object]) -> str:
    """Return what the vendor would refuse in a frame of ours, as a fixed word; empty if nothing.

    Never holds what is in the frame, which may be what was said.
    """
    kind = frame.get("type")
    fields = _ALLOWED.get(kind) if isinstance(kind, str) else None
    if fields is None:
        return "unknown type"
    if not set(frame) <= fields | {"type"}:
        return "a field that the type does not have"
    for name in sorted(set(frame) - {"type"}):
        if not _is_right(name, frame[name]):
            return f"bad {name}"
    if not _REQUIRED.get(str(kind), frozenset()) <= set(frame):
        return "a missing field"
    if kind == "language" and len(frame) == 1:
        return "no language"
    return ""


_CUTTING = frozenset({"interruptible", "preemptible"})
_ALLOWED: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"token", "last", "lang"}) | _CUTTING,
    "play": frozenset({"source", "loop"}) | _CUTTING,
    "sendDigits": frozenset({"digits"}),
    "language": frozenset({"ttsLanguage", "transcriptionLanguage"}),
    "end": frozenset({"handoffData"}),
}
_REQUIRED: Final[Mapping[str, frozenset[str]]] = {
    "text": frozenset({"token"}),
    "play": frozenset({"source"}),
    "sendDigits": frozenset({"digits"}),
}


def _is_right(name: str, value: object) -> bool:
    match name:
        case "token" | "handoffData":
            return isinstance(value, str) and clean(value) == value
        case "last" | "preemptible":
            return isinstance(value, bool)
        case "interruptible":
            return isinstance(value, bool) or value in ("none", "dtmf", "speech", "any")
        case "loop":
            return type(value) is int and 0 <= value <= MOST_LOOPS
        case "source":
            return isinstance(value, str) and _ADDRESS.fullmatch(value) is not None
        case "digits":
            return isinstance(value, str) and _DIGITS.fullmatch(value) is not None
        case _:
            return isinstance(value, str) and is_language(value)


def _fields_of(frame: Said) -> dict[str, object]:
    fields: dict[str, object]
    match frame:
        case Text():
            # A model may stop in the middle of a character; half of one is no text.
            fields = {"type": "text", "token": clean(frame.token), "last": frame.is_last}
            if frame.lang:
                fields["lang"] = frame.lang
            fields |= _cutting(frame.interruptible, frame.is_preemptible)
        case Play():
            fields = {"type": "play", "source": frame.source, "loop": frame.loop}
            fields |= _cutting(frame.interruptible, frame.is_preemptible)
        case SendDigits():
            fields = {"type": "sendDigits", "digits": frame.digits}
        case Language():
            fields = {"type": "language"}
            if frame.tts:
                fields["ttsLanguage"] = frame.tts
            if frame.transcription:
                fields["transcriptionLanguage"] = frame.transcription
        case End():
            fields = {"type": "end"}
            if frame.handoff:
                fields["handoffData"] = frame.handoff
        case _:
            assert_never(frame)
    return fields


def _cutting(interruptible: Interruptible, is_preemptible: bool) -> dict[str, object]:
    fields: dict[str, object] = {}
    match interruptible:
        case "":
            pass
        case "any" | "none":
            # The vendor's page for these frames knows booleans only, its changelog words as well.
            fields["interruptible"] = interruptible == "any"
        case "dtmf" | "speech":
            fields["interruptible"] = interruptible
        case _:
            assert_never(interruptible)
    if is_preemptible:
        fields["preemptible"] = True
    return fields


def _read(fields: "_Fields") -> Setup | Heard | Ignored:
    match fields.text("type"):
        case "setup":
            return _setup(fields)
        case "prompt":
            text = fields.text("voicePrompt")
            if text is None:
                return Ignored("bad_prompt")
            return Prompt(text, fields.text("lang") or "", fields.is_true("last", True))
        case "interrupt":
            # Playback has stopped whether or not we can read how far it came.
            heard = fields.text("utteranceUntilInterrupt") or ""
            return Interrupted(heard, fields.milliseconds("durationUntilInterruptMs"))
        case "dtmf":
            digit = fields.text("digit") or ""
            return Dtmf(digit) if _DIGIT.fullmatch(digit) else Ignored("bad_dtmf")
        case "error":
            return relay_error(fields.text("description") or "")
        case "info":
            name = fields.text("name")
            return Info(name, fields.text("value") or "") if name else Ignored("bad_info")
        case _:
            return Ignored("unknown_type")


def relay_error(description: str) -> RelayError:
    """Return the vendor's complaint, with the code that its words name."""
    found = _CODE.search(description)
    return RelayError(description, int(found[1]) if found else None)


def _setup(fields: "_Fields") -> Setup | Ignored:
    session, call = fields.text("sessionId") or "", fields.text("callSid") or ""
    if not (_ID.fullmatch(session) and _ID.fullmatch(call)):
        return Ignored("bad_setup")
    status = fields.text("callStatus") or ""
    return Setup(
        session=session,
        call=call,
        account=fields.text("accountSid") or "",
        sender=fields.text("from") or "",
        to=fields.text("to") or "",
        direction=fields.text("direction") or "",
        parameters=fields.texts("customParameters"),
        is_second=re.sub("[ _-]", "", status).upper() == _IN_PROGRESS,
    )


@dataclass(frozen=True, slots=True)
class _Fields:
    """One frame; every field may be absent, null, or of another type than it should be."""

    fields: Mapping[str, Any]

    def text(self, name: str) -> str | None:
        """Return a field as text that every store can hold; numbers are written out."""
        return _text(self.fields.get(name))

    def texts(self, name: str) -> Mapping[str, str]:
        """Return an object of texts; what is none is left out."""
        given = self.fields.get(name)
        pairs = given.items() if isinstance(given, dict) else ()
        texts = ((clean(key), _text(value)) for key, value in pairs)
        return {key: value for key, value in texts if value is not None}

    def is_true(self, name: str, absent: bool) -> bool:
        """Return a boolean, which may be written as a string."""
        match self.fields.get(name):
            case bool(value):
                return value
            case str(value) if value.strip().lower() in ("true", "false"):
                return value.strip().lower() == "true"
            case _:
                return absent

    def milliseconds(self, name: str) -> int | None:
        """Return a length of time; None if it is none, or longer than a call can be."""
        match self.fields.get(name):
            case bool():
                return None
            case int() | float() as value:
                length = float(value) if abs(value) <= MOST_MILLISECONDS else math.nan
            case str(value) if _NUMBER.fullmatch(value.strip()):
                length = float(value)
            case _:
                return None
        return round(length) if 0 <= length <= MOST_MILLISECONDS else None


def _text(value: object) -> str | None:
    match value:
        case str():
            return clean(value)
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case _:
            return None
