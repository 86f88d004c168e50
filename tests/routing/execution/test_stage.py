"""Where an attempt stands: every pair of the table."""

from itertools import product

import pytest

from routing.execution.stage import OVER, TABLE, Sign, Stage, after


@pytest.mark.parametrize(("stage", "sign"), list(product(Stage, Sign)))
def test_every_pair_has_a_row_unless_the_attempt_is_over(stage: Stage, sign: Sign) -> None:
    if stage in OVER:
        with pytest.raises(AssertionError, match="cannot happen in"):
            after(stage, sign)
    else:
        assert after(stage, sign) is TABLE[stage, sign]


@pytest.mark.parametrize(
    ("signs", "stage"),
    [
        ([], Stage.OPENING),
        ([Sign.CAME], Stage.PRE),
        ([Sign.CAME, Sign.CAME, Sign.SHOWN], Stage.VISIBLE),
        ([Sign.SHOWN, Sign.CAME], Stage.VISIBLE),
        ([Sign.SHOWN, Sign.STOPPED], Stage.DONE),
        ([Sign.STOPPED], Stage.DONE),
        ([Sign.BROKE], Stage.BROKEN),
        ([Sign.CAME, Sign.BROKE], Stage.BROKEN),
        ([Sign.SHOWN, Sign.BROKE], Stage.BROKEN),
    ],
)
def test_an_attempt_goes_from_opening_to_its_end(signs: list[Sign], stage: Stage) -> None:
    at = Stage.OPENING
    for sign in signs:
        at = after(at, sign)

    assert at is stage


def test_only_the_terminal_marker_makes_an_attempt_whole() -> None:
    assert {sign for (_, sign), stage in TABLE.items() if stage is Stage.DONE} == {Sign.STOPPED}


def test_what_was_visible_is_never_unseen_again() -> None:
    after_visible = {stage for (before, _), stage in TABLE.items() if before is Stage.VISIBLE}

    assert after_visible == {Stage.VISIBLE, Stage.DONE, Stage.BROKEN}
