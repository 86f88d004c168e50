"""Whose calls they are: what is signed with, and for which public address."""

from dataclasses import dataclass
from typing import Protocol

PUBLIC_URL = "https://bank.example"


class Signer(Protocol):
    """What a call must know of an account; a `TwilioServer` is one."""

    @property
    def account(self) -> str: ...

    @property
    def auth_token(self) -> str: ...

    @property
    def public_url(self) -> str:
        """Scheme and host that Twilio believes the app to have, which are what is signed."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account without a server behind it, for tests of calls alone."""

    account: str = "AC" + "0123456789abcdef" * 2
    auth_token: str = "an-emulated-auth-token"
    public_url: str = PUBLIC_URL
