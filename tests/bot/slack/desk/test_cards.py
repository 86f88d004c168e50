"""The card: what it tells, what can be clicked, and that nobody can break out of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.humans.desk import Card
from bot.humans.escalation import Reason
from bot.humans.terms import Mode
from bot.privacy.redact import stored
from bot.slack.blocks import cut, link, safe
from bot.slack.desk.cards import NOBODYS, OUTCOMES, REASONS, CardMessage, card_message
from bot.slack.target import Target, target_in, target_of, user_of
from channels.base import ConversationId
from channels.slack.split import units
from routing.request import TenantId
from tests.bot.slack.block_limits import faults_of_message, texts_in

AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
CARD = Card(
    conversation=ConversationId("c1"),
    tenant=TenantId("shop"),
    episode=2,
    reason="explicit_request",
    cause="customer",
    ask=stored("Where is my parcel, [EMAIL_1]?"),
    summary=(stored("customer: hello"), stored("bot: hi")),
    locale="de-AT",
    channel="web",
    is_verified=True,
    waiting_since=AT,
    trace_id="t1",
)
CLAIMED = replace(CARD, owner="human", human="slack:T1:U7")
HOSTILE = "<!channel> @here <@U1> ```*x*``` <https://evil.example|ok> &lt;!here&gt;"
TEXT = st.text(max_size=5_000) | st.text("<>&`*", min_size=2_000, max_size=4_000)


def buttons_of(message: CardMessage) -> list[dict[str, Any]]:
    return [
        element
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    ]


def choices_of(message: CardMessage) -> list[str]:
    return [
        option["value"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "overflow"
        for option in element["options"]
    ]


def shown(message: CardMessage) -> str:
    return "\n".join(texts_in(message.blocks))


def test_a_card_tells_why_what_who_and_since_when() -> None:
    text = shown(card_message(CARD, trace_url="https://copilot.example/t?a=1&b=2"))

    for words in (
        "The customer asks for a person",
        ">Where is my parcel, [EMAIL_1]?",
        "• customer: hello\n• bot: hi",
        "Caused by the customer",
        "Language: German",
        "Channel: web",
        "Identity verified",
        f"<!date^{int(AT.timestamp())}^{{date_short_pretty}} {{time}} ({{ago}})|2026-03-04 05:06",
        "<https://copilot.example/t?a=1&amp;b=2|Trace>",
        "Nobody has claimed it",
    ):
        assert words in text


def test_a_card_says_who_has_claimed_and_that_nobody_was_verified() -> None:
    text = shown(card_message(replace(CLAIMED, is_verified=False)))

    assert "Claimed by <@U7>" in text
    assert "Identity not verified" in text


@pytest.mark.parametrize(
    ("card", "mode", "outcome", "labels"),
    [
        (CARD, Mode.CLAIMER, "", ["Claim", "Assign", "Suggest reply"]),
        (CARD, Mode.EXPLICIT, "", ["Claim", "Assign", "Suggest reply"]),
        (CARD, Mode.ALERTS, "", []),
        (
            CLAIMED,
            Mode.CLAIMER,
            "",
            ["Suggest reply", "Assign", "Reveal", "Return to bot", "Resolve"],
        ),
        (CLAIMED, Mode.CLAIMER, "resolved", []),
        (CLAIMED, Mode.CLAIMER, "released", []),
    ],
)
def test_the_state_chooses_the_buttons(
    card: Card, mode: Mode, outcome: str, labels: list[str]
) -> None:
    message = card_message(card, mode, outcome=outcome)

    assert [one["text"]["text"] for one in buttons_of(message)] == labels


def test_what_the_customer_notices_is_confirmed_first() -> None:
    confirmed = {one["action_id"] for one in buttons_of(card_message(CLAIMED)) if "confirm" in one}

    assert confirmed == {"release", "resolve"}


def test_a_card_that_is_over_says_how() -> None:
    assert "Resolved" in shown(card_message(CLAIMED, outcome="resolved"))
    assert "Returned to the bot" in card_message(CLAIMED, outcome="released").text


@pytest.mark.parametrize(
    ("card", "words"),
    [
        (CARD, ["reply", "note", "transcript"]),
        (CLAIMED, ["reply", "note", "transcript", "faq"]),
    ],
)
def test_rare_things_are_in_a_menu_and_lead_back_to_the_handoff(
    card: Card, words: list[str]
) -> None:
    choices = [choice.partition(":") for choice in choices_of(card_message(card))]

    assert [word for word, _, _ in choices] == words
    assert {target_of(value) for _, _, value in choices} == {Target(ConversationId("c1"), 2)}


def test_a_card_of_a_conversation_whose_id_fits_no_menu_has_none() -> None:
    long = replace(CARD, conversation=ConversationId("c" * 140))

    assert choices_of(card_message(long)) == []
    assert faults_of_message("text", card_message(long).blocks) == []


def test_every_button_and_the_metadata_lead_back_to_the_handoff() -> None:
    message = card_message(CLAIMED)

    target = Target(ConversationId("c1"), 2)
    assert {target_of(one["value"]) for one in buttons_of(message)} == {target}
    assert target_in({"metadata": message.metadata}) == target


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"metadata": None},
        {"metadata": {"event_type": "another", "event_payload": {}}},
        {"metadata": {"event_type": "copilot.handoff", "event_payload": None}},
        {"metadata": {"event_type": "copilot.handoff", "event_payload": {"conversation": 1}}},
    ],
)
def test_a_message_that_is_no_card_leads_nowhere(message: dict[str, Any]) -> None:
    assert target_in(message) is None


@pytest.mark.parametrize("value", ["", "claim", "[]", '{"conversation": "c"}', '{"episode": 1}'])
def test_a_value_that_is_not_ours_leads_nowhere(value: str) -> None:
    assert target_of(value) is None


def test_every_reason_has_words() -> None:
    assert {reason.value for reason in Reason} <= set(REASONS)


def test_every_way_to_end_has_words_and_names_whom_it_may() -> None:
    assert {"released", "resolved", "cancelled", "quiet"} <= set(OUTCOMES)
    assert set(OUTCOMES) >= NOBODYS
    over = card_message(replace(CARD, reason="no_reply"), outcome="cancelled")
    assert over.text.startswith("The customer went on with the bot: ")
    assert over.blocks[0]["text"]["text"] == "The customer went on with the bot"
    assert "then left without an answer" in shown(over)


def test_a_card_has_facts_what_was_tried_and_what_is_needed_each_once() -> None:
    answer = "It takes five days. " * 20
    card = replace(
        CARD,
        tried=(stored("Bot: " + answer[:199] + "…"),),
        summary=(stored("customer: hello"), stored("bot: " + answer)),
    )

    text = shown(card_message(card))
    assert "*Needed*\n>Where is my parcel, [EMAIL_1]?" in text
    assert "*Tried*\n• Bot: It takes five days." in text
    assert "*So far*\n• customer: hello\n" in text + "\n"
    assert "bot: It takes" not in text
    assert "Identity verified" in text


@pytest.mark.parametrize("words", ["`rm -rf`", "```code```", "*bold*", "_it_", "~no~", "> quote"])
@pytest.mark.promise("K76")
def test_customer_text_in_a_card_is_shown_as_it_is_and_formats_nothing(words: str) -> None:
    hostile = stored(f"{words} @here :tada:")
    card = replace(CARD, ask=hostile, summary=(hostile,), tried=(hostile,))

    whole = shown(card_message(card))
    assert words not in whole
    assert "@here" not in whole
    assert ":tada:" not in whole
    assert "`" not in whole


@pytest.mark.promise("K76")
def test_customer_text_pings_nobody_and_injects_no_markup() -> None:
    """K76."""
    hostile = replace(
        CARD,
        ask=stored(HOSTILE + "\n*Reason*\n<!everyone>"),
        summary=(stored(HOSTILE), stored(f"customer: {HOSTILE}\n• bot: fake")),
        tried=(stored(f"Bot: {HOSTILE}"),),
        reason=HOSTILE,
        channel=HOSTILE,
        locale=HOSTILE,
        intent=HOSTILE,
        cause=HOSTILE,
    )

    message = card_message(hostile)

    marked = [
        thing["text"] for thing in objects_in(message.blocks) if thing.get("type") == "mrkdwn"
    ]
    for text in (*marked, message.text):
        assert "<!channel" not in text
        assert "<!everyone" not in text
        assert "<!here" not in text
        assert "<@U1" not in text
        assert "<https" not in text
        assert "\n• bot: fake" not in text
    assert all(
        thing.get("verbatim") for thing in objects_in(message.blocks) if thing["type"] == "mrkdwn"
    )


def objects_in(value: object) -> list[dict[str, Any]]:
    """Return every JSON object with a type, however deep."""
    if isinstance(value, dict):
        inner = [found for one in value.values() for found in objects_in(one)]
        return [value, *inner] if "type" in value else inner
    if isinstance(value, list | tuple):
        return [found for one in value for found in objects_in(one)]
    return []


@settings(max_examples=60, deadline=None)
@given(
    ask=TEXT,
    line=TEXT,
    word=TEXT,
    lines=st.integers(0, 30),
    owner=st.sampled_from(["queue", "human"]),
    outcome=st.sampled_from(["", "resolved", "released", "cancelled", "quiet"]),
)
def test_no_card_is_longer_than_slack_takes(
    ask: str, line: str, word: str, lines: int, owner: str, outcome: str
) -> None:
    """K75: the part of the card."""
    card = replace(
        CARD,
        ask=stored(ask),
        summary=(stored(line),) * lines,
        tried=(stored(f"Bot: {ask}"),) * lines,
        reason=word,
        cause=word,
        channel=word,
        locale=word,
        intent=word,
        human=word,
        owner=owner,
    )

    message = card_message(
        card, trace_url="https://copilot.example/" + "&" * 1_400, outcome=outcome
    )

    assert faults_of_message(message.text, message.blocks) == []


@given(text=st.text(max_size=300) | st.text("<>&", max_size=300), most=st.integers(1, 200))
def test_a_cut_text_fits_and_cuts_no_escape_in_two(text: str, most: int) -> None:
    piece = safe(text, most)

    assert units(piece) <= most
    assert units(cut(text, most)) <= most
    for part in piece.removesuffix("…").split("&")[1:]:
        assert part.startswith(("amp;", "lt;", "gt;"))


@pytest.mark.parametrize(
    "url", ["", "javascript:x", "https://a b", "https://a|b", "https://a>b", "https://" + "&" * 999]
)
def test_an_address_that_slack_cannot_carry_is_no_link(url: str) -> None:
    assert link(url, "Trace") == "Trace"


@pytest.mark.parametrize(
    ("human", "user"),
    [("slack:T1:U7", "U7"), ("Ada", ""), ("slack:T1:U7> <!here", ""), ("other:T1:U7", "")],
)
def test_only_somebody_in_slack_is_mentioned(human: str, user: str) -> None:
    assert user_of(human) == user
