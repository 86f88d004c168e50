"""Writes down what is said to have been said in a call that is over."""

import asyncio
from collections.abc import Sequence

from bot.canonical import canonical
from bot.humans.parcels import reply_line, said_line, spoken
from bot.log import Author, Body, MessageAccepted
from bot.privacy.redact import NO_HINTS, Hints
from bot.privacy.vault import Vault, VaultKey
from bot.services import Services
from bot.stores.base import AuditDraft, Draft, EventsAfter, Head, HeadOf, Owner, Parcel, Write
from bot.voice.after.aligned import Sentence, came_at, heard_in, unwritten
from bot.voice.transfer import TELEPHONE
from channels.base import ConversationId
from routing.request import Redacted


class WrittenAfter:
    """Adds the sentences of a transcript to a log that has most of them already.

    Nobody waits for an answer to them, whoever has the conversation by now: they are neither asked
    nor answered, and begin nothing anew.
    """

    def __init__(self, services: Services, scratch_key: VaultKey) -> None:
        self._services = services
        self._scratch_key = scratch_key

    async def write(
        self, conversation: ConversationId, sid: str, sentences: Sequence[Sentence]
    ) -> int:
        """Write down what is missing, and return how many sentences that were; twice is once.

        Raises:
            StoreFailed: the disk failed; what was written by then stays.
        """
        events = await self._services.store.find(EventsAfter(conversation, 0))
        since = came_at(events)
        if since is None:
            return 0
        head = (await self._services.store.find(HeadOf(conversation)))[0]
        scratch = Vault(self._scratch_key, head.tenant, conversation)
        hidden = self._hidden(sentences, scratch, head)
        known = {one.number for one in sentences}
        # An hour of talk takes long to compare, and others are on the line.
        missing = await asyncio.to_thread(unwritten, hidden, heard_in(events), since)
        known -= {one.number for one in missing}
        question, before, written = "", "", 0
        for sentence in sentences:
            hints = Hints(question if sentence.is_customer else "", before, head.locale)
            if sentence.number not in known:
                await self.add(head, f"after-{sid}-{sentence.number:06d}", sentence, hints)
                written += 1
            before = sentence.text if sentence.is_customer else ""
            question = question if sentence.is_customer else sentence.text
        return written

    def _hidden(
        self, sentences: Sequence[Sentence], vault: Vault, head: Head
    ) -> tuple[Sentence, ...]:
        """Return the sentences as the log would have them."""
        hints = Hints(locale=head.locale)
        redact = self._services.redactor.redact
        return tuple(
            Sentence(one.number, one.is_customer, redact(one.text, vault, hints))
            for one in sentences
        )

    async def add(self, head: Head, key: str, sentence: Sentence, hints: Hints = NO_HINTS) -> None:
        """Write down one sentence; twice with the same key is once.

        Raises:
            StoreFailed: the disk failed.
        """
        services, conversation = self._services, head.conversation
        vault = await services.vaults.of(conversation)
        text = services.redactor.redact(sentence.text, vault, hints)
        sealed = vault.take_new()
        now = services.clock.now()
        events, lines = self._said(head, key, text, sentence.is_customer)
        cause = "customer" if sentence.is_customer else f"human:{TELEPHONE.id}"
        kinds = sorted(one.kind for one in sealed)
        fields = {"conversation": conversation, "message": key, "kinds": kinds}
        audit = (AuditDraft(head.tenant, "redaction", canonical(fields)),) if sealed else ()
        write = Write(
            conversation,
            now,
            events=tuple(Draft(body, cause) for body in events),
            key=key,
            vault=sealed,
            audit=audit,
            outbox=lines,
        )
        await services.scribe.write(write)

    def _said(
        self, head: Head, key: str, text: Redacted, is_customer: bool
    ) -> tuple[tuple[Body, ...], tuple[Parcel, ...]]:
        """Return the events of a sentence, and what shows it to who has the conversation."""
        now = self._services.clock.now()
        if is_customer:
            said = MessageAccepted(key, f"c-{key}", text)
            return (said,), said_line(head, said, now)
        message_id = f"h{key}"
        shown = (
            () if head.owner is Owner.BOT else reply_line(head, message_id, text, TELEPHONE, now)
        )
        return spoken(message_id, Author.HUMAN, text), shown
