import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.intent.calibrate import (
    FEW,
    PRIOR_BORDER,
    PRIOR_TEMPERATURE,
    Trust,
    border_of,
    fit_temperature,
    fit_trust,
    leads_of,
    lost_by_border,
)

NONE = np.empty(0)
TRUST = Trust(0.5, 1.0, 1.5, 1.0, 0.1)


@given(
    st.floats(-1e6, 1e6),
    st.floats(0, 1),
)
def test_a_confidence_is_a_probability(lead: float, nearness: float) -> None:
    assert 0 <= float(TRUST.confidence(np.array(lead), np.array(nearness))) <= 1


def test_a_confidence_rises_with_lead_and_nearness_and_is_nothing_without_nearness() -> None:
    def sure(lead: float, nearness: float) -> float:
        return float(TRUST.confidence(np.array(lead), np.array(nearness)))

    assert sure(2, 0.5) > sure(1, 0.5) > sure(-1, 0.5)
    assert sure(1, 0.9) > sure(1, 0.5) > sure(1, 0.1) > sure(9, 0) == 0


@pytest.mark.parametrize(
    ("margins", "intents", "best", "lead"),
    [
        ([[1.0, 3.0, 2.0]], 3, 1, 1.0),
        ([[1.0, 3.0, 4.0]], 2, 1, -1.0),
        ([[2.0, 2.0]], 2, 0, 0.0),
        ([[7.0]], 1, 0, 0.0),
    ],
)
def test_the_lead_is_over_every_other_column(
    margins: list[list[float]], intents: int, best: int, lead: float
) -> None:
    found, leads = leads_of(np.array(margins, np.float32), intents)

    assert (found.tolist(), leads.tolist()) == ([best], [lead])


def test_the_temperature_is_high_for_an_overconfident_classifier() -> None:
    margins = np.tile(np.array([[4.0, 0.0]], np.float32), (100, 1))
    sure = fit_temperature(margins, np.zeros(100, int))
    unsure = fit_temperature(margins, np.arange(100) % 3 // 2)

    assert sure < 0.1
    assert unsure > 2
    assert fit_temperature(margins[: FEW - 1], np.zeros(FEW - 1, int)) == PRIOR_TEMPERATURE


def test_the_trust_finds_the_curve_that_made_the_answers() -> None:
    chance = np.random.default_rng(1)
    leads, nearness = chance.uniform(0, 3, 20_000), chance.uniform(0.05, 1, 20_000)
    right = chance.uniform(size=20_000) < TRUST.confidence(leads, nearness)

    found = fit_trust(leads, nearness, right)

    assert (found.bias, found.lead, found.nearness) == pytest.approx((1, 1.5, 1), abs=0.1)


def test_without_answers_the_trust_is_the_prior() -> None:
    found = fit_trust(NONE, NONE, np.empty(0, bool))

    assert (found.bias, found.lead, found.nearness) == (3.0, 1.0, 2.0)
    assert found.border == PRIOR_BORDER


def test_an_absurd_sample_cannot_turn_nearness_against_a_guess() -> None:
    leads, nearness = np.linspace(0, 3, 500), np.linspace(0.01, 1, 500)

    found = fit_trust(leads, nearness, leads < 1)

    assert min(found.lead, found.nearness) == 0


@pytest.mark.parametrize(
    ("right", "lost"), [(20, 0), (100, 1), (400, 6), (1_000, 6), (2_000, 6), (10_000, 30)]
)
def test_the_border_costs_few_right_answers(right: int, lost: int) -> None:
    scope = np.linspace(0.01, 1, right)

    assert lost_by_border(right) == lost
    assert (scope < border_of(scope, np.ones(right, bool))).sum() == lost


def test_with_few_answers_the_border_is_the_prior() -> None:
    assert border_of(np.ones(FEW - 1), np.ones(FEW - 1, bool)) == PRIOR_BORDER
    assert border_of(np.ones(FEW), np.zeros(FEW, bool)) == PRIOR_BORDER
