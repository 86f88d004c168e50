"""JSON as it comes in: strict, numbers exact. Pure."""

import json
from decimal import Decimal
from typing import NoReturn

from bot.api.errors import BadCall


def parsed(body: bytes) -> object:
    """Return what a body says; numbers with a point are Decimals.

    Raises:
        BadCall: it is not UTF-8, not JSON, too deep, or uses a name twice.
    """
    try:
        return json.loads(
            body.decode(),
            parse_float=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_each_once,
        )
    except (ValueError, ArithmeticError, RecursionError):
        raise BadCall("", "JSON in UTF-8, with each name once in an object") from None


def _no_number(_: str) -> NoReturn:
    raise ValueError("JSON has no such number")


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found
