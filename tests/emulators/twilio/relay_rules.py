"""Which frames ConversationRelay takes from an app. Pure.

What the documents leave open is refused here, since a test is the place to learn of it: a field
that is not named in reference/channels.md 2.2, a null, a word where a boolean belongs.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Fields = dict[str, Any]
Check = Callable[[object], bool]
INTERRUPTIBLE = ("none", "dtmf", "speech", "any")
MOST_LOOPS = 1000
MOST_FAULTS_IN_A_ROW = 10
"""Source: reference/channels.md 2.2; so many close the socket with 1007."""
CLOSE_OF_FAULTS = 1007
INVALID_MESSAGE = 64107
SOCKET_ENDED = 64105
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?|multi")
DIGITS = re.compile(r"[0-9w#*]+")


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_flag(value: object) -> bool:
    return isinstance(value, bool)


def is_interruptible(value: object) -> bool:
    return is_flag(value) or value in INTERRUPTIBLE


def is_language(value: object) -> bool:
    return isinstance(value, str) and LANGUAGE.fullmatch(value) is not None


def is_source(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"https?://[^\s/]+/\S*", value) is not None


def is_loop(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_LOOPS


def is_digits(value: object) -> bool:
    return isinstance(value, str) and DIGITS.fullmatch(value) is not None


PLAYED: Mapping[str, Check] = {"interruptible": is_interruptible, "preemptible": is_flag}
NEEDED: Mapping[str, Mapping[str, Check]] = {
    "text": {"token": is_text},
    "play": {"source": is_source},
    "sendDigits": {"digits": is_digits},
    "language": {},
    "end": {},
}
ALLOWED: Mapping[str, Mapping[str, Check]] = {
    "text": {"last": is_flag, "lang": is_language, **PLAYED},
    "play": {"loop": is_loop, **PLAYED},
    "sendDigits": {},
    "language": {"ttsLanguage": is_language, "transcriptionLanguage": is_language},
    "end": {"handoffData": is_text},
}


@dataclass(frozen=True, slots=True)
class Read:
    """A frame of the app."""

    fields: Fields
    """Empty where it is no JSON object."""
    fault: str = ""
    """What is wrong with it; empty where nothing is."""

    @property
    def type(self) -> str:
        return str(self.fields.get("type", ""))


def read(raw: str | bytes) -> Read:
    """Return a frame, checked."""
    if isinstance(raw, bytes):
        return Read({}, "a binary frame")
    try:
        fields = json.loads(raw)
    except ValueError:
        return Read({}, "not JSON")
    if not isinstance(fields, dict):
        return Read({}, "not an object")
    return Read(fields, fault_in(fields))


def fault_in(frame: Fields) -> str:
    """Return what is wrong with a frame; empty where nothing is."""
    kind = frame.get("type")
    if not isinstance(kind, str) or kind not in NEEDED:
        return f"unknown type {kind!r}"
    checks = {**NEEDED[kind], **ALLOWED[kind], "type": is_text}
    for name in NEEDED[kind]:
        if name not in frame:
            return f"{kind} without {name}"
    for name, value in frame.items():
        if name not in checks:
            return f"{kind} has no field {name}"
        if not checks[name](value):
            return f"{kind} with a bad {name}: {value!r}"
    if kind == "language" and len(frame) == 1:
        return "language without a language"
    return ""


def error_frame(fault: str) -> str:
    """Return what Twilio answers to an invalid frame."""
    words = f"Invalid message received, code: {INVALID_MESSAGE}, message: {fault}"
    return json.dumps({"type": "error", "description": words})


def interruptible_by(value: bool | str) -> frozenset[str]:
    """Return what may interrupt: "speech", "dtmf", both or nothing."""
    match value:
        case True | "any" | "true":
            return frozenset(("speech", "dtmf"))
        case "speech" | "dtmf":
            return frozenset((str(value),))
        case _:
            return frozenset()
