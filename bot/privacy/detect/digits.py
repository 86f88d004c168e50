"""What a run of digits is: looked at once, in order of certainty."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.privacy.detect import words
from bot.privacy.detect.cards import LONGEST, SHORTEST, is_card
from bot.privacy.detect.phones import is_phone, is_shaped
from bot.privacy.detect.window import Window, with_pairs
from bot.privacy.kinds import Kind, Span

RUN = re.compile(r"(?:\+ ?)?\(?\d(?:[ .()/-]{0,3}\d){0,60}")
"""Digits with the separators that people put between them."""
_GROUP = re.compile(r"\d+")
_AFTER_CARD = re.compile(
    r"[ ,;/-]{0,3}(?:(?:exp|expiry|expires|valid|thru|gültig)[a-z.]{0,6}[: ]{0,2})?"
    r"(?:\d{1,2} ?[/-] ?\d{2,4}[ ,;-]{0,3})?(?:cv[vc]2?[: ]{0,2})?(?<!\d)(\d{3,4})(?![\d/-])",
    re.IGNORECASE,
)
_SSN = re.compile(r"(?<![\d-])(\d{3})([- ])(\d{2})\2(\d{4})(?![\d-])")
_SSN_AFTER = re.compile(r" (?:is|was|=) (?:my|the|her|his) (?:ssn|social)\b", re.IGNORECASE)
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
_SHORTEST = 3
_LONGEST_PREFIX = 4
_MOST_STARTS = 12
_GLUED = frozenset({Kind.NUMBER, Kind.ID, Kind.ACCOUNT, Kind.SECRET})


def find_dates(window: Window) -> Iterator[Span]:
    """Yield dates that a word nearby calls a birthday."""
    if words.BIRTHS.isdisjoint(window.words):
        return
    for pattern in (DATE, _WRITTEN_DATE):
        for match in pattern.finditer(window.text):
            if words.BIRTH_CUES & with_pairs(window.words_before(match.start())):
                yield Span(match.start(), match.end(), Kind.DATE_OF_BIRTH)


def find_digits(window: Window, locale: str) -> Iterator[Span]:
    """Yield what is personal among the digits, from left to right."""
    place = 0
    while run := RUN.search(window.text, place):
        digits = run.end() - run.start()
        if digits < _SHORTEST or run.end() <= window.offset:
            place = run.end()
            continue
        spans, place = _judged(window, _Run.of(window, run), locale)
        yield from spans


@dataclass(frozen=True, slots=True)
class _Run:
    """Digits that may be one number, or several."""

    start: int
    end: int
    written: str
    digits: str
    before: tuple[str, ...]
    """The words before it."""
    cues: frozenset[str]
    """These words and their pairs."""

    @classmethod
    def of(cls, window: Window, run: re.Match[str]) -> "_Run":
        digits = "".join(_GROUP.findall(run[0]))
        before = window.words_before(run.start())
        return cls(run.start(), run.end(), run[0], digits, tuple(before), with_pairs(before))

    def is_behind(self, cues: frozenset[str]) -> bool:
        return not cues.isdisjoint(self.cues)


_Judgement = tuple[tuple[Span, ...], int]
"""The spans at the beginning of a run, and where to look next."""


def _judged(window: Window, run: _Run, locale: str) -> _Judgement:
    card = _card_in(window, run)
    if card and card.start > run.start:
        head = RUN.match(window.text[: card.start], run.start)
        assert head, "a run begins with a digit"
        spans, _ = _judged(window, _Run.of(window, head), locale)
        return spans, card.start
    if card:
        spans = _with_code(window.text, card)
        return spans, spans[-1].end
    ssn = _SSN.match(window.text, run.start)
    if ssn and (_is_ssn(ssn) or run.is_behind(words.SSN_CUES)):
        return (Span(ssn.start(), ssn.end(), Kind.SSN),), ssn.end()
    date = DATE.match(window.text, run.start)
    if date and not (run.end > date.end() + 3 and run.is_behind(words.PHONE_CUES)):
        return (), date.end()
    sort_code = _SORT_CODE.match(window.text, run.start)
    if sort_code and run.is_behind(words.ACCOUNT_CUES):
        return (Span(run.start, sort_code.end(), Kind.ACCOUNT),), sort_code.end()
    if _is_order(window.text[: run.start], run.before):
        return (), run.start + len(run.written.partition(" ")[0])
    return _by_context(window, run, locale)


def _by_context(window: Window, run: _Run, locale: str) -> _Judgement:
    """Judge a run that is nothing by itself."""
    kind = _kind_of(window, run, locale)
    if kind is None:
        return (), run.end
    start, end = run.start, run.end
    if kind is Kind.PHONE:
        extension = _EXTENSION.match(window.text, end)
        end = extension.end() if extension else end
    if (
        kind is Kind.SECRET
        and len(run.digits) == _SHORTEST
        and window.text[end : end + 1].isalpha()
    ):
        return (), end
    if kind in _GLUED:
        start, end = _with_letters(window.text, start, end)
    return (Span(start, end, kind),), end


def _with_letters(window: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of digits with the letters that are glued to them."""
    while start > 0 and window[start - 1].isalnum():
        start -= 1
    while end < len(window) and window[end].isalnum():
        end += 1
    return start, end


def _kind_of(window: Window, run: _Run, locale: str) -> Kind | None:
    size = len(run.digits)
    if size in (4, 9) and (run.is_behind(words.SSN_CUES) or _SSN_AFTER.match(window.text, run.end)):
        return Kind.SSN
    has_cue = run.is_behind(words.PHONE_CUES)
    if has_cue and size >= _SHORTEST_NUMBER and (is_shaped(run.written) or _is_nearest(run)):
        return Kind.PHONE
    is_amount = _is_amount(window, run)
    if 3 <= size <= 10 and not is_amount and _is_code(run):
        return Kind.SECRET
    if 6 <= size <= 17 and not is_amount and run.is_behind(words.ACCOUNT_CUES):
        is_end = size == 6 and not words.ENDINGS.isdisjoint(run.before[-4:])
        return None if is_end else Kind.ACCOUNT
    if SHORTEST <= size <= LONGEST and run.is_behind(words.CARD_CUES):
        return Kind.CREDIT_CARD
    if 6 <= size <= 15 and run.is_behind(words.ID_CUES):
        return Kind.ID
    if size == _SHORTEST_NUMBER - 1 and has_cue and run.written != run.digits:
        return None if is_amount else Kind.PHONE
    if size < _SHORTEST_NUMBER or is_amount:
        return None
    if is_phone(run.written, run.digits, has_cue, locale):
        return Kind.PHONE
    return Kind.NUMBER


def _is_nearest(run: _Run) -> bool:
    """Return whether the last of the words before a run that say what it is, say a phone."""
    others = words.ACCOUNT_CUES | words.ID_CUES | words.CARD_CUES | words.SSN_CUES
    said = [word for word in run.before if word in words.PHONE_CUES or word in others]
    return len(said) > 1 and said[-1] in words.PHONE_CUES and said[-1] not in others


def _is_code(run: _Run) -> bool:
    """Return whether digits are a PIN or a code; the end of a card or account number is none."""
    found = words.SECRET_CUES & run.cues
    if not found or not words.ENDINGS.isdisjoint(run.before[-3:]):
        return False
    return found != {"code"} or words.OTHER_CODES.isdisjoint(run.cues)


def _is_order(left: str, before: tuple[str, ...]) -> bool:
    """Return whether the words right before a number name an order, a ticket or the like."""
    place = len(before) - 1
    is_glued = left[-1:].isalpha() or (left[-1:] in "-_" and left[-2:-1].isalpha())
    if is_glued and place >= 0 and _is_prefix(before[place]):
        place -= 1
    while place >= 0 and before[place] in words.FILLERS:
        place -= 1
    return place >= 0 and before[place] in words.ORDERS


def _is_prefix(word: str) -> bool:
    return len(word) <= _LONGEST_PREFIX or bool(_GROUP.search(word))


def _is_amount(window: Window, run: _Run) -> bool:
    """Return whether it is an amount of money, a count, or two years."""
    if _YEARS.fullmatch(run.written):
        return True
    if _MONEY_BEFORE.search(window.text, max(0, run.start - 16), run.start):
        return True
    if _MONEY_AFTER.match(window.text, run.end):
        return True
    return bool(_AMOUNT.fullmatch(run.written))


def _is_ssn(match: re.Match[str]) -> bool:
    """Return whether the number can have been issued.

    Source: SSA, "Social Security Number Randomization": no area 000, 666 or 9xx, no group 00, no
    serial 0000.
    """
    area, group, serial = match[1], match[3], match[4]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def _card_in(window: Window, run: _Run) -> Span | None:
    """Return the first card number in a run, the longest that checks.

    Behind a word like "order" a number without blanks is no card but kept as a number: neither is
    a card shown, nor an order number destroyed.
    """
    if len(run.digits) < SHORTEST:
        return None
    groups = list(_GROUP.finditer(window.text, run.start, run.end))
    is_spaced = all(len(group[0]) == 1 for group in groups)
    for first in range(1 if is_spaced else min(len(groups), _MOST_STARTS)):
        end = _card_end(groups[first:])
        if not end:
            continue
        start = groups[first].start() if first else run.start
        is_order = " " not in window.text[start:end] and _is_order(
            window.text[:start], tuple(window.words_before(start))
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
