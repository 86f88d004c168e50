"""The marks that stand in plain text for what is not said as it is written. Pure.

A mark is one private character; those that carry a value end with `END`.
"""

from dataclasses import dataclass

LINK = "\ue000"
"""An address of the web stood here."""
BREAK = "\ue001"
"""A line of its own ends here: a pause."""
CELL = "\ue002"
"""A cell of a table ends here: a short pause."""
ENUMERATED = "\ue003"
"""`1.` of a list; the number follows, then `END`."""
PLACEHOLDER = "\ue004"
"""`[EMAIL_1]`; its kind follows, a blank and the last digits if any, then `END`."""
MASKED = "\ue005"
"""Asterisks that hide the first digits of a number."""
END = "\ue006"


@dataclass(frozen=True, slots=True)
class Plain:
    """A piece of plain text."""

    text: str
    end: int
    """Where in the written text it ends."""
    is_same: bool
    """Stands there letter by letter."""
