"""A call on its way to a human: what the conversation knows of it, and the TwiML."""

import logging

from bot.humans.escalation import Reason
from bot.humans.handoff import Handoffs, NotYours
from bot.humans.human import Human
from bot.humans.parcels import call_of
from bot.privacy.redact import fixed
from bot.services import Services
from bot.stores.base import HeadOf, Owner, Write
from bot.voice.calls import Known
from bot.voice.terms import Transfer
from channels.base import ConversationId
from channels.voice.twiml import TranscriptionTwiml, dial_twiml, enqueue_twiml
from channels.voice.twiml import Transfer as TransferTwiml

log = logging.getLogger("copilot.voice")
TELEPHONE = Human("voice", "Telephone")
"""Whoever answers the telephone: the vendor does not tell us who it is."""
HUNG_UP = fixed("The caller has hung up: nobody hears what is written here.")
WORKFLOW = "WW"


class Transfers:
    """Gives conversations to whoever answers the telephone, and takes them back."""

    def __init__(self, services: Services, handoffs: Handoffs) -> None:
        self._services = services
        self._handoffs = handoffs

    async def begin(self, conversation: ConversationId, reason: Reason) -> None:
        """Note that a human on the telephone has the conversation: the bot is silent.

        One who has claimed it at a desk keeps it.

        Raises:
            StoreFailed: the disk failed.
        """
        if await self._owner(conversation) is Owner.BOT:
            await self._handoffs.request(conversation, reason)
        try:
            await self._handoffs.claim(conversation, TELEPHONE)
        except NotYours:
            log.info("voice.claimed_elsewhere", extra={"conversation": conversation})

    async def end(self, conversation: ConversationId, is_answered: bool) -> None:
        """Note that the human has hung up; if nobody has answered, the customer waits again.

        Raises:
            StoreFailed: the disk failed.
        """
        try:
            if is_answered:
                await self._handoffs.resolve(conversation, TELEPHONE)
            else:
                await self._handoffs.release(conversation, TELEPHONE)
                await self._handoffs.request(conversation, Reason.NO_REPLY)
        except NotYours:
            log.info("voice.claimed_elsewhere", extra={"conversation": conversation})

    async def hung_up(self, conversation: ConversationId) -> None:
        """Tell the humans who have the conversation that nobody hears what they write any more.

        Raises:
            StoreFailed: the disk failed.
        """
        head = (await self._services.store.find(HeadOf(conversation)))[0]
        if head.owner is not Owner.BOT:
            at = self._services.clock.now()
            line = call_of(head, "hung-up", "", HUNG_UP, at)
            await self._services.scribe.write(Write(conversation, at, outbox=(line,)))
            self._services.outbox.kick()

    async def _owner(self, conversation: ConversationId) -> Owner:
        return (await self._services.store.find(HeadOf(conversation)))[0].owner


def transfer_twiml(
    known: Known,
    transfer: Transfer,
    after: str,
    words: str,
    transcription: TranscriptionTwiml | None,
) -> str:
    """Return TwiML that puts a caller through.

    Args:
        known: the call.
        transfer: where to.
        after: address that is asked when it is over.
        words: said before; empty for nothing.
        transcription: of what is said then; None for none.
    """
    is_workflow = transfer.queue.startswith(WORKFLOW)
    terms = TransferTwiml(
        action=after,
        words=words,
        language=known.language,
        transcription=transcription,
        workflow=transfer.queue if is_workflow else "",
        reference=known.conversation,
    )
    if transfer.queue:
        return enqueue_twiml(transfer.queue, terms)
    return dial_twiml(transfer.number, terms)
