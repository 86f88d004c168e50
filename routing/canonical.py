"""One text for one content: the JSON that digests are made of and records are compared by."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache


def canonical_json(value: object) -> str:
    """Return JSON with sorted keys and no spaces, the same for the same content.

    Dataclasses become objects, sets sorted lists, enum members their values, days ISO dates. An
    amount becomes a text without trailing zeros: 0.0010 and 0.001 are the same.
    Source: in the spirit of RFC 8785.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=plain
    )


def plain(value: object) -> object:
    """Return what stands in JSON for a value that JSON has no word for."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    kind = type(value)
    if is_dataclass(kind):
        return {name: getattr(value, name) for name in names_of(kind)}
    match value:
        case frozenset():
            return sorted(each.value if isinstance(each, Enum) else each for each in value)
        case Mapping():
            return dict(value)
        case Enum():
            return value.value
        case date():
            return value.isoformat()
    raise TypeError(f"{kind.__name__} has no canonical form")


@cache
def names_of(kind: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields."""
    assert is_dataclass(kind), f"{kind!r} has no fields"
    return tuple(each.name for each in fields(kind))
