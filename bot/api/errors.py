"""What a call of the API can be refused for, as the caller is told.

ApiRefused
├── BadCall            400  what was sent is not what is expected; names the path
├── UnknownKey         401  no key, or one that is not valid
├── NotThere           404  no such record
├── Conflict           409  the idempotency key stands for another call, or one that still runs
├── TooLarge           413  the body is over a mebibyte
├── OverBudget         422  no model fits in the cap; carries what was needed and what was left
├── TooMany            429  carries the seconds to wait
├── NoCandidate        503  no model is left, or every one of them failed
├── Unavailable        503  the database is down
└── TimedOut           504  the models were silent for too long
"""

from collections.abc import Mapping
from decimal import Decimal
from math import ceil
from types import MappingProxyType
from typing import ClassVar

from bot.errors import BotRefused

NOTHING: Mapping[str, str] = MappingProxyType({})


class ApiRefused(BotRefused):
    """A call that is answered with an error; the message never holds what was sent."""

    STATUS: ClassVar = 400
    KIND: ClassVar = "invalid_request"

    def __init__(self, message: str) -> None:
        self.message = message
        self.trace_id = ""
        """Of the call, where it came far enough to be recorded."""
        super().__init__(message)

    @property
    def details(self) -> Mapping[str, str]:
        """What else is told, by name."""
        return NOTHING

    @property
    def headers(self) -> Mapping[str, str]:
        """What is told in headers."""
        return NOTHING


class BadCall(ApiRefused):
    """What was sent is not what is expected."""

    def __init__(self, path: str, expected: str) -> None:
        self.path = path
        """Where, such as `fallback.models[0]`; empty for the body as a whole."""
        super().__init__(f"{path or 'body'}: expected {expected}")

    @property
    def details(self) -> Mapping[str, str]:
        """Where it is."""
        return {"path": self.path}


class UnknownKey(ApiRefused):
    """There is no key, or it is not valid."""

    STATUS = 401
    KIND = "unauthorized"

    @property
    def headers(self) -> Mapping[str, str]:
        """How to ask."""
        return {"WWW-Authenticate": "Bearer"}


class NotThere(ApiRefused):
    """There is no such record for this key."""

    STATUS = 404
    KIND = "not_found"


class Conflict(ApiRefused):
    """The idempotency key stands for another call, or for one that still runs."""

    STATUS = 409
    KIND = "idempotency_conflict"


class TooLarge(ApiRefused):
    """The body is too large."""

    STATUS = 413
    KIND = "too_large"


class OverBudget(ApiRefused):
    """No model fits in what may be spent."""

    STATUS = 422
    KIND = "router.budget_exceeded"

    def __init__(self, needed_usd: Decimal, left_usd: Decimal, account: str = "") -> None:
        self.needed_usd = needed_usd
        self.left_usd = left_usd
        of = f" of {account}" if account else ""
        super().__init__(f"needs up to ${needed_usd:f}, ${left_usd:f}{of} is left")

    @property
    def details(self) -> Mapping[str, str]:
        """Both amounts, exact."""
        return {"needed_usd": f"{self.needed_usd:f}", "left_usd": f"{self.left_usd:f}"}


class TooMany(ApiRefused):
    """The key was used too often."""

    STATUS = 429
    KIND = "rate_limited"

    def __init__(self, wait_s: float) -> None:
        self.wait_s = ceil(wait_s)
        super().__init__(f"too many calls with this key: try again in {self.wait_s} s")

    @property
    def headers(self) -> Mapping[str, str]:
        """When to come back."""
        return {"Retry-After": str(self.wait_s)}


class NoCandidate(ApiRefused):
    """No model is left, or every one of them failed."""

    STATUS = 503
    KIND = "router.no_candidate"


class Unavailable(ApiRefused):
    """Something of ours is down."""

    STATUS = 503
    KIND = "unavailable"


class TimedOut(ApiRefused):
    """Every model was silent for too long."""

    STATUS = 504
    KIND = "router.timeout"
