"""The App Home and the modals: who stands where, what comes back, and that all of it fits."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.humans.terms import Mode
from bot.privacy.redact import stored
from bot.slack.desk.home import Row, home_view
from bot.slack.desk.modals import (
    AssignTo,
    KeepNote,
    Reveal,
    SendReply,
    assign_modal,
    drafting_modal,
    entered,
    no_draft_modal,
    note_modal,
    reveal_modal,
    revealed_modal,
    send_modal,
)
from bot.slack.target import Place, Target, human_of, packed, target_of, unpacked
from channels.base import ConversationId
from channels.slack.mrkdwn import harmless
from tests.bot.slack.block_limits import faults_of_view, texts_in
from tests.bot.slack.desk.test_cards import CARD, CLAIMED, HOSTILE

ME = human_of("T1", "U7", "Ada").id
PLACE = Place(Target(ConversationId("c1"), 2), "C1", "1700000000.000100", "d1")
WAITS = Row(replace(CARD, ask=stored("waiting-ask")))
LATE = Row(replace(CARD, ask=stored("late-ask")), is_late=True)
MY_OWN = Row(replace(CLAIMED, ask=stored("my-ask")), "https://app.slack.example/p1")
OTHERS = Row(replace(CLAIMED, human="slack:T1:U8", ask=stored("others-ask")))


def submitted(view: dict[str, Any], **answers: dict[str, Any]) -> dict[str, Any]:
    values = {name: {name: answer} for name, answer in answers.items()}
    return {**view, "state": {"values": values}}


def test_the_home_lists_what_is_late_mine_and_waiting_and_counts_the_rest() -> None:
    view = home_view([WAITS, LATE, MY_OWN, OTHERS], ME)

    texts = list(texts_in(view))
    places = [next(n for n, text in enumerate(texts) if words in text) for words in (
        "Waited too long (1)", "late-ask", "Mine (1)", "my-ask", "Waiting (1)", "waiting-ask"
    )]  # fmt: skip
    assert places == sorted(places)
    assert "1 mine · 1 waiting · 1 late · 1 with others" in texts[0]
    assert not any("others-ask" in text for text in texts)
    assert any("<https://app.slack.example/p1|Open>" in text for text in texts)


def test_only_what_nobody_has_can_be_claimed_from_the_home() -> None:
    view = home_view([WAITS, LATE, MY_OWN], ME)

    claims = [
        block["accessory"]
        for block in view["blocks"]
        if "accessory" in block and block["accessory"]["action_id"] == "claim"
    ]
    assert [target_of(one["value"]) for one in claims] == [Target(ConversationId("c1"), 2)] * 2


def test_where_cards_are_only_alerts_nothing_can_be_claimed_from_the_home() -> None:
    view = home_view([WAITS, LATE, MY_OWN], ME, Mode.ALERTS)

    assert [
        block["accessory"]["action_id"] for block in view["blocks"] if "accessory" in block
    ] == ["refresh"]


@pytest.mark.parametrize("many", [0, 1, 30, 31, 200])
def test_a_home_has_never_more_than_a_hundred_blocks(many: int) -> None:
    view = home_view([row for row in (WAITS, LATE, MY_OWN) for _ in range(many)], ME)

    assert faults_of_view(view) == []
    assert any("And 170 more." in text for text in texts_in(view)) == (many == 200)


@settings(max_examples=40, deadline=None)
@given(word=st.text(max_size=4_000) | st.text("<&>", min_size=500), url=st.text(max_size=50))
def test_no_home_is_longer_than_slack_takes(word: str, url: str) -> None:
    """K75."""
    card = replace(CARD, ask=stored(word), reason=word, channel=word, locale=word, human=word)
    rows = [Row(card, url), Row(card, url, True), Row(replace(card, owner="human"), url)]

    assert faults_of_view(home_view(rows, word)) == []


def test_customer_text_in_the_home_pings_nobody() -> None:
    """K76."""
    texts = "\n".join(texts_in(home_view([Row(replace(CARD, ask=stored(HOSTILE)))], ME)))

    assert "<!channel" not in texts
    assert "<@U1" not in texts
    assert "<https://evil" not in texts


def test_what_is_entered_comes_back_with_its_place() -> None:
    value = {"value": " It left today. "}
    picked = {"selected_option": {"value": "[EMAIL_1]"}}
    reveal = reveal_modal(PLACE, ["[EMAIL_1]"])

    assert entered(submitted(assign_modal(PLACE), field={"selected_user": "U8"})) == AssignTo(
        PLACE, "U8"
    )
    assert entered(submitted(send_modal(PLACE, ""), field=value)) == SendReply(
        PLACE, "It left today."
    )
    assert entered(submitted(note_modal(PLACE), field=value)) == KeepNote(PLACE, "It left today.")
    assert entered(submitted(reveal, field=picked, why={"value": "to call back"})) == Reveal(
        PLACE, "[EMAIL_1]", "to call back"
    )


@pytest.mark.parametrize(
    "view",
    [
        {},
        {"private_metadata": "{}", "callback_id": "note_view"},
        {"private_metadata": packed(PLACE), "callback_id": "another_view"},
        {**note_modal(PLACE), "state": {"values": []}},
        submitted(assign_modal(PLACE), field={"selected_user": None}),
        submitted(send_modal(PLACE, ""), field={"value": "  "}),
        submitted(note_modal(PLACE), field={"value": None}),
        submitted(reveal_modal(PLACE, ["[EMAIL_1]"]), field={}, why={"value": "to call back"}),
    ],
)
def test_a_submission_without_an_answer_is_nothing(view: dict[str, Any]) -> None:
    assert entered(view) is None


def test_a_reply_begins_as_the_draft_and_names_its_sources() -> None:
    view = send_modal(PLACE, "It left today.", ["Shipping <!here>"])

    assert view["blocks"][0]["element"]["initial_value"] == "It left today."
    assert any("• Shipping &lt;!here&gt;" in text for text in texts_in(view))


def test_what_was_never_kept_is_named_and_cannot_be_picked() -> None:
    view = reveal_modal(PLACE, ["[EMAIL_1]"], ["[CREDIT_CARD ****1111]"])

    picks = view["blocks"][1]["element"]["options"]
    assert [one["value"] for one in picks] == ["[EMAIL_1]"]
    assert any(harmless("[CREDIT_CARD ****1111]") in text for text in texts_in(view))


def test_while_a_draft_is_written_nothing_can_be_sent() -> None:
    view = drafting_modal(PLACE, "It left <!here>")

    assert "submit" not in view
    assert any("It left &lt;!here&gt;" in text for text in texts_in(view))


def test_a_revealed_value_is_in_its_one_text_and_nowhere_else() -> None:
    view = revealed_modal(PLACE, "[EMAIL_1]", "ada@example.com")

    assert json.dumps(view).count("ada@example.com") == 1
    assert "ada@" not in view["private_metadata"]
    assert "submit" not in view


def test_with_nothing_to_reveal_the_modal_only_says_so() -> None:
    view = reveal_modal(PLACE, [])

    assert faults_of_view(view) == []
    assert "submit" not in view


@settings(max_examples=60, deadline=None)
@given(
    draft=st.text(max_size=6_000),
    names=st.lists(st.text(max_size=400), max_size=130),
)
def test_no_modal_is_longer_than_slack_takes(draft: str, names: list[str]) -> None:
    """K75."""
    for view in (
        assign_modal(PLACE),
        note_modal(PLACE),
        send_modal(PLACE, draft, names),
        drafting_modal(PLACE, draft),
        no_draft_modal(PLACE, draft),
        revealed_modal(PLACE, draft[:40], draft),
        reveal_modal(PLACE, names),
        reveal_modal(PLACE, names[:3], names),
    ):
        assert faults_of_view(view) == []


@given(st.text(max_size=100), st.integers(1, 9), st.text(max_size=30))
def test_a_place_survives_its_way_through_slack(conversation: str, episode: int, word: str) -> None:
    place = Place(Target(ConversationId(conversation or "c"), episode), word, word, word)

    assert unpacked(packed(place)) == place
