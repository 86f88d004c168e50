"""Where original values are: one conversation's placeholders, sealed for the store.

A value is encrypted with AES-256-GCM under a key derived by HKDF-SHA-256, bound to its tenant,
conversation and placeholder: a row moved elsewhere does not open. The same value is recognised by
HMAC-SHA-256. Source: NIST SP 800-38D, RFC 5869, RFC 2104.
"""

import hashlib
import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import BotRefused, SettingsRefused
from bot.privacy.detect.spoken import digits_of
from bot.privacy.kinds import Kind
from bot.stores.base import Sealed
from channels.base import ConversationId
from routing.request import TenantId

_SHORTEST_SECRET_BYTES = 16
_NONCE_BYTES = 12
_NUMBERED = re.compile(r"\[([A-Z_]+)_(\d+)\]")
_DIGIT_KINDS = frozenset({Kind.PHONE, Kind.CREDIT_CARD, Kind.SSN, Kind.NUMBER})
_CODE_KINDS = frozenset({Kind.IBAN, Kind.ACCOUNT, Kind.ID})


class VaultTampered(BotRefused):
    """A sealed row does not open: it was changed, moved, or sealed under another key."""


class VaultKey:
    """The keys of the vault, derived from one secret."""

    def __init__(self, secret: bytes) -> None:
        """Derive the keys.

        Raises:
            SettingsRefused: the secret has fewer than 16 bytes.
        """
        if len(secret) < _SHORTEST_SECRET_BYTES:
            raise SettingsRefused(
                f"the secret key has {len(secret)} bytes, expected at least "
                f"{_SHORTEST_SECRET_BYTES}; set COPILOT_SECRET_KEY"
            )
        self._cipher = AESGCM(_derived(secret, b"copilot/vault/seal"))
        self._digest_key = _derived(secret, b"copilot/vault/digest")

    def digest(self, tenant: TenantId, kind: Kind, value: str) -> bytes:
        """Return the keyed hash of a value: equal for spellings of the same value, 32 bytes."""
        body = "\0".join((tenant, kind.value, same_form(kind, value)))
        return hmac.digest(self._digest_key, body.encode(), hashlib.sha256)

    def salt(self, tenant: TenantId) -> bytes:
        """Return the tenant's own key for hashed values, 32 bytes."""
        return hmac.digest(self._digest_key, b"salt\0" + tenant.encode(), hashlib.sha256)

    def seal(
        self, tenant: TenantId, conversation: ConversationId, placeholder: str, value: str
    ) -> bytes:
        """Return a value encrypted for this one place: nonce, ciphertext, tag."""
        return self.seal_bytes(tenant, conversation, placeholder, value.encode())

    def seal_bytes(
        self, tenant: TenantId, conversation: ConversationId, place: str, content: bytes
    ) -> bytes:
        """Return bytes encrypted for this one place: nonce, ciphertext, tag.

        `place` is a placeholder, or what names a file; no placeholder looks like one.
        """
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, _place(tenant, conversation, place))

    def open(
        self, tenant: TenantId, conversation: ConversationId, placeholder: str, sealed: bytes
    ) -> str:
        """Return the value sealed for this place.

        Raises:
            VaultTampered: it was changed, or sealed for another place or under another key.
        """
        try:
            return self.open_bytes(tenant, conversation, placeholder, sealed).decode()
        except UnicodeDecodeError:
            raise VaultTampered(f"the vault row {placeholder!r} does not open") from None

    def open_bytes(
        self, tenant: TenantId, conversation: ConversationId, place: str, sealed: bytes
    ) -> bytes:
        """Return the bytes sealed for this place.

        Raises:
            VaultTampered: they were changed, or sealed for another place or under another key.
        """
        nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, body, _place(tenant, conversation, place))
        except (InvalidTag, ValueError):
            raise VaultTampered(f"the vault row {place!r} does not open") from None


class Vault:
    """One conversation's placeholders, in memory; the store keeps what `take_new` returns."""

    def __init__(
        self,
        key: VaultKey,
        tenant: TenantId,
        conversation: ConversationId,
        sealed: Iterable[Sealed] = (),
    ) -> None:
        self._key = key
        self.tenant = tenant
        self.conversation = conversation
        self._by_digest: dict[tuple[str, bytes], str] = {}
        self._rows: dict[str, Sealed] = {}
        self._values: dict[str, str] = {}
        self._last: dict[str, int] = {}
        self._new: list[Sealed] = []
        self._names: frozenset[str] = frozenset()
        self._unread_names: list[str] = []
        for row in sealed:
            self._learn(row)

    def placeholder_for(self, kind: Kind, value: str, *, one_way: bool = False) -> str:
        """Return the placeholder of a value; the same value has the same one for ever.

        A one-way value is not kept: of a card its last four digits are shown, of others nothing.
        """
        digest = self._key.digest(self.tenant, kind, value)
        found = self._by_digest.get((kind.value, digest))
        if found is not None:
            return found
        placeholder = self._made(kind, value, one_way)
        self._by_digest[(kind.value, digest)] = placeholder
        if placeholder in self._rows:
            return placeholder
        ciphertext = None
        if not one_way:
            ciphertext = self._key.seal(self.tenant, self.conversation, placeholder, value)
        if kind is Kind.SECRET:
            digest = secrets.token_bytes(len(digest))
        self._learn(Sealed(self.conversation, placeholder, kind.value, digest, ciphertext), value)
        self._new.append(self._rows[placeholder])
        return placeholder

    def value_of(self, placeholder: str) -> str | None:
        """Return the original value; None when it is unknown or was not kept.

        Raises:
            VaultTampered: the row does not open.
        """
        row = self._rows.get(placeholder)
        if row is None or row.ciphertext is None:
            return None
        if placeholder not in self._values:
            self._values[placeholder] = self._key.open(
                self.tenant, self.conversation, placeholder, row.ciphertext
            )
        return self._values[placeholder]

    def knows(self, placeholder: str) -> bool:
        """Return whether this conversation made the placeholder, one-way ones included."""
        return placeholder in self._rows

    def take_new(self) -> tuple[Sealed, ...]:
        """Return the rows made since the last call, each exactly once."""
        new, self._new = tuple(self._new), []
        return new

    def put_back(self, rows: Iterable[Sealed]) -> None:
        """Give rows back whose write failed: the next `take_new` returns them first."""
        self._new = [*rows, *self._new]

    def names(self) -> frozenset[str]:
        """Return the names this customer has given, lower case, blanks made single."""
        if self._unread_names:
            values = (self.value_of(placeholder) for placeholder in self._unread_names)
            self._names |= {" ".join(value.lower().split()) for value in values if value}
            self._unread_names = []
        return self._names

    def salt(self) -> bytes:
        """Return the tenant's own key for hashed values."""
        return self._key.salt(self.tenant)

    def _made(self, kind: Kind, value: str, one_way: bool) -> str:
        if one_way and kind is Kind.CREDIT_CARD:
            digits = same_form(kind, value)
            return f"[{kind.value} ****{digits[-4:] if len(digits) >= 12 else ''}]"
        return f"[{kind.value}_{self._last.get(kind.value, 0) + 1}]"

    def _learn(self, row: Sealed, value: str | None = None) -> None:
        self._rows[row.placeholder] = row
        self._by_digest.setdefault((row.kind, row.digest), row.placeholder)
        if value is not None and row.ciphertext is not None:
            self._values[row.placeholder] = value
        if row.kind == Kind.NAME.value and row.ciphertext is not None:
            self._unread_names.append(row.placeholder)
        numbered = _NUMBERED.fullmatch(row.placeholder)
        if numbered:
            self._last[row.kind] = max(self._last.get(row.kind, 0), int(numbered[2]))


def same_form(kind: Kind, value: str) -> str:
    """Return the form in which two spellings of one value are equal."""
    folded = unicodedata.normalize("NFKC", value)
    if kind in _DIGIT_KINDS:
        written = "".join(str(unicodedata.digit(c)) for c in folded if c.isdecimal())
        return written or digits_of(folded) or folded
    if kind in _CODE_KINDS:
        return "".join(c for c in folded if c.isalnum()).upper()
    if kind is Kind.SECRET:
        return folded
    return " ".join(folded.casefold().split())


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret)


def _place(tenant: TenantId, conversation: ConversationId, placeholder: str) -> bytes:
    return "\0".join((tenant, conversation, placeholder)).encode()
