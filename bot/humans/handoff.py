"""From the bot to a human and back: every change of the floor, written before anyone is told.

A change of owner raises the epoch, and whatever was decided under the old one is refused by the
store. So two humans who claim at once cannot both win, and a bot in mid-sentence falls silent.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.bus import FloorMoved, Letter
from bot.canonical import canonical
from bot.errors import BotRefused, StaleEpoch
from bot.fixed.texts import Said, text_for
from bot.humans.escalation import CAUSE, Reason
from bot.humans.handoff_words import form_if_closed, told
from bot.humans.human import Human
from bot.humans.notes import NOTE
from bot.humans.parcels import (
    CLOSE,
    escalated,
    parcel_of,
    reply_line,
    spoken,
    system_says,
    updated_card,
)
from bot.log import (
    Attachment,
    Author,
    Body,
    ConversationClosed,
    Escalation,
    MessageDelta,
    MessageEnded,
    MessageStarted,
    SurveyAsked,
)
from bot.services import Services
from bot.stores.base import (
    AuditDraft,
    Draft,
    EventsOfType,
    Head,
    HeadChange,
    HeadOf,
    HeadsOwnedBy,
    Owner,
    Record,
    Write,
)
from bot.transcript import BUBBLE_TYPES, open_message
from bot.turns.journal import Along
from channels.base import ConversationId
from routing.request import Redacted

Wake = Callable[[ConversationId, Letter], Awaitable[None]]
"""Puts a letter into the mailbox and sees to it that someone reads it."""
Listens = Callable[[ConversationId], Awaitable[bool]]
"""Returns whether a customer is there to hear what is said now."""
MOST_EVENTS = 400
"""How far back an unfinished message is looked for."""


class NotYours(BotRefused):
    """Somebody else has the conversation, or nobody has claimed it."""

    def __init__(self, message: str, by: str = "") -> None:
        super().__init__(message)
        self.by = by
        """Id of the human who has it; empty when it is not that."""


class NobodyListens(BotRefused):
    """The customer is gone, and hears nothing of what would be said."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a human says to the customer."""

    text: Redacted
    """Empty only where there are files."""
    attachments: tuple[Attachment, ...] = ()
    key: str = ""
    """Where it came from: a reply that comes again with the same key is not said again."""
    is_shown: bool = False
    """The desk shows it already: it was written under the card."""


class Handoffs:
    """What humans and the customer's button do to the floor."""

    def __init__(self, services: Services, wake: Wake) -> None:
        self._services = services
        self._wake = wake
        self.listens: dict[str, Listens] = {}
        """By channel, for those that a customer leaves: elsewhere he reads it when he is back."""

    async def request(self, conversation: ConversationId, reason: Reason) -> None:
        """Hand over outside of a turn: the button, or a turn that failed.

        Doing it twice, or while a human is there, changes nothing but tells the customer so.

        Raises:
            StoreFailed: the disk failed.
        """
        terms = self._services.tenant.desk
        while True:
            head = await self._head(conversation)
            at = self._services.clock.now()
            message_id = f"s{head.head_seq}-{head.epoch}"
            if head.owner is not Owner.BOT:
                if head.owner is Owner.QUEUE:
                    text = told(Said.ALREADY_WAITING, head.locale, terms, at)
                    await self._write(head, "bot", system_says(message_id, text), None)
                return
            along = escalated(head, reason, at)
            assert along.change is not None
            along = replace(along, change=replace(along.change, answered_seq=head.asked_seq))
            said = Said.FAULT if reason is Reason.FAULT else Said.HANDED_OVER
            broken = await self._broken_off(conversation) if reason is Reason.FAULT else ()
            text = told(said, head.locale, terms, at)
            form = form_if_closed(head.locale, terms, at)
            events = (*broken, *system_says(message_id, text), *along.events, *form)
            try:
                await self._write(head, CAUSE[reason], events, along)
            except StaleEpoch:
                continue
            self._services.metrics.handoffs.labels(reason.value).inc()
            self._services.outbox.kick()
            return

    async def cancel(self, conversation: ConversationId) -> None:
        """Go on with the bot instead of waiting, as the customer wishes; else nothing is changed.

        Raises:
            StoreFailed: the disk failed.
        """
        head = await self._head(conversation)
        if head.owner is not Owner.QUEUE:
            return
        text = text_for(Said.GO_ON, head.locale)
        events = (
            Escalation("left"),
            *spoken(f"b{head.head_seq}-{head.epoch}", Author.BOT, text),
        )
        at = self._services.clock.now()
        fields = {"conversation": head.conversation, "episode": head.episode}
        along = Along(
            change=HeadChange(owner=Owner.BOT, human="", reason=""),
            audit=(AuditDraft(head.tenant, "handoff.cancelled", canonical(fields)),),
            outbox=(parcel_of(head, CLOSE, at, "cancelled"),),
        )
        try:
            await self._write(head, "customer", events, along)
        except StaleEpoch:
            return
        await self._wake(head.conversation, FloorMoved())
        self._services.outbox.kick()

    async def queue(self) -> tuple[Head, ...]:
        """Return who waits, longest first, then what is with humans."""
        waiting = await self._services.store.find(HeadsOwnedBy(Owner.QUEUE))
        claimed = await self._services.store.find(HeadsOwnedBy(Owner.HUMAN))
        return (*waiting, *claimed)

    async def claim(self, conversation: ConversationId, human: Human) -> Head:
        """Give a conversation to a human; of two at once exactly one wins.

        A conversation that is with the bot may be taken over too.

        Raises:
            NotYours: another human has it.
        """
        head = await self._head(conversation)
        if head.owner is Owner.HUMAN:
            if head.human == human.id:
                return head
            raise NotYours(f"{head.human} has claimed this conversation", head.human)
        is_unasked = head.owner is Owner.BOT
        reason = Reason.TAKEOVER.value if is_unasked else None
        since = self._services.clock.now() if is_unasked else None
        change = HeadChange(owner=Owner.HUMAN, human=human.id, reason=reason, waiting_since=since)
        joined = (Escalation("joined", name=human.name),)
        try:
            return await self._move(head, human, change, joined, "claimed")
        except StaleEpoch:
            now = await self._head(conversation)
            raise NotYours(f"{now.human or 'somebody'} was faster", now.human) from None

    async def assign(self, conversation: ConversationId, by: Human, to: Human) -> Head:
        """Give a conversation to another human, whoever has it now.

        Raises:
            NotYours: it moved on in the same moment; nothing was changed.
        """
        head = await self._head(conversation)
        if head.owner is Owner.HUMAN and head.human == to.id:
            return head
        change = HeadChange(owner=Owner.HUMAN, human=to.id)
        events = (Escalation("joined", name=to.name),)
        return await self._moved(head, by, change, events, "assigned")

    async def reply(self, conversation: ConversationId, human: Human, reply: Reply) -> str:
        """Say something to the customer, as the human who has claimed; returns the message's id.

        Raises:
            NotYours: someone else, or nobody, has claimed it.
            NobodyListens: the customer is gone; nothing was said.
        """
        head = await self._claimed(conversation, human)
        listens = self.listens.get(head.channel)
        if listens is not None and not await listens(conversation):
            raise NobodyListens("the caller has hung up: nobody would hear this")
        message_id = f"h{reply.key}" if reply.key else f"h{head.head_seq}-{head.epoch}"
        events = (
            MessageStarted(message_id, Author.HUMAN),
            MessageDelta(message_id, 0, reply.text),
            MessageEnded(
                message_id, reply.text, "done", Author.HUMAN, attachments=reply.attachments
            ),
        )
        now = self._services.clock.now()
        shown = () if reply.is_shown else reply_line(head, message_id, reply.text, human, now)
        along = Along(change=HeadChange(answered_seq=head.asked_seq), outbox=shown)
        await self._tell(head, human, events, along, message_id if reply.key else None)
        if shown:
            self._services.outbox.kick()
        return message_id

    async def correct(
        self, conversation: ConversationId, human: Human, message_id: str, text: Redacted
    ) -> None:
        """Change what the human has said in a message: its bubble shows the new text.

        Raises:
            NotYours: someone else, or nobody, has claimed it.
        """
        head = await self._claimed(conversation, human)
        files = await self._files_of(conversation, message_id)
        events = (MessageEnded(message_id, text, "done", Author.HUMAN, attachments=files),)
        await self._tell(head, human, events, Along())

    async def note(
        self, conversation: ConversationId, human: Human, text: Redacted, key: str = ""
    ) -> None:
        """Keep what a human wants other humans, and the bot's next turn, to know.

        A note with the `key` of an earlier one takes its place.
        """
        head = await self._head(conversation)
        at = self._services.clock.now()
        fields = {"episode": head.episode, "human": human.id, "name": human.name, "text": text}
        number = key or f"{head.head_seq}-{at.timestamp():.6f}"
        record = Record(NOTE, number, conversation, at, canonical(fields))
        await self._services.scribe.write(Write(conversation, at, records=(record,)))

    async def release(self, conversation: ConversationId, human: Human) -> None:
        """Give the conversation back to the bot.

        Raises:
            NotYours: someone else, or nobody, has claimed it.
        """
        head = await self._claimed(conversation, human)
        text = text_for(Said.BOT_AGAIN, head.locale)
        events = (
            Escalation("left", name=human.name),
            *system_says(f"s{head.head_seq}-{head.epoch}", text),
        )
        change = HeadChange(owner=Owner.BOT, human="", reason="")
        await self._moved(head, human, change, events, "released")

    async def resolve(self, conversation: ConversationId, human: Human) -> None:
        """End the episode: the customer is asked how it was, and a new message begins the next.

        Raises:
            NotYours: someone else, or nobody, has claimed it.
        """
        head = await self._claimed(conversation, human)
        text = text_for(Said.RESOLVED, head.locale)
        events = (
            Escalation("left", name=human.name),
            *system_says(f"s{head.head_seq}-{head.epoch}", text),
            ConversationClosed("resolved"),
            SurveyAsked(head.episode),
        )
        change = HeadChange(
            owner=Owner.BOT, human="", reason="", is_open=False, answered_seq=head.asked_seq
        )
        await self._moved(head, human, change, events, "resolved")

    async def _tell(
        self,
        head: Head,
        human: Human,
        events: tuple[Body, ...],
        along: Along,
        key: str | None = None,
    ) -> None:
        try:
            await self._write(head, f"human:{human.id}", events, along, key)
        except StaleEpoch:
            raise NotYours("the conversation has moved on: nothing was sent") from None

    async def _moved(
        self, head: Head, human: Human, change: HeadChange, events: tuple[Body, ...], what: str
    ) -> Head:
        try:
            return await self._move(head, human, change, events, what)
        except StaleEpoch:
            raise NotYours("the conversation has moved on: nothing was changed") from None

    async def _move(
        self, head: Head, human: Human, change: HeadChange, events: tuple[Body, ...], what: str
    ) -> Head:
        fields = {
            "conversation": head.conversation,
            "episode": head.episode,
            "human": human.id,
            "to": change.human or "",
            "reason": change.reason or head.reason,
        }
        at = self._services.clock.now()
        audit = AuditDraft(head.tenant, f"handoff.{what}", canonical(fields))
        is_over = change.owner is Owner.BOT
        parcel = parcel_of(head, CLOSE, at, what) if is_over else updated_card(head, at)
        along = Along(change=change, audit=(audit,), outbox=(parcel,))
        after = await self._write(head, f"human:{human.id}", events, along)
        await self._wake(head.conversation, FloorMoved())
        self._services.outbox.kick()
        return after

    async def _write(
        self,
        head: Head,
        cause: str,
        events: tuple[Body, ...],
        along: Along | None,
        key: str | None = None,
    ) -> Head:
        along = along or Along()
        committed = await self._services.scribe.write(
            Write(
                head.conversation,
                self._services.clock.now(),
                events=tuple(Draft(body, cause) for body in events),
                change=along.change,
                epoch=head.epoch,
                key=key,
                audit=along.audit,
                outbox=along.outbox,
            )
        )
        return committed.head

    async def _head(self, conversation: ConversationId) -> Head:
        heads = await self._services.store.find(HeadOf(conversation))
        if not heads:
            raise BotRefused(f"there is no conversation {conversation!r}")
        return heads[0]

    async def _files_of(
        self, conversation: ConversationId, message_id: str
    ) -> tuple[Attachment, ...]:
        """Return the files of a message that was sent."""
        query = EventsOfType(conversation, (MessageEnded.TYPE,), MOST_EVENTS)
        for event in reversed(await self._services.store.find(query)):
            if isinstance(event.body, MessageEnded) and event.body.message_id == message_id:
                return event.body.attachments
        return ()

    async def _broken_off(self, conversation: ConversationId) -> tuple[Body, ...]:
        """Return the end of a message that a failed turn has left open, if it has."""
        query = EventsOfType(conversation, BUBBLE_TYPES, MOST_EVENTS)
        left = open_message(await self._services.store.find(query))
        return (MessageEnded(left.message_id, left.text, "error", Author.BOT),) if left else ()

    async def _claimed(self, conversation: ConversationId, human: Human) -> Head:
        head = await self._head(conversation)
        if head.owner is not Owner.HUMAN:
            raise NotYours("claim the conversation first")
        if head.human != human.id:
            raise NotYours(f"{head.human} has claimed this conversation", head.human)
        return head
