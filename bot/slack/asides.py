"""Tells one member something for him alone, and opens views for him."""

import logging
from collections.abc import Sequence

from bot.errors import BotRefused
from bot.humans.handoff import NotYours
from bot.slack.blocks import MOST_SECTION, Block, button, cut, safe, section
from bot.slack.clicks import Spot, word_in
from bot.slack.desk.cards import MOST_WORD, called
from channels.slack.base import Slack
from channels.slack.errors import SlackRefused

log = logging.getLogger("copilot.slack")
EXPIRED = frozenset({"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"})
"""A trigger lives for three seconds and opens one view."""
TOO_LATE = ":hourglass: Slack waits only three seconds for a form, and that was too short."
GONE = frozenset({"not_found", "view_not_found"})
"""What Slack says of a view that was closed meanwhile."""


class Asides:
    """Speaks to one member: where he acted if that can be, otherwise in a direct message.

    Every method raises what `Slack.call` raises when Slack is busy or cannot be reached; the
    listener is then tried again.
    """

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    async def tell(self, spot: Spot, text: str, buttons: Sequence[Block] = ()) -> None:
        """Tell something; whatever others wrote in the text is `safe` already."""
        words = cut(text, MOST_SECTION)
        message: Block = {"text": words, "blocks": [section(words)]}
        if buttons:
            message["blocks"].append({"type": "actions", "elements": list(buttons)})
        if spot.channel and await self._told_there(spot, message):
            return
        await self._told_alone(spot, message)

    async def refuse(self, spot: Spot, refused: BotRefused) -> None:
        """Say in plain words why something was not done."""
        await self.tell(spot, f":no_entry: {in_words(refused)}")

    async def open(self, spot: Spot, trigger: str, view: Block, again: Block) -> str:
        """Open a view and return its id; too late, offer the button `again` and return nothing."""
        try:
            answer = await self._slack.call(
                spot.team, "views.open", {"trigger_id": trigger, "view": view}
            )
        except SlackRefused as refused:
            if refused.error not in EXPIRED:
                raise
            await self.tell(spot, TOO_LATE, [again])
            return ""
        return word_in(answer, "view", "id")

    async def update(self, spot: Spot, view_id: str, view: Block) -> bool:
        """Change a view that is open; return False when it was closed meanwhile."""
        try:
            await self._slack.call(spot.team, "views.update", {"view_id": view_id, "view": view})
        except SlackRefused as refused:
            if refused.error not in GONE:
                raise
            return False
        return True

    async def _told_there(self, spot: Spot, message: Block) -> bool:
        where = {"channel": spot.channel, "user": spot.user}
        if spot.thread and not spot.is_at_top:
            where["thread_ts"] = spot.thread
        try:
            await self._slack.call(spot.team, "chat.postEphemeral", {**where, **message})
        except SlackRefused as refused:
            log.info("slack.aside_elsewhere", extra={"error": refused.error})
            return False
        return True

    async def _told_alone(self, spot: Spot, message: Block) -> None:
        try:
            opened = await self._slack.call(spot.team, "conversations.open", {"users": spot.user})
            channel = word_in(opened, "channel", "id")
            await self._slack.call(spot.team, "chat.postMessage", {"channel": channel, **message})
        except SlackRefused as refused:
            log.warning("slack.aside_untold", extra={"error": refused.error})


def again(action: str, value: str) -> Block:
    """Return the button that does once more what came too late."""
    return button(action, "Try again", value, "primary")


def in_words(refused: BotRefused) -> str:
    """Return why something was not done, naming whoever has the conversation."""
    match refused:
        case NotYours(by=by) if by:
            return f"{called(by)} has this conversation: nothing was done."
        case _:
            reason = safe(str(refused), 4 * MOST_WORD)
            return f"{reason[:1].upper()}{reason[1:]}."
