import pytest

from bot.humans.escalation import ALWAYS, CAUSE, Reason, Standing, Step, step_for


@pytest.mark.parametrize("reason", sorted(ALWAYS, key=str))
def test_what_matters_is_done_at_once(reason: Reason) -> None:
    assert step_for(reason, Standing(was_offered=True)) is Step.DO


def test_doubt_is_offered_once_and_a_no_holds_for_the_episode() -> None:
    assert step_for(Reason.LOW_CONFIDENCE, Standing()) is Step.OFFER
    assert step_for(Reason.LOW_CONFIDENCE, Standing(was_offered=True)) is Step.NOTHING


@pytest.mark.parametrize("reason", list(Reason))
def test_nobody_is_handed_over_twice(reason: Reason) -> None:
    assert step_for(reason, Standing(is_waiting=True)) is Step.NOTHING


def test_every_reason_has_a_cause() -> None:
    assert set(CAUSE) == set(Reason)
