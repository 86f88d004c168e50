"""Which call may open a socket: a signed word of ours in the relay's address, good for one use.

The token is the last part of the path, not of the query: Twilio drops the query of a `<Stream>`
url and says nothing about that of a `<ConversationRelay>`, while a path always arrives, and is
signed with the rest. So a used token is refused before the socket is accepted. It comes a second
time as a `<Parameter>`, inside `setup`, where the call is named that it must belong to.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

LIFETIME_S: Final = 300.0
"""Seconds from the TwiML to the socket; the vendor takes one or two."""
PARAMETER: Final = "token"
"""Name of the `<Parameter>`."""
_VERSION: Final = "v1"
_TOKEN = re.compile(r"v1\.(CA[0-9a-fA-F]{32})\.([0-9]{1,12})\.([0-9a-f]{32})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a token with a good signature says."""

    id: str
    """Random, of this token alone."""
    call: str
    """`CA…`: the call that it was made for."""
    until: datetime
    """When it expires, UTC."""


class Used(Protocol):
    """Which tokens have been used, known to every process."""

    async def use(self, token_id: str, until: datetime) -> bool:
        """Return True the first time an id is given, False ever after; of two at once, one wins.

        It may be forgotten after `until`.

        Raises:
            ChannelBusy: it could not be noted; the token stays unused.
        """
        ...


class MemoryUsed:
    """The double, for one process: forgets what has expired whenever something is used."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._until: dict[str, datetime] = {}

    async def use(self, token_id: str, until: datetime) -> bool:
        """Return whether this is the first time."""
        now = self._now()
        self._until = {known: end for known, end in self._until.items() if end > now}
        if token_id in self._until:
            return False
        self._until[token_id] = until
        return True

    def __len__(self) -> int:
        """Return how many are remembered."""
        return len(self._until)


def mint(secret: bytes, call: str, now: datetime) -> str:
    """Return a token for a call (`CA` and 32 hex digits), made of what may stand in a path."""
    until = int(now.timestamp() + LIFETIME_S)
    body = f"{_VERSION}.{call}.{until}.{secrets.token_hex(16)}"
    token = f"{body}.{_signature(secret, body)}"
    assert _TOKEN.fullmatch(token), "expected a call of Twilio's"
    return token


def ticket_of(secret: bytes, token: str, now: datetime) -> Ticket | None:
    """Return what a token says; None if it is none of ours, or has expired."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    body, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature, _signature(secret, body)):
        return None
    ticket = Ticket(found[3], found[1], datetime.fromtimestamp(int(found[2]), UTC))
    # Nobody but us can date one, yet a clock that is set back must not make it live longer.
    if not now < ticket.until <= now + timedelta(seconds=LIFETIME_S):
        return None
    return ticket


class Tokens:
    """Makes tokens and takes each of them once."""

    def __init__(self, secret: bytes, used: Used, now: Callable[[], datetime]) -> None:
        if len(secret) < 16:
            raise ValueError(f"expected a secret of at least 16 bytes, got {len(secret)!r}")
        self._secret = hmac.digest(secret, b"copilot.voice.relay", hashlib.sha256)
        self._used = used
        self._now = now

    def mint(self, call: str) -> str:
        """Return a new token for a call."""
        return mint(self._secret, call, self._now())

    async def use(self, token: str) -> str | None:
        """Return the call of a token the first time; None for a used, expired or foreign one.

        Raises:
            ChannelBusy: it could not be noted as used.
        """
        ticket = ticket_of(self._secret, token, self._now())
        if ticket is None or not await self._used.use(ticket.id, ticket.until):
            return None
        return ticket.call


def address_with(url: str, token: str) -> str:
    """Return the relay's address as it stands in the TwiML, and as the vendor signs it."""
    return f"{url}/{token}"


def _signature(secret: bytes, body: str) -> str:
    return hmac.new(secret, body.encode("ascii"), hashlib.sha256).hexdigest()
