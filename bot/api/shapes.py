"""What a body or a query may hold: one table that checks it and that describes it. Pure.

`read` returns a value of the shape or refuses it with the path of what is wrong; `schema` is the
same in JSON Schema 2020-12, for the OpenAPI document. So the two cannot disagree.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from bot.api.errors import BadCall

Schema = dict[str, Any]
SURROGATE = re.compile("[\ud800-\udfff]")
MOST_TEXT = 200_000
MOST_DEPTH = 32


class Shape(Protocol):
    """What one value may be."""

    def read(self, value: object, path: str) -> Any:  # noqa: ANN401 - the shape knows the type
        """Return the value as the product uses it.

        Raises:
            BadCall: it is something else; with its path.
        """
        ...

    def schema(self) -> Schema:
        """Return the same as a JSON schema."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A text."""

    least: int = 0
    most: int = MOST_TEXT
    pattern: str = ""

    def read(self, value: object, path: str) -> str:
        """Return a text; half a character of UTF-16 is none.

        Raises:
            BadCall: it is something else.
        """
        if not isinstance(value, str) or SURROGATE.search(value):
            raise BadCall(path, "a text")
        if not self.least <= len(value) <= self.most:
            raise BadCall(path, f"{self.least} to {self.most} characters")
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise BadCall(path, f"a text like {self.pattern}")
        return value

    def schema(self) -> Schema:
        """Return the schema of a text."""
        schema: Schema = {"type": "string", "maxLength": self.most}
        if self.least:
            schema["minLength"] = self.least
        return schema | ({"pattern": f"^({self.pattern})$"} if self.pattern else {})


@dataclass(frozen=True, slots=True)
class OneOf:
    """One word of a list."""

    words: tuple[str, ...]

    def read(self, value: object, path: str) -> str:
        """Return the word.

        Raises:
            BadCall: it is not in the list.
        """
        if not isinstance(value, str) or value not in self.words:
            raise BadCall(path, f"one of {', '.join(self.words)}")
        return value

    def schema(self) -> Schema:
        """Return the schema of a choice."""
        return {"type": "string", "enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Number:
    """A number, ends included."""

    least: str
    most: str

    def read(self, value: object, path: str) -> Decimal:
        """Return the number, exact.

        Raises:
            BadCall: it is none, or outside.
        """
        is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        if not is_number or not Decimal(self.least) <= Decimal(value) <= Decimal(self.most):  # type: ignore[arg-type]  # is_number has narrowed it
            raise BadCall(path, f"a number from {self.least} to {self.most}")
        return Decimal(value)  # type: ignore[arg-type]  # as above

    def schema(self) -> Schema:
        """Return the schema of a number."""
        return {"type": "number", "minimum": float(self.least), "maximum": float(self.most)}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number, ends included."""

    least: int
    most: int

    def read(self, value: object, path: str) -> int:
        """Return the number; 3.0 is a whole number, as JSON Schema has it.

        Raises:
            BadCall: it is none, or outside.
        """
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value) if abs(value) < Decimal(10) ** 18 else None
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or not self.least <= value <= self.most:  # type: ignore[operator]  # narrowed
            raise BadCall(path, f"a whole number from {self.least} to {self.most}")
        return int(value)  # type: ignore[call-overload, no-any-return]  # as above

    def schema(self) -> Schema:
        """Return the schema of a whole number."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class Instant:
    """A day or an instant in ISO 8601; without a zone it is UTC."""

    def read(self, value: object, path: str) -> datetime:
        """Return the instant, aware.

        Raises:
            BadCall: it is none.
        """
        try:
            instant = datetime.fromisoformat(str(value))
            return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadCall(path, "an instant such as 2026-11-24T08:00:00Z, or a day") from None

    def schema(self) -> Schema:
        """Return the schema of an instant."""
        return {"type": "string", "format": "date-time"}


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def read(self, value: object, path: str) -> bool:
        """Return the flag.

        Raises:
            BadCall: it is something else.
        """
        if not isinstance(value, bool):
            raise BadCall(path, "true or false")
        return value

    def schema(self) -> Schema:
        """Return the schema of a flag."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Never:
    """Something that is not done here: only what asks for nothing is taken."""

    expected: str
    """In words, such as `none: stop words are not supported`."""

    def read(self, value: object, path: str) -> None:
        """Return nothing.

        Raises:
            BadCall: something is asked for.
        """
        if value:
            raise BadCall(path, self.expected)

    def schema(self) -> Schema:
        """Return the schema of what asks for nothing."""
        return {"enum": [False, None, [], ""]}


@dataclass(frozen=True, slots=True)
class Anything:
    """Any JSON object, taken as it is: a schema, a vendor's extra."""

    def read(self, value: object, path: str) -> dict[str, Any]:
        """Return the object, numbers made plain.

        Raises:
            BadCall: it is none, or too deep.
        """
        if not isinstance(value, dict):
            raise BadCall(path, "an object")
        plain = plainly(value, path, MOST_DEPTH)
        assert isinstance(plain, dict)
        return plain

    def schema(self) -> Schema:
        """Return the schema of any object."""
        return {"type": "object"}


def plainly(value: object, path: str, depth: int) -> object:
    """Return JSON with numbers as Python's `json` would have read them.

    Raises:
        BadCall: it is nested too deep, or a text in it is none.
    """
    if depth < 0:
        raise BadCall(path, f"at most {MOST_DEPTH} levels")
    match value:
        case dict():
            return {_text(k, path): plainly(v, path, depth - 1) for k, v in value.items()}
        case list():
            return [plainly(one, path, depth - 1) for one in value]
        case Decimal():
            return float(value)
        case str():
            return _text(value, path)
        case _:
            return value


def _text(value: object, path: str) -> str:
    if not isinstance(value, str) or SURROGATE.search(value):
        raise BadCall(path, "texts without halves of characters")
    return value
