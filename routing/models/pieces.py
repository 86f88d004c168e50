"""What a decoder takes out of one read, as pieces: pure."""

import json
from collections.abc import Sequence

from routing.errors import FailureKind, ModelFailed
from routing.models.base import Piece, Text, Thinking
from routing.request import ToolCall, derived

Taken = str | tuple[Piece, ...]
"""What one frame brings: text, which may be empty, or pieces of another kind."""
THINKS: tuple[Piece, ...] = (Thinking(),)


def pieces_of(taken: Sequence[Taken]) -> tuple[Piece, ...]:
    """Return what the frames bring, in order; text that follows text is one piece."""
    if len(taken) == 1:  # as it nearly always is: once per token
        only = taken[0]
        if isinstance(only, str):
            return (Text(only),) if only else ()
        return only
    text = ""
    pieces: tuple[Piece, ...] = ()
    for each in taken:
        if isinstance(each, str):
            text += each
        elif each:
            pieces = (*pieces, Text(text), *each) if text else (*pieces, *each)
            text = ""
    return (*pieces, Text(text)) if text else pieces


class WrittenCall:
    """A call of a tool while the model writes it."""

    def __init__(self, id_: object, name: object) -> None:
        self.id = id_
        self.name = name
        self.parts: list[object] = []
        """Of the arguments, in order; joined they are JSON, or empty."""

    def whole(self) -> ToolCall | None:
        """Return the call; None when its arguments are not a whole JSON object.

        Raises:
            ModelFailed: MALFORMED, it has no name or no id.
        """
        if not (isinstance(self.id, str) and self.id and isinstance(self.name, str) and self.name):
            raise ModelFailed(FailureKind.MALFORMED)
        arguments = "".join(map(str, self.parts)) or "{}"
        try:
            is_object = isinstance(json.loads(arguments), dict)
        except ValueError:
            is_object = False
        # The model has read nothing but redacted text; whoever puts values in checks it anyway.
        return ToolCall(self.id, self.name, derived(arguments)) if is_object else None
