"""An article's text as sentences, list steps and table rows under their headings; pure."""

import re
from dataclasses import dataclass, replace
from enum import Enum

from routing.models.sentences import sentences


class UnitKind(Enum):
    """What a unit of text is."""

    SENTENCE = "sentence"
    STEP = "step"
    """Of a numbered list: makes sense only with the steps before it."""
    POINT = "point"
    """Of a list with bullets."""
    ROW = "row"
    """Of a table, with the column names worked in."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest piece that can be quoted."""

    kind: UnitKind
    text: str
    """As shown to the customer: no emphasis marks, links as their words."""
    heading: str
    block: int
    """Units of one paragraph, list or table have the same number."""


_HEADING = re.compile(r"#{1,6}\s+(.*?)\s*#*$")
_STEP = re.compile(r"\s*(\d{1,3})[.)]\s+(.*)")
_POINT = re.compile(r"\s*[-*+•]\s+(.*)")
_RULE = re.compile(r"\s*\|?[\s:|-]+\|?\s*$")
_LINK = re.compile(r"!?\[([^\]\n]+)\]\([^)\n]*\)")
_EMPHASIS = re.compile(r"(\*\*|__|`|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w))")


def units(text: str) -> tuple[Unit, ...]:
    """Return everything quotable in a text, in order; headings become a part of what follows."""
    reader = _Reader()
    for paragraph in re.split(r"\n\s*\n", text):
        reader.begin_paragraph()
        for line in paragraph.splitlines():
            reader.read(line)
        reader.end_prose()
    return tuple(reader.units)


class _Reader:
    """Takes lines in order and gathers units."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self._heading = ""
        self._block = 0
        self._prose: list[str] = []
        self._columns: list[str] = []
        self._is_new = True
        self._list: UnitKind | None = None
        """Of what kind the list or table is that the line before belongs to."""

    def begin_paragraph(self) -> None:
        self._is_new = True

    def read(self, line: str) -> None:
        kind = _kind(line)
        if self._is_new and not self._goes_on(kind, line):
            self._begin_block()
        self._is_new = False
        if kind is None:
            self._read_prose(line)
            return
        self.end_prose()
        if kind is UnitKind.SENTENCE:
            self._heading = plain(_heading(line)) or self._heading
            self._begin_block()
            return
        if kind is not self._list:
            self._begin_block()
            self._list = kind
        if kind is UnitKind.ROW:
            self._read_row(line)
        else:
            self._add(kind, plain(line.strip()))

    def end_prose(self) -> None:
        text = plain(" ".join(line.strip() for line in self._prose))
        self._prose = []
        for sentence in sentences(text):
            self._add(UnitKind.SENTENCE, sentence)

    def _begin_block(self) -> None:
        self._block += 1
        self._list = None
        self._columns = []

    def _goes_on(self, kind: UnitKind | None, line: str) -> bool:
        """Tell whether a list goes on after a blank line."""
        match kind:
            case UnitKind.STEP:
                step = _STEP.match(line)
                return self._list is kind and step is not None and step.group(1) != "1"
            case UnitKind.POINT:
                return self._list is kind
            case _:
                return False

    def _read_prose(self, line: str) -> None:
        if self._list is None or not self.units:
            self._prose.append(line)
            return
        last = self.units[-1]
        self.units[-1] = replace(last, text=f"{last.text} {plain(line.strip())}")

    def _read_row(self, line: str) -> None:
        if _RULE.match(line):
            return
        cells = [plain(cell.strip()) for cell in line.strip().strip("|").split("|")]
        if self._columns:
            self._add(UnitKind.ROW, _row(self._columns, cells))
        else:
            self._columns = cells

    def _add(self, kind: UnitKind, text: str) -> None:
        self.units.append(Unit(kind, text, self._heading, self._block))


def plain(text: str) -> str:
    """Return a line of Markdown as words: links by their text, no emphasis."""
    return _EMPHASIS.sub("", _LINK.sub(r"\1", text))


def _kind(line: str) -> UnitKind | None:
    """Return what a line begins; SENTENCE stands for a heading, None for a line of prose."""
    if line.startswith("#"):
        return UnitKind.SENTENCE
    if _STEP.match(line):
        return UnitKind.STEP
    if _POINT.match(line):
        return UnitKind.POINT
    return UnitKind.ROW if line.lstrip().startswith("|") else None


def _heading(line: str) -> str:
    match = _HEADING.match(line)
    return match.group(1) if match else ""


def _row(columns: list[str], cells: list[str]) -> str:
    if len(cells) == 2:
        return f"- {cells[0]}: {cells[1]}"
    named = [f"{name} {cell}" for name, cell in zip(columns[1:], cells[1:], strict=False)]
    return f"- {cells[0]}: " + ", ".join(named)
