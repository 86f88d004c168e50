import copy
from dataclasses import FrozenInstanceError, replace

import pytest

from bot.log import Event
from bot.stores.base import Head, HeadChange, Owner, Write
from bot.stores.projection import project
from tests.bot.stores.samples import NOW, ONE, first_head, later, piece, said


@pytest.mark.parametrize("change", [None, HeadChange(turn=1)])
def test_the_new_head_and_the_events_are_frozen_values_like_any_other(
    change: HeadChange | None,
) -> None:
    done = project(first_head(), Write(ONE, NOW, (piece(0),), change))
    (event,) = done.events
    made = Event(ONE, 1, NOW, "bot", 1, 1, "t-1", piece(0).body)
    expected = replace(first_head(), head_seq=1, turn=0 if change is None else 1)

    assert (type(done.head), type(event)) == (Head, Event)
    assert (done.head, event) == (expected, made)
    assert (hash(done.head), repr(event)) == (hash(expected), repr(made))
    assert copy.deepcopy(done.head) == expected
    with pytest.raises(FrozenInstanceError):
        event.seq = 2  # type: ignore[misc]  # the mistake that is tested
    with pytest.raises(FrozenInstanceError):
        done.head.fence = 2  # type: ignore[misc]  # the mistake that is tested


def test_every_field_of_a_change_reaches_the_head_and_the_old_head_stays() -> None:
    before = first_head()
    change = HeadChange(
        owner=Owner.HUMAN,
        human="Ada",
        is_open=False,
        turn=3,
        answered_seq=1,
        reason="explicit_request",
        locale="de",
        customer="c-7",
        waiting_since=later(1),
        asked=True,
        new_episode=True,
    )
    head = project(before, Write(ONE, NOW, (said("a"), said("b")), change, take_fence=True)).head

    assert before == first_head()
    assert head == Head(
        ONE, before.tenant, "web", "c-7", "de", Owner.HUMAN, "Ada", 2, 2, True, 2, 1, 3, 2, 1,
        "explicit_request", later(1),
    )  # fmt: skip
