"""A long answer in pieces: nothing lost, nothing cut that must stay whole."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.slack.split import LEAST, cut_up, pieces_of, units
from channels.slack.stream_text import fence_at

WORDS = st.text(alphabet="abcdefg é漢字.!? ", min_size=1, max_size=40)
LINK = "[our terms of use](https://bank.example/terms?a=1&b=2#part-3)"
ENTITY = "&amp;"
MENTION = "<https://bank.example/a/b|a label of some words>"
FAMILY = "👩‍👩‍👧‍👦"
ATOMS = (LINK, ENTITY, MENTION, FAMILY, "🇩🇪", "👍🏽", "e\u0301", "`let x = y`")
PARTS = st.one_of(
    WORDS,
    st.sampled_from(ATOMS),
    st.sampled_from(("\n", "\n\n", " ", ". ", "- ", "```\n", "```python\n", "\n```\n", "~~~~\n")),
)
TEXTS = st.lists(PARTS, max_size=160).map("".join)
MOST = st.integers(min_value=LEAST, max_value=LEAST + 200)


@given(TEXTS, MOST)
def test_the_pieces_are_the_text(text: str, most: int) -> None:
    assert "".join(piece.core for piece in cut_up(text, most)) == text


@given(TEXTS, MOST)
def test_no_piece_is_longer_than_allowed(text: str, most: int) -> None:
    assert all(units(piece) <= most for piece in pieces_of(text, most))


@given(TEXTS, MOST)
def test_what_is_code_stays_code_and_nothing_else_becomes_code(text: str, most: int) -> None:
    at = 0

    for piece in cut_up(text, most):
        assert not fence_at(piece.text + "\n", len(piece.text) + 1)
        for line in re.finditer(r"^", piece.core, re.MULTILINE):
            inside = len(piece.before) + line.start()
            if at + line.start() == 0 or text[at + line.start() - 1] == "\n":
                assert fence_at(piece.text, inside) == fence_at(text, at + line.start())
        at += len(piece.core)


@given(st.lists(st.sampled_from(ATOMS), min_size=40, max_size=150), MOST)
def test_links_entities_and_characters_stay_whole(atoms: list[str], most: int) -> None:
    text = "x".join(atoms)
    whole = {0}
    for atom in atoms:
        whole |= {max(whole) + len(atom), max(whole) + len(atom) + 1}

    at = 0
    for piece in cut_up(text, most):
        assert at in whole
        at += len(piece.core)


@pytest.mark.promise("K75")
def test_twenty_thousand_characters_end_with_sentences_and_keep_their_code() -> None:
    prose = "The fee is 2 % of the amount, at least EUR 3.50. See [1] for the table.\n\n" * 80
    code = "```python\n" + "transfer(amount=10, to='a savings account')\n" * 200 + "```\n"
    text = prose + code + prose
    pieces = pieces_of(text[:20_000], 3_000)

    assert 7 <= len(pieces) <= 9
    assert all(piece.count("```") % 2 == 0 for piece in pieces)
    assert sum(piece.startswith("```python\n") for piece in pieces) >= 2
    prose_only = [piece for piece in pieces[:-1] if "```" not in piece]
    assert all(piece.endswith("table.\n\n") for piece in prose_only)


def test_a_piece_ends_before_a_code_block_rather_than_with_its_first_line() -> None:
    text = "a" * 485 + "\n```python\n" + "x = 1\n" * 40 + "```\n"

    first, second, *_ = pieces_of(text, 500)
    assert first == "a" * 485 + "\n"
    assert second.startswith("```python\nx = 1\n")


def test_the_end_of_a_code_block_is_no_piece_of_its_own() -> None:
    text = "```\n" + "y" * 9 + "\n" + "z" * 480 + "\n```\nand on it goes"

    first, second = pieces_of(text, 500)
    assert first.endswith("z\n```\n")
    assert second == "and on it goes"
    first, second = pieces_of(text.replace("yyy", "yyyyy", 1), 500)
    assert first.endswith("z\n```")
    assert second == "\nand on it goes"


def test_what_cannot_stay_whole_is_cut_all_the_same() -> None:
    text = "https://bank.example/" + "a" * 5_000

    assert "".join(pieces_of(text, 500)) == text


def test_accents_without_end_do_not_hang() -> None:
    text = "e" + "\u0301" * 2_000

    assert "".join(pieces_of(text, 500)) == text


def test_what_shows_nothing_is_not_sent() -> None:
    assert pieces_of(" \n" * 400, 500) == ()
    assert pieces_of("", 500) == ()


@settings(max_examples=20)
@given(st.text(min_size=0, max_size=2_500))
def test_any_text_at_all_survives(text: str) -> None:
    assert "".join(piece.core for piece in cut_up(text, LEAST)) == text
