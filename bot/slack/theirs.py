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

    Where only one workspace has installed us, everything is theirs.
    """

    def __init__(self, parts: SlackParts) -> None:
        self._parts = parts

    async def queue(self, team: TeamId) -> Sequence[Head]:
        """Return who waits, longest first, then what is with humans.

        Raises:
            StoreFailed: the disk failed.
        """
        heads = await self._parts.handoffs.queue()
        if await self._is_alone():
            return heads
        return [head for head in heads if await self._is_theirs(team, head)]

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
        is_theirs = heads and (await self._is_alone() or await self._is_theirs(team, heads[0]))
        if not is_theirs:
            raise BotRefused(f"there is no conversation {conversation!r}")
        return heads[0]

    async def _is_alone(self) -> bool:
        return len(await self._parts.installations.find()) == 1

    async def _is_theirs(self, team: TeamId, head: Head) -> bool:
        thread = await self._parts.threads.of(Target(head.conversation, head.episode))
        if thread is not None:
            return thread.room.team == team
        services = self._parts.services
        card = await card_for(services.store, head, services.clock.now())
        room = await self._parts.rooms.for_handoff(card.intent, card.reason)
        return room is not None and room.team == team
