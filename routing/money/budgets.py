"""The port to budgets that several turns share: a tenant's day, an intent, a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Account:
    """One budget at one time, such as what a tenant may spend on a day."""

    key: str
    """Unique over tenants and days, such as `aurelis/2026-11-24/tenant`."""
    limit_usd: Decimal
    name: str = ""
    """What it is called in words, without the day, such as `intent billing-faq`."""
    is_watched: bool = True
    """Operations are told when much of it is spent; not so for a single conversation's."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Money set aside for one call on every account that it counts against."""

    id: str
    accounts: tuple[Account, ...]
    amount_usd: Decimal


class Budgets(Protocol):
    """What may still be spent, over all turns that run at once.

    Guarantees: what is settled and what is set aside on an account never exceed its limit together,
    however many reserve at once, as long as no call costs more than it set aside; a hold that is
    never settled ends by itself after a while. The embedded product has one process, so
    `MemoryBudgets` is enough for it: what was spent before a start is in the log of turns. Several
    processes need an implementation whose `reserve` is one atomic statement of a shared server.
    """

    async def reserve(self, accounts: Sequence[Account], amount_usd: Decimal) -> Hold:
        """Set an amount aside on all accounts, or on none; 0 always fits.

        Raises:
            BudgetExceeded: an account has less left; nothing was set aside.
        """
        ...

    async def settle(self, hold: Hold, cost_usd: Decimal) -> None:
        """Book what the call cost and free the rest; a second settlement changes nothing."""
        ...
