"""An article's text as sentences, list steps and table rows under their headings; pure."""

import re
from dataclasses import dataclass
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
    found: list[Unit] = []
    heading = ""
    block = 0
    for paragraph in re.split(r"\n\s*\n", text):
        block += 1
        held: list[str] = []
        columns: list[str] = []
        last = UnitKind.SENTENCE
        for line in [*paragraph.splitlines(), "# "]:
            kind = _kind(line)
            if kind is None and line.strip() and last is not UnitKind.SENTENCE and found:
                found[-1] = _longer(found[-1], line)
                continue
            if kind is None:
                held.append(line)
                continue
            found += _prose(held, heading, block)
            held = []
            if kind is UnitKind.SENTENCE:
                heading = plain(_heading(line)) or heading
                last = kind
                continue
            if kind is not last:
                block += 1
            last = kind
            if kind is not UnitKind.ROW:
                found.append(Unit(kind, plain(line.strip()), heading, block))
            elif not _RULE.match(line):
                cells = [plain(cell.strip()) for cell in line.strip().strip("|").split("|")]
                if columns:
                    found.append(Unit(kind, _row(columns, cells), heading, block))
                columns = columns or cells
    return tuple(found)


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


def _longer(unit: Unit, line: str) -> Unit:
    return Unit(unit.kind, f"{unit.text} {plain(line.strip())}", unit.heading, unit.block)


def _prose(lines: list[str], heading: str, block: int) -> list[Unit]:
    text = plain(" ".join(line.strip() for line in lines))
    return [Unit(UnitKind.SENTENCE, one, heading, block) for one in sentences(text)]


def _row(columns: list[str], cells: list[str]) -> str:
    if len(cells) == 2:
        return f"- {cells[0]}: {cells[1]}"
    named = [f"{name}: {cell}" for name, cell in zip(columns[1:], cells[1:], strict=False)]
    return f"- {cells[0]} – " + "; ".join(named)
