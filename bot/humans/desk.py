"""The port to where humans answer: a card per handoff, and their commands back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from channels.base import ConversationId
from routing.request import Redacted, TenantId


@dataclass(frozen=True, slots=True)
class Card:
    """What a human sees of a handoff. Personal data stays placeholders."""

    conversation: ConversationId
    tenant: TenantId
    episode: int
    reason: str
    """One primary reason, such as `explicit_request`."""
    cause: str
    """Who caused it: `customer`, `bot`, `rule`, `timer`, `human`."""
    ask: Redacted
    """What the customer wants, in one line."""
    summary: tuple[Redacted, ...]
    """The last turns, one line each, oldest first."""
    locale: str
    channel: str
    is_verified: bool
    waiting_since: datetime
    trace_id: str
    owner: str = "queue"
    """`queue` or `human`."""
    human: str = ""
    """Id of the human who has claimed it."""
    intent: str = ""
    """What the last turn was about; empty when no turn was needed to hand over."""
    epoch: int = 1
    """Of the floor: tells an older card from a newer one."""
    tried: tuple[Redacted, ...] = ()
    """What the customer was told so far in this episode, the newest last."""


@dataclass(frozen=True, slots=True)
class ThreadLine:
    """Something said in a conversation that is with the desk, or a call for its humans."""

    conversation: ConversationId
    author: str
    """`customer`, `bot`, `agent` or `system`."""
    text: Redacted
    id: str = ""
    """The same for every try, so that a line is not shown twice."""
    calls: str = ""
    """Whom it calls: `claimer`, `channel` (all that are there), `on_call`; empty for nobody."""
    files: tuple[str, ...] = ()
    """Ids of files that came with it."""
    by: str = ""
    """Id of the human who said it; empty when no human did."""


class Desk(Protocol):
    """Where humans answer.

    Guarantees: `post` with the same conversation and episode shows one card however often it is
    called, as it is now. What humans do comes back through `bot/humans/handoff.py`.
    """

    async def post(self, card: Card) -> None:
        """Show a card, or bring the one that is there up to date.

        Raises:
            DeskFailed: it could not be shown; it is tried again.
        """
        ...

    async def append(self, line: ThreadLine) -> None:
        """Show what the customer or the bot said under the card."""
        ...

    async def close(self, conversation: ConversationId, outcome: str) -> None:
        """The handoff is over.

        Args:
            conversation: that it was about.
            outcome: `released` or `resolved` by a human, `cancelled` by the customer, or `quiet`,
                when nobody has said anything for long.
        """
        ...
