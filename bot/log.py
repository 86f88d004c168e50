"""The events of a conversation: the append-only log that everything else is a projection of.

Each class is one event type of the web chat protocol; `TYPE` is its name there. Bodies hold
redacted text only.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar

from channels.base import ConversationId
from routing.request import Redacted


class Author(Enum):
    """Who speaks; the values are the wire's words."""

    CUSTOMER = "customer"
    BOT = "bot"
    HUMAN = "agent"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Citation:
    """A source under an answer."""

    n: int
    title: str
    url: str
    quote: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Something the customer can press."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message; its content is sealed in `bot.reception.files`."""

    file_id: str
    name: Redacted
    media_type: str
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class MessageAccepted:
    """The customer's message is durable."""

    TYPE: ClassVar = "message.accepted"
    client_id: str
    message_id: str
    text: Redacted
    """Empty only where there are attachments."""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class MessageStarted:
    """A message to the customer begins."""

    TYPE: ClassVar = "message.start"
    message_id: str
    author: Author


@dataclass(frozen=True, slots=True)
class MessageDelta:
    """A piece of it; never cut inside a placeholder. `i` counts from 0 within the message."""

    TYPE: ClassVar = "message.delta"
    message_id: str
    i: int
    text: Redacted


@dataclass(frozen=True, slots=True)
class MessageEnded:
    """The message is final; `text` is authoritative."""

    TYPE: ClassVar = "message.end"
    message_id: str
    text: Redacted
    status: str
    """`done`, `stopped`, `interrupted`, `error` or `blocked`; an interrupted message says what was
    heard of it."""
    author: Author
    citations: tuple[Citation, ...] = ()
    trace_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    """Files that a human has sent with it."""


@dataclass(frozen=True, slots=True)
class MessageReset:
    """What was shown of the message is taken back; its deltas begin again at 0."""

    TYPE: ClassVar = "message.reset"
    message_id: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """A human was asked for, came, or left."""

    TYPE: ClassVar = "escalation"
    state: str
    """`requested`, `joined` or `left`."""
    reason: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A fixed text in the customer's language; `code` says which."""

    TYPE: ClassVar = "notice"
    code: str
    text: Redacted


@dataclass(frozen=True, slots=True)
class ChoicesOffered:
    """Buttons."""

    TYPE: ClassVar = "choices"
    items: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class SurveyAsked:
    """The survey for an episode that was resolved."""

    TYPE: ClassVar = "csat.request"
    episode: int


@dataclass(frozen=True, slots=True)
class SurveyAnswered:
    """What the customer said of it."""

    TYPE: ClassVar = "csat.answer"
    episode: int
    score: int
    comment: Redacted


@dataclass(frozen=True, slots=True)
class Feedback:
    """Thumb on one message."""

    TYPE: ClassVar = "feedback"
    message_id: str
    value: str
    reason: Redacted


@dataclass(frozen=True, slots=True)
class ConversationClosed:
    """The episode ended: `resolved` or `idle`. A new message starts the next episode."""

    TYPE: ClassVar = "conversation.closed"
    reason: str


Body = (
    MessageAccepted
    | MessageStarted
    | MessageDelta
    | MessageEnded
    | MessageReset
    | Escalation
    | Notice
    | ChoicesOffered
    | SurveyAsked
    | SurveyAnswered
    | Feedback
    | ConversationClosed
)


@dataclass(frozen=True, slots=True)
class Event:
    """One fact in the log."""

    conversation: ConversationId
    seq: int
    """Dense, from 1."""
    at: datetime
    """Aware, UTC."""
    cause: str
    """Who or what made it: `customer`, `bot`, `rule`, `timer`, `human:<name>`, `recovery`."""
    epoch: int
    episode: int
    trace_id: str
    body: Body
