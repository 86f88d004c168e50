"""What a change of the floor sends to the desk, and how a handoff begins; pure."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from bot.canonical import canonical
from bot.humans.escalation import CAUSE, Reason
from bot.humans.human import Human
from bot.log import (
    Author,
    Body,
    Escalation,
    MessageAccepted,
    MessageDelta,
    MessageEnded,
    MessageStarted,
)
from bot.privacy.redact import fixed, joined
from bot.stores.base import AuditDraft, Head, HeadChange, Owner, Parcel
from bot.transcript import Line
from bot.turns.journal import Along
from routing.request import Redacted

DESK = "desk"
CARD, LINE, CLOSE = "card", "line", "close"
CLAIMER, CHANNEL, ON_CALL = "claimer", "channel", "on_call"
"""Whom a line calls: see `ThreadLine.calls`."""
CONTACT = fixed("How to reach the customer: ")


def escalated(head: Head, reason: Reason, at: datetime) -> Along:
    """Return what an escalation writes: state, card for the desk, audit entry."""
    fields = {
        "conversation": head.conversation,
        "episode": head.episode,
        "reason": reason.value,
        "cause": CAUSE[reason],
    }
    return Along(
        events=(Escalation("requested", reason.value),),
        change=HeadChange(owner=Owner.QUEUE, human="", reason=reason.value, waiting_since=at),
        audit=(AuditDraft(head.tenant, "handoff.requested", canonical(fields)),),
        outbox=(parcel_of(head, CARD, at),),
    )


def made_urgent(head: Head, reason: Reason, at: datetime) -> Along:
    """Return what a grave matter writes while the conversation already waits: a new card."""
    fields = {"conversation": head.conversation, "episode": head.episode, "reason": reason.value}
    card = replace(
        parcel_of(head, CARD, at), id=f"{head.conversation}:{head.episode}:{reason.value}"
    )
    return Along(
        change=HeadChange(reason=reason.value),
        audit=(AuditDraft(head.tenant, "handoff.urgent", canonical(fields)),),
        outbox=(card,),
    )


def system_says(message_id: str, text: Redacted) -> tuple[Body, ...]:
    """Return the events of a fixed text, as a message from the system."""
    return spoken(message_id, Author.SYSTEM, text)


def spoken(message_id: str, author: Author, text: Redacted) -> tuple[Body, ...]:
    """Return the events of a message that is there all at once."""
    return (
        MessageStarted(message_id, author),
        MessageDelta(message_id, 0, text),
        MessageEnded(message_id, text, "done", author),
    )


def updated_card(head: Head, at: datetime) -> Parcel:
    """Return what brings the card up to date after the floor has changed hands."""
    card = parcel_of(head, CARD, at)
    return replace(card, id=f"{card.id}:{head.epoch + 1}")


def parcel_of(head: Head, kind: str, at: datetime, outcome: str = "") -> Parcel:
    """Return a card, or with an outcome its end."""
    body = canonical({"episode": head.episode, "outcome": outcome})
    return Parcel(
        f"{head.conversation}:{head.episode}:{kind}", head.conversation, DESK, kind, body, at
    )


def call_of(head: Head, name: str, calls: str, text: Redacted, at: datetime) -> Parcel:
    """Return a line that calls humans, as long as the floor is as it is now.

    Args:
        head: the conversation.
        name: of the call, the same for every try.
        calls: whom it calls; empty for a line that calls nobody.
        text: what they are told.
        at: when it is due.
    """
    fields = {
        "author": Author.SYSTEM.value,
        "text": text,
        "calls": calls,
        "episode": head.episode,
        "epoch": head.epoch,
        "answered_seq": head.answered_seq,
    }
    parcel_id = f"{head.conversation}:{head.episode}:{name}:line"
    return Parcel(parcel_id, head.conversation, DESK, LINE, canonical(fields), at)


def said_line(head: Head, said: MessageAccepted, at: datetime) -> tuple[Parcel, ...]:
    """Return what shows a customer's message to the humans, once they have the conversation."""
    author, files = Author.CUSTOMER, said.attachments
    line = Line(0, head.episode, author, said.text, said.message_id, files)
    return _customers(head, said.message_id, line.text, at, tuple(one.file_id for one in files))


def answer_line(head: Head, message_id: str, text: Redacted, at: datetime) -> tuple[Parcel, ...]:
    """Return what shows the humans how the bot has answered somebody who waits for them."""
    if head.owner is not Owner.QUEUE or not text:
        return ()
    return (_line(head, message_id, {"author": Author.BOT.value, "text": text}, at),)


def reply_line(
    head: Head, message_id: str, text: Redacted, human: Human, at: datetime
) -> tuple[Parcel, ...]:
    """Return what shows the humans a reply that one of them did not write under the card."""
    if not text:
        return ()
    fields = {"author": Author.HUMAN.value, "text": text, "by": human.id}
    return (_line(head, message_id, fields, at),)


def contact_line(head: Head, text: Redacted, at: datetime) -> tuple[Parcel, ...]:
    """Return what shows the humans how the customer can be reached; placeholders only."""
    return _customers(head, f"contact-{head.head_seq}", joined((CONTACT, text)), at, ())


def _customers(
    head: Head, name: str, text: Redacted, at: datetime, files: tuple[str, ...]
) -> tuple[Parcel, ...]:
    if head.owner is Owner.BOT:
        return ()
    return (_line(head, name, {"author": Author.CUSTOMER.value, "text": text, "files": files}, at),)


def _line(head: Head, name: str, fields: Mapping[str, object], at: datetime) -> Parcel:
    parcel_id = f"{head.conversation}:{name}:line"
    return Parcel(parcel_id, head.conversation, DESK, LINE, canonical(fields), at)
