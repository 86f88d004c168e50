"""The sums behind a decision, written out."""

from dataclasses import replace
from decimal import Decimal

import pytest

from routing.deciding.arithmetic import sums_of
from tests.routing.deciding.test_decide import HAIKU, OPUS, PRICES, RULE, WORLD, decided
from tests.routing.samples import decision


def test_every_model_that_costs_something_has_its_sum() -> None:
    rule = replace(RULE, models=(HAIKU, OPUS), fallback_models=(), max_cost_usd=Decimal("0.02"))
    made = decided(rule, replace(WORLD, spent_usd=Decimal("0.005")))

    assert tuple(sums_of(made, PRICES)) == (
        "cap $0.02 - spent $0.005 = $0.015 left",
        "claude-haiku-4.5: (1500 tokens in x $1 + 400 out x $5) / million = $0.0035 <= $0.015",
        "claude-opus-4.7: (1500 x 130 % = 1950 tokens in x $5 + 210 out x $25) / million "
        "= $0.015 <= $0.015",
    )


def test_a_sum_above_what_is_left_says_so() -> None:
    made = decided(replace(RULE, models=(HAIKU,), max_cost_usd=Decimal("0.001")))

    assert tuple(sums_of(made, PRICES))[1].endswith("= $0.002 > $0.001")


def test_the_sums_are_those_of_the_candidates() -> None:
    made = decided()
    written = [line.rsplit(" = ", 1)[1].split()[0] for line in sums_of(made, PRICES)][1:]

    assert [Decimal(amount[1:]) for amount in written] == [
        one.worst_cost_usd for one in made.candidates[:-1]
    ]


def test_what_no_policy_decided_has_no_sums() -> None:
    with pytest.raises(AssertionError, match="without a basis"):
        tuple(sums_of(decision(HAIKU), PRICES))
