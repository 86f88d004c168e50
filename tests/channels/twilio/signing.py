"""Signs as Twilio does, without the SDK: what the product must agree with."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlencode

TOKEN = "an-auth-token"
PUBLIC_URL = "https://bank.example"
FORM_TYPE = "application/x-www-form-urlencoded"
Pairs = Iterable[tuple[str, str]]


def signed(url: str, pairs: Pairs = (), secret: str = TOKEN, algorithm: str = "sha1") -> str:
    """Return the signature of an address and fields. Source: reference/channels.md 1.2."""
    parts = "".join(name + value for name, value in sorted(set(pairs)))
    mac = hmac.new(secret.encode(), (url + parts).encode(), algorithm)
    return base64.b64encode(mac.digest()).decode()


def headers(url: str, pairs: Pairs = (), secret: str = TOKEN) -> dict[str, str]:
    return {"X-Twilio-Signature": signed(url, pairs, secret)}


def shared_headers(url: str, pairs: Pairs, key: str, secret: str) -> dict[str, str]:
    return {
        "X-Twilio-Signature": signed(url, pairs, secret, "sha256"),
        "X-Twilio-Webhooks-Signature-Settings": f"key={key},algorithm=HMAC_SHA256",
    }


def encoded(pairs: Pairs) -> bytes:
    return urlencode(list(pairs)).encode()


def hash_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
