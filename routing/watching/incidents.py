"""From many observations to few events: rates over a window, and thresholds; pure.

Every watch is fed with what happened and `now` in monotonic seconds, and says at most once that
something is wrong until it has been right again; a burst of errors is said again once a minute.
None of them is for several threads.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from routing.execution.health import Circuit
from routing.money.budgets import Account
from routing.request import ModelName, TenantId
from routing.watching.events import (
    CacheHitRateLow,
    ErrorBurst,
    Event,
    ProviderBack,
    ProviderDown,
    ThresholdCrossed,
)

THRESHOLDS = (100, 80, 50)
"""Percent of a budget, the highest first."""
SLOTS = 30
"""A window moves in so many steps: it counts up to one step too little, never too much."""
STILL_S = 60.0
"""A burst that lasts is noticed again so often; what is quiet for longer is over."""


@dataclass(slots=True)
class _Slot:
    number: int
    calls: int = 0
    marked: int = 0


class Window:
    """Counts calls, and those among them that are marked, over the last seconds."""

    def __init__(self, window_s: float) -> None:
        self.window_s = window_s
        self._slots: deque[_Slot] = deque()
        self.calls = 0
        self.marked = 0

    def count(self, is_marked: bool, now: float) -> None:
        """Count one call; `now` never goes back."""
        number = int(now * SLOTS / self.window_s)
        while self._slots and self._slots[0].number <= number - SLOTS:
            gone = self._slots.popleft()
            self.calls -= gone.calls
            self.marked -= gone.marked
        if not self._slots or self._slots[-1].number != number:
            self._slots.append(_Slot(number))
        self._slots[-1].calls += 1
        self._slots[-1].marked += is_marked
        self.calls += 1
        self.marked += is_marked


class ErrorRates:
    """Notices when more than one in twenty of a tenant's calls of the last five minutes fail.

    A rate over fewer than 20 calls says nothing.
    """

    def __init__(
        self, tenant: TenantId, window_s: float = 300.0, most: float = 0.05, min_calls: int = 20
    ) -> None:
        self._tenant = tenant
        self._window = Window(window_s)
        self._most = most
        self._min_calls = min_calls
        self._said_at: float | None = None

    def feed(self, has_failed: bool, now: float) -> ErrorBurst | None:
        """Count one call; returns the event when a burst begins, and each minute that it lasts."""
        window = self._window
        window.count(has_failed, now)
        if window.calls < self._min_calls or window.marked <= self._most * window.calls:
            self._said_at = None
            return None
        if self._said_at is not None and now < self._said_at + STILL_S:
            return None
        self._said_at = now
        return ErrorBurst(self._tenant, window.calls, window.marked, window.window_s)


class HitRates:
    """Notices when the cache answers less than a share of one tenant's questions."""

    def __init__(
        self,
        tenant: TenantId,
        window_s: float = 3600.0,
        least: float = 0.1,
        min_lookups: int = 200,
    ) -> None:
        self._tenant = tenant
        self._window = Window(window_s)
        self._least = least
        self._min_lookups = min_lookups
        self._is_low = False

    def feed(self, is_hit: bool, now: float) -> CacheHitRateLow | None:
        """Count one lookup; returns the event when the rate becomes too low."""
        window, was_low = self._window, self._is_low
        window.count(is_hit, now)
        self._is_low = (
            window.calls >= self._min_lookups and window.marked < self._least * window.calls
        )
        if was_low or not self._is_low:
            return None
        return CacheHitRateLow(self._tenant, window.marked, window.calls)


class Spending:
    """Notices when 50, 80 and 100 percent of a shared budget are spent, each once."""

    def __init__(self, tenant: TenantId, spent: Mapping[str, Decimal]) -> None:
        self._tenant = tenant
        self._spent = dict(spent)
        self._told: dict[str, int] = {}

    def feed(self, account: Account, cost_usd: Decimal) -> ThresholdCrossed | None:
        """Book what a turn cost; returns the highest threshold that it crossed.

        What was crossed before this watch began is not told again.
        """
        before = self._spent.get(account.key, Decimal(0))
        spent = before + cost_usd
        self._spent[account.key] = spent
        told = max(self._told.get(account.key, 0), _crossed(before, account.limit_usd))
        percent = _crossed(spent, account.limit_usd)
        if percent <= told:
            return None
        self._told[account.key] = percent
        return ThresholdCrossed(self._tenant, account.name, percent, spent, account.limit_usd)


def _crossed(spent_usd: Decimal, limit_usd: Decimal) -> int:
    """Return the highest threshold that is reached; 0 for none."""
    reached = (percent for percent in THRESHOLDS if spent_usd * 100 >= limit_usd * percent)
    return next(reached, 0)


class Circuits:
    """Notices when a model goes down and when it is back.

    A probe between the two says nothing: only its outcome does.
    """

    def __init__(self, tenant: TenantId) -> None:
        self._tenant = tenant
        self._down_since: dict[ModelName, float] = {}

    def feed(self, model: ModelName, circuit: Circuit, now: float) -> Event | None:
        """Learn where a model's breaker stands; returns what has changed since the last time."""
        is_known = model in self._down_since
        if circuit is Circuit.OPEN and not is_known:
            self._down_since[model] = now
            return ProviderDown(self._tenant, model)
        if circuit is Circuit.CLOSED and is_known:
            return ProviderBack(self._tenant, model, now - self._down_since.pop(model))
        return None

    @property
    def down(self) -> tuple[ModelName, ...]:
        """The models that have gone down and are not back."""
        return tuple(self._down_since)
