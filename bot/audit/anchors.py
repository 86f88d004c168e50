"""Anchors: how long the audit chain was on a day, and its last hash, signed. Pure.

Signed with Ed25519, not by an HMAC: whoever holds the public key can check an anchor, and still
cannot make one. So an auditor needs no secret of the installation. The private key is derived from
that secret by HKDF-SHA-256. Source: RFC 8032, RFC 5869.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.audit.findings import Finding, Wrong
from bot.stores.base import AuditEntry

ANCHOR = b"copilot audit anchor 1\n"
"""Begins what is signed, so that no signature of another thing can pass for one of an anchor."""
_KEY = b"copilot/audit/sign"


class NoAnchor(ValueError):
    """A line is no anchor; the message says why."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """How far the chain reached, as the holder of a key has signed it."""

    day: date
    """Of the entry, in UTC."""
    n: int
    """Number of the last entry then."""
    hash: str
    count: int
    """Entries since the anchor before, or since the beginning."""
    made_at: datetime
    key: str
    """The public key, hex: 32 bytes."""
    signature: str = ""
    """Over everything above, hex."""


class Signer:
    """Signs for one installation."""

    def __init__(self, secret: bytes) -> None:
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_KEY).derive(secret)
        self._private = Ed25519PrivateKey.from_private_bytes(derived)
        self.key = self._private.public_key().public_bytes_raw().hex()
        """The public key, hex."""

    def sign(self, message: bytes) -> str:
        """Return the signature of a message, hex."""
        return self._private.sign(message).hex()

    def anchor(self, entry: AuditEntry, before: int, now: datetime) -> Anchor:
        """Return a signed anchor at an entry; `before` is the number of the anchor before it."""
        day = entry.at.astimezone(UTC).date()
        plain = Anchor(day, entry.n, entry.hash, entry.n - before, now, self.key)
        return replace(plain, signature=self.sign(_signed(plain)))


def is_signed(key: str, message: bytes, signature: str) -> bool:
    """Return whether a signature is of this message and key; False for what is neither."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
        public.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def written(anchor: Anchor) -> str:
    """Return an anchor as a line of JSON, without its end."""
    return _json(_fields(anchor))


def read_anchor(line: str) -> Anchor:
    """Return the anchor in a line.

    Raises:
        NoAnchor: it is none.
    """
    try:
        given = json.loads(line)
        anchor = Anchor(
            day=date.fromisoformat(given["day"]),
            n=given["n"],
            hash=given["hash"],
            count=given["count"],
            made_at=datetime.fromisoformat(given["made_at"]),
            key=given["key"],
            signature=given["signature"],
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NoAnchor(f"expected an anchor as JSON ({type(error).__name__})") from None
    numbers = (anchor.n, anchor.count)
    texts = (anchor.hash, anchor.key, anchor.signature)
    if not all(type(one) is int for one in numbers) or not all(type(one) is str for one in texts):
        raise NoAnchor("expected an anchor as JSON, with numbers and texts in their places")
    return anchor


def read_anchors(lines: Iterable[str], where: str) -> tuple[tuple[Anchor, ...], list[Finding]]:
    """Return the anchors of a file, one a line, and what is wrong with the other lines."""
    anchors: list[Anchor] = []
    found: list[Finding] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            anchors.append(read_anchor(line))
        except NoAnchor as error:
            told = f"line {number} of {where} is no anchor: {error}"
            found.append(Finding(0, Wrong.ANCHOR, told))
    return tuple(anchors), found


def wrong_anchors(anchors: Sequence[Anchor], keys: Mapping[str, str]) -> list[Finding]:
    """Return which anchors are not signed as they must be.

    Args:
        anchors: from any file.
        keys: public keys that may sign, and whose each is; empty: any key may.
    """
    found = []
    for anchor in anchors:
        name = f"the anchor of {anchor.day} at entry {anchor.n}"
        if not is_signed(anchor.key, _signed(anchor), anchor.signature):
            told = f"{name} was changed: its signature does not fit"
            found.append(Finding(anchor.n, Wrong.ANCHOR, told))
        elif keys and anchor.key not in keys:
            told = f"{name} is signed with a strange key, {anchor.key}: if it is yours, give --key"
            found.append(Finding(anchor.n, Wrong.ANCHOR, told))
    return found


def gaps(anchors: Sequence[Anchor]) -> list[Finding]:
    """Return where anchors of an installation's own file are gone; in the order of the file."""
    found, before = [], 0
    for anchor in anchors:
        if anchor.n - anchor.count != before:
            told = (
                f"an anchor before that of {anchor.day} at entry {anchor.n} is gone: it follows "
                f"one at entry {anchor.n - anchor.count}, and the last is at entry {before}"
            )
            found.append(Finding(anchor.n, Wrong.ANCHOR, told))
        before = anchor.n
    return found


def _signed(anchor: Anchor) -> bytes:
    """Return what the signature of an anchor is over."""
    fields = {name: value for name, value in _fields(anchor).items() if name != "signature"}
    return ANCHOR + _json(fields).encode("ascii")


def _fields(anchor: Anchor) -> dict[str, object]:
    at = anchor.made_at.astimezone(UTC).isoformat()
    return {**asdict(anchor), "day": anchor.day.isoformat(), "made_at": at}


def _json(fields: Mapping[str, object]) -> str:
    """Return JSON that is the same for the same fields: sorted, no spaces, ASCII."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))
