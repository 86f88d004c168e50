"""Where an answer ends for want of money."""

import pytest

from routing.money.fuse import STRETCH_BYTES, UNLIMITED, Fuse, most_bytes


def said(most: int, *pieces: str) -> str:
    fuse = Fuse(most)
    text = ""
    for piece in pieces:
        end = fuse.take(piece)
        text += piece[:end]
        if end is not None:
            return text
    return text + "|"


@pytest.mark.parametrize(
    ("affordable", "limit", "most"),
    [
        (100, 100, 300),
        (200, 400, 600),
        (500, 400, 2_400),
        (1_000, 400, 3_000),
        (UNLIMITED, 400, UNLIMITED),
    ],
)
def test_where_money_is_the_limit_three_bytes_are_a_token(
    affordable: int, limit: int, most: int
) -> None:
    assert most_bytes(affordable, limit) == most


def test_far_from_the_end_nothing_is_cut() -> None:
    assert said(STRETCH_BYTES + 20, "One. ", "Two. ", "Three") == "One. Two. Three|"


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (("One two. Three",), "One two."),
        (("One two.", " Three"), "One two."),
        (("One two", ".", " ", "Three"), "One two. "),
        (("One two. ", "[", "1] ", "Three"), "One two. [1] "),
        (("It costs $29.", "50 now. Then"), "It costs $29.50 now."),
        (("One [1]. Two",), "One [1]."),
        (("One. [1] Two",), "One. [1]"),
        (("One\n", "Two"), "One\n"),
        (("One two",), "One two|"),
    ],
)
def test_near_the_end_a_sentence_that_ends_is_the_last(pieces: tuple[str, ...], text: str) -> None:
    assert said(STRETCH_BYTES, *pieces) == text


def test_without_an_end_the_piece_that_is_too_much_is_cut_at_a_word() -> None:
    assert said(STRETCH_BYTES, "a " * 90, "b " * 20) == "a " * 90 + "b " * 10


@pytest.mark.parametrize("text", ["This is one. " * 40, "One [1]. " * 60, "so on " * 100])
def test_where_an_answer_ends_does_not_depend_on_how_it_came(text: str) -> None:
    ends = [
        said(417, *(text[at : at + size] for at in range(0, len(text), size)))
        for size in (1, 5, 50, 250, len(text))
    ]

    assert max(map(len, ends)) - min(map(len, ends)) <= len("so on ")
    assert min(map(len, ends)) > 200


def test_other_scripts_are_counted_in_bytes() -> None:
    assert (
        said(STRETCH_BYTES + 30, "カードが届" * 2, "きます。 つぎ") == "カードが届" * 2 + "きます。"
    )
