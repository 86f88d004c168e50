"""The chain of audit entries: each holds the hash of the one before. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring_ascii as quoted

from bot.stores.base import AuditDraft, AuditEntry
from bot.stores.instants import iso, micros

Link = tuple[int, int, str, str, str, str, str]
"""An entry as it is stored: n, instant in microseconds since 1970, tenant, action, json, hash of
the entry before, hash. In a file that was tampered with any of them may be anything."""
NOTHING = "0" * 64
"""What the first entry names as the hash before it."""


@dataclass(frozen=True, slots=True)
class Tip:
    """The last entry of a chain."""

    n: int = 0
    hash: str = NOTHING


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold."""

    n: int
    """The number that was expected there."""
    what: str


def hash_of(entry: AuditEntry) -> str:
    """Return the hash that an entry must carry, hex.

    SHA-256 over the JSON array `[previous, n, at, tenant, action, json]`, written without spaces
    and with every character above U+007E escaped; `at` is ISO 8601 in UTC with six digits of
    seconds. An array, since joined fields could be cut elsewhere and hash the same.
    """
    tail = tail_of(micros(entry.at), entry.tenant, entry.action, entry.json)
    return hash_after(entry.previous, entry.n, tail)


def link(tip: Tip, at: datetime, draft: AuditDraft) -> AuditEntry:
    """Return the entry that follows the tip."""
    tail = tail_of(micros(at), draft.tenant, draft.action, draft.json)
    return AuditEntry(
        n=tip.n + 1,
        at=at,
        tenant=draft.tenant,
        action=draft.action,
        json=draft.json,
        previous=tip.hash,
        hash=hash_after(tip.hash, tip.n + 1, tail),
    )


def tip_of(entry: AuditEntry) -> Tip:
    """Return an entry as the end of its chain."""
    return Tip(entry.n, entry.hash)


def first_break(entries: Iterable[AuditEntry], tip: Tip | None = None) -> Break | None:
    """Return where the chain is broken, or None when it holds.

    Finds an entry that was changed, removed, added or moved. It cannot see that the end was cut
    off: compare the last hash with one kept elsewhere.

    Args:
        entries: in order of `n`.
        tip: the entry before the first of them; None for the beginning of the chain.
    """
    last = tip or Tip()
    for entry in entries:
        if entry.n != last.n + 1:
            return Break(last.n + 1, f"entry {last.n + 1} is missing, {entry.n} follows")
        if entry.previous != last.hash:
            return Break(entry.n, f"entry {entry.n} does not name the hash of the one before")
        if entry.hash != hash_of(entry):
            return Break(entry.n, f"entry {entry.n} was changed: its hash does not fit it")
        last = tip_of(entry)
    return None


def tail_of(at: int, tenant: str, action: str, json: str) -> str:
    """Return the end of what an entry's hash is over: all that is known before its place is.

    Written by hand, letter for letter as `json.dumps` would: it is on the path of every turn.

    Args:
        at: the entry's instant, in microseconds since 1970.
        tenant: of the entry.
        action: of the entry.
        json: of the entry.
    """
    return f'"{iso(at)}",{quoted(tenant)},{quoted(action)},{quoted(json)}]'


def hash_after(previous: str, n: int, tail: str) -> str:
    """Return the hash of entry `n`, hex; `previous` is the hash of the entry before it."""
    return sha256(f"[{quoted(previous)},{n},{tail}".encode("ascii")).hexdigest()


def link_hash(n: int, at: int, tenant: str, action: str, json: str, previous: str) -> str:  # noqa: PLR0913 - an entry's fields; a check of the chain calls it a million times
    """Return the hash of an entry given in its fields as they are stored: the same in one step."""
    head = f"[{quoted(previous)},{n},"
    rest = f'"{iso(at)}",{quoted(tenant)},{quoted(action)},{quoted(json)}]'
    return sha256((head + rest).encode("ascii")).hexdigest()
