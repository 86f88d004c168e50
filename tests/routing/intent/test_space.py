import numpy as np
import pytest

from routing.intent.features import words
from routing.intent.nearest import Examples
from routing.intent.space import (
    MANY,
    SHARE_WITH_FEW,
    SHARE_WITH_MANY,
    Rows,
    Space,
    counted,
    learn_space,
    parts_of,
)


def space_of(*texts: str) -> Space:
    return learn_space([parts_of(words(text), {}) for text in texts], 1)


def rows_of(space: Space, *texts: str) -> Rows:
    return space.rows_of([parts_of(words(text), {}) for text in texts])


@pytest.mark.parametrize("text", ["lost card", "a", "lost lost card"])
def test_a_known_text_has_length_one(text: str) -> None:
    row = space_of(text, "other words here").row(text)

    assert float(row.values @ row.values) == pytest.approx(1, abs=1e-5)


def test_what_is_unknown_makes_a_vector_shorter() -> None:
    space = space_of("lost card", "late transfer")
    known, partly, unknown = (
        float(row.values @ row.values)
        for row in (space.row("lost card"), space.row("lost umbrella"), space.row("zzz"))
    )

    assert known > partly > unknown == 0


@pytest.mark.parametrize("text", ["", "?!", "zzz"])
def test_a_text_without_known_features_has_no_columns(text: str) -> None:
    assert len(space_of("lost card").row(text).columns) == 0


def test_a_rare_feature_weighs_more_than_one_of_every_text() -> None:
    space = space_of("card lost", "card late", "card new")

    assert space.rarity.min() == pytest.approx(1)
    assert space.rarity.max() < space.unknown_rarity


def test_columns_are_ascending_keys() -> None:
    space = space_of("lost card", "late transfer")

    assert (np.diff(space.keys.astype(np.int64)) > 0).all()
    assert space.width == len(space.rarity)


def test_words_count_for_more_with_many_examples() -> None:
    parts = [parts_of(words("lost card"), {})]

    assert learn_space(parts, 1).words_share == SHARE_WITH_FEW
    assert learn_space(parts * MANY, 1).words_share == SHARE_WITH_MANY


def test_an_empty_space_knows_nothing() -> None:
    space = Space(np.empty(0, np.uint32), np.empty(0, np.float32), 1.0, 0.5)

    assert len(space.row("lost card").columns) == 0
    assert len(space.rows_of([])) == 0


def test_rows_are_those_of_the_texts() -> None:
    space = space_of("lost card", "late transfer")
    rows = rows_of(space, "lost card", "", "late transfer")

    assert len(rows) == 3
    assert len(rows.row(1).columns) == 0
    assert rows.row(2).columns.tolist() == space.row("late transfer").columns.tolist()
    assert rows.row(2).values.tolist() == space.row("late transfer").values.tolist()


def test_products_are_cosines_also_with_empty_rows() -> None:
    space = space_of("lost card", "late transfer")
    rows = rows_of(space, "", "lost card", "", "late transfer", "")

    products = rows.products(space.row("lost card"), space.width)
    assert products.tolist() == pytest.approx([0, 1, 0, products[3], 0], abs=1e-5)
    assert 0 < products[3] < 1
    assert rows.products(space.row("lost card"), space.width, 2, 4).tolist() == pytest.approx(
        products[2:4].tolist()
    )


def test_nearness_is_that_of_the_nearest_example_of_the_intent() -> None:
    space = space_of("lost card", "stolen card", "late transfer")
    rows = rows_of(space, "lost card", "stolen card", "late transfer")
    examples = Examples(rows, np.array([0, 2, 3], np.int32), space.width)

    assert examples.intents == 2
    assert examples.nearness(space.row("lost card"), 0) == pytest.approx(1, abs=1e-5)
    assert examples.nearness(space.row("lost card"), 1) < 0.3
    assert 0 < examples.nearness_to_others(0, 0) < 1
    assert examples.nearness_to_others(2, 1) == 0
    assert examples.nearness_to_others(2, 0) == examples.nearness(rows.row(2), 0)


@pytest.mark.parametrize("numbers", [[], [7], [3, 1, 3, 2, 3, 1], [5, 5, 5]])
def test_distinct_numbers_are_counted_as_numpy_counts_them(numbers: list[int]) -> None:
    given = np.array(numbers, np.uint32)
    keys, counts = counted(given)
    wanted, found = np.unique(given, return_counts=True)

    assert keys.tolist() == wanted.tolist()
    assert counts.tolist() == found.tolist()
    assert keys.dtype == np.uint32
