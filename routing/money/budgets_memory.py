"""Shared budgets within one process: no file, no server, no wait."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType

from routing.clock import Clock
from routing.errors import BudgetExceeded
from routing.money.budgets import Account, Hold

NOTHING_SPENT: Mapping[str, Decimal] = MappingProxyType({})
LEASE_S = 600.0
"""Ten times what one attempt may take in all: who has not settled by then never will."""
MOST_LAPSED = 10_000
"""So many holds that ended by themselves are remembered, for a settlement that comes late."""
YESTERDAY = timedelta(days=1)


@dataclass(slots=True)
class _Book:
    """What one account has used."""

    used_on: date
    spent_usd: Decimal = Decimal(0)
    held_usd: Decimal = Decimal(0)

    @property
    def used_usd(self) -> Decimal:
        return self.spent_usd + self.held_usd


@dataclass(frozen=True, slots=True)
class _Open:
    hold: Hold
    until: float
    """Monotonic seconds; later the hold is no longer valid."""


class MemoryBudgets:
    """Implements `Budgets` in dictionaries; for one process and one event loop.

    Reserving and settling take no `await`, so nobody sees them half done. What was spent before
    this process began is given to it: the application reads it from its log of turns. A hold that
    was not settled within its lease ends at the next reservation, as if it had cost nothing; when
    it is settled after that, its cost is still booked, even above the limit, since it was spent.
    Accounts that nobody has used since yesterday are forgotten: their keys are of a day gone by.
    """

    def __init__(
        self,
        clock: Clock,
        spent: Mapping[str, Decimal] = NOTHING_SPENT,
        lease_s: float = LEASE_S,
    ) -> None:
        self._clock = clock
        self._lease_s = lease_s
        self._today = clock.today()
        self._books = {key: _Book(self._today, amount) for key, amount in spent.items()}
        # Ordered dictionaries: the first entry of a plain one takes long to find after deletions.
        self._open: OrderedDict[str, _Open] = OrderedDict()
        """In the order of their ends: every lease is equally long."""
        self._lapsed: OrderedDict[str, None] = OrderedDict()
        self._count = 0

    def spent_usd(self, key: str) -> Decimal:
        """Return what is settled on an account."""
        book = self._books.get(key)
        return book.spent_usd if book is not None else Decimal(0)

    def held_usd(self, key: str) -> Decimal:
        """Return what is set aside on an account."""
        book = self._books.get(key)
        return book.held_usd if book is not None else Decimal(0)

    async def reserve(self, accounts: Sequence[Account], amount_usd: Decimal) -> Hold:
        """Set an amount aside on all accounts, or on none; see `Budgets.reserve`.

        Nothing always fits: so what was spent without asking can be settled on a hold of nothing.

        Raises:
            BudgetExceeded: an account has less left; it names the one with the least.
        """
        assert amount_usd >= 0, f"{amount_usd!r} cannot be set aside, expected no less than 0"
        self._sweep()
        once = {account.key: account for account in accounts}.values()
        for account in sorted(once, key=self._left):
            left_usd = self._left(account)
            if amount_usd and amount_usd > left_usd:
                raise BudgetExceeded(amount_usd, max(Decimal(0), left_usd), account.key)
        self._count += 1
        hold = Hold(f"hold-{self._count}", tuple(once), amount_usd)
        for account in once:
            self._book(account).held_usd += amount_usd
        self._open[hold.id] = _Open(hold, self._clock.monotonic() + self._lease_s)
        return hold

    async def settle(self, hold: Hold, cost_usd: Decimal) -> None:
        """Book what the call cost and free the rest; a second settlement changes nothing."""
        if self._open.pop(hold.id, None) is not None:
            self._free(hold)
        elif hold.id in self._lapsed:
            del self._lapsed[hold.id]
        else:
            return
        for account in hold.accounts:
            self._book(account).spent_usd += cost_usd

    def _left(self, account: Account) -> Decimal:
        book = self._books.get(account.key)
        return account.limit_usd - (book.used_usd if book is not None else Decimal(0))

    def _book(self, account: Account) -> _Book:
        book = self._books.setdefault(account.key, _Book(self._today))
        book.used_on = self._today
        return book

    def _free(self, hold: Hold) -> None:
        for account in hold.accounts:
            self._book(account).held_usd -= hold.amount_usd

    def _sweep(self) -> None:
        """End the holds whose lease is over, and forget the accounts of days gone by."""
        now = self._clock.monotonic()
        while self._open:
            first = next(iter(self._open.values()))
            if now < first.until:
                break
            del self._open[first.hold.id]
            self._free(first.hold)
            self._lapsed[first.hold.id] = None
            if len(self._lapsed) > MOST_LAPSED:
                self._lapsed.popitem(last=False)
        today = self._clock.today()
        if today != self._today:
            kept = today - YESTERDAY
            books = self._books.items()
            self._books = {k: b for k, b in books if b.held_usd or b.used_on >= kept}
            self._today = today
