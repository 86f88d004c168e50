"""Turns since a time, read from the store a part at a time, newest first."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

from bot.stores.base import Record, RecordsOf, Store
from bot.turns.remembered import TURN
from bot.watch.billing import spent_on
from routing.policy.policy import NO_LIMITS, Policy

FIRST_PART = 1000
GROWTH = 8
"""Each part is so many times as long as the one before: the newest are read again and again."""


async def turns_since(store: Store, since: datetime | None) -> tuple[Record, ...]:
    """Return the records of turns from an instant on, newest first; None: of all turns.

    A store tells the newest of a kind only by their number, so the number grows until it reaches
    back far enough: what is held in memory is at most eight times what was asked for.

    Raises:
        StoreFailed: the disk failed.
    """
    limit = FIRST_PART
    while True:
        records = await store.find(RecordsOf(TURN, limit=limit))
        is_all = len(records) < limit
        if is_all or (since is not None and records[-1].at < since):
            return tuple(one for one in records if since is None or one.at >= since)
        limit *= GROWTH


async def spent_today(store: Store, policy: Policy, today: date) -> Mapping[str, Decimal]:
    """Return what the shared budgets of a tenant have spent today (UTC), for a process that starts.

    A policy without shared budgets costs no look into the log.

    Raises:
        StoreFailed: the disk failed.
    """
    if policy.budgets == NO_LIMITS:
        return {}
    since = datetime.combine(today, time(), UTC)
    return spent_on(await turns_since(store, since), policy, today)
