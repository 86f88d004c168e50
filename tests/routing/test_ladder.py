"""Which model is tried next."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from routing.decision import Decision
from routing.errors import FailureKind as K
from routing.ladder import MAY_HELP, Failure, Ladder, Rung, Terms
from routing.prices import load_prices
from routing.request import ModelName
from tests.routing.samples import GPT, HAIKU, OFFLINE, OPUS, decision

PRICES = load_prices()
ZERO = Decimal(0)
CHAIN = (HAIKU, GPT, OFFLINE)


def ladder(
    given: Decision, configured: tuple[ModelName, ...] = (HAIKU, GPT, OPUS, OFFLINE)
) -> Ladder:
    today = PRICES.as_of
    prices = {name: PRICES.price(name, today) for name in given.order}
    return Ladder(Terms(given, prices, frozenset(configured), 100, 400))


def anyone(model: ModelName) -> bool:
    return True


def climb(
    steps: Ladder,
    *failures: Failure,
    admits: Callable[[ModelName], bool] = anyone,
) -> list[Rung | None]:
    return [steps.climb(failure, ZERO, admits) for failure in (None, *failures)]


def names(rungs: list[Rung | None]) -> list[tuple[str, bool] | None]:
    return [(rung.model, rung.is_retry) if rung else None for rung in rungs]


def failed(kind: K, *, had_text: bool = False) -> Failure:
    return Failure(kind, had_text)


@pytest.mark.parametrize("kind", sorted(MAY_HELP, key=str))
def test_what_may_pass_is_tried_once_more_with_the_same_model(kind: K) -> None:
    steps = ladder(decision(*CHAIN))
    tried = climb(steps, failed(kind), failed(kind), failed(K.AUTH), failed(K.UNGROUNDED))

    assert names(tried) == [
        (HAIKU, False), (HAIKU, True), (GPT, False), (OFFLINE, False), None
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in K if kind not in MAY_HELP])
def test_what_will_not_pass_goes_on_to_the_next_model(kind: K) -> None:
    assert names(climb(ladder(decision(*CHAIN)), failed(kind))) == [(HAIKU, False), (GPT, False)]


@pytest.mark.parametrize("kind", sorted(K, key=str))
def test_after_text_no_model_is_tried_again(kind: K) -> None:
    tried = climb(ladder(decision(*CHAIN)), failed(kind, had_text=True))

    assert names(tried) == [(HAIKU, False), (GPT, False)]


def test_a_retry_never_takes_the_last_attempt_from_the_next_model() -> None:
    tried = climb(ladder(decision(*CHAIN, max_attempts=2)), failed(K.SERVER))

    assert names(tried) == [(HAIKU, False), (GPT, False)]


def test_the_only_paid_model_may_use_the_last_attempt_for_its_retry() -> None:
    tried = climb(ladder(decision(HAIKU, OFFLINE, max_attempts=2)), failed(K.SERVER))

    assert names(tried) == [(HAIKU, False), (HAIKU, True)]


def test_paid_attempts_end_at_the_limit_and_the_local_model_is_still_tried() -> None:
    steps = ladder(decision(HAIKU, GPT, OPUS, OFFLINE, max_attempts=2))
    tried = climb(steps, failed(K.AUTH), failed(K.AUTH), failed(K.UNGROUNDED))

    assert names(tried) == [(HAIKU, False), (GPT, False), (OFFLINE, False), None]
    assert [(each.model, each.why) for each in steps.skipped] == [(OPUS, "2 attempts were made")]


def test_no_attempts_at_all_leaves_the_local_model() -> None:
    assert names(climb(ladder(decision(*CHAIN, max_attempts=0)))) == [(OFFLINE, False)]


def test_an_attempt_that_does_not_fit_what_is_left_is_skipped_with_the_figures() -> None:
    steps = ladder(decision(HAIKU, OPUS, GPT, OFFLINE, max_cost_usd="0.0112"))
    steps.climb(None, ZERO, anyone)
    rung = steps.climb(failed(K.AUTH), Decimal("0.001"), anyone)

    assert rung is not None
    assert rung.model == OFFLINE
    assert [each.model for each in steps.skipped] == [OPUS, GPT]
    assert steps.skipped[1].why == "needs up to $0.0125, $0.0102 is left"


def test_a_retry_that_does_not_fit_goes_on_to_a_cheaper_model() -> None:
    steps = ladder(decision(GPT, HAIKU, OFFLINE, max_cost_usd="0.013"))
    steps.climb(None, ZERO, anyone)
    rung = steps.climb(failed(K.CUT), Decimal("0.001"), anyone)

    assert rung is not None
    assert (rung.model, rung.is_retry) == (HAIKU, False)


def test_a_model_whose_circuit_is_open_is_skipped() -> None:
    steps = ladder(decision(*CHAIN))

    assert names(climb(steps, admits=lambda name: name != HAIKU)) == [(GPT, False)]
    assert steps.skipped[0].why == "its circuit is open"


def test_the_breaker_is_asked_only_about_attempts_that_will_be_made_if_it_agrees() -> None:
    asked: list[ModelName] = []

    def note(name: ModelName) -> bool:
        asked.append(name)
        return True

    climb(ladder(decision(OPUS, HAIKU, OFFLINE, max_cost_usd="0.003")), failed(K.AUTH), admits=note)

    assert asked == [HAIKU]


def test_a_model_that_is_not_configured_is_skipped() -> None:
    steps = ladder(decision(*CHAIN), configured=(GPT, OFFLINE))

    assert names(climb(steps)) == [(GPT, False)]
    assert steps.skipped[0].why == "it is not configured"


def test_a_models_own_limit_of_output_is_kept() -> None:
    rung = ladder(decision(HAIKU, max_output_tokens=10_000_000, max_cost_usd="1000")).climb(
        None, ZERO, anyone
    )

    assert rung is not None
    assert rung.max_output_tokens == PRICES.price(HAIKU, PRICES.as_of).max_output_tokens
