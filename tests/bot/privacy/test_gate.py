"""The quick look must lose nothing: what it calls plain, all rules together leave alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.privacy.detect import find
from bot.privacy.detect.gate import is_plain
from bot.privacy.detect.plain import plain
from bot.privacy.kinds import Hints
from tests.bot.privacy.fresh import turns

IN_FULL = Hints(before=" ")
"""With something before it, a text is never looked at in short."""
NOBODY = frozenset[str]()


def test_of_the_fresh_turns_none_is_lost_and_some_are_plain() -> None:
    texts = [turn.text for turn in turns() if is_plain(plain(turn.text), NOBODY)]

    assert len(texts) >= 8
    assert [text for text in texts if find(text, IN_FULL)] == []


WORDS = """
my name is i am this call me named called hi hello dear thanks regards best cheers wife son told by
spoke to with here speaking from behalf of password pin code token is born on third may nineteen
ninety two one four five double at dot com Spain Zork Lena smith Smith lena Dana's zork's the a
card transfer I and or , . ! ? - yours truly friend says mr Mr signed payee holder account e a b c
"""
PIECES = st.sampled_from(WORDS.split())


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=9))
def test_what_looks_plain_is_plain_to_every_rule(pieces: list[str]) -> None:
    text = " ".join(pieces).replace(" ,", ",").replace(" .", ".").replace(" !", "!")

    if is_plain(text, NOBODY):
        assert find(text, IN_FULL) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Why was I charged a fee for the transfer to Spain today?",
        "The app does not open since the last update.",
        "Can I get a new one sent abroad?",
        "My money has not arrived yet, what can I do",
    ],
)
def test_an_ordinary_message_is_looked_at_in_short(text: str) -> None:
    assert is_plain(text, NOBODY)


def test_a_name_given_before_is_no_plain_text() -> None:
    assert not is_plain("it is for zorblax", frozenset({"zorblax"}))
