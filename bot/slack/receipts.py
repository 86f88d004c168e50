"""Whether what a human wrote has reached the customer: a mark on his message, and why if not."""

import logging
from collections.abc import Collection

from bot.slack.asides import Asides
from bot.slack.blocks import MOST_SECTION, cut
from bot.slack.clicks import Spot
from bot.slack.heard import Written, written_as
from channels.slack.base import Slack, TeamId
from channels.slack.errors import SlackFailed, SlackRefused

log = logging.getLogger("copilot.slack")
DELIVERED, REFUSED = "white_check_mark", "x"
THERE_ALREADY, NOT_THERE = "already_reacted", "no_reaction"


class Receipts:
    """Marks messages; a mark that fails is logged, and never fails what it is about.

    In web chat a reply is delivered once it is in the log that the widget reads. A medium that
    pushes, named in `report`, says itself what became of a message, by `reached` or `failed`.
    """

    def __init__(self, slack: Slack, report: Collection[str] = ()) -> None:
        self._slack = slack
        self._asides = Asides(slack)
        self._report = frozenset(report)

    async def committed(self, written: Written, medium: str) -> None:
        """Mark what is in the log of a conversation on this medium, unless that medium reports."""
        if medium not in self._report:
            await self._react(written, DELIVERED)

    async def refused(self, written: Written, spot: Spot, reason: str) -> None:
        """Mark what was not sent, and tell its author alone why; others' words are `safe`."""
        await self._react(written, REFUSED)
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
            await self._react(written, DELIVERED)

    async def failed(self, message_id: str, thread: str, reason: str) -> None:
        """A medium says that a message did not reach its customer, and why; `reason` is `safe`."""
        written = written_as(message_id)
        if written is None:
            return
        await self._unreact(written, DELIVERED)
        await self._react(written, REFUSED)
        text = cut(f":x: It did not reach the customer. {reason}", MOST_SECTION)
        message = {"channel": written.room.channel, "thread_ts": thread, "text": text}
        await self._try(written.room.team, "chat.postMessage", message)

    async def _react(self, written: Written, name: str) -> None:
        await self._try(written.room.team, "reactions.add", _reaction(written, name))

    async def _unreact(self, written: Written, name: str) -> None:
        await self._try(written.room.team, "reactions.remove", _reaction(written, name))

    async def _try(self, team: TeamId, method: str, arguments: dict[str, str]) -> None:
        try:
            await self._slack.call(team, method, arguments)
        except SlackRefused as refused:
            if refused.error not in (THERE_ALREADY, NOT_THERE):
                log.warning("slack.receipt_refused", extra={"error": refused.error})
        except SlackFailed as failed:
            log.warning("slack.receipt_failed", extra={"error": type(failed).__name__})


def _reaction(written: Written, name: str) -> dict[str, str]:
    return {"channel": written.room.channel, "timestamp": written.ts, "name": name}
