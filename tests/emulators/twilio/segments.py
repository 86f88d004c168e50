"""Counts SMS segments as Twilio's calculator does; independent of the product's own count."""

BASE = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")
"""Two units each. Source: reference/channels.md 1.6."""


def count(text: str) -> int:
    """Return into how many segments a text is cut; 0 for none."""
    if not text:
        return 0
    if all(letter in BASE or letter in EXTENSION for letter in text):
        return _cut([2 if letter in EXTENSION else 1 for letter in text], 160, 153)
    return _cut([2 if ord(letter) > 0xFFFF else 1 for letter in text], 70, 67)


def _cut(units: list[int], alone: int, part: int) -> int:
    """Return the number of parts; a letter of two units is never cut in two."""
    if sum(units) <= alone:
        return 1
    parts, used = 1, 0
    for size in units:
        if used + size > part:
            parts, used = parts + 1, 0
        used += size
    return parts
