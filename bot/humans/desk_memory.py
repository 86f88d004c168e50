"""The desk in memory: the shipped double, and what the terminal desk shows."""

from bot.errors import DeskFailed
from bot.humans.desk import Card, ThreadLine
from channels.base import ConversationId


class MemoryDesk:
    """Keeps cards and lines; nothing here survives the process, and nothing needs to.

    The queue itself is in the log: after a restart the cards still due are posted again.
    """

    def __init__(self) -> None:
        self.cards: dict[tuple[ConversationId, int], Card] = {}
        self.lines: list[ThreadLine] = []
        self.closed: list[tuple[ConversationId, str]] = []
        self.is_down = False
        """Set it to have every call refused."""

    async def post(self, card: Card) -> None:
        """Keep the card; the same conversation and episode has one."""
        self._check()
        self.cards[(card.conversation, card.episode)] = card

    async def append(self, line: ThreadLine) -> None:
        """Keep the line."""
        self._check()
        self.lines.append(line)

    async def close(self, conversation: ConversationId, outcome: str) -> None:
        """Take the conversation's cards away."""
        self._check()
        self.closed.append((conversation, outcome))
        for key in [key for key in self.cards if key[0] == conversation]:
            del self.cards[key]

    def _check(self) -> None:
        if self.is_down:
            raise DeskFailed("the desk is down")
