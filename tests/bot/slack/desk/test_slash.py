"""The slash command, read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.desk.slash import (
    Asked,
    Done,
    Help,
    KeepNote,
    PauseBot,
    Status,
    Take,
    Transcript,
    Who,
    asked,
)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("status", Status()),
        (" STATUS ", Status()),
        ("who", Who()),
        ("take", Take()),
        ("take 0f3a", Take("0f3a")),
        ("done", Done()),
        ("done 0f3a", Done("0f3a")),
        ("transcript", Transcript()),
        ("transcript 0f3a", Transcript("0f3a")),
        ("transcript a b", Help()),
        ("pause bot", PauseBot()),
        ("Pause  Bot 0f3a", PauseBot("0f3a")),
        ("note Calls back at 5\nsharp", KeepNote("Calls back at 5\nsharp")),
        ("note", Help()),
        ("note  ", Help()),
        ("", Help()),
        ("help", Help()),
        ("pause", Help()),
        ("pause everything", Help()),
        ("take <@U1>", Help()),
        ("take a b", Help()),
        ("dance", Help()),
    ],
)
def test_a_command_means(text: str, meaning: Asked) -> None:
    assert asked(text) == meaning


@given(st.text(max_size=50))
def test_anything_can_be_asked(text: str) -> None:
    assert isinstance(asked(text), Asked)


def test_the_help_names_every_command() -> None:
    for word in ("status", "take", "note", "done", "pause bot", "who", "transcript"):
        assert f"/support {word}" in Help().text
