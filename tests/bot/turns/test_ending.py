import pytest

from bot.fixed.texts import Said
from bot.humans.escalation import Reason, Standing
from bot.turns.ending import (
    ONLY_FILES,
    Ending,
    FixedPath,
    Heard,
    Outcome,
    Then,
    ending_after,
    ending_by_rule,
)

FRESH = Standing()
OFFERED = Standing(was_offered=True)
WAITING = Standing(is_waiting=True)
NONE = Heard(is_exhausted=True)
REPEATED = Ending(Outcome.HANDED_OVER, Said.REPEATED, Then.HAND_OVER, Reason.REPEATED_ANSWER)
STILL_WAITING = Ending(Outcome.UNSURE, Said.ALREADY_WAITING)


@pytest.mark.parametrize(
    ("heard", "standing", "was_unsure", "ending"),
    [
        (Heard(is_complete=True), FRESH, False, Ending(Outcome.ANSWERED)),
        (Heard(), FRESH, False, Ending(Outcome.STOPPED)),
        (Heard(is_complete=True, is_repeat=True), FRESH, False, REPEATED),
        (Heard(is_complete=True, is_repeat=True), WAITING, False, STILL_WAITING),
        (
            NONE,
            FRESH,
            False,
            Ending(Outcome.OFFERED, Said.UNSURE_OFFER, Then.OFFER_HUMAN, is_gap=True),
        ),
        (
            Heard(is_exhausted=True, doubt=Reason.TOOL_FAILURE),
            FRESH,
            False,
            Ending(
                Outcome.OFFERED,
                Said.UNSURE_OFFER,
                Then.OFFER_HUMAN,
                offers=Reason.TOOL_FAILURE,
            ),
        ),
        (
            Heard(is_complete=True, is_frustrated=True),
            FRESH,
            False,
            Ending(Outcome.ANSWERED, then=Then.OFFER_HUMAN, offers=Reason.FRUSTRATION),
        ),
        (Heard(is_complete=True, is_frustrated=True), OFFERED, False, Ending(Outcome.ANSWERED)),
        (Heard(is_complete=True, is_frustrated=True), WAITING, False, Ending(Outcome.ANSWERED)),
        (Heard(is_frustrated=True), FRESH, False, Ending(Outcome.STOPPED)),
        (NONE, OFFERED, False, Ending(Outcome.UNSURE, Said.UNSURE, is_gap=True)),
        (NONE, OFFERED, True, REPEATED),
        (NONE, WAITING, True, Ending(Outcome.UNSURE, Said.ALREADY_WAITING, is_gap=True)),
        (
            Heard(is_exhausted=True, is_outage=True),
            OFFERED,
            True,
            Ending(Outcome.HANDED_OVER, Said.OUTAGE, Then.HAND_OVER, Reason.OUTAGE),
        ),
        (Heard(is_exhausted=True, is_outage=True), WAITING, False, STILL_WAITING),
    ],
)
def test_what_was_heard_decides_the_end(
    heard: Heard, standing: Standing, was_unsure: bool, ending: Ending
) -> None:
    assert ending_after(heard, standing, was_unsure) == ending


@pytest.mark.parametrize(
    ("path", "standing", "ending"),
    [
        (
            FixedPath(Reason.EXPLICIT_REQUEST, Said.HANDED_OVER),
            OFFERED,
            Ending(Outcome.HANDED_OVER, Said.HANDED_OVER, Then.HAND_OVER, Reason.EXPLICIT_REQUEST),
        ),
        (FixedPath(Reason.EXPLICIT_REQUEST, Said.HANDED_OVER), WAITING, STILL_WAITING),
        (
            FixedPath(Reason.SENSITIVE_TOPIC, Said.SELF_HARM),
            WAITING,
            Ending(Outcome.UNSURE, Said.SELF_HARM, Then.MAKE_URGENT, Reason.SENSITIVE_TOPIC),
        ),
        (ONLY_FILES, FRESH, Ending(Outcome.OFFERED, Said.GOT_FILE_OFFER, Then.OFFER_HUMAN)),
        (ONLY_FILES, OFFERED, Ending(Outcome.UNSURE, Said.GOT_FILE)),
        (ONLY_FILES, WAITING, Ending(Outcome.UNSURE, Said.GOT_FILE)),
    ],
)
def test_a_fixed_path_ends_as_it_is_written(
    path: FixedPath, standing: Standing, ending: Ending
) -> None:
    assert ending_by_rule(path, standing) == ending


def test_only_what_the_customer_ended_is_called_stopped() -> None:
    assert {outcome for outcome in Outcome if Ending(outcome).status == "stopped"} == {
        Outcome.STOPPED
    }
