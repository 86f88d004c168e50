"""Which files a customer may send, and how they are recognised and named. Pure.

A type that is declared is believed only when the first bytes agree. What gets through is kept and
handed to a person as a download; nothing here opens or shows it.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

MOST_FILE_BYTES = 5 * 1024 * 1024
MOST_FILES = 10
"""Files that one conversation may hold."""
MOST_ATTACHED = 5
"""Files that one message may carry."""
MOST_NAME_CHARS = 100
MOST_HEADER_CHARS = 1_024
"""Of a name as it is written in a header, percent-encoded."""
FILE_ID = re.compile(r"f-[0-9a-f]{24}")

_FORBIDDEN = re.compile(r'[<>:"|?*\ufffd]')
"""What some file system does not take, and what could not be decoded."""
_ODD_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SEPARATORS = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class Kind:
    """One type that may be sent."""

    suffixes: tuple[str, ...]
    """Endings of its names, the usual one first."""
    fits: Callable[[bytes], bool]
    """Whether the bytes of a file are of this type."""


def _is_webp(content: bytes) -> bool:
    return content[:4] == b"RIFF" and content[8:12] == b"WEBP"


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    is_other = any(kind.fits(content) for name, kind in KINDS.items() if name != "text/plain")
    return not is_other and not _ODD_TEXT.search(text)


KINDS: Mapping[str, Kind] = {
    "image/png": Kind((".png",), lambda b: b[:8] == b"\x89PNG\r\n\x1a\n" and b[12:16] == b"IHDR"),
    "image/jpeg": Kind((".jpg", ".jpeg"), lambda b: b[:3] == b"\xff\xd8\xff"),
    "image/webp": Kind((".webp",), _is_webp),
    "application/pdf": Kind((".pdf",), lambda b: b[:5] == b"%PDF-"),
    "text/plain": Kind((".txt",), _is_text),
}
"""By media type; text is UTF-8 without control characters.

Source: W3C PNG 5.2 and 11.2.1, ITU-T T.81 B.1.1.3 (SOI and the marker after it), RFC 9649 2.4
(WebP), ISO 32000-2 7.5.2 (the header at the very beginning).
"""


def media_type_of(header: str) -> str:
    """Return the media type in a Content-Type header: lower case, without its parameters."""
    return header.partition(";")[0].strip().lower()


def is_as_declared(content: bytes, media_type: str) -> bool:
    """Return whether a file is of an allowed type, and of the one that it is said to be."""
    kind = KINDS.get(media_type)
    return kind is not None and kind.fits(content)


def name_from(header: str, media_type: str) -> str:
    """Return the name of a file from its header, percent-encoded UTF-8, made harmless.

    See `clean_name`; what is not UTF-8 is left out.
    """
    decoded = unquote_to_bytes(header[:MOST_HEADER_CHARS]).decode("utf-8", "replace")
    return clean_name(decoded, media_type)


def clean_name(name: str, media_type: str) -> str:
    """Return a name without a path, control or direction characters, of MOST_NAME_CHARS at most.

    It always ends as names of its type do: `invoice.exe`, declared to be a picture, becomes
    `invoice.exe.png`. It never begins or ends with a dot or a blank, and is never empty.
    """
    suffixes = KINDS[media_type].suffixes
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1]
    seen = "".join(char if unicodedata.category(char)[0] != "Z" else " " for char in last)
    shown = "".join(char for char in seen if unicodedata.category(char)[0] != "C")
    plain = " ".join(_FORBIDDEN.sub("_", shown).split()).rstrip(". ")
    suffix = next((each for each in suffixes if plain.lower().endswith(each)), "")
    stem = plain[: len(plain) - len(suffix)] if suffix else plain
    stem = stem[: MOST_NAME_CHARS - len(max(suffixes, key=len))].strip(". ")
    return f"{stem or 'file'}{suffix or suffixes[0]}"


def stem_and_suffix(name: str) -> tuple[str, str]:
    """Return a cleaned name cut before its ending, which is one of those of `KINDS`."""
    for kind in KINDS.values():
        for suffix in kind.suffixes:
            if name.lower().endswith(suffix):
                return name[: -len(suffix)], suffix
    return name, ""
