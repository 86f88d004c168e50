"""The port by which a medium says what became of what a human wrote; with its double."""

from typing import Protocol


class Receipts(Protocol):
    """Is told of messages by the ids that they have in the log; safe to tell again.

    What was not written where receipts are shown is ignored. Nothing is raised: a receipt that
    cannot be shown never fails what it is about.
    """

    async def reached(self, message_id: str) -> None:
        """A message has reached its customer."""
        ...

    async def missed(self, message_id: str) -> None:
        """A message did not reach its customer; why is told beside it."""
        ...


class NoReceipts:
    """Where humans answer in a terminal, which shows none."""

    async def reached(self, message_id: str) -> None:
        """Do nothing."""

    async def missed(self, message_id: str) -> None:
        """Do nothing."""
