"""Which shared budgets a turn counts against."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from routing.money.accounts import accounts_of, day_accounts
from routing.money.budgets import Account
from routing.policy.policy import BudgetRule, Policy
from routing.policy.reader import read_policy
from tests.routing.samples import request

TODAY = date(2026, 11, 24)
PLAIN = read_policy("{tenant: aurelis, version: 1, default: {models: []}}", "policy.yaml")


def policy(**limits: Decimal | dict[str, Decimal]) -> Policy:
    return replace(PLAIN, budgets=BudgetRule(**limits))  # type: ignore[arg-type]  # as they are


def test_a_policy_without_limits_has_no_accounts() -> None:
    assert accounts_of(PLAIN, request(), "default", TODAY) == ()


def test_a_turn_counts_against_tenant_intent_and_conversation_of_the_day() -> None:
    limited = policy(
        tenant_day_usd=Decimal(20),
        conversation_usd=Decimal("0.5"),
        intent_day_usd={"fees": Decimal(3)},
    )

    assert accounts_of(limited, request(), "fees", TODAY) == (
        Account("aurelis/2026-11-24/tenant", Decimal(20), "tenant"),
        Account("aurelis/2026-11-24/intent/fees", Decimal(3), "intent fees"),
        Account("aurelis/2026-11-24/conversation/c1", Decimal("0.5"), "conversation", False),
    )


def test_an_intent_without_a_limit_counts_against_the_others_only() -> None:
    limited = policy(tenant_day_usd=Decimal(20), intent_day_usd={"fees": Decimal(3)})
    accounts = accounts_of(limited, request(), "cards", TODAY)

    assert [account.name for account in accounts] == ["tenant"]


def test_every_day_has_accounts_of_its_own_and_conversations_are_not_watched() -> None:
    limited = policy(tenant_day_usd=Decimal(20), conversation_usd=Decimal(1))
    today, tomorrow = (
        {one.key for one in accounts_of(limited, request(), "default", day)}
        for day in (TODAY, date(2026, 11, 25))
    )
    watched = day_accounts(limited, request().tenant, "default", TODAY)

    assert not today & tomorrow
    assert [account.name for account in watched] == ["tenant"]
    assert all(account.is_watched for account in watched)
