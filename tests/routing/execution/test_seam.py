"""Joining a continuation to what was said: every cut of a text, and every way of going on."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.execution.seam import MOST_HELD_CHARS, MOST_LEAD_CHARS, MOST_WORD_CHARS, Joint, Seam

ENGLISH = (
    "Your new card arrives within five working days [1]. You can follow it in the app under "
    "Cards; if it does not come by Friday, 27 November, call +1 212 555 0177 or write to "
    "[EMAIL_1].\n\n- Standard post: free\n- Express: $29.50, by next morning\n\nAurelis Bank "
    'never asks for your PIN. Press "Freeze" when a letter was opened.'
)
GERMAN = (
    "Ihre neue Karte kommt in fünf Werktagen [1]. Sie sehen in der App unter Karten, wo sie "
    "gerade ist; die Größe des Umschlags fällt nicht auf. Falls Ihnen etwas fehlt, sagen Sie es!"
)
JAPANESE = "新しいカードは五営業日以内に届きます。アプリで状況を確認できます。"
TEXTS = [ENGLISH, GERMAN, JAPANESE]


def join(said: str, *pieces: str) -> str:
    """Return what stands in the end."""
    seam = Seam(said)
    whole = said + "".join(map(seam.feed, pieces)) + seam.flush()
    assert seam.joint is Joint.JOINED
    return whole


def verdict(said: str, continuation: str) -> Joint:
    seam = Seam(said)
    held = seam.feed(continuation) + seam.flush()
    assert seam.joint is Joint.JOINED or held == continuation
    return seam.joint


@pytest.mark.promise("R1")
@pytest.mark.parametrize("text", TEXTS, ids=["english", "german", "japanese"])
def test_a_model_that_goes_on_exactly_loses_and_repeats_nothing_wherever_it_was_cut(
    text: str,
) -> None:
    for cut in range(len(text) + 1):
        assert join(text[:cut], text[cut:]) == text


@pytest.mark.promise("R1")
@pytest.mark.parametrize("text", TEXTS, ids=["english", "german", "japanese"])
def test_a_model_that_begins_anew_is_skipped_to_where_the_text_broke_off(text: str) -> None:
    for cut in range(len(text) + 1):
        assert join(text[:cut], text) == text


@pytest.mark.promise("R1")
@pytest.mark.parametrize("words", [2, 7])
@pytest.mark.parametrize("text", [ENGLISH, GERMAN], ids=["english", "german"])
def test_words_that_are_said_again_stand_once_wherever_it_was_cut(text: str, words: int) -> None:
    starts = [match.start() for match in re.finditer(r"[\w$+]\S*", text)]
    for cut in range(1, len(text) + 1):
        before = [start for start in starts if start < cut]

        assert join(text[:cut], text[before[-words:][0] :]) == text


@pytest.mark.parametrize(
    ("said", "continuation", "whole"),
    [
        ("It arrives in ", "arrives in five days.", "It arrives in five days."),
        ("It arrives in ", "in five days.", "It arrives in five days."),
        ("It arrives in", " five days.", "It arrives in five days."),
        ("It arrives in ", " five days.", "It arrives in five days."),
        ("It arrives in ", "It ARRIVES, in five days.", "It arrives in five days."),
        ("It arrives. ", "It arrives. You can", "It arrives. You can"),
        ("It arrives!", "it arrives. You can", "It arrives! You can"),
        ("It arrives.", "You can", "It arrives. You can"),
        ("It arrives [1]", "in five", "It arrives [1] in five"),
        ("It arrives,", "and you", "It arrives, and you"),
        ("It costs $29.", "50 a year", "It costs $29.50 a year"),
        ("See aurelis.", "example for it", "See aurelis.example for it"),
        ("In the app.", "In the app you see", "In the app. In the app you see"),
        ("Sie bekommen Ihre neue ", "Karte per Post.", "Sie bekommen Ihre neue Karte per Post."),
        ("Your ca", "card is here.", "Your card is here."),
        ("Done. ", "", "Done. "),
        ("It arrives very soon. ", "It arrives very", "It arrives very soon. "),
        ("", "It arrives.", "It arrives."),
        ("…", "It arrives.", "… It arrives."),
    ],
)
def test_the_joint_is_mended(said: str, continuation: str, whole: str) -> None:
    assert join(said, continuation) == whole


@pytest.mark.parametrize(
    ("said", "continuation", "joint"),
    [
        ("Your card may ", "Hello! Your card is on its way.", Joint.NEW_ANSWER),
        ("Your card may be on ", "Sure, here is the answer.", Joint.NEW_ANSWER),
        ("Ihre Karte ist ", "Guten Tag, Ihre Karte", Joint.NEW_ANSWER),
        ("Your card may be. ", "Hello! Your card is on its way.", Joint.NEW_ANSWER),
        ("Your new card may ", "Your new card is on its way.", Joint.NEW_ANSWER),
        ("Your card may ", "You can follow it in the app.", Joint.NEW_SENTENCE),
        ("Your card may be [1] ", "The app shows where.", Joint.NEW_SENTENCE),
        ("Your card may be. ", "You can follow it in the app.", Joint.JOINED),
        ("Your card may be. ", "Thank you for waiting.", Joint.JOINED),
        ("The bank is called ", "Aurelis Bank.", Joint.JOINED),
        ("It is here", ". You can", Joint.JOINED),
        ('Press "', "The card is lost", Joint.JOINED),
        ("There are two ways:\n- ", "The app", Joint.JOINED),
        ("Your card may ", "hello there", Joint.JOINED),
    ],
)
def test_an_answer_that_does_not_go_on_is_noticed(
    said: str, continuation: str, joint: Joint
) -> None:
    assert verdict(said, continuation) is joint


texts = st.lists(
    st.sampled_from(
        ["card", "Card", "the", "The ", "five ", " days", ". ", ", ", "\n", "[1]", "29.50",
         "カード", "ü", " ", "Hello ", "“", "x" * 90, "-" * 30]
    ),
    max_size=14,
).map("".join)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(said=texts, continuation=texts, cuts=st.sets(st.integers(0, 300)))
def test_the_output_does_not_depend_on_where_the_continuation_is_cut(
    said: str, continuation: str, cuts: set[int]
) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(continuation)), len(continuation)]
    pieces = [continuation[start:end] for start, end in pairwise(edges)]
    whole, cut = Seam(said), Seam(said)
    at_once = whole.feed(continuation) + whole.flush()

    assert "".join(map(cut.feed, pieces)) + cut.flush() == at_once
    assert cut.joint is whole.joint
    assert whole.joint is not Joint.OPEN


@settings(max_examples=100, deadline=None)
@given(said=texts, continuation=texts)
def test_no_more_than_the_limit_is_kept_back_of_what_is_no_repetition(
    said: str, continuation: str
) -> None:
    seam = Seam(said)
    released = 0
    for fed, char in enumerate(continuation, 1):
        released += len(seam.feed(char))
        if seam.joint is Joint.OPEN:
            assert fed <= len(said) + MOST_HELD_CHARS


def test_ordinary_text_is_kept_back_for_two_words() -> None:
    seam = Seam("Your card may ")

    assert seam.feed("be ") == ""
    assert seam.feed("on its") == "be on its"
    assert seam.feed(" way") == " way"
    assert MOST_WORD_CHARS * 2 + MOST_LEAD_CHARS < MOST_HELD_CHARS
