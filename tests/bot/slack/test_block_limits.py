"""The validator itself: what is one too long is found."""

from typing import Any

import pytest

from tests.bot.slack.block_limits import faults_of_message, faults_of_view


def plain(length: int) -> dict[str, Any]:
    return {"type": "plain_text", "text": "x" * length}


def button(**changes: object) -> dict[str, Any]:
    return {"type": "button", "action_id": "go", "text": plain(2), **changes}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


WRONG: list[list[dict[str, Any]]] = [
    [],
    [{"type": "divider"}] * 51,
    [{"type": "section", "text": plain(3_001)}],
    [{"type": "section", "text": plain(0)}],
    [{"type": "section"}],
    [{"type": "section", "fields": [plain(1)] * 11}],
    [{"type": "section", "text": plain(3_000)}] * 5,
    [{"type": "header", "text": plain(151)}],
    [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
    [{"type": "context", "elements": [plain(1)] * 11}],
    [actions(*(button(action_id=f"b{n}") for n in range(26)))],
    [actions(button(), button())],
    [actions(button(text=plain(76)))],
    [actions(button(value="x" * 2_001))],
    [actions(button(url="x" * 3_001))],
    [actions(button(action_id="x" * 256))],
    [actions(button(style="purple"))],
    [actions(button(confirm={"title": plain(101), "text": plain(1)}))],
    [{"type": "divider", "block_id": "x" * 256}],
    [{"type": "divider", "block_id": "x"}] * 2,
    [{"type": "poem"}],
]


@pytest.mark.parametrize("blocks", WRONG)
def test_what_slack_would_refuse_is_found(blocks: list[dict[str, Any]]) -> None:
    assert faults_of_message("text", blocks)


def test_a_text_that_is_too_long_or_missing_is_found() -> None:
    assert faults_of_message("", [{"type": "divider"}])
    assert faults_of_message("x" * 4_001, [{"type": "divider"}])


@pytest.mark.parametrize(
    "changes",
    [
        {"blocks": [{"type": "divider"}] * 101},
        {"title": plain(25)},
        {"submit": plain(25)},
        {"close": plain(25)},
        {"private_metadata": "x" * 3_001},
        {"callback_id": "x" * 256},
        {"type": "window"},
    ],
)
def test_a_view_that_slack_would_refuse_is_found(changes: dict[str, Any]) -> None:
    view = {"type": "modal", "title": plain(24), "blocks": [{"type": "divider"}]}

    assert not faults_of_view(view)
    assert faults_of_view({**view, **changes})
