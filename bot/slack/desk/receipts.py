"""Whether what a human wrote has reached the customer: a mark on his message, and why if not."""

import logging
from collections.abc import Collection

from bot.slack.asides import Asides
from bot.slack.clicks import Spot
from bot.slack.desk.heard import Written, written_as
from bot.slack.desk.marks import Marks
from bot.slack.parts import SlackParts
from channels.slack.base import Slack
from channels.slack.errors import SlackFailed

log = logging.getLogger("copilot.slack")
DELIVERED, REFUSED = "white_check_mark", "x"
REPORT = frozenset({"sms"})
"""Media that say themselves what became of a message."""


class Receipts:
    """Marks messages; what fails never fails what it is about.

    In web chat a reply is delivered once it is in the log that the widget reads. A medium that
    pushes, named in `report`, says itself what became of a message, by `reached` or `missed`.
    """

    def __init__(self, slack: Slack, marks: Marks, report: Collection[str] = ()) -> None:
        self._slack = slack
        self._marks = marks
        self._asides = Asides(slack)
        self._report = frozenset(report)

    async def committed(self, written: Written, medium: str) -> None:
        """Mark what is in the log of a conversation on this medium, unless that medium reports."""
        if medium not in self._report:
            await self._marks.put(written, DELIVERED)

    async def refused(self, written: Written, spot: Spot, reason: str) -> None:
        """Mark what was not sent, and tell its author alone why; others' words are `safe`."""
        await self._marks.put(written, REFUSED)
        await self.tell(spot, f":x: Not sent. {reason}")

    async def tell(self, spot: Spot, text: str) -> None:
        """Tell a member something for him alone, if Slack can be reached."""
        try:
            await self._asides.tell(spot, text)
        except SlackFailed as failed:
            log.warning("slack.reason_untold", extra={"error": type(failed).__name__})

    async def reached(self, message_id: str) -> None:
        """A medium says that a message has reached its customer; ignored if not from Slack."""
        written = written_as(message_id)
        if written is not None:
            await self._marks.put(written, DELIVERED)

    async def missed(self, message_id: str) -> None:
        """A medium says that a message did not reach its customer; why, it tells in the thread."""
        written = written_as(message_id)
        if written is not None:
            await self._marks.take(written, DELIVERED)
            await self._marks.put(written, REFUSED)


def receipts_of(parts: SlackParts) -> Receipts:
    """Return receipts whose marks are put later where they cannot be put at once."""
    return Receipts(parts.slack, Marks(parts.slack, parts.cabinet, parts.services.clock), REPORT)
