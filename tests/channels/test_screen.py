import pytest

from channels.screen import Bubble, Screen
from channels.wire.web_seen import (
    Accepted,
    Busy,
    Delta,
    Ended,
    Escalated,
    Reset,
    Seen,
    ServerFrame,
    Snapshot,
    Started,
)


def after(*frames: ServerFrame) -> tuple[Bubble, ...]:
    screen = Screen()
    for frame in frames:
        screen.show(frame)
    return screen.bubbles


SAID = Accepted("a", "m1", "Hi")
BEGUN = (Started("m2", "bot"), Delta("m2", 0, "One"), Delta("m2", 1, " two"))
CUSTOMER = Bubble("m1", "customer", "Hi", "done")


@pytest.mark.parametrize(
    ("frames", "bubbles"),
    [
        ((), ()),
        ((SAID,), (CUSTOMER,)),
        ((SAID, SAID), (CUSTOMER,)),
        ((SAID, *BEGUN), (CUSTOMER, Bubble("m2", "bot", "One two"))),
        ((*BEGUN, Reset("m2")), (Bubble("m2", "bot"),)),
        ((*BEGUN, Reset("m2"), Delta("m2", 0, "New")), (Bubble("m2", "bot", "New"),)),
        (
            (*BEGUN, Ended("m2", "One two!", "done", "bot", ())),
            (Bubble("m2", "bot", "One two!", "done"),),
        ),
        (
            (Started("m2", "agent"), Ended("m2", "x", "stopped", "", ())),
            (Bubble("m2", "agent", "x", "stopped"),),
        ),
        ((Delta("m2", 3, " rest"),), (Bubble("m2", "bot", " rest"),)),
        (
            (*BEGUN, Snapshot(9, (Seen("m2", "", "bot", "One", "open"),)), Delta("m2", 1, " t")),
            (Bubble("m2", "bot", "One t"),),
        ),
        ((Escalated("joined", "Ada"), Busy(is_on=True)), ()),
    ],
)
def test_a_screen_shows_what_its_frames_say(
    frames: tuple[ServerFrame, ...], bubbles: tuple[Bubble, ...]
) -> None:
    assert after(*frames) == bubbles


def test_a_message_that_is_not_there_has_no_text() -> None:
    assert Screen().text_of("m9") == ""
