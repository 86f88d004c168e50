from routing.models.units import Unit, UnitKind, plain, units

TEXT = """\
Opening *sentence*. Another one,
on two lines.

## How to [do it](https://x.example.org)

Do this:

1. Open the **app**
   and wait.
2. Tap `Go`.

- a point
+ another

| Account | Fee | Best for |
|:---|---|---|
| Classic | €3.90 | all |

| Name | Value |
| --- | --- |
| A | 1 |
"""


def test_sentences_steps_points_and_rows_are_told_apart() -> None:
    kinds = [unit.kind.value for unit in units(TEXT)]

    assert kinds == ["sentence"] * 3 + ["step"] * 2 + ["point"] * 2 + ["row"] * 2


def test_each_unit_knows_the_heading_that_it_stands_under() -> None:
    headings = [unit.heading for unit in units(TEXT)]

    assert headings == ["", ""] + ["How to do it"] * 7


def test_marks_of_emphasis_and_links_are_not_shown_and_lines_are_joined() -> None:
    texts = [unit.text for unit in units(TEXT)]

    assert texts[:4] == [
        "Opening sentence.",
        "Another one, on two lines.",
        "Do this:",
        "1. Open the app and wait.",
    ]


def test_a_row_of_a_table_says_its_columns() -> None:
    rows = [unit.text for unit in units(TEXT) if unit.kind is UnitKind.ROW]

    assert rows == ["- Classic: Fee €3.90, Best for all", "- A: 1"]


def test_each_paragraph_list_and_table_is_a_block_of_its_own() -> None:
    blocks = [unit.block for unit in units(TEXT)]

    assert blocks == sorted(blocks)
    assert len(set(blocks)) == 6


def test_a_list_right_below_prose_is_another_block() -> None:
    first, second = units("Do this:\n- a point")

    assert first == Unit(UnitKind.SENTENCE, "Do this:", "", first.block)
    assert second.block != first.block


def test_words_with_underscores_and_sums_keep_their_signs() -> None:
    assert plain("snake_case_name and 2 * 3 * 4") == "snake_case_name and 2 * 3 * 4"


def test_nothing_has_no_units() -> None:
    assert units(" \n\n# Heading only\n") == ()


def test_a_list_with_blank_lines_between_its_steps_is_one_list_and_a_new_one_begins_at_1() -> None:
    found = units("1. One.\n\n2. Two.\n\n1. First.\n\n- a\n\n- b\n\nProse.")
    blocks = [unit.block for unit in found]

    assert [blocks.count(block) for block in dict.fromkeys(blocks)] == [2, 1, 2, 1]
