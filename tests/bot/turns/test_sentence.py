import pytest

from bot.turns.sentence import MOST_MORE_CHARS, end_after


@pytest.mark.parametrize(
    ("text", "start", "kept"),
    [
        ("It costs $29.50 a month. More", 5, "It costs $29.50 a month."),
        ("Yes. No. M", 5, "Yes. No."),
        ("See [EMAIL_1]. [NAME_1] says", 5, "See [EMAIL_1]."),
        ("Done. Next", 5, "Done."),
        ("See here [1]. Then", 2, "See here [1]."),
        ("See here. [1] [2] Then", 2, "See here. [1] [2]"),
        ('He said "go!" Then', 2, 'He said "go!"'),
        ("One line\nTwo", 2, "One line\n"),
    ],
)
def test_a_sentence_ends_where_a_reader_would_say(text: str, start: int, kept: str) -> None:
    end = end_after(text, start)

    assert end is not None
    assert text[:end] == kept


@pytest.mark.parametrize(
    "text", ["It costs $29.", "no end", "It costs $29.5", "Here. ", "Here. [", "Here. [1"]
)
def test_an_end_that_may_go_on_is_not_one_yet(text: str) -> None:
    assert end_after(text, 3) is None


def test_without_an_end_the_reply_stops_at_a_word() -> None:
    text = "word " * 100
    end = end_after(text, 10)

    assert end is not None
    assert 10 < end <= 10 + MOST_MORE_CHARS
    assert text[:end].endswith(" ")
