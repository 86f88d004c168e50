"""Entries as lines of an export, JSON or CSV, and back: nothing is lost on the way. Pure.

The content of an entry stays the text that its hash is over, so the hash can be made anew from a
line. A cell of CSV that a spreadsheet would take for a formula gets an apostrophe in front; so does
one that begins with an apostrophe, so that reading takes away exactly what writing has added.
Source: OWASP, "CSV Injection".
"""

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.stores.audit_chain import Link
from bot.stores.instants import iso, micros

COLUMNS = ("n", "at", "tenant", "action", "json", "previous", "hash")
MOST_CELL = 16 << 20
_FORMULA = frozenset("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")
"""What a formula begins with, full-width forms too, and the apostrophe."""


class Format(Enum):
    """How an export is written."""

    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Withheld:
    """An entry that is not for whoever asked: what joins its neighbours, and nothing else."""

    n: int
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class NoEntry:
    """A line that is none."""

    line: int
    why: str


def head_of(form: Format) -> str:
    """Return what stands before the first entry."""
    return _row(COLUMNS) if form is Format.CSV else ""


def line_of(entry: Link | Withheld, form: Format) -> str:
    """Return an entry as a line, with its end."""
    if form is Format.CSV:
        return _row(_cells(entry))
    if isinstance(entry, Withheld):
        fields: dict[str, object] = {
            "n": entry.n, "previous": entry.previous, "hash": entry.hash, "withheld": True,
        }  # fmt: skip
    else:
        n, at, *rest = entry
        fields = dict(zip(COLUMNS, (n, iso(at), *rest), strict=True))
    return json.dumps(fields, separators=(",", ":")) + "\n"


def read_lines(lines: Iterable[str], form: Format) -> Iterator[Link | Withheld | NoEntry]:
    """Yield what the lines of a file say, in order, its head left out."""
    if form is Format.JSONL:
        yield from (_of_json(number, line) for number, line in enumerate(lines, 1))
        return
    csv.field_size_limit(MOST_CELL)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(lines, strict=True), 1):
            if number == 1 and tuple(cells) == COLUMNS:
                continue
            yield _of_cells(number, [plain_cell(cell) for cell in cells])
    except csv.Error as error:
        yield NoEntry(number + 1, str(error))


def safe_cell(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ")[:1] in _FORMULA and cell.strip(" ") else cell


def plain_cell(cell: str) -> str:
    """Return what a safe cell stands for."""
    return cell[1:] if cell.startswith("'") else cell


def _row(cells: Iterable[str]) -> str:
    quoted = (safe_cell(cell).replace('"', '""') for cell in cells)
    return ",".join(f'"{cell}"' for cell in quoted) + "\r\n"


def _cells(entry: Link | Withheld) -> tuple[str, ...]:
    if isinstance(entry, Withheld):
        return (str(entry.n), "", "", "", "", entry.previous, entry.hash)
    n, at, *rest = entry
    return (str(n), iso(at), *map(str, rest))


def _of_json(line: int, text: str) -> Link | Withheld | NoEntry:
    try:
        given = json.loads(text)
        if given.get("withheld") is True:
            return Withheld(given["n"], given["previous"], given["hash"])
        n, at, *rest = (given[name] for name in COLUMNS)
        return _link(n, at, rest)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as e:
        return NoEntry(line, f"expected an entry as JSON ({type(e).__name__})")


def _of_cells(line: int, cells: list[str]) -> Link | Withheld | NoEntry:
    try:
        n, at, *rest = cells
        if not at:
            return Withheld(int(n), rest[3], rest[4])
        return _link(int(n), at, rest)
    except (ValueError, IndexError, OverflowError) as error:
        return NoEntry(line, f"expected {len(COLUMNS)} cells of an entry ({type(error).__name__})")


def _link(n: int, at: str, rest: list[str]) -> Link:
    tenant, action, content, previous, hash_ = rest
    if type(n) is not int:
        raise TypeError("a number was expected")
    return n, micros(datetime.fromisoformat(at)), tenant, action, content, previous, hash_
