"""What to do about a number of Twilio's that says why something failed. Pure.

Source: reference/channels.md 1.4; Twilio, Error and Warning Dictionary.
"""

from enum import Enum


class Action(Enum):
    """What follows from a failure."""

    PERMANENT = "permanent"
    """This address will never take a message: do not try again."""
    OPT_OUT = "opt_out"
    """He said STOP: consent is gone, nothing is tried again, a human goes another way."""
    BACK_OFF = "back_off"
    """Too fast: again later, with jitter."""
    ONE_RETRY = "one_retry"
    """Once more after a while, then give up."""
    SLOW_DOWN = "slow_down"
    """The sender's queue is full: send less, and say so to the people in charge."""
    OPERATIONS = "operations"
    """Only the people in charge can mend it; nothing is tried again."""
    OUR_BUG = "our_bug"
    """We sent what nobody may send."""
    LOOP_GUARD = "loop_guard"
    """Two machines answer each other: stop for half a minute."""
    NO_RESEND = "no_resend"
    """Filtered: the same text would be filtered again, and hurt the sender; say so."""
    EXPIRED = "expired"
    """It waited too long and was not sent."""
    NEEDS_TEMPLATE = "needs_template"
    """WhatsApp takes only an approved template now."""


ACTIONS: dict[Action, frozenset[int]] = {
    Action.PERMANENT: frozenset({20404, 21211, 21614, 21635, 30004, 30005, 30006}),
    Action.OPT_OUT: frozenset({21610}),
    Action.BACK_OFF: frozenset({20429, 63017}),
    Action.ONE_RETRY: frozenset({30003, 30008}),
    Action.SLOW_DOWN: frozenset({21611, 30001}),
    Action.OPERATIONS: frozenset(
        {20003, 21408, 21606, 21612, 30022, 30023, 30034, 11200, 11205, 12100, 12300}
    ),
    Action.OUR_BUG: frozenset({21602, 21617}),
    Action.LOOP_GUARD: frozenset({14107}),
    Action.NO_RESEND: frozenset({30007}),
    Action.EXPIRED: frozenset({30036}),
    Action.NEEDS_TEMPLATE: frozenset({63016}),
}
BY_CODE = {code: action for action, codes in ACTIONS.items() for code in codes}


def action_for(code: int) -> Action:
    """Return what to do; of a code that is not known, that somebody must look at it."""
    return BY_CODE.get(code, Action.OPERATIONS)
