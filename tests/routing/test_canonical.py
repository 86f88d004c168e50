"""One text for one content."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from types import MappingProxyType

import pytest

from routing.canonical import canonical_json


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Thing:
    amount: Decimal
    colours: frozenset[Colour]


def test_the_same_content_is_the_same_text() -> None:
    text = canonical_json(Thing(Decimal("0.0010"), frozenset({Colour.RED, Colour.BLUE})))

    assert text == '{"amount":"0.001","colours":["blue","red"]}'
    assert canonical_json({"b": 1, "a": 2}) == canonical_json(MappingProxyType({"a": 2, "b": 1}))


def test_large_and_small_amounts_have_no_exponent() -> None:
    assert canonical_json([Decimal("1E+3"), Decimal("1E-9")]) == '["1000","0.000000001"]'


def test_a_day_and_a_word_stay_readable() -> None:
    assert canonical_json([date(2026, 11, 24), "zürich"]) == '["2026-11-24","zürich"]'


def test_what_has_no_form_is_refused() -> None:
    with pytest.raises(TypeError, match="object has no canonical form"):
        canonical_json(object())
