"""A write turned into rows as far as its caller can: what depends on the head comes later. Pure.

Done before the write is queued, so that the writer's thread has little to do while others wait, and
so that a value which cannot be stored is refused to its own caller.
"""

from typing import NamedTuple

from bot.errors import StoreFailed
from bot.stores import rows
from bot.stores.audit_chain import tail_of
from bot.stores.base import AuditDraft, Write
from bot.stores.codec import encode
from bot.stores.instants import micros
from bot.stores.projection import check_belongs

BAD_VALUES = (TypeError, ValueError, ArithmeticError, AttributeError, LookupError)
"""What values of a wrong type or size raise on their way to the disk."""


class Prepared(NamedTuple):
    """A write and its rows, without seqs, places and the conversation's number.

    A named tuple, like everything that is made for each write and never leaves this folder: a
    frozen dataclass takes three times as long to make.
    """

    write: Write
    at: int
    bodies: list[str]
    """JSON of each event's body."""
    records: list[rows.Row]
    outbox: list[rows.Row]
    audit: list[tuple[AuditDraft, str]]
    """Each entry, and the end of what its hash is over."""


def prepare(write: Write) -> Prepared:
    """Return a write ready for the writer.

    Raises:
        StoreFailed: it holds a value that cannot be stored, such as an instant without a zone, or a
            row of another conversation.
    """
    check_belongs(write)
    try:
        at = micros(write.at)
        return Prepared(
            write,
            at,
            [encode(draft.body) for draft in write.events],
            [rows.record_row(record) for record in write.records],
            [rows.parcel_row(parcel) for parcel in write.outbox],
            [(draft, tail_of(at, draft.tenant, draft.action, draft.json)) for draft in write.audit],
        )
    except BAD_VALUES as error:
        raise unstorable(error) from None


def unstorable(error: BaseException) -> StoreFailed:
    """Return the refusal of a wrong value; it names the class only, since values may hold text."""
    return StoreFailed(f"a write holds a value that cannot be stored: {type(error).__name__}")
