"""Taking who has waited longest, once per wish."""

from bot.humans.handoff import NotYours
from bot.humans.human import Human
from bot.slack.acted import Acted
from bot.slack.blocks import link
from bot.slack.clicks import word_of
from bot.slack.desk.actions import claimed
from bot.slack.desk.theirs import Theirs
from bot.slack.parts import SlackParts
from bot.slack.target import Target
from bot.stores.base import Head, HeadOf
from channels.base import ConversationId
from channels.slack.base import TeamId
from channels.slack.errors import SlackFailed

MOST_TRIES = 50
"""How many that wait are looked at while others are faster."""


class Taking:
    """Claims for humans."""

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts
        self._acted = Acted(parts.cabinet, parts.services.clock)
        self._theirs = Theirs(parts)

    async def next(self, team: TeamId, wish: str, human: Human) -> Head | None:
        """Claim who has waited longest for a workspace; None when nobody waits.

        The same `wish` means the same customer, however often it comes.
        """
        for number in range(MOST_TRIES):
            waiting = await self._theirs.waiting(team)
            # What it is to be is written down first: a second one would be taken otherwise.
            wanted = waiting[0].conversation if waiting else ""
            choice = ConversationId(await self._acted.chosen("take", f"{wish}:{number}", wanted))
            if not choice:
                return None
            try:
                await claimed(self._parts.handoffs, choice, human)
            except NotYours:
                continue
            return (await self._parts.services.store.find(HeadOf(choice)))[0]
        return None

    async def told(self, target: Target) -> str:
        """Return what to say to the human who has just got a conversation."""
        return (
            f"`{target.conversation}` is yours; the bot is silent there. {await self._way(target)}"
        )

    async def _way(self, target: Target) -> str:
        """Return the way to its card; empty when there is none, or Slack does not tell."""
        thread = await self._parts.threads.of(target)
        if thread is None:
            return ""
        where = {"channel": thread.room.channel, "message_ts": thread.ts}
        try:
            answer = await self._parts.slack.call(thread.room.team, "chat.getPermalink", where)
        except SlackFailed:
            return ""
        return link(word_of(answer, "permalink"), "Its card")
