"""The port to durable storage: one atomic write, one typed read.

Everything that belongs together is one `Write` and happens whole or not at all. The conversation's
`Head` is its projection, kept in the same transaction as the events that change it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Generic, Protocol, TypeVar

from bot.log import Body, Event
from channels.base import ConversationId
from routing.request import TenantId

T = TypeVar("T")


class Owner(Enum):
    """Who has the floor."""

    BOT = "bot"
    QUEUE = "queue"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Head:
    """Where a conversation stands: the projection of its log."""

    conversation: ConversationId
    tenant: TenantId
    channel: str
    customer: str
    """Stable id of a proven identity; empty for a visitor."""
    locale: str
    owner: Owner = Owner.BOT
    human: str = ""
    """Id of the human who claimed it."""
    epoch: int = 1
    """Rises with every change of owner."""
    episode: int = 1
    is_open: bool = True
    """False between a resolution and the next message."""
    head_seq: int = 0
    fence: int = 0
    """Token of the process that may act for it."""
    turn: int = 0
    """Number of the last turn that was begun."""
    asked_seq: int = 0
    """Seq of the last customer message."""
    answered_seq: int = 0
    """Seq of the last customer message that a finished turn, or a human, has covered."""
    reason: str = ""
    """Why it was escalated, while it is with the queue or a human."""
    waiting_since: datetime | None = None
    """When it was escalated."""


@dataclass(frozen=True, slots=True)
class HeadChange:
    """What a write changes in the head; None leaves a field as it is.

    `asked` sets asked_seq to the seq of this write's last event. A change of `owner`, also from
    one human to another, raises the epoch by one. `new_episode` raises the episode by one and opens
    the conversation.
    """

    owner: Owner | None = None
    human: str | None = None
    is_open: bool | None = None
    turn: int | None = None
    answered_seq: int | None = None
    reason: str | None = None
    locale: str | None = None
    customer: str | None = None
    waiting_since: datetime | None = None
    asked: bool = False
    new_episode: bool = False


@dataclass(frozen=True, slots=True)
class Sealed:
    """One original value in the vault; `ciphertext` is None for one-way kinds."""

    conversation: ConversationId
    placeholder: str
    kind: str
    digest: bytes
    """Keyed hash of the value: the same value finds the same placeholder."""
    ciphertext: bytes | None


@dataclass(frozen=True, slots=True)
class Record:
    """Something to be shown afterwards: a decision, a trace, a usage row. Never personal data."""

    kind: str
    """`decision`, `trace`, `usage`, `feedback`."""
    id: str
    conversation: ConversationId
    at: datetime
    json: str


@dataclass(frozen=True, slots=True)
class AuditDraft:
    """One entry of the audit chain, before the store gives it its place and hash."""

    tenant: TenantId
    action: str
    json: str
    """Canonical JSON without personal data."""


class ParcelState(Enum):
    """Where an outbox row stands."""

    PENDING = "pending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something to be delivered outside, written with the state that caused it."""

    id: str
    """Derived from conversation and cause, so that the same thing is never written twice."""
    conversation: ConversationId
    destination: str
    """`desk`, later `sms`, `slack`, `webhook`."""
    kind: str
    json: str
    due_at: datetime
    state: ParcelState = ParcelState.PENDING
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before the store gives it its seq."""

    body: Body
    cause: str
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """One transaction on one conversation."""

    conversation: ConversationId
    at: datetime
    events: tuple[Draft, ...] = ()
    change: HeadChange | None = None
    create: Head | None = None
    """The conversation does not exist yet: this is its first head."""
    fence: int | None = None
    """Refused with StaleFence unless the head has this fence; None for facts anyone may add."""
    epoch: int | None = None
    """Refused with StaleEpoch unless the head has this epoch."""
    covers: int | None = None
    """Refused with StaleQuestion if the customer has said something after this seq."""
    take_fence: bool = False
    """Raise the fence by one first; `Committed.head.fence` is the new one."""
    key: str | None = None
    """Idempotency key: if it was used before in this conversation nothing is written."""
    vault: tuple[Sealed, ...] = ()
    records: tuple[Record, ...] = ()
    audit: tuple[AuditDraft, ...] = ()
    outbox: tuple[Parcel, ...] = ()
    """New rows; a row whose id exists replaces it (state, tries, due_at)."""


@dataclass(frozen=True, slots=True)
class Committed:
    """What a write came to."""

    head: Head
    events: tuple[Event, ...]
    """With their seq. For a repeated key: the events of the first time."""
    is_repeat: bool = False


class Query(Generic[T]):
    """A typed question to the store; the answer is a tuple of T."""


@dataclass(frozen=True, slots=True)
class HeadOf(Query[Head]):
    """The head of one conversation; empty when there is none."""

    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class HeadsOwnedBy(Query[Head]):
    """Open conversations with this owner, longest waiting first."""

    owner: Owner
    limit: int = 500
    since: datetime | None = None
    """Only those that wait since then or later."""
    until: datetime | None = None
    """Only those that wait since then or earlier."""


@dataclass(frozen=True, slots=True)
class Unanswered(Query[Head]):
    """Conversations of the bot or the queue with a customer message that no turn has covered."""

    limit: int = 10_000


@dataclass(frozen=True, slots=True)
class EventsAfter(Query[Event]):
    """The log after a seq, in order."""

    conversation: ConversationId
    seq: int
    limit: int = 100_000


@dataclass(frozen=True, slots=True)
class EventsOfType(Query[Event]):
    """The last `limit` events of these types, in order."""

    conversation: ConversationId
    types: tuple[str, ...]
    limit: int = 200


@dataclass(frozen=True, slots=True)
class VaultOf(Query[Sealed]):
    """Everything in the vault of one conversation."""

    conversation: ConversationId


@dataclass(frozen=True, slots=True)
class RecordsOf(Query[Record]):
    """Records of a kind, newest first; narrowed by id or conversation when given."""

    kind: str
    id: str | None = None
    conversation: ConversationId | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class ParcelsDue(Query[Parcel]):
    """Pending outbox rows whose time has come, oldest first."""

    now: datetime
    limit: int = 100


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One link of the audit chain."""

    n: int
    at: datetime
    tenant: TenantId
    action: str
    json: str
    previous: str
    """Hash of the entry before, hex; 64 zeros for the first."""
    hash: str
    """SHA-256 over previous, n, at, tenant, action and json, hex."""


@dataclass(frozen=True, slots=True)
class AuditAfter(Query[AuditEntry]):
    """The audit chain after entry `n`, in order."""

    n: int = 0
    limit: int = 10_000


@dataclass(frozen=True, slots=True)
class AuditEnds(Query[AuditEntry]):
    """The first and the last entry of a time, the same one twice if alone; empty without any.

    Instants come from the clocks of the writers, so some between the two may be of another time.
    """

    since: datetime | None = None
    until: datetime | None = None
    """Itself excluded."""


class Store(Protocol):
    """Durable storage.

    Guarantees: a write that returned survives `kill -9` and power loss; events of one conversation
    get dense seqs in the order of commits; concurrent writes are grouped into one disk flush; reads
    see every write that returned before them.
    """

    async def commit(self, write: Write) -> Committed:
        """Do the whole write, or none of it.

        Raises:
            StaleFence: the conversation has another owner.
            StaleEpoch: the floor has changed hands.
            StaleQuestion: the customer has said more.
            StoreFailed: the disk failed, or the conversation does not exist.
        """
        ...

    async def find(self, query: Query[T]) -> tuple[T, ...]:
        """Answer a query.

        Raises:
            StoreFailed: the disk failed.
        """
        ...

    async def close(self) -> None:
        """Finish what is queued, then let go of the files."""
        ...
