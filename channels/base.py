"""What a medium and the application say to each other."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import NewType, Protocol

ConversationId = NewType("ConversationId", str)


@dataclass(frozen=True, slots=True)
class Opening:
    """Someone wants to chat: `POST /v1/chat/sessions`."""

    site_key: str
    customer: str
    """Stable id of a proven identity; empty for a visitor."""
    conversation: ConversationId | None
    """The one to go on with, if it is still his."""
    locale: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The conversation that a session belongs to."""

    conversation: ConversationId
    is_new: bool


@dataclass(frozen=True, slots=True)
class Said:
    """The customer wrote; `client_id` is the key that makes a repeat harmless."""

    client_id: str
    text: str
    """Raw: personal data has not been removed yet. Empty only where there are attachments."""
    attachments: tuple[str, ...] = ()
    """Ids of files that were `Uploaded` before."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The customer sent a file; nobody sees it before a message that carries it.

    The medium has checked type and size, and made the id, which nobody can guess.
    """

    file_id: str
    name: str
    """Without a path and control characters. Raw, like the content."""
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stopped:
    """The customer pressed Stop on this message."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The customer spoke into a message that was being read to him.

    It ends there, and the log then says what he has heard of it, and no more.
    """

    message_id: str
    heard: str = field(repr=False)
    """Where it can be had the beginning of the message as the log has it, else as it sounded: raw.
    Empty: nothing was heard."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The customer is typing, or has stopped typing."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class ReadUpTo:
    """The customer has seen everything up to `seq`."""

    seq: int


@dataclass(frozen=True, slots=True)
class Rated:
    """Thumb on one message: `value` is `up` or `down`, `reason` free text (raw)."""

    message_id: str
    value: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WantsHuman:
    """The button was pressed."""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """Answer to the survey: score 1-5, comment raw."""

    score: int
    comment: str = ""
    key: str = ""
    """Makes a repeat harmless, as `Said.client_id` does; empty for none."""


@dataclass(frozen=True, slots=True)
class Chose:
    """One of the offered choices."""

    choice_id: str
    key: str = ""
    """Makes a repeat harmless, as `Said.client_id` does; empty for none."""


@dataclass(frozen=True, slots=True)
class LeftContact:
    """The contact form: how to reach the customer when nobody is there (raw)."""

    contact: str
    text: str


Act = (
    Said
    | Uploaded
    | Stopped
    | Interrupted
    | Typed
    | ReadUpTo
    | Rated
    | WantsHuman
    | Surveyed
    | Chose
    | LeftContact
)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame for a customer's screen, already encoded.

    `json` is the whole frame, `{"seq":..,"ts":..,"type":..,..}`. `seq` is None for what is not
    logged (typing, status).
    """

    seq: int | None
    type: str
    json: str


@dataclass(frozen=True, slots=True)
class History:
    """What a returning view needs before it goes live."""

    resume: str
    """`replay`, `snapshot` or `fresh`."""
    epoch: int
    head_seq: int
    frames: tuple[Frame, ...]
    """Replay: every event after the asked seq, in order. Snapshot: one frame of type `snapshot`."""


class Watch(Protocol):
    """A live view of one conversation, bounded: see `lagged`."""

    def __aiter__(self) -> AsyncIterator[tuple[Frame, ...]]:
        """Yield batches as they happen, in order, without gaps; ends when the server drains."""
        ...

    @property
    def lagged(self) -> bool:
        """True once the view could not be kept up with; its queue was dropped.

        The reader then closes it, reads `history` from the last seq it sent, and watches anew.
        """
        ...


@dataclass(frozen=True, slots=True)
class GivenFile:
    """A file on its way to the customer."""

    name: str
    """As it may be shown: personal data in it stays placeholders."""
    media_type: str
    content: bytes = field(repr=False)


class GivenFiles(Protocol):
    """What a customer may open of what was sent in his conversation, by either side."""

    async def open(self, conversation: ConversationId, file_id: str) -> GivenFile | None:
        """Return a file; None when no message of this conversation carries it.

        Raises:
            ChannelBusy: it could not be read.
        """
        ...


class Conversations(Protocol):
    """The application, as a pull medium such as web chat sees it.

    Everything is keyed by conversation; the medium has already checked who may ask.
    """

    async def open(self, opening: Opening) -> Opened:
        """Find or create the conversation of a session.

        Raises:
            ChannelRefused: unknown site key, or a conversation that is not this customer's.
        """
        ...

    async def accept(self, conversation: ConversationId, act: Act) -> tuple[Frame, ...]:
        """Take what a customer did; returns once it is durable.

        The frames are for the asking view only: the `message.accepted` of a repeated `client_id`
        (same message_id as the first time). What is new reaches every view through `watch`.

        Raises:
            ChannelRefused: the conversation is gone, or the act makes no sense.
            ChannelBusy: not accepted and not stored; may be repeated later.
        """
        ...

    async def history(
        self, conversation: ConversationId, last_seq: int, epoch: int | None, verified: bool
    ) -> History:
        """Return what happened after `last_seq`.

        `verified` says that this view belongs to a customer with a proven identity: his own
        values stand where everybody else sees placeholders.
        """
        ...

    def watch(
        self, conversation: ConversationId, verified: bool
    ) -> AbstractAsyncContextManager[Watch]:
        """Follow a conversation live; enter it before reading `history`, drop what comes twice."""
        ...
