"""Events: names, incidents, and what of a turn is one."""

import logging
from dataclasses import fields
from decimal import Decimal
from typing import get_args

import pytest

from routing.decision import Attempt, Purpose
from routing.errors import BudgetExceeded, FailureKind
from routing.money.budgets import Account
from routing.request import ModelName, TenantId, Usage
from routing.watching.events import (
    BudgetRefused,
    CacheHitRateLow,
    ErrorBurst,
    Event,
    FallbackTriggered,
    PolicyChanged,
    ProviderBack,
    ProviderDown,
    RoutingEvent,
    ThresholdCrossed,
    ended_by,
    fallbacks_of,
    fields_of,
    key_of,
    refusal_of,
)
from tests.routing.samples import GPT, HAIKU, OFFLINE

AURELIS = TenantId("aurelis")
RESERVED = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "event", "at", "level"}
SAMPLES: tuple[Event, ...] = (
    FallbackTriggered(AURELIS, HAIKU, GPT, FailureKind.CUT, True, "t1"),
    BudgetRefused(AURELIS, "tenant", Decimal("0.01"), Decimal(0)),
    ErrorBurst(AURELIS, 40, 4, 300.0),
    ThresholdCrossed(AURELIS, "tenant", 80, Decimal("8.2"), Decimal(10)),
    CacheHitRateLow(AURELIS, 2, 200),
    ProviderDown(AURELIS, HAIKU),
    ProviderBack(AURELIS, HAIKU, 12.5),
    PolicyChanged(AURELIS, "1", "2", "abc"),
)


def attempt(
    model: ModelName, failed: FailureKind | None, chars: int = 0, purpose: Purpose = Purpose.ANSWER
) -> Attempt:
    return Attempt(model, 1, Usage(), Decimal(0), failed, None, 0.1, chars, "", purpose)


def test_every_event_has_a_name_of_its_own_and_there_is_a_sample_of_each() -> None:
    assert {type(one) for one in SAMPLES} == set(get_args(RoutingEvent))
    assert [one.NAME for one in SAMPLES] == [
        "router.fallback_triggered",
        "router.budget_exceeded",
        "router.error_burst",
        "billing.threshold_crossed",
        "cache.hit_rate_low",
        "provider.down",
        "provider.back",
        "router.policy_changed",
    ]


@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.NAME)
def test_the_fields_of_an_event_can_be_logged(event: Event) -> None:
    said = fields_of(event)

    assert set(said) == {field.name for field in fields(event)}
    assert not set(said) & RESERVED
    assert said["tenant"] == "aurelis"


def test_amounts_are_exact_and_kinds_are_words() -> None:
    assert fields_of(SAMPLES[3])["spent_usd"] == "$8.2"
    assert fields_of(SAMPLES[0])["kind"] == "cut"
    assert fields_of(SAMPLES[0])["was_visible"] is True


def test_only_what_belongs_to_one_incident_has_the_same_key() -> None:
    again = FallbackTriggered(AURELIS, HAIKU, OFFLINE, FailureKind.CUT, False, "t2")
    other = FallbackTriggered(TenantId("other"), HAIKU, GPT, FailureKind.CUT, True, "t1")

    assert key_of(again) == key_of(SAMPLES[0]) != key_of(other)
    assert len({key_of(one) for one in SAMPLES}) == len(SAMPLES)


def test_being_back_ends_being_down_and_nothing_else_ends_anything() -> None:
    assert [ended_by(one) for one in SAMPLES if ended_by(one)] == [key_of(SAMPLES[5])]


def test_a_change_to_another_model_after_a_failure_is_a_fallback() -> None:
    attempts = (
        attempt(HAIKU, FailureKind.SERVER),
        attempt(HAIKU, FailureKind.CUT, chars=40),
        attempt(GPT, None, purpose=Purpose.CONTINUE),
    )

    assert list(fallbacks_of(AURELIS, "t1", attempts)) == [
        FallbackTriggered(AURELIS, HAIKU, GPT, FailureKind.CUT, True, "t1")
    ]


@pytest.mark.parametrize(
    "attempts",
    [
        (attempt(HAIKU, None),),
        (attempt(HAIKU, FailureKind.SERVER), attempt(HAIKU, None)),
        (attempt(HAIKU, FailureKind.CANCELLED), attempt(GPT, None)),
        (attempt(GPT, FailureKind.SERVER, purpose=Purpose.ADVISE), attempt(HAIKU, None)),
        (attempt(GPT, FailureKind.SERVER, purpose=Purpose.CLASSIFY), attempt(HAIKU, None)),
        (attempt(HAIKU, FailureKind.SERVER),),
    ],
)
def test_nothing_else_is_a_fallback(attempts: tuple[Attempt, ...]) -> None:
    assert not list(fallbacks_of(AURELIS, "t1", attempts))


def test_a_refusal_names_the_budget_and_never_the_conversation() -> None:
    account = Account("aurelis/2026-11-24/conversation/c1", Decimal(1), "conversation", False)
    refused = BudgetExceeded(Decimal("0.2"), Decimal("0.1"), account.key)
    shared = refusal_of(AURELIS, "fees", (account,), refused)
    own = refusal_of(AURELIS, "fees", (), BudgetExceeded(Decimal("0.2"), Decimal("0.1")))

    assert shared == BudgetRefused(AURELIS, "conversation", Decimal("0.2"), Decimal("0.1"))
    assert own.budget == "cap of fees"
