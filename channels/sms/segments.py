"""Into how many parts a message is cut on the air, and so what it costs. Pure.

Source: reference/channels.md 1.6; 3GPP TS 23.038, 6.2.1; 3GPP TS 23.040, 9.2.3.24.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

BASE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""One unit each."""
EXTENSION = frozenset("\f^{}\\[~]|€")
"""Two units each: they come after an escape, and a part never ends between the two."""
GSM7 = BASE | EXTENSION
GSM7_ALONE, GSM7_PART = 160, 153
UCS2_ALONE, UCS2_PART = 70, 67


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text goes out."""

    count: int
    """0 for an empty text."""
    encoding: Literal["gsm7", "ucs2"]
    units: int
    """Septets of GSM-7, or UTF-16 units."""


def segments(text: str) -> Segments:
    """Return how a text goes out; one character outside GSM-7 makes all of it UCS-2."""
    if is_gsm7(text):
        sizes = [2 if character in EXTENSION else 1 for character in text]
        return Segments(_parts(sizes, GSM7_ALONE, GSM7_PART), "gsm7", sum(sizes))
    sizes = [2 if character > "\uffff" else 1 for character in text]
    return Segments(_parts(sizes, UCS2_ALONE, UCS2_PART), "ucs2", sum(sizes))


def is_gsm7(text: str) -> bool:
    """Return whether a text needs no character outside GSM-7."""
    return GSM7.issuperset(text)


def utf16_units(text: str) -> int:
    """Return how long a text is as Twilio and phones count it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _parts(sizes: Iterable[int], alone: int, part: int) -> int:
    """Return how many parts hold characters of such sizes, none of which is cut in two."""
    total, parts, used = 0, 0, part
    for size in sizes:
        total += size
        if used + size > part:
            parts, used = parts + 1, 0
        used += size
    return parts if total > alone else min(parts, 1)
