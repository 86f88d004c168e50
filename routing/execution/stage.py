"""Where one attempt stands: a table, and nothing else says so. Pure."""

from enum import Enum


class Stage(Enum):
    """Where an attempt stands."""

    OPENING = "opening"
    """Nothing has come from the model."""
    PRE = "pre"
    """Something came, and nothing of it is visible: it thinks, or its text is kept back."""
    VISIBLE = "visible"
    """Some of its text was yielded."""
    DONE = "done"
    """It came to its terminal marker with an answer, or was stopped where that is as good."""
    BROKEN = "broken"
    """It failed, or was given up: its record says why."""


class Sign(Enum):
    """What can be seen of an attempt."""

    CAME = "a piece comes, nothing is shown"
    SHOWN = "text is shown"
    STOPPED = "terminal marker with an answer"
    BROKE = "failure, silence, cut, refusal or close"


TABLE: dict[tuple[Stage, Sign], Stage] = {
    (Stage.OPENING, Sign.CAME): Stage.PRE,
    (Stage.OPENING, Sign.SHOWN): Stage.VISIBLE,
    (Stage.OPENING, Sign.STOPPED): Stage.DONE,
    (Stage.OPENING, Sign.BROKE): Stage.BROKEN,
    (Stage.PRE, Sign.CAME): Stage.PRE,
    (Stage.PRE, Sign.SHOWN): Stage.VISIBLE,
    (Stage.PRE, Sign.STOPPED): Stage.DONE,
    (Stage.PRE, Sign.BROKE): Stage.BROKEN,
    (Stage.VISIBLE, Sign.CAME): Stage.VISIBLE,
    (Stage.VISIBLE, Sign.SHOWN): Stage.VISIBLE,
    (Stage.VISIBLE, Sign.STOPPED): Stage.DONE,
    (Stage.VISIBLE, Sign.BROKE): Stage.BROKEN,
}
"""Every legal pair: an attempt that is over stays as it is."""
OVER = frozenset({Stage.DONE, Stage.BROKEN})


def after(stage: Stage, sign: Sign) -> Stage:
    """Return where an attempt stands after a sign; a sign of one that is over is our mistake."""
    row = TABLE.get((stage, sign))
    assert row is not None, f"{sign.name} cannot happen in {stage.name}"
    return row
