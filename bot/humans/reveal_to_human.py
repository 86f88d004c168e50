"""Shows one human what a placeholder stands for; that he looked is written down first."""

from dataclasses import dataclass

from bot.canonical import canonical
from bot.errors import BotRefused, StaleEpoch
from bot.humans.handoff import NotYours
from bot.humans.human import Human
from bot.privacy.kinds import ONE_WAY
from bot.services import Services
from bot.stores.base import AuditDraft, Head, HeadOf, Owner, VaultOf, Write
from channels.base import ConversationId
from routing.request import Redacted

REVEALED = "personal.revealed"
"""Action of the audit entry."""
_LOST = frozenset(kind.value for kind in ONE_WAY)


class NeverKept(BotRefused):
    """The value behind a placeholder was not kept, so nobody can see it."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """The placeholders of a conversation, in the order in which they were made."""

    shown: tuple[str, ...]
    """Those whose value can be shown."""
    lost: tuple[str, ...]
    """Those whose value was never kept."""


class RevealToHuman:
    """Reveals to the human who has claimed, and to nobody else."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def hidden(self, conversation: ConversationId, human: Human) -> Hidden:
        """Return what could be revealed.

        Raises:
            NotYours: someone else, or nobody, has claimed it.
            StoreFailed: the disk failed.
        """
        await self._claimed(conversation, human)
        rows = await self._services.store.find(VaultOf(conversation))
        return Hidden(
            tuple(row.placeholder for row in rows if row.ciphertext is not None),
            tuple(row.placeholder for row in rows if row.ciphertext is None),
        )

    async def value(
        self, conversation: ConversationId, human: Human, placeholder: str, why: Redacted
    ) -> str:
        """Return the value behind a placeholder, for this human's eyes; it is kept nowhere.

        Who looks at what, and why, is in the audit chain before the value is returned.

        Raises:
            NotYours: someone else, or nobody, has claimed it, or has in this moment.
            NeverKept: the kind is one-way.
            BotRefused: there is no such value in this conversation.
            StoreFailed: the disk failed; nothing is shown.
        """
        head = await self._claimed(conversation, human)
        rows = await self._services.store.find(VaultOf(conversation))
        row = next((row for row in rows if row.placeholder == placeholder), None)
        if row is None:
            raise BotRefused("there is no such value in this conversation")
        if row.ciphertext is None or row.kind in _LOST:
            raise NeverKept(f"the value of {placeholder} was never kept: nobody can see it")
        await self._write_down(head, human, placeholder, why)
        vault = await self._services.vaults.of(conversation)
        value = vault.value_of(placeholder)
        if value is None:
            raise NeverKept(f"the value of {placeholder} cannot be read here: try again later")
        return value

    async def _write_down(self, head: Head, human: Human, placeholder: str, why: Redacted) -> None:
        fields = {
            "conversation": head.conversation,
            "episode": head.episode,
            "human": human.id,
            "placeholder": placeholder,
            "why": why,
        }
        audit = AuditDraft(head.tenant, REVEALED, canonical(fields))
        at = self._services.clock.now()
        try:
            await self._services.scribe.write(
                Write(head.conversation, at, epoch=head.epoch, audit=(audit,))
            )
        except StaleEpoch:
            raise NotYours("the conversation has moved on: nothing was shown") from None

    async def _claimed(self, conversation: ConversationId, human: Human) -> Head:
        heads = await self._services.store.find(HeadOf(conversation))
        if not heads:
            raise BotRefused("there is no such conversation any more")
        head = heads[0]
        if head.owner is not Owner.HUMAN:
            raise NotYours("claim the conversation first: only who has it may look")
        if head.human != human.id:
            raise NotYours("only who has the conversation may look", head.human)
        return head
