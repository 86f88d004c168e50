import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.models.sentences import sentences


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("One. Two! Three? Four", 4),
        ("It costs 2.5 % a year. That is little.", 2),
        ("Call us from 9 a.m. to 5 p.m. on weekdays.", 1),
        ("We close at 5 p.m. Come earlier.", 2),
        ("Ask Dr. Reed, e.g. by phone. He knows.", 2),
        ("See help.example.org for more. It is free.", 2),
        ('He said "stop." Then he left.', 2),
        ("Wait… It comes.", 2),
        ("1. Open the app.", 1),
        ("J. Smith pays. So do I. Really.", 3),
        ("", 0),
        ("   ", 0),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, count: int) -> None:
    assert len(sentences(text)) == count


@given(st.text(alphabet='aB.!? "1)e', max_size=80))
def test_no_text_is_lost(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
