"""What can go wrong while routing.

RoutingError
├── RoutingRefused            the caller's fault
│   ├── PolicyRefused         the policy file is wrong; carries path, line and what was expected
│   ├── UnknownModel          a name without a price
│   ├── RecordRefused         a text that is no record of a decision
│   ├── BudgetExceeded        no candidate fits what is left of the cap
│   └── NoModelLeft           every candidate was filtered out or has failed
└── ModelFailed               the vendor's side; carries the kind
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class RoutingError(Exception):
    """Anything that this folder raises."""


class RoutingRefused(RoutingError):
    """The caller asked for something that cannot be done."""


class PolicyRefused(RoutingRefused):
    """The policy is not valid; `str()` is one line `file:line: what, expected what`."""

    def __init__(self, problems: tuple["Problem", ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a policy file."""

    file: str
    line: int
    """From 1."""
    path: str
    """Where in the tree, such as `intents.billing-faq.budget.max_cost_usd`."""
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.message}"


class UnknownModel(RoutingRefused):
    """A policy names a model that the price book does not know."""


class RecordRefused(RoutingRefused):
    """A text does not hold a decision with what it was made from."""


class BudgetExceeded(RoutingRefused):
    """The worst case of the cheapest candidate is above what is left of the cap."""

    def __init__(self, needed_usd: Decimal, left_usd: Decimal, account: str = "") -> None:
        self.needed_usd = needed_usd
        self.left_usd = left_usd
        self.account = account
        """Key of the shared budget that it does not fit in; empty for the turn's own cap."""
        super().__init__(f"needs up to ${needed_usd}, ${left_usd} is left")


class NoModelLeft(RoutingRefused):
    """No candidate is both allowed and up."""


class FailureKind(Enum):
    """Why an attempt failed; the same words for every vendor."""

    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    QUOTA = "quota"
    AUTH = "auth"
    BAD_REQUEST = "bad_request"
    TOO_LARGE = "too_large"
    TIMEOUT_FIRST = "timeout_first"
    TIMEOUT_IDLE = "timeout_idle"
    TIMEOUT_TOTAL = "timeout_total"
    CUT = "cut"
    MALFORMED = "malformed"
    SERVER = "server"
    CONNECTION = "connection"
    REFUSED = "refused"
    UNGROUNDED = "ungrounded"
    """The offline model found nothing in the knowledge base; never counted against a breaker."""
    CANCELLED = "cancelled"
    """The caller closed the run during this attempt; never counted against a breaker."""


class ModelFailed(RoutingError):
    """An attempt did not end with the vendor's terminal marker. Never carries customer text."""

    def __init__(
        self, kind: FailureKind, *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        self.kind = kind
        self.status = status
        self.retry_after_s = retry_after_s
        super().__init__(kind.value if status is None else f"{kind.value} (HTTP {status})")
