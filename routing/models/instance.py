"""The smallest value that follows a JSON schema, for a simulated answer: pure."""

from collections.abc import Mapping
from typing import Any

MOST_DEPTH = 20
"""A schema that refers to itself ends here, with null."""


def instance_of(
    schema: Mapping[str, Any], wanted: Mapping[str, str], root: Mapping[str, Any], depth: int = 0
) -> object:
    """Return a value that follows the schema, as small as it may be.

    Knows what models are given: type, enum, const, properties and required, items and minItems,
    minimum, minLength, anyOf, oneOf, allOf with one part, and `$ref` into `$defs`.

    Args:
        schema: to be followed.
        wanted: for properties by name, the value to take where the schema allows it.
        root: where references lead to.
        depth: how deep this one lies.
    """
    schema = _meant(schema, root)
    if depth > MOST_DEPTH:
        return None
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    match _type(schema):
        case "object":
            properties = schema.get("properties") or {}
            needed = schema.get("required") or ()
            return {
                name: _property(name, properties.get(name) or {}, wanted, (root, depth))
                for name in needed
            }
        case "array":
            each = instance_of(schema.get("items") or {}, wanted, root, depth + 1)
            return [each] * int(schema.get("minItems") or 0)
        case "string":
            return "-" * int(schema.get("minLength") or 0)
        case "integer" | "number":
            return schema.get("minimum") or 0
        case "boolean":
            return False
    return None


def _property(
    name: str,
    schema: Mapping[str, Any],
    wanted: Mapping[str, str],
    at: tuple[Mapping[str, Any], int],
) -> object:
    """Return the value of a property: the wanted one where it is allowed."""
    root, depth = at
    meant = _meant(schema, root)
    text = wanted.get(name)
    if text is not None and text in (meant.get("enum") or ()):
        return text
    if text is not None and _type(meant) == "number":
        try:
            return float(text)
        except ValueError:
            pass
    return instance_of(meant, wanted, root, depth + 1)


def _meant(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema that a reference or a choice stands for: the first that there is."""
    for _ in range(MOST_DEPTH):
        choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        reference = schema.get("$ref")
        if choices:
            schema = choices[0]
        elif isinstance(reference, str):
            schema = (root.get("$defs") or {}).get(reference.rpartition("/")[2]) or {}
        else:
            break
    return schema


def _type(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next(iter(kind), None)
    return str(kind or ("object" if "properties" in schema else "null"))
