"""Schemas of arguments: what is refused, and that nothing hostile breaks the check."""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.agent.errors import SchemaRefused
from routing.agent.schema import (
    canonical_arguments,
    parse_arguments,
    problems,
    read_schema,
    shown_schema,
)

ORDER = {
    "type": "object",
    "title": "Order",
    "properties": {
        "item": {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$"},
        "count": {"type": "integer", "minimum": 1, "maximum": 3},
        "price": {"type": "number", "minimum": 0.5},
        "gift": {"type": "boolean"},
        "size": {"type": ["string", "null"], "enum": ["s", "m", None]},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2},
        "to": {
            "type": "object",
            "properties": {"email": {"type": "string", "pattern": "@", "x-personal": True}},
            "required": ["email"],
        },
        "free": {"type": "object", "additionalProperties": True},
    },
    "required": ["item"],
}
SCHEMA = read_schema(json.dumps(ORDER))


def wrong(text: str, *, is_filled: bool = True) -> list[str]:
    arguments = parse_arguments(text)
    assert arguments is not None
    return list(problems(SCHEMA, arguments, is_filled=is_filled))


@pytest.mark.parametrize(
    "text",
    [
        '{"item": "cup"}',
        '{"item": "cup", "count": 3, "price": 0.5, "gift": false}',
        '{"item": "cup", "count": 2.0}',
        '{"item": "cup", "size": null, "tags": ["a", "b"]}',
        '{"item": "cup", "free": {"any": [1, {"thing": true}]}}',
        '{"item": "cup", "to": {"email": "a@b"}}',
    ],
)
def test_arguments_that_follow_the_schema_have_no_problem(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{}", "item: is missing"),
        ('{"item": "c"}', "item: expected 2 to 5 characters"),
        ('{"item": "CUP"}', "item: expected text that matches ^[a-z]+$"),
        ('{"item": 7}', "item: expected string"),
        ('{"item": "cup", "count": 0}', "count: expected at least 1"),
        ('{"item": "cup", "count": 4}', "count: expected at most 3"),
        ('{"item": "cup", "count": 1.5}', "count: expected integer"),
        ('{"item": "cup", "count": true}', "count: expected integer"),
        ('{"item": "cup", "price": 0.49}', "price: expected at least 0.5"),
        ('{"item": "cup", "gift": 1}', "gift: expected boolean"),
        ('{"item": "cup", "size": "l"}', 'size: expected one of ["s", "m", null]'),
        ('{"item": "cup", "tags": []}', "tags: expected 1 to 2 elements"),
        ('{"item": "cup", "tags": ["a", 1]}', "tags[1]: expected string"),
        ('{"item": "cup", "to": {}}', "to.email: is missing"),
        ('{"item": "cup", "to": {"email": "a"}}', "to.email: expected text that matches @"),
        ('{"item": "cup", "colour": "red"}', "colour: is not a field of this tool"),
    ],
)
def test_a_problem_names_its_field_and_no_value(text: str, problem: str) -> None:
    assert wrong(text) == [problem]


def test_a_placeholder_is_not_measured_before_the_real_value_is_there() -> None:
    assert wrong('{"item": "cup", "to": {"email": "[EMAIL_1]"}}', is_filled=False) == []
    assert wrong('{"item": "cup", "to": {"email": " "}}', is_filled=False) != []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '"text"',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": 1e999999999}',
        '{"a": 1, "a": 2}',
        '{"a": 123456789012345678901234567890}',
        '{"a": {"b": {"c": 1}',
        '{"a":' * 5000,
        '{"a":' + "[" * 600 + "]" * 600 + "}",
        '{"a": "' + "x" * 20_001 + '"}',
    ],
)
def test_what_is_no_reasonable_object_has_no_arguments(text: str) -> None:
    assert parse_arguments(text) is None


def test_the_same_arguments_are_written_the_same() -> None:
    one = parse_arguments('{"b": 1.50, "a": [1.0, -0.0], "c": "é"}')
    other = parse_arguments('{ "a":[1,0], "c":"\\u00e9", "b": 15e-1 }')

    assert one is not None
    assert other is not None
    assert canonical_arguments(one) == canonical_arguments(other)
    assert canonical_arguments({"a": Decimal("0.1")}) != canonical_arguments({"a": "0.1"})


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "object", "properties": {"a": {"$ref": "#/x"}}},
        {"type": "object", "properties": {"a": {"type": "text"}}},
        {"type": "object", "properties": {"a": {"type": "string", "pattern": "("}}},
        {"type": "object", "properties": {"a": {"type": "number", "x-personal": True}}},
        {"type": "object", "properties": {"a": {"type": "string", "minLength": "1"}}},
        {"type": "object", "required": "a"},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "anyOf": []},
        {"type": "object", "properties": []},
        {"type": "object", "properties": {"a": {"type": "number", "minimum": True}}},
    ],
)
def test_a_schema_that_cannot_be_checked_in_full_is_refused(schema: object) -> None:
    with pytest.raises(SchemaRefused):
        read_schema(json.dumps(schema))


def test_text_that_is_no_json_is_no_schema() -> None:
    with pytest.raises(SchemaRefused):
        read_schema("{")


def test_a_model_sees_no_keyword_of_ours_and_learns_to_give_placeholders() -> None:
    shown = json.loads(shown_schema(json.dumps(ORDER)))

    email = shown["properties"]["to"]["properties"]["email"]
    assert email == {
        "type": "string",
        "description": "Give the customer's placeholder, such as [EMAIL_1].",
    }
    assert shown["properties"]["price"] == {"type": "number", "minimum": 0.5}
    assert shown["required"] == ["item"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.sampled_from([*ORDER["properties"], "x"]), json_values, max_size=4))
def test_any_arguments_are_checked_without_a_crash(value: dict[str, object]) -> None:
    arguments = parse_arguments(json.dumps(value))

    if arguments is not None:
        list(problems(SCHEMA, arguments, is_filled=True))
        canonical_arguments(arguments)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    found = parse_arguments(text)

    assert found is None or isinstance(found, dict)


def test_numbers_keep_their_cents() -> None:
    assert parse_arguments('{"a": 0.1, "b": 2.0}') == {"a": Decimal("0.1"), "b": 2}
