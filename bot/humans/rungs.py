"""What each rung of a ladder writes: one transaction, under the floor it was decided for."""

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from bot.canonical import canonical
from bot.fixed.waits import Wait, wait_text
from bot.humans.escalation import Reason
from bot.humans.handoff_words import absence, contact_form, filled
from bot.humans.hours import Calendar, is_open
from bot.humans.ladder import GO_ON, LEAVE_CONTACT, WAIT, Claimed, Rung
from bot.humans.parcels import (
    CHANNEL,
    CLAIMER,
    CLOSE,
    ON_CALL,
    call_of,
    parcel_of,
    system_says,
    updated_card,
)
from bot.humans.terms import Sla
from bot.log import Choice, ChoicesOffered, Escalation
from bot.privacy.redact import joined, published
from bot.stores.base import AuditDraft, Draft, Head, HeadChange, Owner, Parcel, Write
from bot.turns.journal import Along
from routing.request import Redacted

UNASKED = frozenset({"", Reason.TAKEOVER.value})
"""Reasons of a conversation that a human has, for which no customer waited before."""


@dataclass(frozen=True, slots=True)
class Step:
    """A rung whose time has come, for one conversation."""

    rung: Rung
    head: Head
    now: datetime
    claimed: Claimed | None = None
    """How it stands with the human; None while nobody has claimed it."""

    @property
    def name(self) -> str:
        """What is the same for every try, in any process, and different for every other step."""
        mark = f":{self.claimed.mark}" if self.claimed is not None else ""
        return f"sla:{self.head.episode}:{self.head.epoch}:{self.rung.value}{mark}"

    @property
    def message_id(self) -> str:
        """Of what the customer is told."""
        return self.name.replace(":", "-")


@dataclass(frozen=True, slots=True)
class TicketTold:
    """What may be said of a ticket."""

    ticket: str = ""
    """Its id; empty when none was opened."""
    is_known: bool = False
    """The customer was told of it before."""


NO_TICKET = TicketTold()


def write_for(step: Step, sla: Sla, calendar: Calendar, ticket: TicketTold = NO_TICKET) -> Write:
    """Return the one transaction of a step; a repeat of it writes nothing."""
    along = _along(step, sla, calendar, ticket)
    head = step.head
    fields = {
        "conversation": head.conversation,
        "episode": head.episode,
        "epoch": head.epoch,
        "human": head.human,
        "ticket": ticket.ticket,
    }
    return Write(
        head.conversation,
        step.now,
        events=tuple(Draft(body, "timer") for body in along.events),
        change=along.change,
        epoch=head.epoch,
        key=step.name,
        audit=(AuditDraft(head.tenant, f"sla.{step.rung.value}", canonical(fields)),),
        outbox=along.outbox,
    )


def _along(step: Step, sla: Sla, calendar: Calendar, ticket: TicketTold) -> Along:
    match step.rung:
        case Rung.PING:
            waited = minutes(sla.ping_s)
            text = f"Nobody has claimed this yet: the customer has waited for {waited}."
            return _call(step, CHANNEL, text)
        case Rung.ESCALATE:
            text = f"Still nobody: the customer has waited for {minutes(sla.escalate_s)}."
            return _call(step, ON_CALL, text)
        case Rung.NUDGE:
            text = (
                f"The customer has waited for your answer for {minutes(sla.nudge_s)}. After "
                f"{minutes(sla.requeue_s)} this goes back to the queue."
            )
            return _call(step, CLAIMER, text)
        case Rung.TELL:
            return _tell(step)
        case Rung.TICKET:
            sentences = (wait_text(Wait.TOO_LONG, step.head.locale), *_number(step, ticket))
            said = system_says(step.message_id, joined(sentences, " "))
            return Along(events=said, outbox=_ticket_line(step, ticket))
        case Rung.CLOSED:
            return _closed(step, calendar, ticket)
        case Rung.REQUEUE:
            return _requeue(step)
        case Rung.RETURN:
            return _return(step)
        case _:
            assert_never(step.rung)


def _call(step: Step, calls: str, text: str) -> Along:
    line = call_of(step.head, step.name, calls, published(text), step.now)
    return Along(outbox=(line,))


def _tell(step: Step) -> Along:
    locale = step.head.locale
    choices = (
        Choice(WAIT, wait_text(Wait.CHOICE_WAIT, locale)),
        Choice(LEAVE_CONTACT, wait_text(Wait.CHOICE_CONTACT, locale)),
        Choice(GO_ON, wait_text(Wait.CHOICE_GO_ON, locale)),
    )
    text = wait_text(Wait.STILL_WAITING, locale)
    return Along(events=(*system_says(step.message_id, text), ChoicesOffered(choices)))


def _closed(step: Step, calendar: Calendar, ticket: TicketTold) -> Along:
    """Who came when nobody was there has been told so, and has the form."""
    locale, since = step.head.locale, step.head.waiting_since or step.now
    is_news = is_open(calendar.hours, calendar.holidays, since)
    absent = absence(locale, calendar, step.now) if is_news else ()
    sentences = (*absent, *_number(step, ticket))
    line = _ticket_line(step, ticket)
    if not sentences:
        return Along(outbox=line)
    said = system_says(step.message_id, joined(sentences, " "))
    return Along(events=(*said, *(contact_form(locale) if is_news else ())), outbox=line)


def _ticket_line(step: Step, ticket: TicketTold) -> tuple[Parcel, ...]:
    """Return what tells the humans of a ticket that the customer hears of now; calls nobody."""
    if not ticket.ticket or ticket.is_known:
        return ()
    text = published(f"Nobody came, so there is a ticket now: {ticket.ticket}.")
    return (call_of(step.head, step.name, "", text, step.now),)


def _number(step: Step, ticket: TicketTold) -> tuple[Redacted, ...]:
    """Return the sentence with the ticket's number, unless the customer knows it."""
    if not ticket.ticket or ticket.is_known:
        return ()
    text = wait_text(Wait.TICKET, step.head.locale)
    return (filled(text, "{ticket}", ticket.ticket),)


def _requeue(step: Step) -> Along:
    """The customer's messages count as answered by what he is told: a human was asked, not a bot.

    What is called for is the new ladder's to call.
    """
    head = step.head
    reason = Reason.NO_REPLY.value if head.reason in UNASKED else head.reason
    text = wait_text(Wait.REQUEUED, head.locale)
    line = f"Back in the queue: no answer for {minutes_between(step)}."
    return Along(
        events=(
            Escalation("left", name=_name(step)),
            Escalation("requested", reason),
            *system_says(step.message_id, text),
        ),
        change=HeadChange(
            owner=Owner.QUEUE,
            human="",
            reason=reason,
            waiting_since=step.now,
            answered_seq=head.asked_seq,
        ),
        outbox=(
            updated_card(head, step.now),
            call_of(head, step.name, "", published(line), step.now),
        ),
    )


def _return(step: Step) -> Along:
    head = step.head
    text = wait_text(Wait.QUIET, head.locale)
    return Along(
        events=(
            Escalation("left", name=_name(step)),
            *system_says(step.message_id, text),
        ),
        change=HeadChange(owner=Owner.BOT, human="", reason=""),
        outbox=(parcel_of(head, CLOSE, step.now, "quiet"),),
    )


def _name(step: Step) -> str:
    return step.claimed.name if step.claimed is not None else ""


def minutes_between(step: Step) -> str:
    """Return how long the customer has waited for the human, in words."""
    since = step.claimed.unanswered_since if step.claimed is not None else None
    return minutes((step.now - (since or step.now)).total_seconds())


def minutes(seconds: float) -> str:
    """Return a duration in words, such as `3 min` or `45 s`."""
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"
