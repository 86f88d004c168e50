"""Lists and objects of shapes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.api.errors import BadCall
from bot.api.shapes import Schema, Shape, Text


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list."""

    each: Shape
    least: int = 0
    most: int = 100

    def read(self, value: object, path: str) -> list[Any]:
        """Return the list.

        Raises:
            BadCall: it is none, too short or long, or one in it is wrong.
        """
        if not isinstance(value, list) or not self.least <= len(value) <= self.most:
            raise BadCall(path, f"a list of {self.least} to {self.most}")
        return [self.each.read(one, f"{path}[{n}]") for n, one in enumerate(value)]

    def schema(self) -> Schema:
        """Return the schema of a list."""
        schema: Schema = {"type": "array", "items": self.each.schema(), "maxItems": self.most}
        return schema | ({"minItems": self.least} if self.least else {})


@dataclass(frozen=True, slots=True)
class Pairs:
    """Free names with texts."""

    most: int = 16
    most_name: int = 64
    most_text: int = 512

    def read(self, value: object, path: str) -> dict[str, str]:
        """Return the pairs.

        Raises:
            BadCall: it is no object of texts, or too much.
        """
        if not isinstance(value, dict) or len(value) > self.most:
            raise BadCall(path, f"an object with at most {self.most} texts")
        name, text = Text(0, self.most_name), Text(0, self.most_text)
        return {name.read(key, path): text.read(one, f"{path}.*") for key, one in value.items()}

    def schema(self) -> Schema:
        """Return the schema of pairs."""
        return {
            "type": "object",
            "maxProperties": self.most,
            "propertyNames": {"maxLength": self.most_name},
            "additionalProperties": Text(0, self.most_text).schema(),
        }


@dataclass(frozen=True, slots=True)
class Either:
    """The first shape whose JSON type fits, such as a text or a list of parts."""

    shapes: Mapping[type, Shape]

    def read(self, value: object, path: str) -> Any:  # noqa: ANN401 - the shape knows the type
        """Return the value in the shape of its type.

        Raises:
            BadCall: it has none of the types, or is wrong in its own.
        """
        for kind, shape in self.shapes.items():
            if isinstance(value, kind):
                return shape.read(value, path)
        names: dict[object, str] = {str: "a text", list: "a list", dict: "an object"}
        raise BadCall(path, " or ".join(names[kind] for kind in self.shapes))

    def schema(self) -> Schema:
        """Return the schema of a choice of types."""
        return {"anyOf": [shape.schema() for shape in self.shapes.values()]}


@dataclass(frozen=True, slots=True)
class Part:
    """One named part of an object."""

    name: str
    """In snake_case."""
    shape: Shape
    about: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """An object with named parts."""

    parts: tuple[Part, ...]
    is_open: bool = False
    """What is not named is ignored, and null stands for nothing, as OpenAI's clients expect."""
    is_camel: bool = True
    """Names are camelCase, and snake_case is taken, too; else snake_case alone."""
    by_name: Mapping[str, Part] = field(init=False)
    """Every spelling of every name."""

    def __post_init__(self) -> None:
        spelled = {part.name: part for part in self.parts}
        if self.is_camel:
            spelled |= {camel(part.name): part for part in self.parts}
        object.__setattr__(self, "by_name", spelled)

    def read(self, value: object, path: str) -> dict[str, Any]:
        """Return what is there, by snake_case name.

        Raises:
            BadCall: it is no object, something is missing, unknown, twice or wrong.
        """
        if not isinstance(value, dict):
            raise BadCall(path, "an object")
        found: dict[str, Any] = {}
        for name, one in value.items():
            part = self.by_name.get(name)
            if part is None and not self.is_open:
                raise BadCall(path, f"none but {', '.join(self._names())}")
            if part is None or (one is None and self.is_open):
                continue
            where = f"{path}.{name}" if path else name
            if part.name in found:
                raise BadCall(where, f"{name} in one spelling only")
            found[part.name] = part.shape.read(one, where)
        for part in self.parts:
            if part.is_required and part.name not in found:
                raise BadCall(f"{path}.{self._shown(part)}".lstrip("."), "it to be there")
        return found

    def schema(self) -> Schema:
        """Return the schema of the object; both spellings are in it, and not together."""
        properties: Schema = {}
        both: list[Schema] = []
        required = [self._shown(part) for part in self.parts if part.is_required]
        for part in self.parts:
            schema = part.shape.schema()
            if self.is_open and not part.is_required:
                schema = {"anyOf": [schema, {"type": "null"}]}
            shown = self._shown(part)
            properties[shown] = schema | ({"description": part.about} if part.about else {})
            if shown != part.name:
                properties[part.name] = schema | {"description": f"The same as {shown}."}
                both.append({"required": [shown, part.name]})
        whole: Schema = {"type": "object", "properties": properties}
        if required:
            whole["required"] = required
        if not self.is_open:
            whole["additionalProperties"] = False
        return whole | ({"not": {"anyOf": both}} if both else {})

    def _shown(self, part: Part) -> str:
        return camel(part.name) if self.is_camel else part.name

    def _names(self) -> list[str]:
        return [self._shown(part) for part in self.parts]


def camel(name: str) -> str:
    """Return a snake_case name in camelCase."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
