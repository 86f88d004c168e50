"""What a run of digits is: looked at once, in order of certainty."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.detect import words
from bot.detect.cards import LONGEST, SHORTEST, is_card
from bot.detect.phones import is_phone
from bot.kinds import Kind, Span

RUN = re.compile(r"(?:\+ ?)?\(?\d(?:[ .()/-]{0,3}\d){0,60}")
"""Digits with the separators that people put between them."""
_GROUP = re.compile(r"\d+")
_AFTER_CARD = re.compile(
    r"[ ,;/-]{0,3}(?:(?:exp|expiry|expires|valid|thru|gültig)[a-z.]{0,6}[: ]{0,2})?"
    r"(?:\d{1,2} ?[/-] ?\d{2,4}[ ,;-]{0,3})?(?:cv[vc]2?[: ]{0,2})?(?<!\d)(\d{3,4})(?![\d/-])",
    re.IGNORECASE,
)
_SSN = re.compile(r"(?<![\d-])(\d{3})([- ])(\d{2})\2(\d{4})(?![\d-])")
_EXTENSION = re.compile(r"(?:,? ?(?:ext\.?|x|extension|durchwahl) ?\d{1,6})\b", re.IGNORECASE)
DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\1(?:(?:19|20)\d\d|\d\d))(?![\d])"
)
_MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|ene|abr|ago|dic|janv|févr|avr|"
    r"juin|juil|août|déc|gen|mag|giu|lug|set|ott)[a-zéû]{0,7}\.?"
)
_WRITTEN_DATE = re.compile(
    rf"(?<!\w)(?:\d{{1,2}}(?:st|nd|rd|th|\.)? (?:of |de )?{_MONTH},? (?:de )?(?:19|20)\d\d"
    rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? (?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
_SORT_CODE = re.compile(r"(?<![\d-])\d{2}-\d{2}-\d{2}(?![\d-])")
_AMOUNT = re.compile(r"\d{1,3}(?:([.,'])\d{3})(?:\1\d{3})*(?:[.,]\d{1,2})?|\d+[.,]\d{1,2}")
_MONEY_BEFORE = re.compile(r"(?:[$€£¥₹%]|usd|eur|gbp|rs\.?) ?[\d,.]{0,12}$", re.IGNORECASE)
_MONEY_AFTER = re.compile(
    r"[\d,.]{0,12} ?(?:[$€£¥₹%]|usd\b|eur\b|euros?\b|gbp\b|dollars?\b)", re.IGNORECASE
)
_YEARS = re.compile(r"(?:19|20)\d\d[ /-]{1,3}(?:19|20)\d\d")
_SHORTEST_NUMBER = 7
_LEFT = 64
_MOST_STARTS = 12
_GLUED = frozenset({Kind.NUMBER, Kind.ID, Kind.ACCOUNT, Kind.SECRET})


def find_dates(window: str) -> Iterator[Span]:
    """Yield dates that a word nearby calls a birthday."""
    for pattern in (DATE, _WRITTEN_DATE):
        for match in pattern.finditer(window):
            if words.BIRTH_CUE.search(window, max(0, match.start() - _LEFT), match.start()):
                yield Span(match.start(), match.end(), Kind.DATE_OF_BIRTH)


def find_digits(window: str, locale: str) -> Iterator[Span]:
    """Yield what is personal among the digits, from left to right."""
    place = 0
    while run := RUN.search(window, place):
        spans, place = _judged(window, _Run.of(window, run), locale)
        yield from spans


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits that may be one number, or several."""

    start: int
    end: int
    written: str
    digits: str
    left: str
    """What stands before it."""

    @classmethod
    def of(cls, window: str, run: re.Match[str], end: int | None = None) -> "_Run":
        start, stop = run.start(), run.end() if end is None else end
        written = window[start:stop]
        digits = "".join(_GROUP.findall(written))
        return cls(start, stop, written, digits, window[max(0, start - _LEFT) : start])


_Judgement = tuple[tuple[Span, ...], int]
"""The spans at the beginning of a run, and where to look next."""


def _judged(window: str, run: _Run, locale: str) -> _Judgement:
    card = _card_in(window, run)
    if card and card.start > run.start:
        head = RUN.match(window[: card.start], run.start)
        assert head, "a run begins with a digit"
        spans, _ = _judged(window, _Run.of(window, head), locale)
        return spans, card.start
    if card:
        spans = _with_code(window, card)
        return spans, spans[-1].end
    ssn = _SSN.match(window, run.start)
    if ssn and (_is_ssn(ssn) or words.SSN_CUE.search(run.left)):
        return (Span(ssn.start(), ssn.end(), Kind.SSN),), ssn.end()
    date = DATE.match(window, run.start)
    if date and not (run.end > date.end() + 3 and words.PHONE_CUE.search(run.left)):
        return (), date.end()
    sort_code = _SORT_CODE.match(window, run.start)
    if sort_code and words.ACCOUNT_CUE.search(run.left):
        return (Span(run.start, sort_code.end(), Kind.ACCOUNT),), sort_code.end()
    if words.ORDER_CUE.search(run.left):
        return (), run.start + len(run.written.partition(" ")[0])
    return _by_context(window, run, locale)


def _by_context(window: str, run: _Run, locale: str) -> _Judgement:
    """Judge a run that is nothing by itself."""
    kind = _kind_of(window, run, locale)
    if kind is None:
        return (), run.end
    start, end = run.start, run.end
    if kind is Kind.PHONE:
        extension = _EXTENSION.match(window, end)
        end = extension.end() if extension else end
    if kind in _GLUED:
        start, end = _with_letters(window, start, end)
    return (Span(start, end, kind),), end


def _with_letters(window: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of digits with the letters that are glued to them."""
    while start > 0 and window[start - 1].isalnum():
        start -= 1
    while end < len(window) and window[end].isalnum():
        end += 1
    return start, end


def _kind_of(window: str, run: _Run, locale: str) -> Kind | None:
    size = len(run.digits)
    if words.SSN_CUE.search(run.left) and size in (4, 9):
        return Kind.SSN
    is_amount = _is_amount(window, run)
    if 3 <= size <= 10 and not is_amount and _is_code(run.left):
        return Kind.SECRET
    if 6 <= size <= 17 and not is_amount and words.ACCOUNT_CUE.search(run.left):
        return Kind.ACCOUNT
    if SHORTEST <= size <= LONGEST and words.CARD_CUE.search(run.left):
        return Kind.CREDIT_CARD
    if 6 <= size <= 12 and words.ID_CUE.search(run.left):
        return Kind.ID
    if size < _SHORTEST_NUMBER or is_amount:
        return None
    if is_phone(run.written, run.digits, bool(words.PHONE_CUE.search(run.left)), locale):
        return Kind.PHONE
    return Kind.NUMBER


def _is_code(left: str) -> bool:
    return bool(words.SECRET_CUE.search(left)) and not words.NOT_SECRET.search(left)


def _is_amount(window: str, run: _Run) -> bool:
    """Return whether it is an amount of money, a count, or two years."""
    if _YEARS.fullmatch(run.written):
        return True
    if _MONEY_BEFORE.search(window, max(0, run.start - 16), run.start):
        return True
    if _MONEY_AFTER.match(window, run.end):
        return True
    return bool(_AMOUNT.fullmatch(run.written))


def _is_ssn(match: re.Match[str]) -> bool:
    """Return whether the number can have been issued.

    Source: SSA, "Social Security Number Randomization": no area 000, 666 or 9xx, no group 00, no
    serial 0000.
    """
    area, group, serial = match[1], match[3], match[4]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def _card_in(window: str, run: _Run) -> Span | None:
    """Return the first card number in a run, the longest that checks.

    Behind a word like "order" a number without blanks is no card but kept as a number: neither is
    a card shown, nor an order number destroyed.
    """
    if len(run.digits) < SHORTEST:
        return None
    groups = list(_GROUP.finditer(window, run.start, run.end))
    is_spaced = all(len(group[0]) == 1 for group in groups)
    for first in range(1 if is_spaced else min(len(groups), _MOST_STARTS)):
        end = _card_end(groups[first:])
        if not end:
            continue
        start = groups[first].start() if first else run.start
        is_order = " " not in window[start:end] and words.ORDER_CUE.search(
            window, max(0, start - _LEFT), start
        )
        return Span(start, end, Kind.NUMBER if is_order else Kind.CREDIT_CARD)
    return None


def _card_end(groups: list[re.Match[str]]) -> int:
    """Return where the longest card number ends that begins with the first group; 0 if none."""
    digits, end = "", 0
    for group in groups:
        digits += group[0]
        if len(digits) > LONGEST:
            break
        if is_card(digits):
            end = group.end()
    return end


def _with_code(window: str, card: Span) -> tuple[Span, ...]:
    """Return a card and the security code that stands behind it."""
    code = _AFTER_CARD.match(window, card.end)
    if card.kind is not Kind.CREDIT_CARD or not code:
        return (card,)
    return card, Span(code.start(1), code.end(1), Kind.SECRET)
