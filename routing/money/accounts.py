"""Which shared budgets a turn counts against, and what each of them is called; pure."""

from collections.abc import Iterator
from datetime import date

from routing.money.budgets import Account
from routing.policy.policy import Policy
from routing.request import Request, TenantId


def accounts_of(policy: Policy, request: Request, rule: str, today: date) -> tuple[Account, ...]:
    """Return every budget that a paid call of this turn has to fit in; empty without any.

    All of them begin anew with the day, a conversation's too: the conversation of a customer who
    comes back for years is never out of money for good.

    Args:
        policy: names the limits.
        request: names tenant and conversation.
        rule: the policy's rule for the turn, an intent or `default`.
        today: in UTC, as prices are.
    """
    limit_usd = policy.budgets.conversation_usd
    days = tuple(day_accounts(policy, request.tenant, rule, today))
    if limit_usd is None:
        return days
    key = conversation_key(request.tenant, today, request.conversation)
    return (*days, Account(key, limit_usd, "conversation", is_watched=False))


def day_accounts(policy: Policy, tenant: TenantId, rule: str, today: date) -> Iterator[Account]:
    """Yield the budgets that the turns of many customers share: these are worth watching."""
    budgets = policy.budgets
    if budgets.tenant_day_usd is not None:
        yield Account(tenant_key(tenant, today), budgets.tenant_day_usd, "tenant")
    if rule in budgets.intent_day_usd:
        key, limit_usd = intent_key(tenant, today, rule), budgets.intent_day_usd[rule]
        yield Account(key, limit_usd, f"intent {rule}")


def tenant_key(tenant: TenantId, day: date) -> str:
    """Return the key of what a tenant may spend on a day."""
    return f"{tenant}/{day}/tenant"


def intent_key(tenant: TenantId, day: date, rule: str) -> str:
    """Return the key of what the turns of one rule may cost on a day."""
    return f"{tenant}/{day}/intent/{rule}"


def conversation_key(tenant: TenantId, day: date, conversation: str) -> str:
    """Return the key of what one conversation may cost on a day."""
    return f"{tenant}/{day}/conversation/{conversation}"
