"""What Slack sends of people's acts, read; whatever is missing is nothing, never a failure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.clicks import Click, Spot, click_of, shortcut_of, submitted_of, typed_of
from channels.slack.base import TeamId

TEAM = TeamId("T1")
NAMES = st.sampled_from(
    ["actions", "user", "id", "container", "message", "channel", "view", "value", "thread_ts"]
)
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def clicked(**more: object) -> dict[str, object]:
    return {
        "user": {"id": "U1"},
        "trigger_id": "t",
        "channel": {"id": "C1"},
        "actions": [{"action_id": "claim", "value": "v"}],
        **more,
    }


@pytest.mark.parametrize(
    ("container", "thread"),
    [
        ({"message_ts": "1.1", "channel_id": "C1"}, "1.1"),
        ({"message_ts": "2.2", "channel_id": "C1", "thread_ts": "1.1"}, "1.1"),
        ({"message_ts": "3.3", "channel_id": "C1", "is_ephemeral": True}, ""),
        (
            {"message_ts": "3.3", "channel_id": "C1", "is_ephemeral": True, "thread_ts": "1.1"},
            "1.1",
        ),
        ({"type": "view", "view_id": "V1"}, ""),
    ],
)
def test_a_click_knows_the_thread_it_was_made_in(container: dict[str, object], thread: str) -> None:
    click = click_of(TEAM, clicked(container=container))
    is_at_top = thread != "" and container.get("message_ts") == thread

    assert click == Click(Spot(TEAM, "U1", "C1", thread, is_at_top), "v", "t")


@given(st.dictionaries(NAMES, JSON, max_size=6))
def test_whatever_comes_is_read_without_failing(payload: dict[str, object]) -> None:
    for read in (click_of, submitted_of, typed_of, shortcut_of):
        read(TEAM, payload)


def test_without_somebody_there_is_no_act() -> None:
    for read in (click_of, submitted_of, typed_of, shortcut_of):
        assert read(TEAM, {"actions": [{"value": "v"}], "view": {"id": "V1"}, "text": "x"}) is None
