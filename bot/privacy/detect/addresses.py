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

_REGION = r"(?:[A-Z]{2}|NSW|VIC|QLD|TAS|ACT)\b"
"""A state or province, as it stands behind a town."""
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|"
    "ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
_TYPES = "|".join(sorted(STREETS, key=len, reverse=True))
_FIRST = "|".join(sorted(STREET_FIRST, key=len, reverse=True))
_UNIT = r"(?:,? (?:Apt|Apartment|Suite|Unit|Flat|Floor|#)\.? ?#?\w{1,6})?"
_POST = (
    r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d"
    r"|\d{5}(?:-\d{4})?(?!\d))"
)
"""Postal codes of the United Kingdom, Canada and the United States."""
_CITY = (
    rf"(?:,? [A-Z][\w'-]{{1,20}}(?: [A-Z][\w'-]{{1,20}}){{0,2}}"
    rf"(?=,? {_REGION}|,? ?{_POST}))?"
    rf"(?i:,? [a-z]{{3,20}}(?=,? [a-z]{{2}} \d{{5}}))?"
)
_END = (
    rf"(?:,? (?:N|S|E|W|NE|NW|SE|SW)\b)?{_UNIT}{_CITY}"
    rf"(?:,? {_REGION})?(?:,? {_POST})?(?i:,? [a-z]{{2}} \d{{5}}(?!\d))?"
)
_ENGLISH = re.compile(
    r"(?<![\w.,-])(?:(?i:flat|apt|apartment|unit|suite|no)\.? ?\w{1,5},? )?"
    r"\d{1,6}(?:-\d{1,4})?[A-Za-z]?,? "
    r"(?!(?:years?|months?|weeks?|days?|hours?|min(?:ute)?s?|lane|way|of|in|to|for|from|my|is|was|with|on|at|and|or|more|cards?|times?|"
    r"people|blocks?|miles?|km|x)\b)(?:[\w'.-]{1,20} ){0,3}"
    rf"(?!(?i:the|a|an|my|your|our|this|that|same|every|no|one|right|next|long|to|of|in|first) )"
    rf"(?:[A-Za-z][\w'.-]{{1,20}}|\d{{1,3}}(?:st|nd|rd|th)) (?i:{_TYPES})\b\.?{_END}"
)
_GERMAN = re.compile(
    r"(?:(?:Am|An der|Auf der|Im|Zum|Zur) )?[A-ZÄÖÜ][\wäöüß-]{1,40}"
    rf"(?:{'|'.join(map(re.escape, STREET_SUFFIXES))}) ?\d{{1,4}} ?[a-z]?\b"
    r"(?:,? ?\d{4,5}(?: [A-Z]{2})? [A-ZÄÖÜ][\wäöüß-]{1,30})?",
    re.IGNORECASE,
)
_ROMANCE_NUMBER_FIRST = re.compile(
    rf"(?<![\w.,-])\d{{1,4}}(?: ?(?:bis|ter))?,? (?i:{_FIRST}|avenue|place)"
    r"(?: (?:de|du|des|la|le|les|l'|d'|of)){0,2} ?[\w'-]{2,30}(?: [A-ZÀ-Ý][\w'-]{1,30}){0,3}"
    r"(?:,? \d{5} [A-ZÀ-Ý][\w'-]{1,30})?"
)
_ROMANCE_STREET_FIRST = re.compile(
    rf"\b(?i:{_FIRST})\.?"
    r"(?: (?:de|del|della|dello|di|da|das|do|dos|des|du|la|las|los|el|dei|degli)){0,2}"
    r"(?: [A-ZÀ-Ý][\w'.-]{1,30}){1,4},? (?:[nN][º°o.]?:? ?)?\d{1,4}\b"
    r"(?:,? (?:\d{4,5}(?:-\d{3})?|\d\d-\d{3})(?: [A-ZÀ-Ý][\w'-]{1,30})?)?"
)
_BOX = re.compile(
    rf"\b(?i:P\.? ?O\.? ?Box|Postfach|Apartado) \d{{1,6}}\b{_CITY}(?:,? {_REGION})?(?:,? {_POST})?"
)
_CA_CODE = re.compile(r"(?<![\w-])[ABCEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d(?!\w)")
_STATE_ZIP = re.compile(r"\b([A-Z]{2}),? (\d{5}(?:-\d{4})?)(?!\d)")
_STATE = frozenset(_STATES.split("|"))
_UK_CODE = re.compile(r"(?<![\w-])(?:[A-Z]{1,2}\d[A-Z\d]?) \d[ABD-HJLNP-UW-Z]{2}(?!\w)")
_ZIP = re.compile(r"(?<!\w)(?=[\w-]{0,9}\d)[A-Za-z0-9]{2,5}(?:[- ]?\d[\w]{1,4})?(?!\w)")
_WHERE = """
i live at|live at|living at|ship to|shipped to|deliver to|delivered to|moved to|address:|vivo en|
j'habite|ich wohne|abito in|moro n[ao]|ik woon op|mieszkam|mi dirección es|
(?:my|new|home|billing|mailing|shipping|postal|current)(?: \\w{1,10})? address(?: is|:)
"""
_CUE = re.compile(
    rf"\b(?i:{_WHERE.replace(chr(10), '')}) {{1,2}}(?i:at |in |au |a |an |der |is )?"
    r"((?=[^\n]{0,12}\d)[\w.'-]{1,20}(?:,? [A-Z0-9][\w.'-]{0,20}){0,6})",
)
_WITH_CITY = re.compile(
    r"(?<![\w'-])[A-ZÀ-Ý][\w'.-]{1,30}(?: (?:der|den|dem|de|la|[A-ZÀ-Ý][\w'.-]{1,30})){0,3}"
    r" \d{1,4} ?[a-z]?, ?\d{4,5}(?: [A-Z]{2})? [A-ZÀ-Ý][\w'-]{1,30}"
)
"""A name, a number, a postal code and a town, as on the continent."""
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
    for pattern in (_UK_CODE, _CA_CODE, *((_WITH_CITY,) if "," in text else ())):
        for match in pattern.finditer(text):
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
