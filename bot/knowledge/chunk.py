"""An article cut into chunks that each make sense alone; pure.

Law: the chunks of an article, put together, are the article but for blanks.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from routing.models.sentences import sentences

MOST_CHARS = 900
"""Aim for the length of a chunk; only a single sentence or list step may be longer."""

LEAST_CHARS = 200
"""A section longer than this is a chunk of its own."""

_HEADING = re.compile(r"#{1,6}\s+\S")
_BULLET = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s+\S")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an article."""

    heading: str
    """The heading that the piece begins under; empty before the first one."""
    text: str
    """Headings, paragraphs, list steps and table rows as they stood in the article."""

    @property
    def headings(self) -> str:
        """All headings that some part of the text stands under, one a line."""
        inside = (line.lstrip("# ") for line in self.text.splitlines() if _HEADING.match(line))
        return "\n".join(dict.fromkeys((self.heading, *inside)))


@dataclass(frozen=True, slots=True)
class _Block:
    text: str
    is_heading: bool
    joiner: str
    """What stood between it and the block before."""


def chunked(text: str, most_chars: int = MOST_CHARS) -> tuple[Chunk, ...]:
    """Return the chunks of an article's text, in order; none for an empty one."""
    chunks: list[Chunk] = []
    under = heading = ""
    held = ""
    for block in _kept_together(_blocks(text, most_chars)):
        begins = _HEADING.match(block.text) is not None
        is_full = held and len(held) + len(block.joiner) + len(block.text) > most_chars
        if is_full or (begins and len(held) > LEAST_CHARS):
            chunks.append(Chunk(under, held))
            held = ""
        if begins:
            heading = block.text.splitlines()[0].lstrip("#").strip()
        under = under if held else heading
        held = held + block.joiner + block.text if held else block.text
    if held:
        chunks.append(Chunk(under, held))
    return tuple(chunks)


def _kept_together(blocks: Iterator[_Block]) -> Iterator[_Block]:
    """Join a heading with what follows it, so that no chunk ends in a heading."""
    waiting: _Block | None = None
    for block in blocks:
        joined = block
        if waiting is not None:
            text = waiting.text + block.joiner + block.text
            joined = _Block(text, block.is_heading, waiting.joiner)
        waiting = joined if block.is_heading else None
        if waiting is None:
            yield joined
    if waiting is not None:
        yield waiting


def _blocks(text: str, most_chars: int) -> Iterator[_Block]:
    """Cut at blank lines, headings, list steps and table rows; long paragraphs at sentences."""
    for paragraph in re.split(r"\n\s*\n", text):
        joiner = "\n\n"
        for lines in _units(paragraph.splitlines()):
            yield from _cut("\n".join(lines), joiner, most_chars)
            joiner = "\n"


def _units(lines: list[str]) -> Iterator[list[str]]:
    unit: list[str] = []
    for line in lines:
        if not line.strip():
            continue
        follows_heading = bool(unit) and _HEADING.match(unit[0].lstrip()) is not None
        if unit and (_begins_unit(line) or follows_heading):
            yield unit
            unit = []
        unit.append(line.rstrip())
    if unit:
        yield unit


def _begins_unit(line: str) -> bool:
    bare = line.lstrip()
    return bool(_HEADING.match(bare) or _BULLET.match(line) or bare.startswith("|"))


def _cut(unit: str, joiner: str, most_chars: int) -> Iterator[_Block]:
    if _HEADING.match(unit.lstrip()):
        yield _Block(unit.strip(), True, joiner)
        return
    if len(unit) <= most_chars:
        yield _Block(unit, False, joiner)
        return
    for sentence in sentences(unit):
        yield _Block(sentence, False, joiner)
        joiner = " "
