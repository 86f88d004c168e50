"""Messages with the name of their intent, one JSON object a line."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from routing.errors import RoutingRefused

TEXT_FIELDS = ("text", "utterance", "message", "query", "sentence")
"""Names of the field with the message, most usual first."""
LABEL_FIELDS = ("intent", "label", "category", "class")
"""Names of the field with the intent, most usual first."""


class LabelledRefused(RoutingRefused):
    """A line of a file is not a labelled message; `str()` is `file:line: what, expected what`."""


@dataclass(frozen=True, slots=True)
class Fields:
    """What the fields are called; empty means the first usual name that the line has."""

    text: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One message and the intent that it belongs to."""

    text: str
    intent: str


def read_labelled(lines: Iterable[str], file: str, fields: Fields) -> Iterator[Labelled]:
    """Yield the messages of a file in order; blank lines are left out.

    Args:
        lines: of the file.
        file: its name, for messages.
        fields: what the fields are called.

    Raises:
        LabelledRefused: a line is not JSON, not an object, or lacks a text or a label.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield read_line(line, f"{file}:{number}", fields)


def read_line(line: str, where: str, fields: Fields) -> Labelled:
    """Return the message of one line.

    Raises:
        LabelledRefused: see `read_labelled`.
    """
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        raise LabelledRefused(f"{where}: not JSON, expected one object a line") from None
    if not isinstance(content, dict):
        kind = type(content).__name__
        raise LabelledRefused(f"{where}: JSON {kind}, expected an object") from None
    text = field_of(content, (fields.text,) if fields.text else TEXT_FIELDS, f"{where}: no text")
    label = (fields.label,) if fields.label else LABEL_FIELDS
    return Labelled(text, field_of(content, label, f"{where}: no label"))


def field_of(content: dict[str, object], names: tuple[str, ...], problem: str) -> str:
    """Return the first of the named fields that holds text or, for a label, a number.

    Raises:
        LabelledRefused: there is none.
    """
    for name in names:
        match content.get(name):
            case str() as text if text.strip():
                return text
            case bool():
                continue
            case int() as number:
                return str(number)
    raise LabelledRefused(f"{problem}, expected a field {' or '.join(map(repr, names))}")
