"""Which conversations the members of a workspace may see: those whose cards belong there."""

from collections.abc import Sequence

from bot.errors import BotRefused
from bot.outbox import card_for
from bot.slack.parts import SlackParts
from bot.slack.target import Target
from bot.stores.base import Head, HeadOf, Owner
from channels.base import ConversationId
from channels.slack.base import TeamId


class Theirs:
    """Keeps workspaces apart: what is another one's does not exist here.

    A conversation is of the workspace that has its card, without a card of the one that will have
    it, and where there are no cards at all of the company's own. The one to which all cards go sees
    all, also what an earlier one has had.
    """

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts

    async def queue(self, team: TeamId) -> Sequence[Head]:
        """Return who waits, longest first, then what is with humans.

        Raises:
            StoreFailed: the disk failed.
        """
        heads = await self._parts.handoffs.queue()
        only = await self._parts.rooms.only()
        if only == team:
            return heads
        return [head for head in heads if await self._is_theirs(team, head, only)]

    async def waiting(self, team: TeamId) -> Sequence[Head]:
        """Return who waits, longest first."""
        return [head for head in await self.queue(team) if head.owner is Owner.QUEUE]

    async def head(self, team: TeamId, conversation: ConversationId) -> Head:
        """Return a conversation that somebody has named.

        Raises:
            BotRefused: there is none, or it is another workspace's.
            StoreFailed: the disk failed.
        """
        heads = await self._parts.services.store.find(HeadOf(conversation))
        only = await self._parts.rooms.only()
        if not heads or not (only == team or await self._is_theirs(team, heads[0], only)):
            raise BotRefused(f"there is no conversation {conversation!r}")
        return heads[0]

    async def check(self, team: TeamId, target: Target) -> None:
        """Return if a handoff, whichever episode it was in, is of this workspace.

        Raises:
            BotRefused: it is another workspace's, or there is none.
            StoreFailed: the disk failed.
        """
        thread = await self._parts.threads.of(target)
        if thread is None:
            await self.head(team, target.conversation)
        elif thread.room.team != team:
            raise BotRefused(f"there is no conversation {target.conversation!r}")

    async def _is_theirs(self, team: TeamId, head: Head, only: TeamId | None) -> bool:
        thread = await self._parts.threads.of(Target(head.conversation, head.episode))
        if thread is not None:
            return thread.room.team == team
        if only is not None:
            return only == team
        services = self._parts.services
        card = await card_for(services.store, head, services.clock.now())
        room = await self._parts.rooms.for_handoff(card.intent, card.reason)
        team_of_it = room.team if room is not None else await self._parts.rooms.home()
        return team_of_it == team
