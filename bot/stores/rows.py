"""Our values as rows of SQLite, and back. Pure."""

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from bot.log import Event
from bot.stores.base import AuditEntry, Head, Owner, Parcel, ParcelState, Record, Sealed
from bot.stores.codec import decode
from bot.stores.instants import instant, micros
from channels.base import ConversationId
from routing.request import TenantId

Row = tuple[Any, ...]

FIXED_COLUMNS = "id, tenant, channel"
RARE_COLUMNS = "customer, locale, owner, human, epoch, episode, is_open, reason, waiting_since"
"""What moves in a conversation a few times at most."""
COUNT_COLUMNS = "head_seq, fence, turn, asked_seq, answered_seq"
"""What moves with every turn."""
HEAD_COLUMNS = f"{FIXED_COLUMNS}, {RARE_COLUMNS}, {COUNT_COLUMNS}"
EVENT_COLUMNS = "seq, at, type, cause, epoch, episode, trace_id, body"
SEALED_COLUMNS = "placeholder, kind, digest, ciphertext"
RECORD_COLUMNS = "kind, id, at, json"
PARCEL_COLUMNS = "id, destination, kind, json, due_at, state, tries"
AUDIT_COLUMNS = "at, tenant, action, json, n, previous, hash"


rare_of: Callable[[Head], Row] = attrgetter(*RARE_COLUMNS.split(", "))
"""The fields of a head behind `RARE_COLUMNS`, to see whether they moved."""
count_row: Callable[[Head], Row] = attrgetter(*COUNT_COLUMNS.split(", "))
"""A head in the order of `COUNT_COLUMNS`."""


def rare_row(head: Head) -> Row:
    """Return a head in the order of `RARE_COLUMNS`."""
    waiting = head.waiting_since
    return (
        head.customer,
        head.locale,
        head.owner.value,
        head.human,
        head.epoch,
        head.episode,
        head.is_open,
        head.reason,
        None if waiting is None else micros(waiting),
    )


def head_row(head: Head) -> Row:
    """Return a head in the order of `HEAD_COLUMNS`."""
    fixed = (head.conversation, head.tenant, head.channel)
    return (*fixed, *rare_row(head), *count_row(head))


def head_of(row: Row) -> Head:
    """Return the head in a row."""
    waiting = row[11]
    return Head(
        conversation=ConversationId(row[0]),
        tenant=TenantId(row[1]),
        channel=row[2],
        customer=row[3],
        locale=row[4],
        owner=Owner(row[5]),
        human=row[6],
        epoch=row[7],
        episode=row[8],
        is_open=bool(row[9]),
        reason=row[10],
        waiting_since=None if waiting is None else instant(waiting),
        head_seq=row[12],
        fence=row[13],
        turn=row[14],
        asked_seq=row[15],
        answered_seq=row[16],
    )


def event_row(number: int, at: int, event: Event, body: str) -> Row:
    """Return an event in the order of `EVENT_COLUMNS`, after its conversation's number.

    `at` and `body` are the event's instant and body as they are stored.
    """
    return (
        number,
        event.seq,
        at,
        event.body.TYPE,
        event.cause,
        event.epoch,
        event.episode,
        event.trace_id,
        body,
    )


def event_of(conversation: ConversationId, row: Row) -> Event:
    """Return the event in a row."""
    seq, at, type_, cause, epoch, episode, trace_id, body = row
    return Event(
        conversation=conversation,
        seq=seq,
        at=instant(at),
        cause=cause,
        epoch=epoch,
        episode=episode,
        trace_id=trace_id,
        body=decode(type_, body),
    )


def sealed_row(sealed: Sealed) -> Row:
    """Return a vault value in the order of `SEALED_COLUMNS`."""
    return (sealed.placeholder, sealed.kind, sealed.digest, sealed.ciphertext)


def sealed_of(conversation: ConversationId, row: Row) -> Sealed:
    """Return the vault value in a row."""
    return Sealed(conversation, *row)


def record_row(record: Record) -> Row:
    """Return a record in the order of `RECORD_COLUMNS`."""
    return (record.kind, record.id, micros(record.at), record.json)


def record_of(row: Row) -> Record:
    """Return the record in a row, which begins with the id of its conversation."""
    conversation, kind, id_, at, json = row
    return Record(kind, id_, ConversationId(conversation), instant(at), json)


def parcel_row(parcel: Parcel) -> Row:
    """Return an outbox row in the order of `PARCEL_COLUMNS`."""
    return (
        parcel.id,
        parcel.destination,
        parcel.kind,
        parcel.json,
        micros(parcel.due_at),
        parcel.state.value,
        parcel.tries,
    )


def parcel_of(row: Row) -> Parcel:
    """Return the parcel in an outbox row, which begins with the id of its conversation."""
    conversation, id_, destination, kind, json, due_at, state, tries = row
    return Parcel(
        id=id_,
        conversation=ConversationId(conversation),
        destination=destination,
        kind=kind,
        json=json,
        due_at=instant(due_at),
        state=ParcelState(state),
        tries=tries,
    )


def audit_of(row: Row) -> AuditEntry:
    """Return the audit entry in a row."""
    at, tenant, action, json, n, previous, hash_ = row
    return AuditEntry(n, instant(at), TenantId(tenant), action, json, previous, hash_)
