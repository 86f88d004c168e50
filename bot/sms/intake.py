"""What is done about a message that a customer has sent."""

import logging
from collections.abc import Callable

from bot.log import Notice
from bot.privacy.redact import published
from bot.reception.reception import Reception
from bot.sms.addresses import CHANNEL
from bot.sms.inbox import Kept
from bot.sms.media import InboundFiles, Taken
from bot.sms.parts import SmsParts
from bot.sms.sayings import ASKING_TYPES, FILES_REFUSED, act_for
from bot.sms.telling import HAS_STOPPED, tell_desk
from bot.sms.words import words_for
from bot.stores.base import Draft, EventsOfType, Head, HeadOf, Owner, Write
from channels.base import ConversationId, Said
from channels.errors import ChannelRefused
from channels.sms.words import Wish, wish_of

log = logging.getLogger("copilot.sms")
MOST_CHARS = 1_600
"""Of one message. Source: Twilio; reference/channels.md 1.1."""
ANSWERS = frozenset({"yes", "y", "s\u00ed", "si", "ja", "oui"})
"""Words that may ask for messages again, and are ordinary answers otherwise."""


class Intake:
    """Acts on messages; each may be acted on again, and does nothing twice."""

    def __init__(
        self, parts: SmsParts, reception: Reception, push: Callable[[ConversationId], None]
    ) -> None:
        """`push` is told that something has changed in a conversation."""
        self._parts = parts
        self._reception = reception
        self._push = push
        self._files = InboundFiles(parts, reception.accept)

    def conversation_of(self, kept: Kept) -> ConversationId:
        """Return where a message belongs."""
        return self._parts.names.conversation(kept.route)

    async def wished(self, kept: Kept) -> bool:
        """Note a wish for no messages, or for messages again; return whether it was one.

        Nothing is answered: Twilio does that, and nobody else may. A word that asks for messages
        again is an ordinary answer, such as `yes`, while he gets them anyway, unless Twilio says
        otherwise.

        Raises:
            StoreFailed: the disk failed.
        """
        parts, route, inbound = self._parts, kept.route, kept.inbound
        wish = wish_of(inbound, parts.terms.words_for(inbound.to, inbound.service))
        match wish:
            case None:
                return False
            case Wish.STOP:
                is_news = await parts.consents.revoke(route, kept.at)
                await self._tell_of_stop(kept)
            case Wish.START:
                is_news = await parts.consents.restore(route, kept.at)
                if not is_news and not inbound.opt_out and _bare(inbound.text) in ANSWERS:
                    return False
            case Wish.HELP:
                is_news = False
        log.info("sms.wish", extra={"wish": wish.value, "is_news": is_news})
        parts.count(f"wish_{wish.value.lower()}")
        self._push(self.conversation_of(kept))
        return True

    async def act(self, kept: Kept) -> None:
        """Take what a customer says.

        Of one who has opted out it is taken only where humans have the conversation: nobody could
        answer him, and no model is asked in vain.

        Raises:
            ChannelError: it could not be taken now, or a file not be fetched.
            StoreFailed: the disk failed.
        """
        parts, inbound, conversation = self._parts, kept.inbound, self.conversation_of(kept)
        await parts.routes.heard(conversation, kept.route, kept.at)
        head = await self._head(conversation)
        if await parts.consents.is_revoked(kept.route) and (not head or head.owner is Owner.BOT):
            log.info("sms.opted_out", extra={"conversation": conversation})
            parts.count("opted_out")
            return
        head = head or await self._met(conversation)
        taken = await self._files.take(conversation, kept)
        text = inbound.text.strip()[:MOST_CHARS]
        if text or taken.file_ids:
            await self._said(head, Said(inbound.sid, text, taken.file_ids))
        elif not taken.refused:
            parts.count("empty")
        if taken.refused:
            await self._refuse(head, taken, inbound.sid)
        # WhatsApp takes again what waited for him to write.
        self._push(conversation)

    async def _tell_of_stop(self, kept: Kept) -> None:
        """Show humans who have the conversation, once, that nothing reaches the customer now."""
        conversation = self.conversation_of(kept)
        after = await self._parts.consents.revoked_after(kept.route)
        if after is not None and await self._head(conversation) is not None:
            name = f"sms-stop-{after:.3f}"
            await tell_desk(self._parts.services, conversation, name, HAS_STOPPED)

    async def _said(self, head: Head, said: Said) -> None:
        query = EventsOfType(head.conversation, ASKING_TYPES, limit=1)
        act = act_for(said, await self._parts.services.store.find(query))
        try:
            await self._reception.accept(head.conversation, act)
        except ChannelRefused as refused:
            log.warning("sms.not_accepted", extra={"code": refused.code})

    async def _refuse(self, head: Head, taken: Taken, sid: str) -> None:
        """Tell the customer, once, that files were not taken."""
        services = self._parts.services
        text = published(words_for(head.locale).files_refused)
        write = Write(
            head.conversation,
            services.clock.now(),
            events=(Draft(Notice(FILES_REFUSED, text), "rule"),),
            key=f"files:{sid}",
        )
        log.info("sms.files_refused", extra={"count": taken.refused})
        await services.scribe.write(write)

    async def _met(self, conversation: ConversationId) -> Head:
        """Return the head of a conversation that begins.

        A number is no proof of who has the phone, so that the customer stays a visitor.
        """
        tenant = self._parts.services.tenant
        head = Head(conversation, tenant.id, CHANNEL, "", tenant.locale)
        await self._parts.ledger.begin(conversation)
        await self._reception.meet(head)
        return await self._head(conversation) or head

    async def _head(self, conversation: ConversationId) -> Head | None:
        heads = await self._parts.services.store.find(HeadOf(conversation))
        return heads[0] if heads else None


def _bare(text: str) -> str:
    return text.strip().casefold()
