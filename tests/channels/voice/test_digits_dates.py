"""Spoken dates as written ones; found by a planted date of birth that was left in clear."""

import pytest

from channels.voice.digits import with_digits

WRITTEN = [
    ("en-US", "I was born on March third nineteen eighty seven, ok?",
     "I was born on March 3, 1987, ok?"),
    ("en-US", "the third of march nineteen eighty-seven", "the March 3, 1987"),
    ("en-US", "May the twenty first two thousand and five", "May 21, 2005"),
    ("en-US", "April 3rd nineteen oh four", "April 3, 1904"),
    ("en-US", "June nine twenty eleven", "June 9, 2011"),
    ("es-ES", "Nací el tres de marzo de mil novecientos ochenta y siete",
     "Nací el 3 de marzo de 1987"),
    ("fr-FR", "je suis né le premier août mille neuf cent quatre-vingt-sept",
     "je suis né le 1 août 1987"),
    ("de-DE", "geboren am dritten März neunzehnhundertsiebenundachtzig",
     "geboren am 3. März 1987"),
]  # fmt: skip
LEFT = [
    ("en-US", "on March third at nine"),
    ("en-US", "in March nineteen ninety nine"),
    ("en-US", "March 3, 1987"),
    ("en-US", "the 3rd of March 1987"),
    ("en-US", "may third parties see it"),
    ("es-ES", "el tres de marzo"),
    ("de-DE", "am dritten März"),
]


@pytest.mark.parametrize(("locale", "said", "written"), WRITTEN)
def test_a_whole_date_in_words_is_written(locale: str, said: str, written: str) -> None:
    assert with_digits(said, locale) == written
    assert with_digits(written, locale) == written


@pytest.mark.parametrize(("locale", "said"), LEFT)
def test_what_is_no_whole_date_or_is_written_stays(locale: str, said: str) -> None:
    assert with_digits(said, locale) == said
