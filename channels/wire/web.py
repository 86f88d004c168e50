"""The frames of web chat, `copilot.chat.v1`: JSON text, one object with a `type` per frame.

What the customer's side sends becomes an act of `channels.base`, or one of the small classes here
that concern the connection itself. Unknown types and fields are ignored. Log events arrive encoded
already; only what the connection itself says is encoded here.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from channels.base import (
    Act,
    Chose,
    LeftContact,
    Rated,
    ReadUpTo,
    Said,
    Stopped,
    Surveyed,
    Typed,
    WantsHuman,
)
from channels.upload import FILE_ID, MOST_ATTACHED

SUBPROTOCOL = "copilot.chat.v1"
VERSION = 1
MOST_FRAME_BYTES = 32 * 1024
"""A larger frame from a client ends the connection with 1009."""
MOST_TEXT_CHARS = 8_000
MOST_REMARK_CHARS = 2_000
MOST_TOKEN_CHARS = 4_096
MOST_SEQ = 2**53 - 1
"""Source: ECMA-262, Number.MAX_SAFE_INTEGER; browsers cannot count further."""

ID = re.compile(r"[!-~]{1,128}")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class WireProblem(Exception):
    """A frame that cannot be understood; `code` is the fixed word for the `error` frame."""

    def __init__(self, code: str, client_id: str = "") -> None:
        self.code = code
        self.client_id = client_id
        """Which message, where that much could be read."""
        super().__init__(code)

    @property
    def is_strike(self) -> bool:
        """True for what no working client sends; a third strike ends the connection."""
        return self.code not in {"text_empty", "text_too_long", "too_many_files"}


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame of a socket: who it is and what it has seen."""

    token: str
    last_seq: int
    """Last seq that was received; 0 for none."""
    epoch: int | None
    """Epoch of the last welcome, if there was one."""
    conversation: str
    """The conversation that the client believes in; empty when it does not say."""


@dataclass(frozen=True, slots=True)
class Auth:
    """A newer token for the same conversation."""

    token: str


@dataclass(frozen=True, slots=True)
class Identify:
    """The page knows who the customer is now: a short-lived token signed by the site."""

    token: str


@dataclass(frozen=True, slots=True)
class Ping:
    """Asks for a `pong` that repeats `t`."""

    t: str | int | float


@dataclass(frozen=True, slots=True)
class Ack:
    """Everything up to `seq` has arrived at the client."""

    seq: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """A frame of a later version; ignored."""


ClientFrame = Hello | Auth | Identify | Ping | Ack | Unknown | Act


def parse_client_frame(text: str) -> ClientFrame:
    """Return what a client's frame says.

    Raises:
        WireProblem: `bad_json`, `bad_frame`, `bad_<field>`, `text_empty`, `text_too_long`,
            `too_many_files` or `unsupported_version`. Nothing else is ever raised.
    """
    return parse_client_object(read_object(text))


def read_object(text: str) -> dict[str, object]:
    """Return the JSON object in `text`.

    Raises:
        WireProblem: `bad_json` or `bad_frame` (JSON, but no object).
    """
    try:
        fields = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise WireProblem("bad_json") from None
    if not isinstance(fields, dict):
        raise WireProblem("bad_frame")
    return fields


def parse_client_object(fields: Mapping[str, object]) -> ClientFrame:
    """Return what the fields of a client's frame say; see `parse_client_frame`."""
    kind = fields.get("type")
    if not isinstance(kind, str):
        raise WireProblem("bad_type")
    parse = _PARSERS.get(kind)
    return Unknown() if parse is None else parse(_Fields(fields))


def encode_welcome(
    conversation: str, epoch: int, head_seq: int, resume: str, limits: Mapping[str, int | float]
) -> str:
    """Return the first frame of a view: where the log stands and what follows."""
    return _encode(
        {
            "type": "welcome",
            "conversation_id": conversation,
            "epoch": epoch,
            "head_seq": head_seq,
            "resume": resume,
            "heartbeat_s": 20,
            "limits": dict(limits),
        }
    )


def encode_pong(t: str | int | float) -> str:
    """Return the answer to a `ping`."""
    return _encode({"type": "pong", "t": t})


def encode_error(code: str, retry_after_s: float | None = None, client_id: str = "") -> str:
    """Return an `error` frame.

    `retry_after` is in seconds, rounded up to a tenth; `client_id` says which message was refused.
    """
    frame: dict[str, object] = {"type": "error", "code": code}
    if client_id:
        frame["client_id"] = client_id
    if retry_after_s is not None:
        frame["retry_after"] = round(retry_after_s + 0.05, 1)
    return _encode(frame)


def encode_goaway(reason: str, after_s: float) -> str:
    """Return the announcement that the server will close the view in `after_s` seconds."""
    return _encode({"type": "goaway", "reason": reason, "after_ms": round(after_s * 1000)})


def encode_identified(is_same_customer: bool) -> str:
    """Return the answer to `identify`: whether the open conversation is that customer's.

    When it is not, the client opens a new session with the same identity and drops this one.
    """
    return _encode({"type": "identified", "same_customer": is_same_customer})


def _encode(frame: Mapping[str, object]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name!r} is no JSON")


@dataclass(frozen=True, slots=True)
class _Fields:
    """Typed reading of a frame's fields; a wrong type is the problem `bad_<field>`."""

    fields: Mapping[str, object]

    def text(self, name: str, most: int, default: str | None = None) -> str:
        value = self.fields.get(name, default)
        if not isinstance(value, str) or len(value) > most:
            raise WireProblem(f"bad_{name}")
        return clean(value)

    def id(self, name: str) -> str:
        value = self.fields.get(name)
        if not isinstance(value, str) or not ID.fullmatch(value):
            raise WireProblem(f"bad_{name}")
        return value

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        value = self.fields.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise WireProblem(f"bad_{name}")
        return value

    def flag(self, name: str) -> bool:
        value = self.fields.get(name)
        if not isinstance(value, bool):
            raise WireProblem(f"bad_{name}")
        return value


def clean(text: str) -> str:
    """Return text that every store and encoding can hold.

    Halves of surrogate pairs become U+FFFD and NUL characters go; JSON can carry both.
    """
    if LONE_SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\x00", "")


def _hello(fields: _Fields) -> Hello:
    if fields.whole("v", 0, MOST_SEQ, VERSION) != VERSION:
        raise WireProblem("unsupported_version")
    has_epoch = fields.fields.get("epoch") is not None
    return Hello(
        token=fields.text("token", MOST_TOKEN_CHARS),
        last_seq=fields.whole("last_seq", 0, MOST_SEQ, 0),
        epoch=fields.whole("epoch", 0, MOST_SEQ) if has_epoch else None,
        conversation=fields.text("conversation_id", 128, ""),
    )


def _message(fields: _Fields) -> Said:
    client_id = fields.id("client_id")
    attachments = _attachments(fields, client_id)
    raw = fields.fields.get("text", "" if attachments else None)
    if not isinstance(raw, str):
        raise WireProblem("bad_text", client_id)
    if len(raw) > MOST_TEXT_CHARS:
        raise WireProblem("text_too_long", client_id)
    text = clean(raw)
    if not text.strip() and not attachments:
        raise WireProblem("text_empty", client_id)
    return Said(client_id, text, attachments)


def _attachments(fields: _Fields, client_id: str) -> tuple[str, ...]:
    """Return the ids of a message's files, each once, in order."""
    given = fields.fields.get("attachments") or []
    if not isinstance(given, list):
        raise WireProblem("bad_attachments", client_id)
    ids = tuple(dict.fromkeys(each for each in given if isinstance(each, str)))
    if len(given) > MOST_ATTACHED:
        raise WireProblem("too_many_files", client_id)
    if not all(isinstance(each, str) for each in given) or not all(map(FILE_ID.fullmatch, ids)):
        raise WireProblem("bad_attachments", client_id)
    return ids


def _ping(fields: _Fields) -> Ping:
    t = fields.fields.get("t", 0)
    if isinstance(t, bool) or not isinstance(t, str | int | float) or len(str(t)) > 64:
        raise WireProblem("bad_t")
    if isinstance(t, float) and not math.isfinite(t):
        raise WireProblem("bad_t")
    return Ping(clean(t) if isinstance(t, str) else t)


def _feedback(fields: _Fields) -> Rated:
    value = fields.fields.get("value")
    if not isinstance(value, str) or value not in {"up", "down"}:
        raise WireProblem("bad_value")
    return Rated(fields.id("message_id"), value, fields.text("reason", MOST_REMARK_CHARS, ""))


_PARSERS: Mapping[str, Callable[[_Fields], ClientFrame]] = {
    "hello": _hello,
    "message": _message,
    "stop": lambda f: Stopped(f.id("message_id")),
    "typing": lambda f: Typed(f.flag("on")),
    "read": lambda f: ReadUpTo(f.whole("seq", 0, MOST_SEQ)),
    "feedback": _feedback,
    "ack": lambda f: Ack(f.whole("seq", 0, MOST_SEQ)),
    "ping": _ping,
    "auth": lambda f: Auth(f.text("token", MOST_TOKEN_CHARS)),
    "human": lambda _: WantsHuman(),
    "csat": lambda f: Surveyed(f.whole("score", 1, 5), f.text("comment", MOST_REMARK_CHARS, "")),
    "choice": lambda f: Chose(f.id("id")),
    "contact": lambda f: LeftContact(f.text("contact", 320), f.text("text", MOST_TEXT_CHARS, "")),
    "identify": lambda f: Identify(f.text("token", MOST_TOKEN_CHARS)),
}
