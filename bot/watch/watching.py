"""What operations should know of the turns of one tenant: noticed at their end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from bot.clock import Clock
from bot.watch.alerts import AlertFeed
from routing.decision import Attempt
from routing.errors import BudgetExceeded
from routing.execution.health import NEUTRAL, Health
from routing.money.accounts import day_accounts
from routing.money.budgets import Account, Budgets, Hold
from routing.policy.policy import OFFLINE, Policy
from routing.watching.events import Event, fallbacks_of, refusal_of
from routing.watching.incidents import Circuits, ErrorRates, HitRates, Spending

NOTHING_SPENT: Mapping[str, Decimal] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """One turn, once every attempt is booked."""

    rule: str
    """Of the policy: an intent or `default`."""
    trace_id: str
    attempts: tuple[Attempt, ...]
    """Those of classifier and advisor, too."""
    short: BudgetExceeded | None = None
    """No paid model could be asked, since it did not fit in the turn's own cap."""


class Watching:
    """Turns what happened into events, and hands these to the feed.

    Everything here is counting in memory: some microseconds per turn. Nothing is awaited, and
    nothing is raised.
    """

    def __init__(
        self,
        policy: Policy,
        health: Health,
        feed: AlertFeed,
        clock: Clock,
        spent: Mapping[str, Decimal] = NOTHING_SPENT,
    ) -> None:
        self._policy = policy
        self._health = health
        self._feed = feed
        self._clock = clock
        self._errors = ErrorRates(policy.tenant)
        self._hits = HitRates(policy.tenant)
        self._circuits = Circuits(policy.tenant)
        self._spending = Spending(policy.tenant, spent)
        self._today = clock.now().date()

    def turn_ended(self, turn: TurnEnded) -> None:
        """Learn from a turn, whether it was a chat's or a call of the API."""
        tenant, now = self._policy.tenant, self._clock.monotonic()
        for fallback in fallbacks_of(tenant, turn.trace_id, turn.attempts):
            self._feed.notice(fallback)
        for attempt in turn.attempts:
            if attempt.model != OFFLINE and attempt.failed not in NEUTRAL:
                self._notice(self._errors.feed(attempt.failed is not None, now))
        models = dict.fromkeys(attempt.model for attempt in turn.attempts)
        for model in models | dict.fromkeys(self._circuits.down):
            self._notice(self._circuits.feed(model, self._health.circuit(model), now))
        if turn.short is not None and not turn.short.account:
            self._feed.notice(refusal_of(tenant, turn.rule, (), turn.short))
        self._book(turn)

    def looked_up(self, is_hit: bool) -> None:
        """Learn whether the cache had an answer to a question that it may answer."""
        self._notice(self._hits.feed(is_hit, self._clock.monotonic()))

    def refused(self, accounts: Sequence[Account], refused: BudgetExceeded) -> None:
        """Learn that a call did not fit in a shared budget."""
        self._feed.notice(refusal_of(self._policy.tenant, "", accounts, refused))

    def _book(self, turn: TurnEnded) -> None:
        tenant, today = self._policy.tenant, self._clock.now().date()
        if today != self._today:
            self._today = today
            self._spending = Spending(tenant, NOTHING_SPENT)
        cost_usd = sum((attempt.cost_usd for attempt in turn.attempts), Decimal(0))
        for account in day_accounts(self._policy, tenant, turn.rule, today):
            self._notice(self._spending.feed(account, cost_usd))

    def _notice(self, event: Event | None) -> None:
        if event is not None:
            self._feed.notice(event)


class WatchedBudgets:
    """Implements `Budgets` by another one, and tells when that refuses."""

    def __init__(self, inner: Budgets, watching: Watching) -> None:
        self._inner = inner
        self._watching = watching

    async def reserve(self, accounts: Sequence[Account], amount_usd: Decimal) -> Hold:
        """Set an amount aside; see `Budgets.reserve`.

        Raises:
            BudgetExceeded: an account has less left; nothing was set aside.
        """
        try:
            return await self._inner.reserve(accounts, amount_usd)
        except BudgetExceeded as refused:
            self._watching.refused(accounts, refused)
            raise

    async def settle(self, hold: Hold, cost_usd: Decimal) -> None:
        """Book what the call cost; see `Budgets.settle`."""
        await self._inner.settle(hold, cost_usd)
