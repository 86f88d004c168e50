from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.intent.features import (
    LONGEST_GRAM,
    MOST_CHARS,
    SHORTEST_GRAM,
    grams_of_word,
    says_something,
    word_grams,
    words,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where is my card?", ["where", "is", "my", "card"]),
        ("I can't, I can\u2019t", ["i", "cant", "i", "cant"]),
        ("mail [EMAIL_1] and [EMAIL_12]", ["mail", "<email>", "and", "<email>"]),
        ("card [CREDIT_CARD ****1111]", ["card", "<credit_card>"]),
        ("[IBAN]", ["<iban>"]),
        ("[SECRET_1]!", ["<secret>"]),
        ("[not a placeholder]", ["not", "a", "placeholder"]),
        ("paid 12.50 on 03/11", ["paid", "#", "on", "#"]),
        ("1,000 and 7", ["#", "and", "#"]),
        ("the 2nd one", ["the", "#nd", "one"]),
        ("Überweisung ÜBERWEISUNG", ["uberweisung", "uberweisung"]),
        ("cafe\u0301 café", ["cafe", "cafe"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("карта 卡", ["карта", "卡"]),
        ("", []),
        (" \n?!… ", []),
    ],
)
def test_words_are_normalised(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_very_long_text_is_read_only_so_far() -> None:
    assert words("a " * MOST_CHARS) == ["a"] * (MOST_CHARS // 2)


@given(st.text(max_size=60))
def test_any_text_has_features_that_do_not_depend_on_case(text: str) -> None:
    found = words(text)

    assert words(text) == found
    assert all(0 <= key < 2**32 for word in found for key in grams_of_word(word))
    assert all(word.strip() for word in found)


def test_a_word_has_the_grams_of_its_frame() -> None:
    assert len(list(grams_of_word("card"))) == sum(
        6 - size + 1 for size in range(SHORTEST_GRAM, LONGEST_GRAM + 1)
    )
    assert len(list(grams_of_word("a"))) == 2 + 1


def test_feature_numbers_stay_the_same_for_ever() -> None:
    assert list(grams_of_word("a")) == [4_008_208_275, crc32(b"a "), crc32(b" a ")]
    assert list(word_grams(["a", "b"])) == [crc32(b"w a"), crc32(b"w b"), crc32(b"w a b")]


def test_pairs_of_words_depend_on_their_order() -> None:
    assert len(set(word_grams(["a", "b"])) & set(word_grams(["b", "a"]))) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12345", False), ("[EMAIL_1] 7", False), ("", False), ("2nd", True), ("no. 7", True)],
)
def test_a_number_or_placeholder_alone_says_nothing(text: str, expected: bool) -> None:
    assert says_something(words(text)) is expected
