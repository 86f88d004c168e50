"""Who may see a conversation: session tokens, and the site's word for who a customer is."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

import jwt

from channels.base import ConversationId

AUDIENCE = "chat"
LIFETIME_S = 600
"""Seconds that a session token lives; a client asks for the next one before that."""
LONGEST_IDENTITY_S = 900
"""Most seconds between issue and expiry of a site's identity token."""
ALGORITHM = "HS256"


class TokenProblem(Exception):
    """A token that is not accepted; `code` is `token_invalid` or `token_expired`."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Session:
    """What a session token says; signed, so nobody else can say it."""

    site: str
    """Key of the site it was made for."""
    conversation: ConversationId
    customer: str
    """Proven identity; empty for a visitor."""
    is_browser: bool
    """The session was asked for with an Origin: the socket must come with one, too."""
    expires_at: float
    """Seconds since the epoch, UTC."""

    @property
    def is_verified(self) -> bool:
        """True when the customer's identity is proven."""
        return bool(self.customer)


class TokenKey:
    """Signs session tokens and reads them back."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise ValueError(f"expected a key of at least 16 bytes, got {len(key)!r}")
        self._key = hmac.digest(key, b"copilot.chat.session", hashlib.sha256)

    def sign(self, session: Session) -> str:
        """Return the session as a token."""
        claims = {
            "aud": AUDIENCE,
            "site": session.site,
            "sub": session.conversation,
            "cus": session.customer,
            "web": session.is_browser,
            "exp": session.expires_at,
        }
        return jwt.encode(claims, self._key, ALGORITHM)

    def read(self, token: str, now: datetime) -> Session:
        """Return what a token says.

        Raises:
            TokenProblem: it is not one of ours, or has expired.
        """
        claims = _claims(token, self._key, AUDIENCE)
        match claims:
            case {
                "site": str(site),
                "sub": str(conversation),
                "cus": str(customer),
                "web": bool(is_browser),
                "exp": int() | float() as expires_at,
            }:
                session = Session(
                    site, ConversationId(conversation), customer, is_browser, float(expires_at)
                )
            case _:
                raise TokenProblem("token_invalid")
        if session.expires_at <= now.timestamp():
            raise TokenProblem("token_expired")
        return session


def identity_hash(secret: bytes, customer: str) -> str:
    """Return what a site sends to prove who its customer is: hex HMAC-SHA256 of the id."""
    return hmac.new(secret, customer.encode(), hashlib.sha256).hexdigest()


def is_identity_hash(secret: bytes, customer: str, claimed: str) -> bool:
    """Return whether `claimed` proves the customer; takes the same time for every wrong one."""
    expected = identity_hash(secret, customer)
    return hmac.compare_digest(expected.encode(), claimed.lower().encode("utf-8", "replace"))


def sign_identity(secret: bytes, customer: str, expires_at: datetime) -> str:
    """Return an identity token, as a site's own server makes one for its page."""
    claims = {"sub": customer, "exp": expires_at.timestamp()}
    return jwt.encode(claims, secret, ALGORITHM)


def read_identity(secret: bytes, token: str, now: datetime) -> str:
    """Return the customer that a site's identity token names.

    Raises:
        TokenProblem: not signed by the site, without a customer, expired, or meant to live for
            longer than `LONGEST_IDENTITY_S`.
    """
    claims = _claims(token, secret, None)
    customer, expires_at = claims.get("sub"), claims.get("exp")
    if not isinstance(customer, str) or not 0 < len(customer) <= 256:
        raise TokenProblem("token_invalid")
    if not isinstance(expires_at, int | float) or isinstance(expires_at, bool):
        raise TokenProblem("token_invalid")
    left_s = expires_at - now.timestamp()
    if left_s <= 0:
        raise TokenProblem("token_expired")
    if left_s > LONGEST_IDENTITY_S:
        raise TokenProblem("token_invalid")
    return customer


def _claims(token: str, key: bytes, audience: str | None) -> dict[str, object]:
    """Return the claims of a token with a good signature; the caller judges its expiry."""
    try:
        claims: dict[str, object] = jwt.decode(
            token,
            key,
            [ALGORITHM],
            options={
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
                "verify_aud": audience is not None,
            },
            audience=audience,
        )
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenProblem("token_invalid") from None
    return claims
