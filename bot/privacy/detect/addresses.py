"""Postal addresses: a street with a number, a box, a postal code that says so."""

import re
from collections.abc import Iterator

from bot.privacy.detect.window import Window, with_pairs
from bot.privacy.detect.words import (
    ADDRESS_CUES,
    STREET_FIRST,
    STREET_SUFFIXES,
    STREETS,
    ZIP_CUES,
    ZIPS,
)  # fmt: skip
from bot.privacy.kinds import Kind, Span

_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|"
    "ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
_TYPES = "|".join(sorted(STREETS, key=len, reverse=True))
_FIRST = "|".join(sorted(STREET_FIRST, key=len, reverse=True))
_UNIT = r"(?:,? (?:Apt|Apartment|Suite|Unit|Flat|Floor|#)\.? ?#?\w{1,6})?"
_CITY = (
    rf"(?:,? [A-Z][\w'-]{{1,20}}(?: [A-Z][\w'-]{{1,20}}){{0,2}}(?=,? (?:{_STATES})\b|, ?\d{{5}}))?"
)
_END = (
    rf"(?:,? (?:N|S|E|W|NE|NW|SE|SW)\b)?{_UNIT}{_CITY}"
    rf"(?:,? (?:{_STATES})\b)?(?:,? \d{{5}}(?:-\d{{4}})?(?!\d))?"
)
_ENGLISH = re.compile(
    r"(?<![\w.,-])\d{1,6}(?:-\d{1,4})?[A-Za-z]?,? (?:[\w'.-]{1,20} ){0,3}"
    rf"[A-Za-z][\w'.-]{{1,20}} (?i:{_TYPES})\b\.?{_END}"
)
_GERMAN = re.compile(
    r"(?:(?:Am|An der|Auf der|Im|Zum|Zur) )?[A-ZÄÖÜ][\wäöüß-]{1,40}"
    rf"(?:{'|'.join(map(re.escape, STREET_SUFFIXES))}) ?\d{{1,4}} ?[a-z]?\b"
    r"(?:, ?\d{4,5}(?: [A-Z]{2})? [A-ZÄÖÜ][\wäöüß-]{1,30})?",
    re.IGNORECASE,
)
_ROMANCE_NUMBER_FIRST = re.compile(
    rf"(?<![\w.,-])\d{{1,4}}(?: ?(?:bis|ter))?,? (?i:{_FIRST}|avenue|place)"
    r"(?: (?:de|du|des|la|le|les|l'|d'|of)){0,2} ?[\w'-]{2,30}(?: [A-ZÀ-Ý][\w'-]{1,30}){0,3}"
    r"(?:,? \d{5} [A-ZÀ-Ý][\w'-]{1,30})?"
)
_ROMANCE_STREET_FIRST = re.compile(
    rf"\b(?i:{_FIRST})(?: (?:de|del|della|di|da|do|dos|la|las|los|el|dei)){{0,2}}"
    r"(?: [A-ZÀ-Ý][\w'.-]{1,30}){1,4},? (?:n[º°.]? ?)?\d{1,4}\b"
    r"(?:,? \d{4,5}(?:-\d{3})?(?: [A-ZÀ-Ý][\w'-]{1,30})?)?"
)
_BOX = re.compile(r"\b(?:P\.? ?O\.? ?Box|Postfach|Apartado) \d{1,6}\b", re.IGNORECASE)
_STATE_ZIP = re.compile(r"\b([A-Z]{2}),? (\d{5}(?:-\d{4})?)(?!\d)")
_STATE = frozenset(_STATES.split("|"))
_UK_CODE = re.compile(r"(?<![\w-])(?:[A-Z]{1,2}\d[A-Z\d]?) \d[ABD-HJLNP-UW-Z]{2}(?!\w)")
_ZIP = re.compile(r"(?<!\w)(?=[\w-]{0,9}\d)[A-Za-z0-9]{2,5}(?:[- ]?\d[\w]{1,4})?(?!\w)")
_WHERE = """
i live at|live at|living at|ship to|shipped to|deliver to|delivered to|moved to|address:|vivo en|
j'habite|ich wohne|abito in|moro na|
(?:my|new|home|billing|mailing|shipping|postal|current)(?: \\w{1,10})? address(?: is|:)
"""
_CUE = re.compile(
    rf"\b(?:{_WHERE.replace(chr(10), '')}) {{1,2}}(?:at |in |au |a |an |der )?"
    r"((?=[^\n]{0,12}\d)[\w.'-]{1,20}(?:,? [A-Z0-9][\w.'-]{0,20}){0,6})",
    re.IGNORECASE,
)
_STREETS = (_ENGLISH, _GERMAN, _ROMANCE_NUMBER_FIRST, _ROMANCE_STREET_FIRST, _BOX)
_STREET_WORDS = STREETS | STREET_FIRST | {"box", "postfach", "apartado"}


def find_addresses(window: Window) -> Iterator[Span]:
    """Yield addresses and postal codes."""
    text = window.text.replace("+", " ") if "://" in window.text else window.text
    has_street = not _STREET_WORDS.isdisjoint(window.words) or any(
        word.endswith(STREET_SUFFIXES) for word in window.words
    )
    for pattern in _STREETS if has_street else ():
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), Kind.ADDRESS)
    for match in _UK_CODE.finditer(text):
        yield Span(match.start(), match.end(), Kind.ADDRESS)
    for match in _STATE_ZIP.finditer(text):
        if match[1] in _STATE:
            yield Span(match.start(2), match.end(2), Kind.ADDRESS)
    if not ADDRESS_CUES.isdisjoint(window.words):
        for match in _CUE.finditer(text):
            yield Span(match.start(1), match.end(1), Kind.ADDRESS)
    if not ZIPS.isdisjoint(window.words):
        for match in _ZIP.finditer(text):
            if ZIP_CUES & with_pairs(window.words_before(match.start())[-4:]):
                yield Span(match.start(), match.end(), Kind.ADDRESS)
