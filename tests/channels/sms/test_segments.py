import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms.segments import BASE, EXTENSION, Segments, is_gsm7, segments, utf16_units
from tests.emulators.twilio import segments as emulated

EMOJI = "\U0001f642"


@pytest.mark.promise("S20")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("\u20ac" * 80, 1),
        ("\u20ac" * 81, 2),
        ("\u2019" * 70, 1),
        ("\u2019" * 71, 2),
        (EMOJI * 35, 1),
        (EMOJI * 36, 2),
        ("a" * 1600, 11),
        ("\u2019" * 1600, 24),
        ("", 0),
        ("a", 1),
    ],
)
def test_the_vectors_are_met(text: str, expected: int) -> None:
    """Source: reference/channels.md 1.6."""
    assert segments(text).count == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("caf\u00e9 \u20ac5", Segments(1, "gsm7", 8)),
        ("a\tb", Segments(1, "ucs2", 3)),
        ("`", Segments(1, "ucs2", 1)),
        ("\u00e7", Segments(1, "ucs2", 1)),
        ("\u00c7", Segments(1, "gsm7", 1)),
        ("\u2026", Segments(1, "ucs2", 1)),
        (f"a{EMOJI}", Segments(1, "ucs2", 3)),
        ("[]{}^~|\\\f\u20ac", Segments(1, "gsm7", 20)),
    ],
)
def test_the_encoding_follows_from_every_character(text: str, expected: Segments) -> None:
    assert segments(text) == expected


def test_two_units_are_never_cut_in_two() -> None:
    assert segments("a" * 152 + "\u20ac" + "a" * 152).count == 3
    assert segments("a" * 153 + "\u20ac" + "a" * 151).count == 2
    assert segments("\u2019" * 66 + EMOJI + "\u2019" * 66).count == 3


def test_the_alphabet_is_whole() -> None:
    assert len(BASE) == 127
    assert len(EXTENSION) == 10
    assert not BASE & EXTENSION


@given(st.text(st.sampled_from([*"ab \u20ac[\u2019\u00e9", EMOJI]), max_size=400))
def test_the_emulator_counts_the_same(text: str) -> None:
    assert segments(text).count == emulated.count(text)


@given(st.text(max_size=300), st.text(max_size=20))
def test_more_text_never_takes_fewer_segments(text: str, more: str) -> None:
    assert segments(text + more).count >= segments(text).count
    assert is_gsm7(text) == (segments(text).encoding == "gsm7")
    assert utf16_units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2
