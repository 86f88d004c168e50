"""The money of an answer whose vendor may ask an advisor of its own, and of calls of tools."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.clock import Clock
from routing.deciding.decide import Features, World, decide
from routing.decision import Decision, Guess
from routing.errors import FailureKind as K
from routing.errors import ModelFailed
from routing.execution.engine import Engine, Parts
from routing.execution.ladder import Ladder, Means, Rung, Terms
from routing.models.advisor_pairs import NativeAdvisor, advised_worst
from routing.models.base import Stopped, StopReason, Text, Thinking, ToolCalled
from routing.models.scripted import Script
from routing.money.budgets import Account
from routing.money.budgets_memory import MemoryBudgets
from routing.policy.policy import NO_LIMITS, Advisor, Policy, Rule
from routing.progress import Began
from routing.request import ModelName, Redacted, TenantId, ToolCall, Usage
from tests.routing.house import GOOD, PRICES, TODAY, House
from tests.routing.samples import GPT, HAIKU, OFFLINE, OPUS, decision, request

DAY = Account("aurelis/2026-11-24/tenant", Decimal(1))
CLOCK = Clock(lambda: 0.0, lambda: TODAY)
COUNSEL = (PRICES.price(HAIKU, TODAY), PRICES.price(OPUS, TODAY))
WORST_USD = advised_worst(NativeAdvisor("claude-opus-4-7"), COUNSEL, 100, 400)
ALONE_USD = PRICES.worst(HAIKU, 100, 400, TODAY)
EXTRA_USD = WORST_USD - ALONE_USD
CUT: Script = (Thinking(), Text("Half"), ModelFailed(K.CUT))


def advised(*order: ModelName, max_cost_usd: str = "1") -> Decision:
    return replace(decision(*order, max_cost_usd=max_cost_usd), native_advisor=OPUS)


@pytest.mark.promise("R2")
async def test_the_advisors_worst_case_is_set_aside_where_its_vendor_asks_it_and_only_there() -> (
    None
):
    for name, worst_usd in ((HAIKU, WORST_USD), (GPT, PRICES.worst(GPT, 100, 400, TODAY))):
        house, budgets = House(haiku=[GOOD], gpt=[GOOD]), MemoryBudgets(CLOCK)
        engine = Engine(Parts(house.models, PRICES, house.health, CLOCK, budgets=budgets))
        run = engine.run(advised(name), request(), [DAY])
        held = [budgets.held_usd(DAY.key) async for step in run if isinstance(step, Began)]

        assert held == [worst_usd]
        assert budgets.spent_usd(DAY.key) == run.cost_usd < worst_usd
    assert EXTRA_USD > 0


@pytest.mark.promise("R2")
async def test_an_answer_that_is_cut_while_it_was_advised_is_booked_with_the_advisor() -> None:
    house = House(haiku=[CUT], offline=[GOOD])
    run, _ = await house.play(advised(HAIKU, OFFLINE))
    plain, _ = await House(haiku=[CUT[1:]], offline=[GOOD]).play(advised(HAIKU, OFFLINE))

    assert run.attempts[0].failed is plain.attempts[0].failed is K.CUT
    assert run.cost_usd == plain.cost_usd + EXTRA_USD <= WORST_USD


async def test_what_the_vendor_reports_of_its_advisor_is_believed() -> None:
    others = (("claude-opus-4-7", Usage(500, 50)),)
    done = Stopped(StopReason.END, Usage(300, 10), "msg_1", others)
    run, _ = await House(haiku=[(Thinking(), Text("All"), done)]).play(advised(HAIKU))

    assert run.cost_usd == COUNSEL[0].cost(Usage(300, 10)) + COUNSEL[1].cost(Usage(500, 50))


async def test_a_refusal_after_the_advisor_was_at_work_is_not_free() -> None:
    script = (Thinking(), ModelFailed(K.RATE_LIMITED, status=429))
    run, _ = await House(haiku=[script]).play(advised(HAIKU))
    unadvised, _ = await House(haiku=[script[1:]]).play(advised(HAIKU))

    assert run.cost_usd >= EXTRA_USD
    assert unadvised.cost_usd == 0


async def test_a_cap_without_room_for_the_advisor_leaves_the_model_out() -> None:
    house = House(haiku=[GOOD], offline=[GOOD])
    run, _ = await house.play(advised(HAIKU, OFFLINE, max_cost_usd=str(EXTRA_USD)))

    assert [each.model for each in run.attempts] == [OFFLINE]
    assert run.skipped[0].model == HAIKU


def terms(cap: str, max_output_tokens: int = 400) -> Terms:
    given = decision(HAIKU, max_cost_usd=cap, max_output_tokens=max_output_tokens)
    prices = {HAIKU: COUNSEL[0]}
    return Terms(given, prices, frozenset({HAIKU}), max_output_tokens, advisor=COUNSEL[1])


@given(
    left=st.decimals("0.01", "0.2", places=6),
    input_tokens=st.integers(1, 5_000),
    output_tokens=st.integers(1, 2_000),
)
def test_no_advised_attempt_is_offered_above_what_is_left(
    left: Decimal, input_tokens: int, output_tokens: int
) -> None:
    means = Means(left, input_tokens, lambda _: True)
    rung = Ladder(terms(str(left), output_tokens)).climb(None, means)

    if rung is not None:
        asked = NativeAdvisor("claude-opus-4-7")
        worst = advised_worst(asked, COUNSEL, input_tokens, rung.max_output_tokens)
        assert worst == rung.worst_usd <= left
        longer = rung.refitted(input_tokens + 300, left)
        assert longer.max_output_tokens < 1 or longer.worst_usd <= left


def test_a_rung_without_an_advisor_has_nothing_to_pay_for_one() -> None:
    rung = Rung(COUNSEL[0], 400, is_retry=False, input_tokens=100)

    assert (rung.advisor_usd, rung.worst_usd) == (Decimal(0), ALONE_USD)


@pytest.mark.parametrize(
    ("advisor", "hedge", "native"),
    [
        (Advisor(OPUS, 0.95, native=True), True, OPUS),
        (Advisor(OPUS, 0.85, native=True), True, None),
        (Advisor(OPUS, 0.95), False, None),
        (None, True, None),
    ],
)
def test_a_decision_says_whether_to_hedge_and_whom_the_vendor_asks(
    advisor: Advisor | None, hedge: bool, native: ModelName | None
) -> None:
    rule = Rule("default", models=(HAIKU,), advisor=advisor, hedge=hedge)
    policy = Policy(TenantId("aurelis"), "1", Rule("classifier"), rule, (), "digest", NO_LIMITS)
    features = Features(TenantId("aurelis"), "c1", 1, Guess("default", 0.9, "linear"), 100)
    world = World(PRICES, date(2026, 11, 24), frozenset({HAIKU, OFFLINE}))
    decided = decide(features, policy, world)

    assert (decided.hedge, decided.native_advisor) == (hedge, native)


async def test_what_a_model_writes_to_call_a_tool_is_output() -> None:
    call = ToolCalled(ToolCall("c1", "find_order", Redacted('{"order": "A-1001"}')))
    done = Stopped(StopReason.TOOL_USE, Usage())
    run, _ = await House(haiku=[(call, done)]).play(decision(HAIKU))
    cut, _ = await House(haiku=[(call, ModelFailed(K.CONNECTION))]).play(decision(HAIKU))
    spoken, _ = await House(haiku=[(Text("Wait."), call, done)]).play(decision(HAIKU))

    assert run.attempts[0].failed is None
    assert run.attempts[0].usage.output_tokens >= 10
    assert run.attempts[0].usage.estimated
    assert cut.attempts[0].usage.output_tokens == run.attempts[0].usage.output_tokens
    assert cut.cost_usd > 0
    assert spoken.attempts[0].usage.output_tokens > run.attempts[0].usage.output_tokens
