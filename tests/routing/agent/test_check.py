"""Keys and limits of calls, the plan of a step, and the steps themselves."""

from decimal import Decimal

import pytest

from routing.agent.check import Checked, Place, checked, key_of
from routing.agent.plan import beginning_with, planned
from routing.agent.step import Step, as_messages, ordered
from routing.agent.terms import Limit, Terms
from routing.agent.tools import Effect
from routing.models.base import StopReason
from routing.money.prices import Price
from routing.request import ModelName, Redacted, ToolResult
from tests.routing.agent.workshop import LOOKUP, PAY_BACK, WEATHER, WORDS, call
from tests.routing.house import PRICES, TODAY
from tests.routing.samples import GPT, HAIKU, OFFLINE, decision

PLACE = Place("run_1", 1, "c1/1")
OFFERS = {offer.tool.name: offer for offer in (LOOKUP, PAY_BACK, WEATHER)}
TERMS = Terms(tuple(OFFERS), 6, Decimal("0.05"))


def price(name: ModelName) -> Price:
    return PRICES.price(name, TODAY)


def test_a_read_has_a_key_of_its_own_in_every_step_and_run() -> None:
    places = [PLACE, Place("run_1", 2, "c1/1"), Place("run_2", 1, "c1/1")]

    assert len({key_of(place, "find", {"a": 1}, Effect.READ) for place in places}) == 3


def test_a_side_effect_has_one_key_in_its_scope() -> None:
    places = [PLACE, Place("run_2", 7, "c1/1")]

    assert len({key_of(place, "pay", {"a": 1}, Effect.WRITE) for place in places}) == 1
    assert key_of(PLACE, "pay", {"a": 1}, Effect.WRITE) != key_of(
        Place("run_1", 1, "c1/2"), "pay", {"a": 1}, Effect.WRITE
    )
    assert key_of(PLACE, "pay", {"a": 1}, Effect.WRITE) != key_of(
        PLACE, "pay", {"a": 2}, Effect.WRITE
    )


def test_arguments_of_the_callers_own_tools_are_for_him_to_check() -> None:
    verdict = checked(call("weather", anything=[1, 2]), PLACE, TERMS, OFFERS)

    assert isinstance(verdict, Checked)


@pytest.mark.parametrize("amount", [True, "12", -1, None])
def test_a_limit_wants_a_number_that_is_not_negative(amount: object) -> None:
    limit = Limit("weather", "amount", Decimal(5), Decimal(5))
    terms = Terms(("weather",), 6, Decimal(1), (limit,))

    verdict = checked(call("weather", amount=amount), PLACE, terms, OFFERS)

    assert not isinstance(verdict, Checked)
    assert verdict.why == "amount: expected a number that is not negative"


def test_a_replay_does_not_count_twice_against_a_limit() -> None:
    limit = Limit("pay_back", "amount", Decimal(50), Decimal(60))
    terms = Terms(("pay_back",), 6, Decimal(1), (limit,))
    pay = call("pay_back", order="A", amount=40)
    done = [(pay, ToolResult("t1", Redacted("done")))] * 2

    again = checked(pay, PLACE, terms, OFFERS, done)
    small = checked(call("pay_back", order="B", amount=20), PLACE, terms, OFFERS, done)
    large = checked(call("pay_back", order="B", amount=21), PLACE, terms, OFFERS, done)

    assert isinstance(again, Checked)
    assert isinstance(small, Checked)
    assert not isinstance(large, Checked)


def test_no_planned_model_can_cost_more_than_what_is_left() -> None:
    given = decision(HAIKU, GPT, OFFLINE, max_output_tokens=4000)

    for cents in range(60):
        left_usd = Decimal(cents) / 2000
        plan = planned(given, 1500, left_usd, price)
        if plan is not None:
            assert plan.max_cost_usd == left_usd
            for one in plan.candidates:
                if one.model in plan.order:
                    worst_usd = price(one.model).worst(1500, one.max_output_tokens)
                    assert worst_usd == one.worst_cost_usd <= left_usd


def test_a_run_of_local_models_alone_needs_no_money() -> None:
    plan = planned(decision(OFFLINE), 100, Decimal(0), price)

    assert plan is not None
    assert plan.order == (OFFLINE,)


def test_a_model_whose_context_is_full_is_left_out() -> None:
    full = price(HAIKU).context_tokens

    assert planned(decision(HAIKU, OFFLINE), full, Decimal(100), price) is None


def test_a_model_comes_first_only_if_the_decision_has_it() -> None:
    assert beginning_with(decision(HAIKU, GPT, OFFLINE), GPT).order == (GPT, HAIKU, OFFLINE)
    assert beginning_with(decision(HAIKU, OFFLINE), GPT).order == (HAIKU, OFFLINE)


def test_results_stand_in_the_order_of_their_calls_and_the_first_one_counts() -> None:
    calls = (call(id_="a"), call(id_="b"))
    results = [ToolResult(each, Redacted(each)) for each in ("b", "a")]

    assert ordered(calls, [*results, ToolResult("a", Redacted("late"))]) == (results[1], results[0])


def test_a_history_without_steps_asks_for_nothing() -> None:
    assert as_messages((), WORDS, is_last=True) == ()


def test_a_step_knows_what_is_missing() -> None:
    calls = (call(id_="a"), call(id_="b"))
    done = (ToolResult("b", Redacted("x"), is_error=True),)
    step = Step(1, Redacted(""), calls, done, (), StopReason.TOOL_USE)

    assert step.missing == (calls[0],)
    assert step.has_mistake
    assert step.model is None
