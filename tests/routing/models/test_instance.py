"""A simulated answer that follows a schema."""

from typing import Any

import pytest

from routing.models.instance import instance_of

OBJECT = {"type": "object", "required": ["intent"], "additionalProperties": False}


def of(schema: dict[str, Any], **wanted: str) -> object:
    return instance_of(schema, wanted, schema)


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, ""),
        ({"type": "string", "minLength": 2}, "--"),
        ({"type": "number", "minimum": 0.5}, 0.5),
        ({"type": "integer"}, 0),
        ({"type": "boolean"}, False),
        ({"type": "array", "items": {"type": "integer"}}, []),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [0, 0]),
        ({"type": ["null", "string"]}, None),
        ({"enum": ["a", "b"]}, "a"),
        ({"const": 3}, 3),
        ({"anyOf": [{"type": "boolean"}, {"type": "string"}]}, False),
        ({"$defs": {"x": {"const": 1}}, "$ref": "#/$defs/x"}, 1),
        ({"properties": {"a": {"type": "string"}, "b": {}}, "required": ["a"]}, {"a": ""}),
        ({}, None),
    ],
)
def test_it_is_as_small_as_the_schema_lets_it_be(schema: dict[str, Any], expected: object) -> None:
    assert of(schema) == expected


def test_a_schema_that_refers_to_itself_has_an_end() -> None:
    endless = {"$defs": {"x": OBJECT | {"properties": {"intent": {"$ref": "#/$defs/x"}}}}}

    assert of(endless | {"$ref": "#/$defs/x"}) is not None


def test_wanted_values_are_taken_where_the_schema_allows_them() -> None:
    schema = OBJECT | {
        "properties": {"intent": {"enum": ["a", "b"]}, "confidence": {"type": "number"}},
        "required": ["intent", "confidence"],
    }

    assert of(schema, intent="b", confidence="0.4") == {"intent": "b", "confidence": 0.4}
    assert of(schema, intent="c", confidence="much") == {"intent": "a", "confidence": 0}
