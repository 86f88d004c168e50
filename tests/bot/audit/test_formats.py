"""Lines of an export, and what a spreadsheet would make of them."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit.formats import (
    COLUMNS,
    Format,
    NoEntry,
    Withheld,
    head_of,
    line_of,
    plain_cell,
    read_lines,
    safe_cell,
)
from bot.stores.audit_chain import Link
from tests.bot.audit.chains import chained, hashed, with_field

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "'=1", "  =1", "\uff1d1"]
texts = st.text(st.characters(exclude_categories=())).map(lambda text: text)
awkward = st.one_of(texts, st.sampled_from([*FORMULAS, '"', "a,b", "a\nb", "a\r\nb", "\x00", ""]))


def read(content: str, form: Format) -> list[Link | Withheld | NoEntry]:
    return list(read_lines(io.StringIO(content, newline=""), form))


@pytest.mark.parametrize("form", Format)
@given(fields=st.tuples(awkward, awkward, awkward))
def test_whatever_an_entry_holds_comes_back(form: Format, fields: tuple[str, str, str]) -> None:
    one = chained(1)[0]
    for place, text in enumerate(fields, 2):
        one = with_field(one, place, text)
    one = hashed(one)
    content = head_of(form) + line_of(one, form) + line_of(Withheld(2, "a", "b"), form)

    assert read(content, form) == [one, Withheld(2, "a", "b")]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula(formula: str) -> None:
    one = with_field(with_field(chained(1)[0], 3, formula), 4, formula)
    content = head_of(Format.CSV) + line_of(one, Format.CSV)
    head, cells = csv.reader(io.StringIO(content, newline=""))

    assert tuple(head) == COLUMNS
    assert cells[3] == cells[4] == f"'{formula}"
    assert not any(cell.lstrip(" ")[:1] in set("=+-@\t\r\n") for cell in cells)
    assert plain_cell(cells[3]) == formula


@given(awkward)
def test_a_safe_cell_is_undone_exactly(cell: str) -> None:
    assert plain_cell(safe_cell(cell)) == cell


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "7", "null", '{"n":1}', '{"n":"1","at":"x"}', '{"withheld":true}', "[" * 99_999,
     '{"n":"1","at":"2026-11-24T00:00:00+00:00","tenant":"","action":"","json":"","previous":"",'
     '"hash":""}'],
    ids=lambda line: line[:20],
)  # fmt: skip
def test_a_line_that_is_no_entry_is_named(line: str) -> None:
    good = line_of(chained(1)[0], Format.JSONL)
    found = read(good + line + "\n", Format.JSONL)

    assert found[0] == chained(1)[0]
    assert isinstance(found[1], NoEntry)
    assert found[1].line == 2


@pytest.mark.parametrize(
    "line", ["1,2", '"x","","","","","",""', '"1","never","","","","",""', '"']
)
def test_cells_that_are_no_entry_are_named(line: str) -> None:
    found = read(head_of(Format.CSV) + line + "\r\n", Format.CSV)

    assert [type(one) for one in found] == [NoEntry]
