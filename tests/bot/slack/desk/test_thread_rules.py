"""What becomes of a message under a card. Cases: reference/channels.md K64, K66, K67, K85."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.humans.terms import Mode
from bot.slack.desk.thread_rules import (
    Correction,
    Floor,
    Ignored,
    Note,
    Reworded,
    Ruling,
    SharedFile,
    ToCustomer,
    Why,
    Withdrawn,
    is_marked,
    parted,
    ruling_on,
)

THREAD = "1700000000.000100"
TS = "1700000100.000200"
FREE = Floor(THREAD, bot_user="U0BOT")
MINE = Floor(THREAD, claimed_by="U7", bot_user="U0BOT")
THEIRS = Floor(THREAD, claimed_by="U8", bot_user="U0BOT")
OUTSIDE = Floor(THREAD, claimed_by="-", bot_user="U0BOT")
FILE = {
    "id": "F1",
    "name": "label.pdf",
    "mimetype": "application/pdf",
    "size": 12,
    "url_private": "https://files.example/F1",
}


def message(text: str = "On its way.", **changes: object) -> dict[str, Any]:
    plain = {"type": "message", "user": "U7", "text": text, "ts": TS, "thread_ts": THREAD}
    return plain | changes


def edited(text: str, before: str = "Old.", after_s: int = 10, **changes: object) -> dict[str, Any]:
    by = {"user": "U7", "ts": f"{1700000100 + after_s}.000000"}
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": message(text) | {"edited": by} | changes,
        "previous_message": message(before),
    }


def deleted(**changes: object) -> dict[str, Any]:
    return {
        "type": "message",
        "subtype": "message_deleted",
        "deleted_ts": TS,
        "previous_message": message() | changes,
    }


def with_mode(floor: Floor, mode: Mode) -> Floor:
    return Floor(floor.thread, floor.claimed_by, mode, floor.edit_s, floor.bot_user)


@pytest.mark.parametrize(
    ("event", "floor", "ruling"),
    [
        (message(), MINE, ToCustomer("On its way.")),
        (message(subtype="thread_broadcast"), MINE, ToCustomer("On its way.")),
        (message(), THEIRS, Note("On its way.", is_asked=False)),
        (message(), OUTSIDE, Note("On its way.", is_asked=False)),
        (message(), FREE, Note("On its way.", is_asked=True)),
        (message(), with_mode(MINE, Mode.EXPLICIT), Note("On its way.", is_asked=False)),
        (message(), with_mode(FREE, Mode.EXPLICIT), Note("On its way.", is_asked=False)),
        (message(), with_mode(MINE, Mode.ALERTS), Note("On its way.", is_asked=False)),
        (message(";; angry"), MINE, Note("angry", is_asked=False)),
        (message("Note: angry"), FREE, Note("angry", is_asked=False)),
        (message("Sorry.\n;; angry\nvery"), MINE, ToCustomer("Sorry.", aside="angry\nvery")),
        (message("Sorry.\n;; angry"), FREE, Note("Sorry.\nangry", is_asked=False)),
        (message(""), MINE, Ignored(Why.NOTHING_SAID)),
        (message(";;"), MINE, Ignored(Why.NOTHING_SAID)),
    ],
)
def test_who_has_claimed_and_the_mode_decide_what_is_said(
    event: dict[str, Any], floor: Floor, ruling: Ruling
) -> None:
    assert ruling_on(event, floor) == ruling


def test_a_shared_file_goes_where_its_message_goes() -> None:
    shared = message("", subtype="file_share", files=[FILE, {"id": "F2", "mode": "tombstone"}, 7])
    file = SharedFile("F1", "label.pdf", "application/pdf", 12, "https://files.example/F1")

    assert ruling_on(shared, MINE) == ToCustomer("", (file,))
    assert ruling_on({**shared, "text": ";; for us"}, MINE) == Note("for us", False, (file,))
    assert ruling_on({**shared, "text": ";;"}, MINE) == Note("", False, (file,))


NOT_HUMAN = [
    (message(user="U0BOT"), Why.OURSELVES),
    (message(user="U0BOT", bot_id="B1"), Why.OURSELVES),
    (message(bot_id="B2"), Why.ANOTHER_BOT),
    (message(bot_profile={"id": "B2"}), Why.ANOTHER_BOT),
    (message(subtype="bot_message"), Why.ANOTHER_BOT),
    (message(user="USLACKBOT"), Why.ANOTHER_BOT),
    (message(user=""), Why.NOTHING_SAID),
    (message(user=7), Why.NOTHING_SAID),
    (message(subtype="channel_join"), Why.NOTHING_SAID),
    (message(subtype="channel_topic"), Why.NOTHING_SAID),
    (message(subtype="message_replied"), Why.NOTHING_SAID),
    (message(subtype="never_heard_of"), Why.NOTHING_SAID),
    (edited("New.", bot_id="B2"), Why.ANOTHER_BOT),
    (edited("New.", user="U0BOT"), Why.OURSELVES),
    (edited("New.", subtype="bot_message"), Why.NOTHING_SAID),
    (deleted(bot_id="B2"), Why.ANOTHER_BOT),
    ({"type": "message", "subtype": "message_changed"}, Why.ELSEWHERE),
    ({"type": "message", "subtype": "message_deleted"}, Why.ELSEWHERE),
]


@pytest.mark.parametrize(("event", "why"), NOT_HUMAN)
def test_what_no_human_wrote_is_never_a_reply(event: dict[str, Any], why: Why) -> None:
    """K64."""
    assert ruling_on(event, MINE) == Ignored(why)


@pytest.mark.parametrize("event", [message(), edited("New."), deleted(), message("", files=[FILE])])
@pytest.mark.parametrize("thread", ["", "1600000000.000000"])
def test_a_message_in_another_thread_does_nothing(event: dict[str, Any], thread: str) -> None:
    """K67."""
    assert ruling_on(event, Floor(thread, claimed_by="U7")) == Ignored(Why.ELSEWHERE)


@pytest.mark.parametrize("thread", ["", None, 7, TS])
def test_a_message_at_the_top_does_nothing(thread: object) -> None:
    """K67; a message that begins a thread carries its own `ts` as `thread_ts`."""
    event = message(thread_ts=thread)

    assert ruling_on(event, MINE) == Ignored(Why.ELSEWHERE)
    assert ruling_on(event, Floor(TS, claimed_by="U7")) == Ignored(Why.ELSEWHERE)


@pytest.mark.parametrize(
    ("event", "floor", "ruling"),
    [
        (edited("New."), MINE, Correction(TS, "New.")),
        (edited("New.", after_s=59), MINE, Correction(TS, "New.")),
        (edited("New.", after_s=61), MINE, Reworded(TS, "New.")),
        (edited("New."), FREE, Reworded(TS, "New.")),
        (edited("New."), THEIRS, Reworded(TS, "New.")),
        (edited("New."), with_mode(MINE, Mode.EXPLICIT), Reworded(TS, "New.")),
        (edited("New.\n;; angry"), MINE, Correction(TS, "New.")),
        (edited(";; New."), MINE, Withdrawn(TS)),
        (edited(""), MINE, Withdrawn(TS)),
        (edited("Old."), MINE, Ignored(Why.NOT_REWRITTEN)),
        (edited("New.", edited=None), MINE, Ignored(Why.NOT_REWRITTEN)),
        (edited("New.", edited={"user": "U8"}), MINE, Ignored(Why.NOT_THE_AUTHOR)),
        (edited("New.", edited={"user": "U7"}), MINE, Reworded(TS, "New.")),
        (edited("New.", after_s=-9), MINE, Reworded(TS, "New.")),
        (edited("New.", ts="soon"), MINE, Reworded("soon", "New.")),
        (edited("Now said.", before=";; angry"), MINE, Ignored(Why.WAS_A_NOTE)),
        (deleted(), MINE, Withdrawn(TS)),
        (deleted(), FREE, Withdrawn(TS)),
        (
            {
                "subtype": "message_changed",
                "message": {"subtype": "tombstone", "ts": TS, "user": "USLACKBOT"},
                "previous_message": message(),
            },
            MINE,
            Withdrawn(TS),
        ),
    ],
)
def test_an_edit_is_a_correction_or_nothing_and_a_deletion_takes_back(
    event: dict[str, Any], floor: Floor, ruling: Ruling
) -> None:
    """K66: the decision."""
    assert ruling_on(event, floor) == ruling


@given(text=st.text(max_size=200), floor=st.sampled_from([FREE, MINE, THEIRS, OUTSIDE]))
def test_an_edit_is_never_a_second_message(text: str, floor: Floor) -> None:
    """K66: no edit is said or noted, whatever it reads."""
    assert not isinstance(ruling_on(edited(text), floor), ToCustomer | Note)


MARKS = [
    ";;",
    ";; ",
    "  ;;",
    "note:",
    "NOTE:",
    "Note :",
    "*note:*",
    "_note_:",
    "> note:",
    "&gt; ;;",
    "\u200b;;",
    "\uff1b\uff1b",
    "note\uff1a",
    "~;;",
    "`note:`",
]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize("floor", [FREE, MINE, THEIRS])
def test_a_note_stays_a_note_however_its_mark_is_written(mark: str, floor: Floor) -> None:
    """K85."""
    assert ruling_on(message(f"{mark} secret"), floor) == Note("secret", is_asked=False)


@given(
    before=st.lists(st.text(max_size=20), max_size=3),
    mark=st.sampled_from(MARKS),
    after=st.lists(st.text(max_size=20), max_size=3),
    mode=st.sampled_from(Mode),
    is_edit=st.booleans(),
)
def test_nothing_from_a_marked_line_on_reaches_the_customer(
    before: list[str], mark: str, after: list[str], mode: Mode, is_edit: bool
) -> None:
    """K85."""
    text = "\n".join([*before, f"{mark} SECRET-4711", *after])

    ruling = ruling_on(edited(text) if is_edit else message(text), with_mode(MINE, mode))

    match ruling:
        case ToCustomer(said) | Correction(_, said) | Reworded(_, said):
            assert "SECRET-4711" not in said
            assert not is_marked(said)
        case _:
            pass


@pytest.mark.parametrize(
    "text",
    [
        "Please note: it is late",
        "footnote: x",
        "; one",
        "Noted: x",
        "a;; b",
        ":note: x",
        "notes: x",
    ],
)
def test_a_mark_in_the_middle_of_a_line_is_no_mark(text: str) -> None:
    assert parted(text) == (text, "")
