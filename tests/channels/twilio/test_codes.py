import pytest

from channels.twilio.codes import Action, action_for


@pytest.mark.parametrize(
    ("codes", "action"),
    [
        ((20404, 21211, 21614, 21635, 30004, 30005, 30006), Action.PERMANENT),
        ((21610,), Action.OPT_OUT),
        ((20429, 63017), Action.BACK_OFF),
        ((30003, 30008), Action.ONE_RETRY),
        ((21611, 30001), Action.SLOW_DOWN),
        ((20003, 21408, 21606, 21612, 30022, 30023, 30034), Action.OPERATIONS),
        ((11200, 11205, 12100, 12300), Action.OPERATIONS),
        ((21617, 21602), Action.OUR_BUG),
        ((14107,), Action.LOOP_GUARD),
        ((30007,), Action.NO_RESEND),
        ((30036,), Action.EXPIRED),
        ((63016,), Action.NEEDS_TEMPLATE),
        ((0, 99999), Action.OPERATIONS),
    ],
)
def test_each_code_has_its_action(codes: tuple[int, ...], action: Action) -> None:
    """Source: the table in reference/channels.md 1.4."""
    assert {action_for(code) for code in codes} == {action}


def test_every_action_is_that_of_some_code() -> None:
    assert {action_for(code) for code in range(100_000)} == set(Action)
