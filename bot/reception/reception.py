"""Where the application meets a pull medium such as web chat: implements `Conversations`."""

import asyncio
import uuid
from contextlib import AbstractAsyncContextManager
from typing import TypeVar, assert_never

from bot.bus import AskedForHuman, HeardOnly, IsTyping, PressedStop, Spoke
from bot.canonical import canonical
from bot.errors import StaleEpoch, StoreFailed
from bot.fixed.languages import locale_after
from bot.fixed.texts import Said as Fixed
from bot.fixed.texts import text_for
from bot.fixed.waits import Wait, wait_text
from bot.humans import ladder
from bot.humans.escalation import OFFERS
from bot.humans.handoff_words import contact_form
from bot.humans.parcels import contact_line, said_line, spoken, system_says
from bot.log import Author, Event, Feedback, MessageAccepted, Notice, SurveyAnswered
from bot.privacy.redact import NO_HINTS, Hints
from bot.privacy.reveal import reveal
from bot.privacy.vault import Vault
from bot.reception.frames import (
    Reveal,
    as_stored,
    frame_of,
    pending_frames,
    replay_frames,
    snapshot_frame,
)
from bot.reception.uploads import Uploads
from bot.reception.view import Standing, Viewing
from bot.services import Services
from bot.stores.base import (
    AuditDraft,
    Committed,
    Draft,
    EventsAfter,
    EventsOfType,
    Head,
    HeadChange,
    HeadOf,
    Owner,
    Parcel,
    Query,
    Record,
    Sealed,
    Write,
)
from bot.transcript import SPOKEN_TYPES, last_question_of_bot, lines_of
from bot.turns import brief
from bot.turns.manager import Manager
from bot.turns.outcomes import GOOD
from bot.turns.reply import told_as_of
from channels.base import (
    Act,
    Chose,
    ConversationId,
    Frame,
    History,
    Interrupted,
    LeftContact,
    Opened,
    Opening,
    Rated,
    ReadUpTo,
    Said,
    Stopped,
    Surveyed,
    Typed,
    Uploaded,
    WantsHuman,
    Watch,
)
from channels.errors import ChannelBusy, ChannelRefused
from routing.request import Redacted

T = TypeVar("T")
BURST_S = 10.0
"""How long a message may still be joined with the next one to find what was split over both."""
MOST_RECENT = 8
"""Events of the log that are looked at for the bot's last question."""
LOG_EPOCH = 1
"""Identity of the log's numbering: a view that brings another one is sent a snapshot."""
MOST_REPLAYED = 2_000
"""Events; a view that is further behind is sent a snapshot."""
RETRY_AFTER_S = 2.0
CONTACT = Hints(question="How can we reach you?")


class Reception:
    """Takes what customers do, durably, and shows them what happens."""

    def __init__(self, services: Services, manager: Manager) -> None:
        self._services = services
        self._manager = manager
        self._uploads = Uploads(services.files, services.redactor)
        self._sites = {site.key for site in services.tenant.sites}
        self._before: dict[ConversationId, tuple[float, str]] = {}

    async def open(self, opening: Opening) -> Opened:
        """Find or create the conversation of a session; see `Conversations.open`."""
        if opening.site_key not in self._sites:
            raise ChannelRefused("unknown_site")
        if opening.conversation is not None:
            head = await self._head(opening.conversation)
            if head.customer != opening.customer:
                raise ChannelRefused("not_yours")
            return Opened(opening.conversation, False)
        conversation = ConversationId(uuid.uuid4().hex)
        tenant = self._services.tenant
        head = Head(
            conversation, tenant.id, "web", opening.customer, opening.locale or tenant.locale
        )
        await self._commit(Write(conversation, self._services.clock.now(), create=head))
        return Opened(conversation, True)

    async def meet(self, head: Head) -> bool:
        """Begin a conversation on a medium that has ids of its own; False if it is known already.

        `head` is its first one; two at once make one conversation.
        """
        if await self._find(HeadOf(head.conversation)):
            return False
        try:
            await self._commit(Write(head.conversation, self._services.clock.now(), create=head))
        except ChannelBusy:
            if not await self._find(HeadOf(head.conversation)):
                raise
            return False
        return True

    async def accept(self, conversation: ConversationId, act: Act) -> tuple[Frame, ...]:
        """Take what a customer did, durably; see `Conversations.accept`."""
        match act:
            case Said():
                return await self._said(conversation, act)
            case Uploaded():
                await self._head(conversation)
                await self._uploads.take(conversation, act)
            case Typed(is_on=is_on):
                await self._typed(conversation, is_on)
            case Stopped(message_id=message_id):
                await self._manager.wake(conversation, PressedStop(message_id))
            case Interrupted(message_id=message_id, heard=heard):
                await self._manager.wake(conversation, HeardOnly(message_id, heard))
            case WantsHuman():
                await self._manager.wake(conversation, AskedForHuman())
            case Chose(choice_id=choice_id, key=key):
                await self._chose(conversation, choice_id, key)
            case Rated():
                await self._rated(conversation, act)
            case Surveyed():
                head = await self._head(conversation)
                comment = await self._redacted(conversation, act.comment)
                answer = SurveyAnswered(head.episode, act.score, comment)
                await self._note(conversation, Draft(answer, "customer"), key=act.key)
            case LeftContact():
                await self._left_contact(conversation, act)
            case ReadUpTo():
                pass
            case _:
                assert_never(act)
        return ()

    async def _rated(self, conversation: ConversationId, act: Rated) -> None:
        """Keep what a customer thinks of an answer; a bad one is not given to anybody again."""
        services = self._services
        reason = await self._redacted(conversation, act.reason)
        outcome = await services.outcomes.record_of(
            services.store, conversation, (act.message_id, act.value), services.clock.now()
        )
        if act.value != GOOD:
            await services.cache.forget_told(told_as_of(conversation, act.message_id))
        body = Feedback(act.message_id, act.value, reason)
        records = (outcome,) if outcome is not None else ()
        await self._note(conversation, Draft(body, "customer"), records=records)

    async def history(
        self, conversation: ConversationId, last_seq: int, epoch: int | None, verified: bool
    ) -> History:
        """Return what happened after `last_seq`; see `Conversations.history`."""
        head = await self._head(conversation)
        shown = await self._reveal(conversation, verified)
        is_other = epoch is not None and epoch != LOG_EPOCH
        is_far = head.head_seq - last_seq > MOST_REPLAYED
        if last_seq > head.head_seq or is_other or is_far:
            events = await self._services.store.find(EventsAfter(conversation, 0))
            head_seq = events[-1].seq if events else 0
            snapshot = snapshot_frame(events, head_seq, shown)
            frames = (snapshot, *pending_frames(events, shown))
            return History("snapshot", LOG_EPOCH, head_seq, frames)
        events = await self._services.store.find(EventsAfter(conversation, last_seq))
        head_seq = events[-1].seq if events else last_seq
        resume = "replay" if last_seq else "fresh"
        return History(resume, LOG_EPOCH, head_seq, replay_frames(events, shown))

    def watch(
        self, conversation: ConversationId, verified: bool
    ) -> AbstractAsyncContextManager[Watch]:
        """Follow a conversation live; see `Conversations.watch`."""
        services = self._services
        return Viewing(
            services.store,
            services.bus,
            conversation,
            lambda: self._standing(conversation, verified),
        )

    async def _standing(self, conversation: ConversationId, verified: bool) -> Standing:
        head = await self._head(conversation)
        return Standing(await self._reveal(conversation, verified), head.head_seq)

    async def _said(self, conversation: ConversationId, said: Said) -> tuple[Frame, ...]:
        message_id = f"c-{uuid.uuid4().hex[:12]}"
        vault = await self._services.vaults.of(conversation)
        files = await self._uploads.known(conversation, said.attachments)
        while True:
            query = EventsOfType(conversation, SPOKEN_TYPES, MOST_RECENT)
            head, recent = await asyncio.gather(self._head(conversation), self._find(query))
            text = self._redact(said.text, vault, self._hints(head, recent))
            attached = self._uploads.attached(files, vault, head.locale)
            sealed = vault.take_new()
            body = MessageAccepted(said.client_id, message_id, text, attached)
            write = Write(
                conversation,
                self._services.clock.now(),
                events=(Draft(body, "customer"),),
                change=HeadChange(
                    asked=True,
                    new_episode=not head.is_open,
                    # On the telephone the vendor says which language was spoken.
                    locale=None if head.channel == "voice" else locale_after(text, head.locale),
                ),
                epoch=head.epoch,
                key=said.client_id,
                vault=sealed,
                audit=self._redaction_audit(head, message_id, sealed),
                outbox=said_line(head, body, self._services.clock.now()),
            )
            try:
                committed = await self._commit(write)
            except StaleEpoch:
                vault.put_back(sealed)
                continue
            except ChannelBusy:
                vault.put_back(sealed)
                raise
            break
        event = committed.events[0]
        if not isinstance(event.body, MessageAccepted) or event.body.message_id != message_id:
            vault.put_back(sealed)
            shown = await self._reveal(conversation, bool(head.customer))
            return tuple(frame_of(event, shown) for event in committed.events)
        if said.text:
            self._remember(conversation, said.text)
        self._services.metrics.accepted.inc()
        spoke = Spoke(event.seq, self._services.clock.monotonic())
        await self._manager.wake(conversation, spoke)
        if head.owner is not Owner.BOT:
            self._services.outbox.kick()
        return ()

    async def _typed(self, conversation: ConversationId, is_on: bool) -> None:
        typing = IsTyping(is_on, self._services.clock.monotonic())
        await self._manager.wake(conversation, typing)

    async def _chose(self, conversation: ConversationId, choice_id: str, key: str) -> None:
        match choice_id:
            case offer if offer in OFFERS:
                await self._manager.wake(conversation, AskedForHuman(OFFERS[offer].value))
            case brief.DECLINE_HUMAN:
                head = await self._head(conversation)
                text = text_for(Fixed.GO_ON, head.locale)
                events = spoken(f"b{head.head_seq}-go-on", Author.BOT, text)
                drafts = tuple(Draft(body, "bot") for body in events)
                await self._note(conversation, *drafts, key=key)
            case ladder.WAIT:
                await self._waits_on(conversation, key)
            case ladder.LEAVE_CONTACT:
                head = await self._head(conversation)
                form = contact_form(head.locale)
                await self._note(conversation, *(Draft(body, "customer") for body in form), key=key)
            case ladder.GO_ON:
                await self._manager.handoffs.cancel(conversation)
            case _:
                raise ChannelRefused("unknown_choice")

    async def _waits_on(self, conversation: ConversationId, key: str) -> None:
        head = await self._head(conversation)
        if head.owner is Owner.QUEUE:
            text = wait_text(Wait.WAITING_ON, head.locale)
            events = system_says(f"s{head.head_seq}-{head.epoch}", text)
            await self._note(conversation, *(Draft(body, "bot") for body in events), key=key)

    async def _left_contact(self, conversation: ConversationId, left: LeftContact) -> None:
        """Keep how the customer can be reached, and show it to whoever has the conversation."""
        text = await self._redacted(conversation, f"{left.contact}\n{left.text}", CONTACT)
        head = await self._head(conversation)
        line = contact_line(head, text, self._services.clock.now())
        await self._note(conversation, Draft(Notice("contact_left", text), "customer"), outbox=line)
        self._services.outbox.kick()

    async def _note(
        self,
        conversation: ConversationId,
        *drafts: Draft,
        records: tuple[Record, ...] = (),
        outbox: tuple[Parcel, ...] = (),
        key: str = "",
    ) -> None:
        vault = await self._services.vaults.of(conversation)
        now, sealed = self._services.clock.now(), vault.take_new()
        await self._commit(
            Write(
                conversation,
                now,
                events=drafts,
                vault=sealed,
                records=records,
                outbox=outbox,
                key=key or None,
            )
        )

    async def _redacted(
        self, conversation: ConversationId, text: str, hints: Hints = NO_HINTS
    ) -> Redacted:
        vault = await self._services.vaults.of(conversation)
        return self._redact(text, vault, hints)

    def _redact(self, text: str, vault: Vault, hints: Hints) -> Redacted:
        return self._services.redactor.redact(text, vault, hints)

    def _hints(self, head: Head, recent: tuple[Event, ...]) -> Hints:
        """Return what decides a bare answer: the bot's question, and the message just before."""
        question = last_question_of_bot(lines_of(recent))
        at, before = self._before.get(head.conversation, (0.0, ""))
        is_recent = self._services.clock.monotonic() - at < BURST_S
        return Hints(question or "", before if is_recent else "", head.locale)

    def _remember(self, conversation: ConversationId, raw: str) -> None:
        """Keep the raw text for a moment, in memory only: a datum may be split over two."""
        now = self._services.clock.monotonic()
        self._before.pop(conversation, None)
        self._before[conversation] = (now, raw)
        while now - next(iter(self._before.values()))[0] >= BURST_S:
            del self._before[next(iter(self._before))]

    def _redaction_audit(
        self, head: Head, message_id: str, sealed: tuple[Sealed, ...]
    ) -> tuple[AuditDraft, ...]:
        if not sealed:
            return ()
        kinds = sorted(one.kind for one in sealed)
        fields = {"conversation": head.conversation, "message": message_id, "kinds": kinds}
        return (AuditDraft(head.tenant, "redaction", canonical(fields)),)

    async def _reveal(self, conversation: ConversationId, verified: bool) -> Reveal:
        if not verified:
            return as_stored
        vault = await self._services.vaults.of(conversation)
        return lambda text: reveal(text, vault)

    async def _head(self, conversation: ConversationId) -> Head:
        heads = await self._find(HeadOf(conversation))
        if not heads:
            raise ChannelRefused("gone")
        return heads[0]

    async def _find(self, query: Query[T]) -> tuple[T, ...]:
        try:
            return await self._services.store.find(query)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None

    async def _commit(self, write: Write) -> Committed:
        try:
            return await self._services.scribe.write(write)
        except StoreFailed:
            raise ChannelBusy(RETRY_AFTER_S) from None
