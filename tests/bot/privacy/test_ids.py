import pytest
from stdnum.be import nn
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.ie import pps
from stdnum.pl import pesel
from stdnum.se import personnummer

from bot.privacy.detect import find
from bot.privacy.kinds import NO_HINTS, Kind

CHECKED = [
    (dni, "54362315K"), (nie, "X2482300W"), (hetu, "311280-888Y"), (nir, "253072B07300470"),
    (pps, "6433435F"), (pesel, "44051401359"), (personnummer, "880320-0016"),
    (nn, "85.07.30-033.28"),
]  # fmt: skip


@pytest.mark.parametrize(("standard", "number"), CHECKED, ids=lambda value: str(value)[:16])
def test_a_national_number_is_known_without_a_word_before_it(
    standard: type[object], number: str
) -> None:
    text = f"here you are {number} thanks"

    assert standard.is_valid(number)  # type: ignore[attr-defined]  # a module of python-stdnum
    assert [(s.kind, text[s.start : s.end]) for s in find(text, NO_HINTS)] == [(Kind.ID, number)]


@pytest.mark.parametrize("number", ["54362315L", "311280-888A", "880320-0017", "6433435G"])
def test_a_wrong_check_digit_makes_it_no_national_number(number: str) -> None:
    assert Kind.ID not in {span.kind for span in find(f"here you are {number}", NO_HINTS)}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("my NI number is JG 10 37 59 A", "JG 10 37 59 A"),
        ("codice fiscale MRTMTT91D08F205J", "MRTMTT91D08F205J"),
        ("PAN is AAAPL1234C", "AAAPL1234C"),
        ("CPF 390.533.447-05", "390.533.447-05"),
        ("passport C01X00T47 was refused", "C01X00T47"),
        ("Personalausweis L01X00T47", "L01X00T47"),
        ("driving licence MORGA657054SM9IJ", "MORGA657054SM9IJ"),
        ("my ITIN: 912-78-1234", "912-78-1234"),
        ("SIN 130 692 544 for the form", "130 692 544"),
        ("NHS number 943 476 5919", "943 476 5919"),
        ("my BSN is 111222333", "111222333"),
    ],
)
def test_an_identity_number_is_found(text: str, value: str) -> None:
    assert (Kind.ID, value) in [(s.kind, text[s.start : s.end]) for s in find(text, NO_HINTS)]


@pytest.mark.parametrize("text", ["order 44051401359", "part no 880320-0016", "ticket 6433435F"])
def test_an_order_number_that_passes_for_a_national_one_stays(text: str) -> None:
    assert find(text, NO_HINTS) == ()
