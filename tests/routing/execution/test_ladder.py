"""Which model is tried next."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from routing.decision import Decision
from routing.errors import BudgetExceeded
from routing.errors import FailureKind as K
from routing.execution.ladder import MAY_HELP, Failure, Ladder, Means, Rung, Terms
from routing.money.prices import load_prices
from routing.request import ModelName
from tests.routing.samples import GPT, HAIKU, OFFLINE, OPUS, decision

PRICES = load_prices()
CHAIN = (HAIKU, GPT, OFFLINE)


def ladder(
    given: Decision, configured: tuple[ModelName, ...] = (HAIKU, GPT, OPUS, OFFLINE)
) -> Ladder:
    today = PRICES.as_of
    prices = {name: PRICES.price(name, today) for name in given.order}
    return Ladder(Terms(given, prices, frozenset(configured), 400))


def anyone(model: ModelName) -> bool:
    return True


def means(
    left_usd: str = "1", admits: Callable[[ModelName], bool] = anyone, input_tokens: int = 100
) -> Means:
    return Means(Decimal(left_usd), input_tokens, admits)


def climb(
    steps: Ladder,
    *failures: Failure,
    admits: Callable[[ModelName], bool] = anyone,
) -> list[Rung | None]:
    return [steps.climb(failure, means(admits=admits)) for failure in (None, *failures)]


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


def test_an_attempt_that_does_not_fit_what_is_left_is_made_with_a_shorter_answer() -> None:
    steps = ladder(decision(GPT, OFFLINE))
    rung = steps.climb(None, means("0.0102"))
    price = PRICES.price(GPT, PRICES.as_of)

    assert rung is not None
    assert 100 <= rung.max_output_tokens < 400
    assert rung.worst_usd <= Decimal("0.0102")
    assert price.worst(100, rung.max_output_tokens + 1) > Decimal("0.0102")


def test_an_attempt_that_has_no_room_for_a_useful_answer_is_skipped_with_the_figures() -> None:
    steps = ladder(decision(HAIKU, OPUS, GPT, OFFLINE))
    steps.climb(None, means())
    rung = steps.climb(failed(K.AUTH), means("0.0021"))

    assert rung is not None
    assert rung.model == OFFLINE
    assert [each.model for each in steps.skipped] == [OPUS, GPT]
    assert steps.skipped[1].why == "needs up to $0.0035, $0.0021 is left"


def test_an_answer_that_need_not_be_long_is_not_too_short() -> None:
    rung = ladder(decision(HAIKU, max_output_tokens=20)).climb(None, means("0.0002"))

    assert rung is not None
    assert rung.max_output_tokens == 20


def test_a_retry_that_does_not_fit_goes_on_to_a_cheaper_model() -> None:
    steps = ladder(decision(GPT, HAIKU, OFFLINE))
    steps.climb(None, means())
    rung = steps.climb(failed(K.CUT), means("0.003"))

    assert rung is not None
    assert (rung.model, rung.is_retry) == (HAIKU, False)


def test_a_longer_prompt_leaves_less_for_the_answer() -> None:
    rung = ladder(decision(HAIKU, OFFLINE)).climb(None, means("0.002", input_tokens=1_000))

    assert rung is not None
    assert rung.input_tokens == 1_000
    assert rung.max_output_tokens == 200


def test_what_was_short_is_known_when_money_allowed_no_attempt_at_all() -> None:
    steps = ladder(decision(OPUS, HAIKU))

    assert steps.climb(None, means("0.0001")) is None
    assert steps.short is not None
    assert steps.short.needed_usd == PRICES.worst(HAIKU, 100, 100, PRICES.as_of)
    assert steps.short.left_usd == Decimal("0.0001")


def test_after_an_attempt_money_is_not_why_there_is_no_answer() -> None:
    steps = ladder(decision(HAIKU, OPUS))
    steps.climb(None, means())
    steps.begin()

    assert steps.climb(failed(K.AUTH), means("0.0001")) is None
    assert steps.short is None


def test_an_attempt_that_a_shared_budget_refuses_is_skipped_and_does_not_count() -> None:
    steps = ladder(decision(HAIKU, GPT, OFFLINE, max_attempts=1))
    steps.climb(None, means())
    rung = steps.refuse(BudgetExceeded(Decimal(2), Decimal(1)), means())

    assert rung is not None
    assert rung.model == GPT
    assert [(each.model, each.why) for each in steps.skipped] == [
        (HAIKU, "needs up to $2, $1 is left")
    ]


def test_an_answer_that_did_not_go_on_is_asked_for_anew_once() -> None:
    seam = Failure(K.MALFORMED, had_text=False, is_seam=True)
    tried = climb(ladder(decision(HAIKU, GPT)), seam, seam, seam)

    assert names(tried) == [(HAIKU, False), (HAIKU, True), (GPT, False), None]


def test_a_model_whose_circuit_is_open_is_skipped() -> None:
    steps = ladder(decision(*CHAIN))

    assert names(climb(steps, admits=lambda name: name != HAIKU)) == [(GPT, False)]
    assert steps.skipped[0].why == "its circuit is open"


def test_the_breaker_is_asked_only_about_attempts_that_will_be_made_if_it_agrees() -> None:
    asked: list[ModelName] = []

    def note(name: ModelName) -> bool:
        asked.append(name)
        return True

    ladder(decision(OPUS, HAIKU, OFFLINE)).climb(None, means("0.001", note))

    assert asked == [HAIKU]


def test_a_model_that_is_not_configured_is_skipped() -> None:
    steps = ladder(decision(*CHAIN), configured=(GPT, OFFLINE))

    assert names(climb(steps)) == [(GPT, False)]
    assert steps.skipped[0].why == "it is not configured"


def test_a_models_own_limit_of_output_is_kept() -> None:
    rung = ladder(decision(HAIKU, max_output_tokens=10_000_000)).climb(None, means("1000"))

    assert rung is not None
    assert rung.max_output_tokens == PRICES.price(HAIKU, PRICES.as_of).max_output_tokens
