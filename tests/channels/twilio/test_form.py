import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.errors import ChannelRefused
from channels.twilio.form import MOST_BYTES, MOST_FIELDS, Form, read_form
from tests.channels.twilio.signing import encoded

TEXT = st.text(st.characters(codec="utf-8"))


def test_fields_come_in_order_with_blank_and_repeated_ones() -> None:
    form = read_form(b"B=2&A=&B=3&Body=gr%C3%BC%C3%9F+dich&%2B=%2B")

    assert form.get("B") == "2"
    assert form.all("B") == ("2", "3")
    assert form.get("A", "none") == ""
    assert form.get("C", "none") == "none"
    assert form.all("C") == ()
    assert form.get("Body") == "grüß dich"
    assert form.get("+") == "+"
    assert list(form) == ["B", "A", "Body", "+"]
    assert len(form) == 4
    assert "A" in form
    assert "C" not in form


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"Body=%FF", "not_a_form"),
        (b"Body=\xff", "not_a_form"),
        (b"&".join(b"a=1" for _ in range(MOST_FIELDS + 1)), "not_a_form"),
        (b"a=" + b"x" * MOST_BYTES, "too_large"),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(ChannelRefused) as refused:
        read_form(body)

    assert refused.value.code == code


def test_as_many_fields_as_allowed_are_read() -> None:
    assert len(read_form(b"&".join(b"a%d=1" % at for at in range(MOST_FIELDS)))) == MOST_FIELDS


@given(st.lists(st.tuples(TEXT, TEXT), max_size=20))
def test_what_is_encoded_is_read_back(pairs: list[tuple[str, str]]) -> None:
    assert read_form(encoded(pairs)).pairs == tuple(pairs)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_form_or_refused(body: bytes) -> None:
    try:
        form = read_form(body)
    except ChannelRefused:
        return
    assert isinstance(form, Form)


def test_no_value_stands_in_what_is_shown_of_a_form() -> None:
    assert "+15550123" not in repr(read_form(b"From=%2B15550123"))
