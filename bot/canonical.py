"""JSON of which there is one text only. Pure."""

import json
from datetime import date
from decimal import Decimal
from enum import Enum

from routing.decision import Attempt, Basis, Candidate, Decision, Guess
from routing.request import Usage


def canonical(fields: object) -> str:
    """Return JSON that is the same for the same content: sorted keys, no spaces.

    Decimals become strings, enum members their values. Source: in the spirit of RFC 8785.
    """
    return json.dumps(
        fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
    )


def fields_of(value: Decision | Basis | Candidate | Guess | Attempt | Usage) -> dict[str, object]:
    """Return the fields of a value; unlike `asdict` it copies nothing, which is the cost of it."""
    return {name: getattr(value, name) for name in value.__slots__}


def _plain(value: object) -> object:
    match value:
        case Decision() | Basis() | Candidate() | Guess() | Attempt() | Usage():
            return fields_of(value)
        case Decimal():
            return str(value)
        case date():
            return value.isoformat()
        case Enum():
            return str(value.value)
        case _:
            raise TypeError(f"{type(value).__name__} cannot be recorded")
