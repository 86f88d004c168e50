"""What is a wish to stop, and what is not. Case S13."""

import pytest

from channels.sms.inbound import Inbound
from channels.sms.words import OptOutWords, Wish, wish_of, words_of
from channels.twilio.base import Address

DEFAULT = OptOutWords()


def said(text: str, opt_out: str = "") -> Inbound:
    her, us = Address("+15550123"), Address("+15550100")
    return Inbound("SM" + "a" * 32, "", "", her, us, text, (), opt_out)


@pytest.mark.promise("S13")
@pytest.mark.parametrize(
    ("text", "opt_out", "expected"),
    [
        ("anything at all", "STOP", Wish.STOP),
        ("YES", "STOP", Wish.STOP),
        ("STOP", "HELP", Wish.HELP),
        ("STOP", "START", Wish.START),
    ],
)
def test_what_twilio_says_wins_over_the_words(text: str, opt_out: str, expected: Wish) -> None:
    assert wish_of(said(text, opt_out), DEFAULT) is expected


@pytest.mark.promise("S13")
@pytest.mark.parametrize(
    "text",
    [
        "please stop sending reminders",
        "STOP PLEASE",
        "stop.",
        "don't stop",
        "",
        " ",
        "yes please",
        "STOP " * 40,
    ],
)
def test_a_sentence_is_no_wish(text: str) -> None:
    assert wish_of(said(text), DEFAULT) is None


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish.STOP, "STOP StopAll unsubscribe CANCEL End quit OPTOUT revoke"),
        (Wish.START, "START yes UnStop"),
        (Wish.HELP, "HELP info"),
    ],
)
def test_the_default_words_are_those_of_twilio(wish: Wish, words: str) -> None:
    for word in words.split():
        for text in (word, f"  {word}\n", word.upper(), word.lower()):
            assert wish_of(said(text), DEFAULT) is wish


@pytest.mark.promise("S13")
def test_yes_and_cancel_are_answers_where_a_sender_says_so() -> None:
    own = OptOutWords(
        stop=words_of(["STOP", "Opt  Out"]), start=words_of(["START"]), help=words_of([])
    )

    assert wish_of(said("YES"), own) is None
    assert wish_of(said("cancel"), own) is None
    assert wish_of(said("help"), own) is None
    assert wish_of(said("opt out"), own) is Wish.STOP
    assert wish_of(said("YES"), DEFAULT) is Wish.START
    assert wish_of(said("CANCEL"), DEFAULT) is Wish.STOP
