"""JSON schemas of tools' arguments: the part of the language that is checked, strictly; pure.

Stricter than the standard in three places: a schema with an unknown keyword is refused, not
ignored; a field that is not declared is refused unless `additionalProperties` is true; a name that
stands twice in an object is refused. Source: JSON Schema 2020-12, Validation.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from routing.agent.errors import SchemaRefused

PERSONAL = "x-personal"
"""True on a text field that takes the customer's personal data: a model gives a placeholder."""
PLACEHOLDER_HINT = "Give the customer's placeholder, such as [EMAIL_1]."
TYPES = frozenset({"object", "array", "string", "number", "integer", "boolean", "null"})
CHECKED = frozenset(
    {"type", "enum", "properties", "required", "additionalProperties", "items", "minimum",
     "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", PERSONAL}
)  # fmt: skip
REMARKS = frozenset({"title", "description", "default", "examples", "$schema"})
MOST_ARGUMENT_CHARS = 20_000
MOST_BRACKETS = 500
"""Objects and arrays in one call; so nesting ends long before the interpreter's own limit."""
MOST_DIGITS = 28
MOST_SHOWN_CHARS = 40
NOTHING: Mapping[str, "Schema"] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Schema:
    """What one value has to be; None and empty stand for whatever."""

    types: frozenset[str] = frozenset()
    choices: tuple[object, ...] | None = None
    fields: Mapping[str, "Schema"] = field(default_factory=lambda: NOTHING)
    required: tuple[str, ...] = ()
    is_open: bool = False
    """Fields that are not declared are welcome."""
    items: "Schema | None" = None
    low: Decimal | None = None
    high: Decimal | None = None
    lengths: tuple[int, int | None] = (0, None)
    """Least and most characters of a text."""
    counts: tuple[int, int | None] = (0, None)
    """Least and most elements of an array."""
    pattern: re.Pattern[str] | None = None
    """Found anywhere in a text, as the standard has it."""
    is_personal: bool = False


def read_schema(text: str) -> Schema:
    """Return the schema of a tool's arguments, written as JSON.

    Raises:
        SchemaRefused: it is not the schema of an object, or uses what is not checked.
    """
    schema = _schema(_loaded(text), "arguments")
    if schema.types != {"object"}:
        raise SchemaRefused("arguments: expected a schema of type 'object'")
    return schema


def shown_schema(text: str) -> str:
    """Return a schema as a model sees it: without our own keywords, with a word on placeholders."""
    return json.dumps(_shown(_loaded(text)), ensure_ascii=False, separators=(",", ":"))


def parse_arguments(text: str) -> dict[str, object] | None:
    """Return a call's arguments; None when they are no JSON object or too much of one.

    Whole numbers are `int`, others `Decimal`; 1.0 is whole.
    """
    if len(text) > MOST_ARGUMENT_CHARS or text.count("{") + text.count("[") > MOST_BRACKETS:
        return None
    try:
        value = _parsed(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def canonical_arguments(arguments: Mapping[str, object]) -> str:
    """Return arguments as JSON that is the same for the same content, and for no other."""
    return json.dumps(
        arguments, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_exact
    )


def problems(schema: Schema, value: object, *, is_filled: bool) -> Iterator[str]:
    """Yield what is wrong with arguments, one sentence each, without any value.

    Args:
        schema: of the arguments.
        value: as `parse_arguments` returns it.
        is_filled: False while placeholders stand in personal fields, of which only the type counts.
    """
    yield from _problems(schema, value, "", is_filled)


def _problems(schema: Schema, value: object, path: str, is_filled: bool) -> Iterator[str]:
    where = path or "the arguments"
    if schema.types and not schema.types & _types_of(value):
        yield f"{where}: expected {' or '.join(sorted(schema.types))}"
        return
    if schema.choices is not None and not any(_is_same(value, each) for each in schema.choices):
        yield f"{where}: expected one of {json.dumps(schema.choices, default=str)}"
    match value:
        case str():
            yield from _text_problems(schema, value, where, is_filled)
        case bool():
            pass
        case int() | Decimal():
            yield from _number_problems(schema, value, where)
        case list():
            yield from _list_problems(schema, value, path, is_filled)
        case dict():
            yield from _object_problems(schema, value, path, is_filled)
        case _:
            pass


def _text_problems(schema: Schema, value: str, where: str, is_filled: bool) -> Iterator[str]:
    if schema.is_personal and not is_filled:
        if not value.strip():
            yield f"{where}: expected a placeholder of the customer's"
        return
    if not _is_within(len(value), schema.lengths):
        yield f"{where}: expected {_range_in_words(schema.lengths)} characters"
    elif schema.pattern is not None and not schema.pattern.search(value):
        yield f"{where}: expected text that matches {schema.pattern.pattern}"


def _number_problems(schema: Schema, value: int | Decimal, where: str) -> Iterator[str]:
    if schema.low is not None and value < schema.low:
        yield f"{where}: expected at least {schema.low}"
    if schema.high is not None and value > schema.high:
        yield f"{where}: expected at most {schema.high}"


def _list_problems(
    schema: Schema, value: Sequence[object], path: str, is_filled: bool
) -> Iterator[str]:
    if not _is_within(len(value), schema.counts):
        yield f"{path or 'the arguments'}: expected {_range_in_words(schema.counts)} elements"
    elif schema.items is not None:
        for n, each in enumerate(value):
            yield from _problems(schema.items, each, f"{path}[{n}]", is_filled)


def _object_problems(
    schema: Schema, value: Mapping[str, object], path: str, is_filled: bool
) -> Iterator[str]:
    before = f"{path}." if path else ""
    for name in schema.required:
        if name not in value:
            yield f"{before}{name}: is missing"
    for name, each in value.items():
        if name in schema.fields:
            yield from _problems(schema.fields[name], each, before + name, is_filled)
        elif not schema.is_open:
            yield f"{before}{name[:MOST_SHOWN_CHARS]}: is not a field of this tool"


def _types_of(value: object) -> frozenset[str]:
    match value:
        case None:
            return frozenset({"null"})
        case bool():
            return frozenset({"boolean"})
        case int():
            return frozenset({"integer", "number"})
        case Decimal():
            return frozenset({"number"})
        case str():
            return frozenset({"string"})
        case list():
            return frozenset({"array"})
        case _:
            return frozenset({"object"})


def _is_same(one: object, other: object) -> bool:
    """Compare as JSON does: true is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _is_within(count: int, limits: tuple[int, int | None]) -> bool:
    least, most = limits
    return least <= count and (most is None or count <= most)


def _range_in_words(limits: tuple[int, int | None]) -> str:
    least, most = limits
    return f"at least {least}" if most is None else f"{least} to {most}"


def _loaded(text: str) -> object:
    try:
        return _parsed(text)
    except (ValueError, RecursionError):
        raise SchemaRefused("the schema is not JSON") from None


def _parsed(text: str) -> object:
    value: object = json.loads(
        text,
        parse_int=_number,
        parse_float=_number,
        parse_constant=_refused,
        object_pairs_hook=_once,
    )
    return value


def _schema(value: object, path: str) -> Schema:
    if not isinstance(value, dict):
        raise SchemaRefused(f"{path}: expected a schema as an object")
    for word in value:
        if word not in CHECKED and word not in REMARKS:
            raise SchemaRefused(f"{path}: {word!r} is not checked here, expected one of ours")
    fields, items, choices = value.get("properties", {}), value.get("items"), value.get("enum")
    if not isinstance(fields, dict) or not isinstance(choices, list | None):
        raise SchemaRefused(f"{path}: expected properties as an object, enum as an array")
    schema = Schema(
        types=_types(value, path),
        choices=None if choices is None else tuple(choices),
        fields={name: _schema(each, f"{path}.{name}") for name, each in fields.items()},
        required=_names(value, path),
        is_open=_flag(value, "additionalProperties", path),
        items=None if items is None else _schema(items, f"{path}[]"),
        low=_limit(value, "minimum", path),
        high=_limit(value, "maximum", path),
        lengths=_range(value, "Length", path),
        counts=_range(value, "Items", path),
        pattern=_pattern(value, path),
        is_personal=_flag(value, PERSONAL, path),
    )
    if schema.is_personal and schema.types != {"string"}:
        raise SchemaRefused(f"{path}: expected {PERSONAL} on a field of type 'string' only")
    return schema


def _types(value: Mapping[str, object], path: str) -> frozenset[str]:
    written = value.get("type", [])
    names = written if isinstance(written, list) else [written]
    types = frozenset(name for name in names if isinstance(name, str))
    if len(types) != len(names) or not types <= TYPES:
        raise SchemaRefused(f"{path}: type {written!r}, expected some of {sorted(TYPES)}")
    return types


def _names(value: Mapping[str, object], path: str) -> tuple[str, ...]:
    written = value.get("required", [])
    names = written if isinstance(written, list) else [None]
    texts = tuple(name for name in names if isinstance(name, str))
    if len(texts) != len(names):
        raise SchemaRefused(f"{path}: required {written!r}, expected an array of names")
    return texts


def _flag(value: Mapping[str, object], word: str, path: str) -> bool:
    written = value.get(word, False)
    if not isinstance(written, bool):
        raise SchemaRefused(f"{path}: {word} {written!r}, expected true or false")
    return written


def _limit(value: Mapping[str, object], word: str, path: str) -> Decimal | None:
    written = value.get(word)
    if written is None:
        return None
    if isinstance(written, bool) or not isinstance(written, int | Decimal):
        raise SchemaRefused(f"{path}: {word} {written!r}, expected a number")
    return Decimal(written)


def _range(value: Mapping[str, object], noun: str, path: str) -> tuple[int, int | None]:
    least, most = value.get(f"min{noun}", 0), value.get(f"max{noun}")
    if not isinstance(least, int) or not isinstance(most, int | None):
        raise SchemaRefused(f"{path}: min{noun} or max{noun}, expected a whole number")
    return least, most


def _pattern(value: Mapping[str, object], path: str) -> re.Pattern[str] | None:
    written = value.get("pattern")
    if written is None:
        return None
    try:
        return re.compile(str(written))
    except re.error:
        raise SchemaRefused(f"{path}: pattern {written!r}, expected an expression") from None


def _shown(value: object) -> object:
    match value:
        case dict():
            kept = {name: _shown(each) for name, each in value.items() if name != PERSONAL}
            if value.get(PERSONAL) is True:
                # A placeholder follows no format of a real value; the executor checks that one.
                for word in ("pattern", "minLength", "maxLength"):
                    kept.pop(word, None)
                said = str(value.get("description", ""))
                kept["description"] = f"{said} {PLACEHOLDER_HINT}".strip()
            return kept
        case list():
            return [_shown(each) for each in value]
        case Decimal():
            return float(value)
        case _:
            return value


def _number(text: str) -> int | Decimal:
    value = Decimal(text)
    if len(text) > MOST_DIGITS or abs(value.adjusted()) > MOST_DIGITS:
        raise ValueError("a number with more digits than anybody needs")
    return int(value) if value == value.to_integral_value() else value.normalize()


def _exact(value: object) -> object:
    """Return a fraction as no text and no whole number is written."""
    return {"decimal": str(value)}


def _refused(text: str) -> object:
    raise ValueError(f"{text!r} is not JSON")


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return found
