"""Which files get in, and under which name."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.upload import (
    KINDS,
    MOST_NAME_CHARS,
    clean_name,
    is_as_declared,
    media_type_of,
    name_from,
    stem_and_suffix,
)

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF"
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 "
PDF = b"%PDF-1.7\n%\xe2\xe3"
TEXT = "Guten Tag, é\tß\r\n".encode()
SAMPLES = {
    "image/png": PNG,
    "image/jpeg": JPEG,
    "image/webp": WEBP,
    "application/pdf": PDF,
    "text/plain": TEXT,
}
STRANGERS = {
    "program": b"MZ\x90\x00\x03",
    "elf": b"\x7fELF\x02\x01",
    "archive": b"PK\x03\x04\x14\x00",
    "gif": b"GIF89a\x01\x00\x01\x00\x00",
    "wave": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "pdf that begins later": b"\n%PDF-1.7\n\xe2\xe3",
    "png without a header": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIDAT",
    "png cut short": b"\x89PNG",
    "latin-1": b"Gr\xfc\xdfe",
    "utf-16": "hello".encode("utf-16"),
    "text with a nul": b"hello\x00world",
    "text with an escape": b"\x1b[2Jhello",
}


@pytest.mark.parametrize("declared", sorted(SAMPLES))
@pytest.mark.parametrize("real", sorted(SAMPLES))
def test_a_file_is_taken_as_what_it_is_and_as_nothing_else(declared: str, real: str) -> None:
    assert is_as_declared(SAMPLES[real], declared) is (declared == real)


@pytest.mark.parametrize("name", sorted(STRANGERS))
@pytest.mark.parametrize("declared", sorted(KINDS))
def test_what_is_none_of_them_is_never_taken(declared: str, name: str) -> None:
    assert not is_as_declared(STRANGERS[name], declared)


@pytest.mark.parametrize("declared", ["image/gif", "image/svg+xml", "text/html", "", "*/*"])
def test_a_type_that_is_not_on_the_list_is_never_taken(declared: str) -> None:
    assert not any(is_as_declared(sample, declared) for sample in SAMPLES.values())


@pytest.mark.parametrize(
    ("header", "media_type"),
    [
        ("image/png", "image/png"),
        ("IMAGE/PNG; name=x", "image/png"),
        (" text/plain ;charset=utf-8", "text/plain"),
        ("", ""),
    ],
)
def test_the_type_is_read_without_its_parameters(header: str, media_type: str) -> None:
    assert media_type_of(header) == media_type


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("photo.png", "photo.png"),
        ("Photo.PNG", "Photo.png"),
        ("../../etc/passwd", "passwd.png"),
        ("..%2F..%2Fx.png", "%2F..%2Fx.png"),
        (r"C:\Users\Kim\card.png", "card.png"),
        ("/", "file.png"),
        ("..", "file.png"),
        ("", "file.png"),
        (".png", "file.png"),
        (".bashrc", "bashrc.png"),
        ("invoice.exe", "invoice.exe.png"),
        ("page.svg", "page.svg.png"),
        ("a\x00b\x1bc\r\nd.png", "abcd.png"),
        ("ab\u202egnp.exe.png", "abgnp.exe.png"),
        ("tab\u2028line\u00a0blank.png", "tab line blank.png"),
        ('a<b>c:d"e|f?g*.png', "a_b_c_d_e_f_g_.png"),
        ("name.png.", "name.png"),
        ("  two   blanks .png ", "two blanks.png"),
        ("Cafe\u0301.png", "Café.png"),
        ("كشف حساب.png", "كشف حساب.png"),
        ("\ud800half.png", "half.png"),
    ],
)
def test_a_name_is_made_harmless(written: str, kept: str) -> None:
    assert clean_name(written, "image/png") == kept


def test_a_long_name_keeps_its_ending() -> None:
    name = clean_name("x" * 500 + ".jpeg", "image/jpeg")

    assert len(name) == MOST_NAME_CHARS
    assert name.endswith("x.jpeg")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("my%20photo.png", "my photo.png"),
        ("caf%C3%A9.png", "café.png"),
        ("..%2F..%2Fx.png", "x.png"),
        ("a%0D%0ASet-Cookie:%20x.png", "aSet-Cookie_ x.png"),
        ("%FF%FE.png", "__.png"),
        ("%", "%.png"),
        ("plain.png", "plain.png"),
    ],
)
def test_a_name_is_read_from_its_header(header: str, name: str) -> None:
    assert name_from(header, "image/png") == name


@settings(max_examples=300, deadline=None, database=None, derandomize=True)
@given(st.text(st.characters(codec=None), max_size=160), st.sampled_from(sorted(KINDS)))
def test_any_name_becomes_one_that_any_disk_takes(written: str, media_type: str) -> None:
    name = clean_name(written, media_type)
    stem, suffix = stem_and_suffix(name)

    assert 0 < len(name) <= MOST_NAME_CHARS
    assert not set(name) & set('/\\<>:"|?*\x00\r\n')
    assert stem
    assert suffix.lower() in KINDS[media_type].suffixes
    assert name == name.strip(". ")
    assert clean_name(name, media_type) == name
    assert name.encode()
