"""International bank account numbers."""

import re
from collections.abc import Iterator

from bot.privacy.kinds import Kind, Span

_TABLE = """
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28
EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26
IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28
NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25
SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
_LENGTHS = {row[:2]: int(row[2:]) for row in _TABLE.split()}
"""Country to the length of its numbers. Source: SWIFT IBAN registry."""
_SHAPE = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,40}")
_CUE = re.compile(r"\biban\b", re.IGNORECASE)


def find_ibans(window: str) -> Iterator[Span]:
    """Yield account numbers that check; behind the word IBAN also those that do not."""
    for match in _SHAPE.finditer(window):
        length = _LENGTHS.get(match[0][:2].upper(), 0)
        end = _end_of(window, match.start(), match.end(), length)
        if end is None:
            continue
        number = re.sub(r"[ -]", "", window[match.start() : end]).upper()
        if _is_valid(number) or _CUE.search(window, 0, match.start()):
            yield Span(match.start(), end, Kind.IBAN)


def _is_valid(number: str) -> bool:
    """Return whether the number modulo 97 is 1. Source: ISO 13616, ISO 7064 MOD 97-10."""
    turned = number[4:] + number[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1


def _end_of(window: str, start: int, end: int, length: int) -> int | None:
    """Return where the number ends if it has that length and ends with a word."""
    seen = 0
    for place in range(start, end):
        seen += window[place].isalnum()
        if seen == length:
            tail = window[place + 1 : place + 2]
            return None if tail.isalnum() else place + 1
    return None
