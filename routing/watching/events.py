"""What operations are told about: typed facts with fixed names and no personal data; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import Field, dataclass, fields
from decimal import Decimal
from enum import Enum
from itertools import pairwise
from typing import Any, ClassVar, Protocol

from routing.decision import Attempt, Purpose
from routing.errors import BudgetExceeded, FailureKind
from routing.money.budgets import Account
from routing.money.prices import dollars
from routing.request import ModelName, TenantId

ANSWERING = frozenset({Purpose.ANSWER, Purpose.CONTINUE})
NO_FAULTS = frozenset({FailureKind.CANCELLED, FailureKind.UNGROUNDED})
"""The caller gave up, or the local model had nothing to say: nobody's model has failed."""


class Severity(Enum):
    """How soon a human should look."""

    INFO = "info"
    """Good to know."""
    WARNING = "warning"
    """Today."""
    ERROR = "error"
    """Now."""


class Ending(Enum):
    """What ends an incident."""

    EVENT = "event"
    """Another event says so."""
    QUIET = "quiet"
    """It has not come again for a while."""
    NONE = "none"
    """It is a mere fact, which lasts or is over at once: a threshold stays crossed, and a cache
    that is not asked has not become better."""


class Event(Protocol):
    """What operations are told: a frozen dataclass with a fixed name.

    Whoever has something to tell makes its own; `RoutingEvent` are those of this library.
    """

    NAME: ClassVar[str]
    SEVERITY: ClassVar[Severity]
    ENDING: ClassVar[Ending]
    """What ends the incident that it belongs to."""
    ENDS: ClassVar[str]
    """Name of the event whose incident, of the same tenant and about the same, it ends; or ""."""
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def tenant(self) -> TenantId:
        """Whose it is."""
        ...

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        ...


@dataclass(frozen=True, slots=True)
class FallbackTriggered:
    """A model failed in a turn, and another one answered in its place."""

    NAME: ClassVar[str] = "router.fallback_triggered"
    SEVERITY: ClassVar[Severity] = Severity.WARNING
    ENDING: ClassVar[Ending] = Ending.QUIET
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    failed: ModelName
    next: ModelName
    kind: FailureKind
    was_visible: bool
    """The customer had already seen some of the answer."""
    trace_id: str

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return f"{self.failed}/{self.kind.value}"


@dataclass(frozen=True, slots=True)
class BudgetRefused:
    """A paid model was not asked: it could have gone over a budget."""

    NAME: ClassVar[str] = "router.budget_exceeded"
    SEVERITY: ClassVar[Severity] = Severity.WARNING
    ENDING: ClassVar[Ending] = Ending.QUIET
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    budget: str
    """Name of a shared budget, or of the rule whose cap it is, such as `cap of billing-faq`."""
    needed_usd: Decimal
    left_usd: Decimal

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.budget


@dataclass(frozen=True, slots=True)
class ErrorBurst:
    """A tenant's calls fail much more often than they should."""

    NAME: ClassVar[str] = "router.error_burst"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.QUIET
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    calls: int
    failed: int
    window_s: float

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return ""


@dataclass(frozen=True, slots=True)
class ThresholdCrossed:
    """So much of a budget is spent."""

    NAME: ClassVar[str] = "billing.threshold_crossed"
    SEVERITY: ClassVar[Severity] = Severity.WARNING
    ENDING: ClassVar[Ending] = Ending.NONE
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    budget: str
    """Name of the shared budget."""
    percent: int
    """50, 80 or 100."""
    spent_usd: Decimal
    limit_usd: Decimal

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return f"{self.budget}/{self.percent}"


@dataclass(frozen=True, slots=True)
class CacheHitRateLow:
    """The cache answers fewer questions than it should."""

    NAME: ClassVar[str] = "cache.hit_rate_low"
    SEVERITY: ClassVar[Severity] = Severity.INFO
    ENDING: ClassVar[Ending] = Ending.NONE
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    hits: int
    lookups: int

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return ""


@dataclass(frozen=True, slots=True)
class ProviderDown:
    """A model is left alone for a while, since it failed too often."""

    NAME: ClassVar[str] = "provider.down"
    SEVERITY: ClassVar[Severity] = Severity.ERROR
    ENDING: ClassVar[Ending] = Ending.EVENT
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    model: ModelName

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.model


@dataclass(frozen=True, slots=True)
class ProviderBack:
    """A model that was down answers again; ends the incident of its `ProviderDown`."""

    NAME: ClassVar[str] = "provider.back"
    SEVERITY: ClassVar[Severity] = Severity.INFO
    ENDING: ClassVar[Ending] = Ending.NONE
    ENDS: ClassVar[str] = "provider.down"
    tenant: TenantId
    model: ModelName
    down_s: float
    """How long it was down, in seconds."""

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.model


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """Another policy is in force."""

    NAME: ClassVar[str] = "router.policy_changed"
    SEVERITY: ClassVar[Severity] = Severity.INFO
    ENDING: ClassVar[Ending] = Ending.NONE
    ENDS: ClassVar[str] = ""
    tenant: TenantId
    before: str
    """Version; empty when there was none."""
    after: str
    digest: str

    @property
    def about(self) -> str:
        """What makes two of them the same incident."""
        return self.digest


RoutingEvent = (
    FallbackTriggered
    | BudgetRefused
    | ErrorBurst
    | ThresholdCrossed
    | CacheHitRateLow
    | ProviderDown
    | ProviderBack
    | PolicyChanged
)


def key_of(event: Event) -> str:
    """Return what two events of the same incident have in common."""
    return f"{event.NAME}|{event.tenant}|{event.about}"


def ended_by(event: Event) -> str:
    """Return the key of the incident that an event ends; empty when it ends none."""
    return f"{event.ENDS}|{event.tenant}|{event.about}" if event.ENDS else ""


def fields_of(event: Event) -> Mapping[str, str | int | float]:
    """Return what a log line or a message says of an event, besides its name."""
    return {field.name: _plain(getattr(event, field.name)) for field in fields(event)}


def fallbacks_of(
    tenant: TenantId, trace_id: str, attempts: tuple[Attempt, ...]
) -> Iterator[FallbackTriggered]:
    """Yield every change from a model that failed to another one, in the attempts of one turn.

    An attempt that was given up, as the loser of a race is, comes between nobody.
    """
    ended = [one for one in attempts if one.failed is not FailureKind.CANCELLED]
    for failed, following in pairwise(ended):
        kind = failed.failed
        if kind is None or kind in NO_FAULTS or failed.model == following.model:
            continue
        if {failed.purpose, following.purpose} <= ANSWERING:
            yield FallbackTriggered(
                tenant, failed.model, following.model, kind, failed.chars > 0, trace_id
            )


def refusal_of(
    tenant: TenantId, rule: str, accounts: Iterable[Account], refused: BudgetExceeded
) -> BudgetRefused:
    """Return the event of a call that did not fit in a budget.

    Args:
        tenant: whose it was.
        rule: whose cap it was when no shared budget is named.
        accounts: what the call counted against.
        refused: says how much was needed and left, and where.
    """
    names = (account.name for account in accounts if account.key == refused.account)
    return BudgetRefused(
        tenant, next(names, f"cap of {rule}"), refused.needed_usd, refused.left_usd
    )


def _plain(value: object) -> str | int | float:
    match value:
        case Decimal():
            return dollars(value)
        case Enum():
            return str(value.value)
        case bool() | int() | float():
            return value
        case _:
            return str(value)
