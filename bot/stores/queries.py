"""Answers to the typed queries, from a connection to the SQLite file."""

import sqlite3
from typing import TypeVar, cast

from bot.errors import StoreFailed
from bot.log import Event
from bot.stores import rows
from bot.stores.base import (
    AuditAfter,
    AuditEnds,
    AuditEntry,
    EventsAfter,
    EventsOfType,
    Head,
    HeadOf,
    HeadsOwnedBy,
    Owner,
    ParcelsDue,
    ParcelState,
    Query,
    Record,
    RecordsOf,
    Unanswered,
    VaultOf,
)
from bot.stores.instants import micros

T = TypeVar("T")

_HEADS = f"SELECT {rows.HEAD_COLUMNS} FROM conversations"
_EVENTS = (
    f"SELECT {rows.EVENT_COLUMNS} FROM events "
    "WHERE conversation = (SELECT n FROM conversations WHERE id = ?)"
)
_SEALED = (
    f"SELECT {rows.SEALED_COLUMNS} FROM vault "
    "WHERE conversation = (SELECT n FROM conversations WHERE id = ?) ORDER BY n"
)
_RECORDS = (
    "SELECT c.id, r.kind, r.id, r.at, r.json FROM records AS r {index} "
    "JOIN conversations AS c ON c.n = r.conversation WHERE {which} "
    "ORDER BY r.at DESC, r.n DESC LIMIT ?"
)
_OF_KIND = _RECORDS.format(index="INDEXED BY records_by_time", which="r.kind = ?")
# Reads every entry of the index, and of the table only the rows that are meant.
_OF_ID = _RECORDS.format(
    index="",
    which="r.n IN "
    "(SELECT n FROM records INDEXED BY records_by_conversation WHERE kind = ? AND id = ?)",
)
_OF_CONVERSATION = _RECORDS.format(
    index="INDEXED BY records_by_conversation",
    which="r.kind = ?1 AND r.conversation = (SELECT n FROM conversations WHERE id = ?2) "
    "AND r.id = coalesce(?3, r.id)",
)
_PARCELS = (
    "SELECT c.id, o.id, o.destination, o.kind, o.json, o.due_at, o.state, o.tries "
    "FROM outbox AS o JOIN conversations AS c ON c.n = o.conversation "
    f"WHERE o.state = '{ParcelState.PENDING.value}' AND o.due_at <= ? "
    "ORDER BY o.due_at, o.id LIMIT ?"
)
_AUDITED = f"SELECT {rows.AUDIT_COLUMNS} FROM audit WHERE n = ?"
# Each of the two is found from its own end: an entry costs only if it lies outside of the time.
_ENDS = "SELECT {which}(n) FROM audit WHERE at >= coalesce(?1, at) AND at < coalesce(?2, at + 1)"
_AUDIT = f"SELECT {rows.AUDIT_COLUMNS} FROM audit WHERE n > ? ORDER BY n LIMIT ?"


def answer(connection: sqlite3.Connection, query: Query[T]) -> tuple[T, ...]:
    """Return the answer to a query.

    Raises:
        StoreFailed: this kind of query is unknown, or what is stored is unreadable.
        sqlite3.Error: the file could not be read.
    """
    return cast("tuple[T, ...]", _found(connection, query))


def _found(connection: sqlite3.Connection, query: Query[T]) -> tuple[object, ...]:
    """Return the answer; the match pairs each query with its type of answer."""
    ask = connection.execute
    match query:
        case HeadOf(conversation):
            found = ask(f"{_HEADS} WHERE id = ?", (conversation,))
            return tuple(map(rows.head_of, found))
        case HeadsOwnedBy():
            return _owned(connection, query)
        case Unanswered(limit):
            sql = f"{_HEADS} WHERE asked_seq > answered_seq AND owner <> 'human' ORDER BY id"
            return tuple(map(rows.head_of, ask(f"{sql} LIMIT ?", (limit,))))
        case EventsAfter(conversation, seq, limit):
            sql = f"{_EVENTS} AND seq > ? ORDER BY seq LIMIT ?"
            found = ask(sql, (conversation, seq, limit))
            return tuple(rows.event_of(conversation, row) for row in found)
        case EventsOfType():
            return _of_type(connection, query)
        case VaultOf(conversation):
            found = ask(_SEALED, (conversation,))
            return tuple(rows.sealed_of(conversation, row) for row in found)
        case RecordsOf():
            return _records(connection, query)
        case ParcelsDue(now, limit):
            return tuple(map(rows.parcel_of, ask(_PARCELS, (micros(now), limit))))
        case AuditAfter(n, limit):
            return tuple(map(rows.audit_of, ask(_AUDIT, (n, limit))))
        case AuditEnds():
            return _ends(connection, query)
        case _:
            raise StoreFailed(f"query {type(query).__name__!r} is unknown to this store")


def _ends(connection: sqlite3.Connection, query: AuditEnds) -> tuple[AuditEntry, ...]:
    bounds = [None if at is None else micros(at) for at in (query.since, query.until)]
    numbers = [connection.execute(_ENDS.format(which=w), bounds).fetchone() for w in ("min", "max")]
    found = [connection.execute(_AUDITED, number).fetchone() for number in numbers]
    return tuple(rows.audit_of(row) for row in found if row is not None)


def _owned(connection: sqlite3.Connection, query: HeadsOwnedBy) -> tuple[Head, ...]:
    """Return open conversations of an owner; the words let the planner use the partial index."""
    narrow = "" if query.owner is Owner.BOT else " AND owner <> 'bot'"
    bounds = [(">=", query.since), ("<=", query.until)]
    asked = [(sign, micros(at)) for sign, at in bounds if at is not None]
    between = "".join(f" AND waiting_since {sign} ?" for sign, _ in asked)
    found = connection.execute(
        f"{_HEADS} WHERE owner = ? AND is_open = 1{narrow}{between} "
        "ORDER BY waiting_since IS NULL, waiting_since, id LIMIT ?",
        (query.owner.value, *(at for _, at in asked), query.limit),
    )
    return tuple(map(rows.head_of, found))


def _of_type(connection: sqlite3.Connection, query: EventsOfType) -> tuple[Event, ...]:
    marks = ", ".join("?" * len(query.types))
    found = connection.execute(
        f"{_EVENTS} AND type IN ({marks}) ORDER BY seq DESC LIMIT ?",
        (query.conversation, *query.types, query.limit),
    ).fetchall()
    return tuple(rows.event_of(query.conversation, row) for row in reversed(found))


def _records(connection: sqlite3.Connection, query: RecordsOf) -> tuple[Record, ...]:
    kind, limit = query.kind, query.limit
    if query.conversation is not None:
        found = connection.execute(_OF_CONVERSATION, (kind, query.conversation, query.id, limit))
    elif query.id is not None:
        found = connection.execute(_OF_ID, (kind, query.id, limit))
    else:
        found = connection.execute(_OF_KIND, (kind, limit))
    return tuple(map(rows.record_of, found))
