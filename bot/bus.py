"""The port between processes: mailboxes with one owner at a time, and live fan-out.

The interface is that of the cluster; `bot/bus_memory.py` is the embedded one.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from bot.log import Event
from channels.base import ConversationId


@dataclass(frozen=True, slots=True)
class Spoke:
    """A customer message is in the log."""

    seq: int
    at: float
    """Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class IsTyping:
    """The customer is typing."""

    is_on: bool
    at: float


@dataclass(frozen=True, slots=True)
class PressedStop:
    """The customer wants this reply to stop."""

    message_id: str


@dataclass(frozen=True, slots=True)
class HeardOnly:
    """The customer interrupted a message: this is what he has heard of it."""

    message_id: str
    heard: str = field(repr=False)
    """Raw; see `channels.base.Interrupted`."""


@dataclass(frozen=True, slots=True)
class AskedForHuman:
    """The customer wants a human: he pressed the button, or took the offer."""

    reason: str = "button"


@dataclass(frozen=True, slots=True)
class FloorMoved:
    """The owner of the conversation has changed: read the head again."""


@dataclass(frozen=True, slots=True)
class Woken:
    """Something may be left undone: read the head and go on (recovery, drain)."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """This turn is over; what came of it is in the log."""

    turn: int


Letter = Spoke | IsTyping | PressedStop | HeardOnly | AskedForHuman | FloorMoved | Woken | TurnEnded


class Status(Enum):
    """What the bot is doing, for the customer's screen."""

    IDLE = "idle"
    TYPING = "typing"


@dataclass(frozen=True, slots=True)
class StatusShown:
    """Unlogged: the bot's status changed; `text` says what is being done, or is empty."""

    conversation: ConversationId
    status: Status
    text: str = ""


Broadcast = Event | StatusShown


class Subscription(Protocol):
    """A bounded live view; see `lagged`."""

    def __aiter__(self) -> AsyncIterator[tuple[Broadcast, ...]]:
        """Yield what was published, in order, in batches."""
        ...

    @property
    def lagged(self) -> bool:
        """True once more than the bound was waiting: the queue was dropped and the view ended."""
        ...


class Bus(Protocol):
    """Mailboxes and fan-out.

    Guarantees: a submitted letter is seen by exactly one owner, in order; ownership is given up
    only when the mailbox is empty, in one step; a letter is never left without an owner.
    """

    async def submit(self, conversation: ConversationId, letter: Letter) -> bool:
        """Put a letter into the mailbox.

        Returns True when the conversation had no owner and this process now is it: the caller
        must start its task.
        """
        ...

    async def receive(
        self, conversation: ConversationId, timeout_s: float | None
    ) -> tuple[Letter, ...]:
        """As its owner: take all letters, waiting up to `timeout_s` for the first.

        With None it does not wait: an empty answer then means that ownership was given up.
        """
        ...

    async def publish(self, broadcasts: tuple[Broadcast, ...]) -> None:
        """Show committed events, or a status, to every subscription of their conversation."""
        ...

    def subscribe(self, conversation: ConversationId) -> AbstractAsyncContextManager[Subscription]:
        """Follow a conversation from now on."""
        ...
