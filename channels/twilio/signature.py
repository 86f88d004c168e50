"""Whether a request comes from Twilio: its signature over the public address and what it holds.

The sum is the SDK's; what it does with odd input is not relied on: no signature raises there, so
does a JSON body without its hash in the address, fields next to such a hash switch the check of
the body off, and a fragment is taken for a part of the address.

Source: reference/channels.md 1.2; Twilio, Webhooks Security.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from channels.twilio.form import Form

SIGNATURE = "x-twilio-signature"
SETTINGS = "x-twilio-webhooks-signature-settings"
SHARED_ALGORITHM = "HMAC_SHA256"
"""What a shared key signs with; the account's own token signs with HMAC-SHA1."""
OWN_ALGORITHM = "HMAC_SHA1"
BODY_HASH = "bodySHA256"
PORTS = {"https": "443", "wss": "443", "http": "80", "ws": "80"}


@dataclass(frozen=True, slots=True)
class Keys:
    """What Twilio signs with."""

    auth_token: str = field(repr=False)
    """The primary one of the account."""
    shared: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The id of each shared key, and its secret."""


@dataclass(frozen=True, slots=True)
class _Key:
    secret: str = field(repr=False)
    algorithm: str


class _Fields:
    """A form as the SDK reads one: every value of a name is signed."""

    def __init__(self, form: Form) -> None:
        self._form = form

    def __iter__(self) -> Iterator[str]:
        return iter(self._form)

    def __len__(self) -> int:
        return len(self._form)

    def getall(self, name: str) -> tuple[str, ...]:
        """Return every value of a name."""
        return self._form.all(name)


def is_signed(
    url: str, form: Form | None, body: bytes, headers: Mapping[str, str], keys: Keys
) -> bool:
    """Return whether Twilio has sent this to us; never raises, whatever it is given.

    Args:
        url: the address as Twilio was told it, with the query that came; a fragment is not signed.
        form: its fields; None for any other body, which the address then names by its hash.
        body: the raw bytes.
        headers: as they came, in any case.
        keys: ours; an empty one signs nothing.
    """
    hashes = parse_qs(_query(url), keep_blank_values=True, max_num_fields=None).get(BODY_HASH, [])
    if form is None or hashes:
        # Of fields, too: else an empty form could stand in for a body that was signed by its hash.
        expected = hashlib.sha256(body).hexdigest()
        if len(hashes) != 1 or not _is_same(hashes[0].lower(), expected):
            return False
    return _matches(url, form or Form(), headers, keys)


def is_address_signed(url: str, headers: Mapping[str, str], keys: Keys) -> bool:
    """Return whether Twilio has signed an address alone, as it does for a WebSocket's upgrade."""
    return _matches(url, Form(), headers, keys)


def spellings(url: str) -> tuple[str, ...]:
    """Return an address as it may have been signed: as written, without a port, with one.

    Source: twilio.request_validator, "sig generation on back end is inconsistent".
    """
    bare = url.partition("#")[0]
    scheme, separator, rest = bare.partition("://")
    if not separator:
        return (bare,)
    end = min((at for at in map(rest.find, "/?") if at >= 0), default=len(rest))
    host, colon, port = rest[:end].rpartition(":")
    if colon and port.isascii() and port.isdigit():
        return bare, f"{scheme}://{host}{rest[end:]}"
    if scheme.lower() not in PORTS:
        return (bare,)
    return bare, f"{scheme}://{rest[:end]}:{PORTS[scheme.lower()]}{rest[end:]}"


def _matches(url: str, form: Form, headers: Mapping[str, str], keys: Keys) -> bool:
    from twilio.request_validator import RequestValidator

    key = _key(_header(headers, SETTINGS), keys)
    signature = _header(headers, SIGNATURE)
    if key is None or not signature:
        return False
    try:
        validator = RequestValidator(key.secret)
        expected = [
            str(validator.compute_signature(spelling, _Fields(form), key.algorithm))
            for spelling in spellings(url)
        ]
    except UnicodeEncodeError:  # an address or a field with half a character is none of Twilio's
        return False
    # Each is compared, so that how long it takes says nothing about which one was meant.
    matching = [other for other in expected if _is_same(signature, other)]
    return bool(matching)


def _key(settings: str, keys: Keys) -> _Key | None:
    """Return what a request says that it is signed with, if that is ours."""
    if not settings.strip():
        return _Key(keys.auth_token, OWN_ALGORITHM) if keys.auth_token else None
    named: dict[str, str] = {}
    for part in settings.split(","):
        name, _, value = part.partition("=")
        named.setdefault(name.strip().lower(), value.strip())
    secret = keys.shared.get(named.get("key", ""), "")
    if not secret or named.get("algorithm", "").upper() != SHARED_ALGORITHM:
        return None
    return _Key(secret, SHARED_ALGORITHM)


def _is_same(one: str, other: str) -> bool:
    # As bytes: comparing text that is not ASCII raises, and headers may hold any byte.
    return hmac.compare_digest(_bytes(one), _bytes(other))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _header(headers: Mapping[str, str], name: str) -> str:
    for other, value in headers.items():
        if other.lower() == name:
            return value
    return ""


def _query(url: str) -> str:
    try:
        return urlsplit(url).query
    except ValueError:  # a host in brackets that is no address
        return ""
