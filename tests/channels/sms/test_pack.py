"""An answer in messages. Case S20: order kept, sentences, graphemes, addresses, segments."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.sms.graphemes import is_inside
from channels.sms.pack import LEAST_CHARS, MOST_CHARS, pack, sentence_ends
from channels.sms.segments import is_gsm7, segments, utf16_units

SENTENCE = "This is a sentence of some length that says something useful. "
URL = "https://bank.example/help/cards?topic=lost&lang=en"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
PIECES = st.sampled_from(
    [
        "a word ",
        "Yes. ",
        "What now? ",
        "\n- ",
        "\n\n",
        URL,
        " ",
        FAMILY,
        "\U0001f1e9\U0001f1ea",
        "\u0915\u094d\u0937\u093f",
        "e\u0301",
        "[EMAIL_1]",
        "x" * 30,
        "\u20ac5",
        "\u4eca\u65e5\u306f\u3002",
    ]
)


@pytest.mark.promise("S20")
def test_a_long_answer_is_split_on_sentences_in_order() -> None:
    text = (SENTENCE * 40)[:2000].rstrip()
    parts = pack(text)

    assert len(parts) == 2
    assert "".join(parts) == text
    assert all(len(part) <= MOST_CHARS for part in parts)
    assert parts[0] == SENTENCE * 25
    assert [segments(part).count for part in parts] == [11, 3]


def test_a_short_answer_stays_as_it_is() -> None:
    assert pack("Hello.") == ("Hello.",)
    assert pack("a" * MOST_CHARS) == ("a" * MOST_CHARS,)
    assert pack("") == pack(" \n ") == ()


def test_without_a_sentence_a_word_is_the_end() -> None:
    parts = pack("word " * 400)

    assert [len(part) for part in parts] == [1600, 400]


@pytest.mark.promise("S20")
def test_an_address_and_a_placeholder_stay_whole() -> None:
    for whole in (URL, "[EMAIL_1]", "www.bank.example/a"):
        for before in range(20, 60):
            parts = pack("x" * before + " " + whole + " y" * 30, most_chars=60)

            assert sum(whole in part for part in parts) == 1
            glued = pack("x" * before + whole + " y" * 30, most_chars=60)
            assert sum(whole in part for part in glued) == 1


def test_an_address_that_is_longer_than_a_message_is_cut_after_all() -> None:
    url = "https://bank.example/" + "a" * 3000

    parts = pack(f"See {url}")
    assert "".join(parts) == f"See {url}"
    assert all(len(part) <= MOST_CHARS for part in parts)


@pytest.mark.promise("S20")
@pytest.mark.parametrize(
    "one", [FAMILY, "\U0001f1e9\U0001f1ea", "\u0915\u094d\u0937\u093f", "e\u0301"]
)
def test_what_is_one_character_to_a_reader_is_never_cut(one: str) -> None:
    for before in range(30):
        text = "x" * before + one * 60
        parts = pack(text, most_chars=LEAST_CHARS)

        assert "".join(parts) == text
        assert all(utf16_units(part) <= LEAST_CHARS for part in parts)
        assert all(part.removeprefix("x" * before) == one * part.count(one) for part in parts)


def test_a_character_that_is_longer_than_a_message_is_cut_after_all() -> None:
    text = "a" + "\u0301" * 100
    parts = pack(text, most_chars=LEAST_CHARS)

    assert "".join(parts) == text
    assert [len(part) for part in parts] == [40, 40, 21]


def test_length_is_counted_as_twilio_and_phones_do() -> None:
    parts = pack("\U0001f642" * 1000)

    assert [len(part) for part in parts] == [800, 200]


def test_a_text_of_gsm7_stays_one_and_nothing_is_added() -> None:
    text = "\u00c4rger mit der Karte? Das kostet 5 \u20ac. " * 80
    parts = pack(text)

    assert is_gsm7(text)
    assert all(is_gsm7(part) for part in parts)
    assert "".join(parts) == text


def test_an_emoji_costs_only_the_message_that_it_is_in() -> None:
    parts = pack(SENTENCE * 5 + "\U0001f642", most_segments=2)

    assert [segments(part).encoding for part in parts] == ["gsm7", "ucs2"]


def test_messages_keep_to_so_many_segments_each() -> None:
    text = SENTENCE * 20

    parts = pack(text, most_segments=3)
    assert "".join(parts) == text
    assert [segments(part).count for part in parts] == [3, 3, 3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs $29.50. Then wait.", ["It costs $29.50. ", "Then wait."]),
        ("See Dr. Smith at 3 p.m. on Monday.", ["See Dr. Smith at 3 p.m. on Monday."]),
        ("No. 5 is free. No. Never!", ["No. 5 is free. ", "No. ", "Never!"]),
        ("1. Go.\n2. Stop.", ["1. Go.\n", "2. Stop."]),
        ("Am 3. Mai. Es kostet 5. Ja.", ["Am 3. Mai. ", "Es kostet 5. ", "Ja."]),
        ("z.B. hier. Gut.", ["z.B. hier. ", "Gut."]),
        ('He said "no." Then left\u2026 Gone.', ['He said "no." ', "Then left\u2026 ", "Gone."]),
        (
            "\u4eca\u65e5\u306f\u3002\u306f\u3044\uff01",
            ["\u4eca\u65e5\u306f\u3002", "\u306f\u3044\uff01"],
        ),
        ("", []),
    ],
)
def test_where_a_sentence_ends(text: str, expected: list[str]) -> None:
    ends = [*sentence_ends(text), len(text)]
    cut = [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]

    assert [one for one in cut if one] == expected


@pytest.mark.promise("S20")
@given(
    st.lists(PIECES, max_size=60).map("".join),
    st.integers(LEAST_CHARS, 200),
    st.sampled_from([None, 1, 2, 3]),
)
@settings(max_examples=150, deadline=None)
def test_the_messages_one_after_the_other_are_the_text(
    text: str, most_chars: int, most_segments: int | None
) -> None:
    text = text.strip()
    parts = pack(text, most_chars, most_segments)

    assert "".join(parts) == text
    at = 0
    for part in parts:
        assert part.strip()
        assert utf16_units(part) <= most_chars
        assert most_segments is None or segments(part).count <= most_segments
        assert not is_gsm7(text) or is_gsm7(part)
        at += len(part)
        assert not is_inside(text, at)


@given(st.text(max_size=300), st.integers(LEAST_CHARS, 100))
@settings(max_examples=100, deadline=None)
def test_of_any_text_nothing_but_white_space_is_lost(text: str, most_chars: int) -> None:
    parts = pack(text, most_chars)

    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(part.strip() and utf16_units(part) <= most_chars for part in parts)
