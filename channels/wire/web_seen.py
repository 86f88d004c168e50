"""The frames of web chat as a client sees them: what the server says, in types.

Reading is tolerant: what a later server says differently becomes `Other`, never an error.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Welcome:
    """The view is open."""

    conversation: str
    epoch: int
    head_seq: int
    resume: str


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with a message of the customer."""

    file_id: str
    name: str
    media_type: str
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A message of the customer is durable."""

    client_id: str
    message_id: str
    text: str
    attachments: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """A message to the customer begins."""

    message_id: str
    author: str


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of it."""

    message_id: str
    i: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """A citation under an answer."""

    n: int
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Ended:
    """The message is final; its text replaces every piece."""

    message_id: str
    text: str
    status: str
    author: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Reset:
    """What was shown of the message is taken back."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Escalated:
    """A human was `requested`, has `joined` or `left`."""

    state: str
    name: str


@dataclass(frozen=True, slots=True)
class Noticed:
    """A fixed text of the system."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Busy:
    """What the other side is doing: `is_on` typing, or a status text."""

    is_on: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the client sent was not taken."""

    code: str
    retry_after_s: float | None
    client_id: str


@dataclass(frozen=True, slots=True)
class GoingAway:
    """The server closes the view soon."""

    reason: str
    after_s: float


@dataclass(frozen=True, slots=True)
class Seen:
    """One message in a snapshot; `status` is `open` while it is being written."""

    message_id: str
    client_id: str
    author: str
    text: str
    status: str
    attachments: tuple[Attached, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything said so far; replaces what the client has."""

    head_seq: int
    messages: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Other:
    """A frame that this client has no use for."""

    type: str


ServerFrame = (
    Welcome
    | Accepted
    | Started
    | Delta
    | Ended
    | Reset
    | Escalated
    | Noticed
    | Busy
    | Problem
    | GoingAway
    | Snapshot
    | Other
)


@dataclass(frozen=True, slots=True)
class Received:
    """A frame with its place in the log; `seq` is None for what is not logged."""

    seq: int | None
    frame: ServerFrame


def read_server_frame(text: str) -> Received:
    """Return what the server says; never raises."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return Received(None, Other("unreadable"))
    if not isinstance(fields, dict):
        return Received(None, Other("unreadable"))
    kind = _text(fields, "type")
    read = _READERS.get(kind)
    seq = fields.get("seq")
    return Received(
        seq if isinstance(seq, int) and not isinstance(seq, bool) else None,
        Other(kind) if read is None else read(fields),
    )


Fields = Mapping[str, object]


def _text(fields: Fields, name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def _number(fields: Fields, name: str) -> float:
    value = fields.get(name, 0)
    return value if isinstance(value, int | float) else 0


def _whole(fields: Fields, name: str) -> int:
    value = fields.get(name, 0)
    return value if isinstance(value, int) else 0


def _objects(fields: Fields, name: str) -> Sequence[Fields]:
    value = fields.get(name)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _attached(f: Fields) -> tuple[Attached, ...]:
    return tuple(
        Attached(
            _text(each, "file_id"),
            _text(each, "name"),
            _text(each, "media_type"),
            _whole(each, "size"),
        )
        for each in _objects(f, "attachments")
    )


def _ended(f: Fields) -> Ended:
    sources = tuple(
        Source(_whole(each, "n"), _text(each, "title"), _text(each, "url"))
        for each in _objects(f, "citations")
    )
    message_id, text = _text(f, "message_id"), _text(f, "text")
    return Ended(message_id, text, _text(f, "status"), _text(f, "author"), sources)


def _snapshot(f: Fields) -> Snapshot:
    messages = tuple(
        Seen(
            message_id=_text(each, "message_id"),
            client_id=_text(each, "client_id"),
            author=_text(each, "author"),
            text=_text(each, "text"),
            status=_text(each, "status"),
            attachments=_attached(each),
        )
        for each in _objects(f, "messages")
    )
    return Snapshot(_whole(f, "head_seq"), messages)


def _problem(f: Fields) -> Problem:
    wait_s = _number(f, "retry_after") if "retry_after" in f else None
    return Problem(_text(f, "code"), wait_s, _text(f, "client_id"))


_READERS: Mapping[str, Callable[[Fields], ServerFrame]] = {
    "welcome": lambda f: Welcome(
        _text(f, "conversation_id"), _whole(f, "epoch"), _whole(f, "head_seq"), _text(f, "resume")
    ),
    "message.accepted": lambda f: Accepted(
        _text(f, "client_id"), _text(f, "message_id"), _text(f, "text"), _attached(f)
    ),
    "message.start": lambda f: Started(_text(f, "message_id"), _text(f, "author")),
    "message.delta": lambda f: Delta(_text(f, "message_id"), _whole(f, "i"), _text(f, "text")),
    "message.end": _ended,
    "message.reset": lambda f: Reset(_text(f, "message_id")),
    "escalation": lambda f: Escalated(_text(f, "state"), _text(f, "name")),
    "notice": lambda f: Noticed(_text(f, "code"), _text(f, "text")),
    "typing": lambda f: Busy(is_on=f.get("on") is True),
    "status": lambda f: Busy(is_on=True, text=_text(f, "text")),
    "error": _problem,
    "goaway": lambda f: GoingAway(_text(f, "reason"), _number(f, "after_ms") / 1000),
    "snapshot": _snapshot,
}
