"""Drafts, FAQ entries and summaries, as facts."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import BotRefused
from bot.humans.draft import MOST_WORDS, answered_line, edit_distance, without_marks
from bot.humans.faq import answer_in, impersonal, question_of
from bot.humans.summary import summary_of, transcript_of
from bot.log import Author, Event, MessageAccepted, MessageEnded
from bot.privacy.redact import stored
from bot.stores.base import Head, Record
from bot.transcript import Line
from channels.base import ConversationId
from routing.request import TenantId

AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
CONVERSATION = ConversationId("c1")
HEAD = Head(CONVERSATION, TenantId("shop"), "web", "", "en", answered_seq=1)
WORDS = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=8).map(" ".join)


def line(seq: int, author: Author, text: str, episode: int = 1) -> Line:
    return Line(seq, episode, author, stored(text), f"m{seq}")


def event(seq: int, body: MessageAccepted | MessageEnded, episode: int = 1) -> Event:
    return Event(CONVERSATION, seq, AT, "customer", 1, episode, "", body)


@pytest.mark.parametrize(
    ("draft", "sent", "distance"),
    [
        ("", "", 0.0),
        ("It left today.", "It left today.", 0.0),
        ("It  left\ntoday.", "It left today.", 0.0),
        ("It left today.", "It left yesterday.", 1 / 3),
        ("It left today.", "It left", 1 / 3),
        ("It left", "Sorry. It left today.", 2 / 4),
        ("", "It left", 1.0),
        ("a b c", "d e f", 1.0),
    ],
)
def test_the_distance_is_the_share_of_words_that_were_changed(
    draft: str, sent: str, distance: float
) -> None:
    assert edit_distance(draft, sent) == pytest.approx(distance)


@settings(max_examples=50, deadline=None)
@given(WORDS, WORDS, WORDS)
def test_the_distance_is_a_symmetric_number_from_nothing_to_all(a: str, b: str, c: str) -> None:
    assert 0.0 <= edit_distance(a, b) <= 1.0
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0.0) == (a.split() == b.split())
    longest = max(len(text.split()) for text in (a, b, c, "x"))
    direct = edit_distance(a, c) * max(len(a.split()), len(c.split()))
    assert direct <= (edit_distance(a, b) + edit_distance(b, c)) * longest + 1e-9


def test_of_long_texts_only_the_beginning_is_compared() -> None:
    same = "word " * MOST_WORDS

    assert edit_distance(same + "old " * 9_000, same + "new " * 9_000) == 0.0


def test_marks_of_sources_are_not_for_customers() -> None:
    assert without_marks("It left [1]. See [12], [EMAIL_1].") == "It left. See, [EMAIL_1]."


def test_a_draft_answers_the_last_matter_not_the_wish_for_a_person() -> None:
    lines = [
        line(1, Author.CUSTOMER, "Where is my card?"),
        line(2, Author.BOT, "Soon."),
        line(3, Author.CUSTOMER, "I want to talk to a human"),
    ]

    assert answered_line(lines, 1) == lines[0]
    assert answered_line(lines[2:], 1) == lines[2]
    assert answered_line(lines, 2) is None


def test_an_entry_asks_what_was_asked_since_the_answer_before() -> None:
    lines = [
        line(1, Author.CUSTOMER, "Old question"),
        line(2, Author.BOT, "Old answer"),
        line(3, Author.CUSTOMER, "Where is it?"),
        line(4, Author.CUSTOMER, "My card, I mean"),
        line(5, Author.SYSTEM, "A person is coming"),
        line(6, Author.HUMAN, "In the post."),
        line(7, Author.HUMAN, "Truly."),
    ]

    assert question_of(lines, lines[5]) == "Where is it?\nMy card, I mean"
    assert question_of(lines, answer_in(lines, "")) == "Where is it?\nMy card, I mean"
    assert answer_in(lines, "m6") is lines[5]
    with pytest.raises(BotRefused):
        answer_in(lines, "m2")
    with pytest.raises(BotRefused):
        question_of(lines[5:], lines[5])


def test_an_entry_has_blanks_where_somebodys_data_was() -> None:
    assert impersonal("Write  to [EMAIL_1] or [CREDIT_CARD ****1111].") == "Write to (…) or (…)."


def turn(**fields: object) -> Record:
    usual = {"outcome": "answered", "reason": "", "episode": HEAD.episode}
    return Record("turn", "t", CONVERSATION, AT, json.dumps({**usual, **fields}))


def test_the_summary_says_what_is_known_what_was_tried_and_what_is_open() -> None:
    events = [
        event(1, MessageAccepted("x", "m1", stored("Where is my card?"))),
        event(2, MessageEnded("m2", stored("Soon."), "done", Author.BOT)),
        event(3, MessageAccepted("y", "m3", stored("When exactly?\nI am [NAME_1]"))),
    ]
    turns = [
        turn(intent="complaint", reason="explicit_request"),
        turn(intent="card-delivery"),
        turn(intent="fees", episode=0),
    ]

    summary = summary_of(HEAD, events, turns)
    assert summary.facts[0] == "About card-delivery"
    assert "Identity not verified" in summary.facts
    assert summary.tried == ("Bot: Soon.",)
    assert summary.needed == "When exactly? I am [NAME_1]"
    assert summary_of(HEAD, [], turns[2:]).facts[0].startswith("Language")
    assert summary_of(HEAD, [], []).needed == "(no message yet)"


def test_the_transcript_has_everything_in_its_order_and_the_matters_apart() -> None:
    events = [
        event(1, MessageAccepted("x", "m1", stored("Where is my card?\nHello"))),
        event(2, MessageAccepted("y", "m2", stored("And now?")), episode=2),
    ]

    text = transcript_of(HEAD, events, [])
    assert "2026-03-04 05:06:00 Customer: Where is my card?\n    Hello\n" in text
    assert text.index("Matter 1") < text.index("    Hello") < text.index("Matter 2")
