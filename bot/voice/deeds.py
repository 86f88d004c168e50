"""What is written and told of one call, each deed by itself; `Acts` does them in order."""

import json
import logging
from collections.abc import Sequence
from datetime import datetime

from bot.errors import StoreFailed
from bot.log import Notice
from bot.privacy.redact import joined, published
from bot.privacy.vault import Vault
from bot.services import Services
from bot.stores.base import Draft, EventsOfType, HeadChange, Record, Write
from bot.tenant import Tenant
from bot.transcript import SPOKEN_TYPES, last_question_of_bot, lines_of
from bot.voice.calls import Known, Leaving
from bot.voice.events import VoiceSlow
from bot.voice.hearing.keys import told
from bot.voice.parts import VoiceParts
from bot.voice.speaking.mouth import Cut
from bot.voice.speaking.speaking import OWN
from bot.voice.terms import VoiceTerms
from bot.voice.timing.latency import Timing, call_record, p95_of, turn_record
from bot.voice.words import DISCLOSED, Spoken, spoken_language, spoken_text
from channels.base import Chose, ConversationId, Interrupted, LeftContact, Said, Stopped
from channels.voice.base import Line
from routing.request import Redacted

log = logging.getLogger("copilot.voice")
RECENT = 8
"""Events that are looked at for the bot's last question."""


class Deeds:
    """Tells the application of one call on one socket."""

    def __init__(self, parts: VoiceParts, known: Known, session: str) -> None:
        self._parts = parts
        self._services: Services = parts.services
        self._call = known.call
        self._id = known.conversation
        self._session = session

    def greeting(self, locale: str) -> Redacted:
        """Return the first words of a call."""
        return greeting_in(self._parts.terms, self._services.tenant, locale)

    async def said(self, number: int, text: str) -> None:
        """Tell what the caller has said.

        Raises:
            ChannelBusy: it was not taken; may be told again.
        """
        await self._parts.accept(self._id, Said(f"{self._session}:{number}", text))

    async def typed(self, number: int, digits: str, locale: str) -> None:
        """Tell what the caller has typed, so that no model sees what is secret of it.

        Raises:
            ChannelBusy: it was not taken; may be told again.
            StoreFailed: the disk failed.
        """
        query = EventsOfType(self._id, SPOKEN_TYPES, RECENT)
        lines = lines_of(await self._services.store.find(query))
        question = last_question_of_bot(lines) or ""
        scratch = Vault(self._parts.scratch_key, self._services.tenant.id, ConversationId("keys"))
        text = told(digits, question, locale, self._services.redactor, scratch)
        await self._parts.accept(self._id, Said(f"{self._session}:{number}", text))

    async def interrupted(self, cut: Cut) -> None:
        """Tell what was heard of a message."""
        await self._parts.accept(self._id, Interrupted(cut.message_id, cut.heard))

    async def choose(self, choice_id: str) -> None:
        """Tell what the caller has chosen of what he was offered.

        Raises:
            ChannelBusy: it was not taken; may be told again.
        """
        await self._parts.accept(self._id, Chose(choice_id))

    async def leave_contact(self, contact: str) -> None:
        """Tell how the caller can be reached.

        Raises:
            ChannelBusy: it was not taken; may be told again.
        """
        await self._parts.accept(self._id, LeftContact(contact, ""))

    async def stop(self) -> None:
        """Tell that nobody listens any more to what is being said."""
        await self._parts.accept(self._id, Stopped(""))

    async def switch(self, language: str) -> None:
        """Write down that the caller speaks another language from here on."""
        change = HeadChange(locale=language)
        await self._services.scribe.write(Write(self._id, self._now, change=change))
        await self._parts.calls.change(self._call, language=language)

    async def note(self, spoken: Spoken, text: Redacted) -> None:
        """Write down a fixed text that was said."""
        notice = Notice(f"{OWN}{spoken.value}", text)
        write = Write(self._id, self._now, events=(Draft(notice, "timer"),))
        await self._services.scribe.write(write)

    async def keep(self, timing: Timing) -> None:
        """Keep the times of one turn."""
        await self._keep(turn_record(self._id, self._session, timing, self._now))

    async def sum_up(self, timings: Sequence[Timing]) -> None:
        """Keep how long the caller had to wait, and tell operations if that was too long."""
        budget_s, p95_s = self._parts.terms.budget_s, p95_of(timings)
        await self._keep(call_record(self._id, self._session, timings, budget_s, self._now))
        if p95_s is not None and p95_s > budget_s:
            tenant = self._services.tenant.id
            self._parts.slow(VoiceSlow(tenant, self._id, p95_s, budget_s, len(timings)))

    async def lost_at(self, seq: int) -> None:
        """Keep up to where of the log everything was heard when the line was gone."""
        await self._parts.calls.change(self._call, heard_up_to=seq)

    async def leave(self, leaving: Leaving) -> None:
        """Keep why we end our part.

        Raises:
            StoreFailed: the disk failed.
        """
        await self._parts.calls.change(self._call, leaving=leaving)

    async def end(self, line: Line, leaving: Leaving) -> None:
        """End our part: the vendor asks what follows, and tells us what we hand it here."""
        try:
            await self.leave(leaving)
        except StoreFailed:
            # Whoever is on the line must not wait in silence for our disk.
            log.error("voice.not_left", extra={"conversation": self._id})
        is_transfer = leaving is Leaving.TRANSFER
        await line.end(handoff_data(self._id) if is_transfer else "")

    async def _keep(self, record: Record) -> None:
        await self._services.scribe.write(Write(self._id, self._now, records=(record,)))

    @property
    def _now(self) -> datetime:
        return self._services.clock.now()


def greeting_in(terms: VoiceTerms, tenant: Tenant, locale: str) -> Redacted:
    """Return the first words of a call: the company's own in its language, and what speaks.

    A greeting that says of itself that a machine speaks is left alone.
    """
    language = spoken_language(locale)
    own = terms.greeting.get(language, "")
    if not own and spoken_language(tenant.locale) == language:
        own = tenant.greeting
    first = published(own) if own else spoken_text(Spoken.GREETING, locale)
    if DISCLOSED.search(first):
        return first
    return joined((first, spoken_text(Spoken.DISCLOSURE, locale)), " ")


def handoff_data(conversation: ConversationId) -> str:
    """Return what the vendor hands back with the end: under what humans find the conversation.

    It passes through the vendor's logs, so nothing of what was said is in it.
    """
    return json.dumps({"reference": conversation})
