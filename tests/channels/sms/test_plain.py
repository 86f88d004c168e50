"""An answer as a phone shows it. Case S21."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.gsm_spelling import SPELLED, spelled_in_gsm7
from channels.sms.plain import plain
from channels.sms.segments import is_gsm7, segments


@pytest.mark.promise("S21")
def test_typographic_signs_do_not_cost_the_encoding() -> None:
    text = (
        "\u201cIt\u2019s free\u201d \u2013 really\u2026 5\u00a0\u20ac \u00abici\u00bb \u2018a\u2019"
        " \u2014 b\u2011c \u201eso\u201d 1\u00bd \u2022 x\u200b\ufeff\u2028y\u2009z \uff21\uff11"
    )
    spelled = plain(text)

    assert not is_gsm7(text)
    assert spelled == '"It\'s free" - really... 5 \u20ac "ici" \'a\' - b-c "so" 11/2 - x\ny z A1'
    assert segments(spelled).encoding == "gsm7"


@pytest.mark.promise("S21")
def test_every_sign_of_the_table_becomes_gsm7() -> None:
    for spelled, characters in SPELLED.items():
        assert is_gsm7(spelled)
        for character in characters:
            assert spelled_in_gsm7(character) == spelled


def test_letters_emoji_and_other_scripts_stay() -> None:
    for text in (
        "gar\u00e7on \u0142",
        "\U0001f642\u200d\u2764\ufe0f",
        "e\u0301",
        "\u0645\u200c\u06cc",
        "\u4eca\u65e5\u306f\u3002\u306f\u3044\uff01",
    ):
        assert plain(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Hello** *there*, __you__ and _me_ ~~no~~", "Hello there, you and me no"),
        ("***both*** **_in_ one**", "both in one"),
        (
            "2 * 3 * 4, 5*3*2, snake_case_word, \\*kept\\*",
            "2 * 3 * 4, 5*3*2, snake_case_word, *kept*",
        ),
        ("# Title #\n\nText", "Title\n\nText"),
        ("* a\n+ b\n  - **c**\n\u2022 d\n- [x] e", "- a\n- b\n- c\n- d\n- e"),
        ("  1. one\n2) two", "1. one\n2) two"),
        ("> said\n> twice", "said\ntwice"),
        ("a\n\n---\n\n***\n\nb", "a\n\nb"),
        ("| Card | Fee |\n|---|:---:|\n| Gold | 5 \u20ac |", "Card, Fee\nGold, 5 \u20ac"),
        ("Use `a_b*c*` now", "Use a_b*c* now"),
        ("```python\nprint(1)\n```\nDone", "print(1)\nDone"),
        ("a<br>b <b>c</b> &amp; &lt;d&gt;&nbsp;e", "a\nb c & <d> e"),
        ("a  \n\n\n\n  b\r\nc\t d", "a\n\nb\nc d"),
        ("-- Your bank", "-- Your bank"),
        ("", ""),
    ],
)
def test_markdown_becomes_plain_text(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "See [our fees](https://bank.example/fees_2?a=b_c_d).",
            "See our fees: https://bank.example/fees_2?a=b_c_d.",
        ),
        ("[https://bank.example/](https://bank.example/)", "https://bank.example/"),
        ("[**bank.example**](https://www.bank.example/)", "https://www.bank.example/"),
        (
            "**https://bank.example/a_b_** _https://bank.example_",
            "https://bank.example/a_b_ https://bank.example",
        ),
        ("(https://bank.example/a_(b)_c)", "(https://bank.example/a_(b)_c)"),
        ('[a](https://bank.example/x "Title")', "a: https://bank.example/x"),
        (
            "[](https://bank.example/x) [1](https://bank.example/y)",
            "https://bank.example/x https://bank.example/y",
        ),
        ("![logo](https://bank.example/l.png)", "logo: https://bank.example/l.png"),
        (
            "<https://bank.example/a*b*> <help@bank.example>",
            "https://bank.example/a*b* help@bank.example",
        ),
        ("[call](tel:+15550100) [a@b.example](mailto:a@b.example)", "call: +15550100 a@b.example"),
        ("https://bank.example/\u2013x", "https://bank.example/\u2013x"),
        ("**see https://bank.example/a_b_c now**", "see https://bank.example/a_b_c now"),
    ],
)
def test_links_stay_links(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is free [1].", "It is free."),
        ("Free [1][2] [3, 4] and [5-6] fast[^7].", "Free and fast."),
        (
            "Write to [EMAIL_1] or [PHONE_NUMBER_12] [1].",
            "Write to [EMAIL_1] or [PHONE_NUMBER_12].",
        ),
        ("**[EMAIL_1]** _[NAME_2]_", "[EMAIL_1] [NAME_2]"),
        ("`[1]` [a] [12345]", "[1] [a] [12345]"),
    ],
)
def test_citation_marks_go_and_placeholders_stay(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    "nasty",
    [
        "*",
        "_",
        " ",
        "#",
        "`",
        "[",
        "<",
        "|-",
        "~",
        "> ",
        "**a",
        "[a](",
        "https://",
        "\\",
        "- ",
        "# #",
        "|",
    ],
)
def test_long_rows_of_marks_take_no_time(nasty: str) -> None:
    """Done at all: a pattern that is tried in every way would not end here."""
    assert len(plain(nasty * 4000)) <= len(nasty) * 4000


@given(
    st.text(st.sampled_from("ab*_~`[]()<>#|-\\! \n1EMAIL_https://.\ue000\ue001\u2019"), max_size=80)
)
def test_any_text_becomes_some_text(text: str) -> None:
    spelled = plain(text)

    assert "\ue000" not in spelled
    assert spelled == spelled.strip()
    assert is_gsm7(spelled)
