"""The money of one request: its own cap, and the budgets that it shares with other turns."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from routing.errors import BudgetExceeded
from routing.money.budget import Ledger, Reservation
from routing.money.budgets import Account, Budgets, Hold

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Earmark:
    """What is set aside for one attempt."""

    reservation: Reservation
    hold: Hold | None
    """On the shared budgets; None where there is none, or nothing to pay."""
    beside_usd: Decimal
    """What was spent beside the answer before, and is booked on the hold as well."""

    @property
    def amount_usd(self) -> Decimal:
        """What the attempt may cost, in US dollars."""
        return self.reservation.amount_usd


class Purse:
    """Sets money aside before each attempt and settles it after.

    What is spent beside the answer counts on the cap at once, and on the shared budgets with the
    next attempt, or at the end.
    """

    def __init__(
        self, cap_usd: Decimal, budgets: Budgets | None, accounts: Sequence[Account]
    ) -> None:
        self.ledger = Ledger(cap_usd)
        self._budgets = budgets if accounts else None
        self._accounts = tuple(accounts)
        self._beside_usd = ZERO

    @property
    def left_usd(self) -> Decimal:
        """What may still be set aside of the cap; never negative."""
        return self.ledger.left_usd

    def spend(self, cost_usd: Decimal) -> None:
        """Book what was spent beside the answer."""
        self.ledger.spend(cost_usd)
        self._beside_usd += cost_usd

    async def reserve(self, amount_usd: Decimal) -> Earmark:
        """Set the worst case of an attempt aside.

        Raises:
            BudgetExceeded: the cap or a shared budget has less left; nothing was set aside.
        """
        reservation = self.ledger.reserve(amount_usd)
        if self._budgets is None or not amount_usd:
            return Earmark(reservation, None, ZERO)
        try:
            hold = await self._budgets.reserve(self._accounts, amount_usd + self._beside_usd)
        except BudgetExceeded:
            self.ledger.settle(reservation, ZERO)
            raise
        beside_usd, self._beside_usd = self._beside_usd, ZERO
        return Earmark(reservation, hold, beside_usd)

    async def settle(self, earmark: Earmark, cost_usd: Decimal) -> None:
        """Book what the attempt has cost; the rest is free again."""
        self.ledger.settle(earmark.reservation, cost_usd)
        if self._budgets is not None and earmark.hold is not None:
            await self._budgets.settle(earmark.hold, cost_usd + earmark.beside_usd)

    async def close(self) -> None:
        """Book on the shared budgets what no attempt came after: it is spent, room or not."""
        amount_usd, self._beside_usd = self._beside_usd, ZERO
        if self._budgets is not None and amount_usd:
            hold = await self._budgets.reserve(self._accounts, ZERO)
            await self._budgets.settle(hold, amount_usd)
