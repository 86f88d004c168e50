"""Digits that a caller speaks, as digits: cards, telephone numbers, codes, e-mail. Pure.

Written as digits they are found by whatever finds typed ones, above all by the redaction.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from channels.voice.digits_dates import with_dates
from channels.voice.digits_mail import with_mail
from channels.voice.digits_words import Numerals, folded, numerals_of
from channels.voice.say_locale import tongue_of

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_GAP = re.compile(r"[\s,.;:\u2026\u2013-]{1,6}")
_JOINT = re.compile(r"\s+|-")
_CUE_WORDS = 7
_MOST_FILLERS = 3
_FOUR = 4
_MOST_PASSES = 8
_SSN_DIGITS, _LOCAL_DIGITS, _PHONE_DIGITS = 9, 7, 10
_SHORTEST_GROUPED = 12
_COUNTRIES = frozenset(
    (
        "AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "LI", "LU", "NL",
        "NO", "PL", "PT", "SE",
    )
)  # fmt: skip
_COUNTRY = re.compile(r"(?<!\w)([A-Za-z])[ .]{0,2}([A-Za-z])[ ,.:]{0,3}$")
_PLUS = re.compile(r"(?<!\w)(?:plus|más)\s+\Z", re.IGNORECASE)
_SSN = re.compile(r"\b(?:ssn|social)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Token:
    """A word or a written number."""

    text: str
    """Folded."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Unit:
    """A part of a run: one word or several that are one number."""

    digits: str
    start: int
    end: int
    is_written: bool
    """As digits, not in words."""
    is_repeat: bool = False
    is_hundred: bool = False

    @property
    def is_single(self) -> bool:
        """Return whether it is one digit in words, perhaps repeated."""
        return not self.is_written and (len(self.digits) == 1 or self.is_repeat)


def with_digits(text: str, locale: str) -> str:
    """Return what a caller said with digit strings, dates and dictated e-mail as they are typed.

    `four one one one, double one` becomes `411111`. Quantities, amounts, times and years stay as
    they were. Applied to its own result it changes nothing; digits of a caller that came in two
    fragments are joined when the fragments are.
    """
    numerals = numerals_of(tongue_of(locale).language)
    if numerals is None or not text:
        return text
    text = with_mail(text, numerals, tongue_of(locale).language)
    text = with_dates(text, tongue_of(locale).language)
    for _ in range(_MOST_PASSES):
        typed = _typed(text, numerals)
        if typed == text:
            break
        text = typed
    return text


def _typed(text: str, numerals: Numerals) -> str:
    """Return a text with its strings of digits typed; a cue may come nearer by that."""
    tokens = [_Token(folded(m[0]), m.start(), m.end()) for m in _TOKEN.finditer(text)]
    out, done = list[str](), 0
    for first, last, run in _runs(text, tokens, numerals):
        kept = _trimmed(run, text)
        if not kept or not _is_string(
            kept, tokens[max(0, first - _CUE_WORDS) : first], tokens[last : last + 1], numerals
        ):
            continue
        start = kept[0].start
        digits = "".join(unit.digits for unit in kept)
        country = _country_before(text[done:start], len(digits))
        plus = _PLUS.search(text, done, start) if len(digits) >= _PHONE_DIGITS else None
        if plus:
            out += (text[done : plus.start()], "+", digits)
            done = kept[-1].end
            continue
        start -= country
        head = "".join(c for c in text[start : start + country] if c.isalpha()).upper()
        has_ssn = _SSN.search(text[max(0, start - 60) : start]) is not None
        out += (text[done:start], _grouped(digits, has_ssn, head))
        done = kept[-1].end
    return "".join((*out, text[done:]))


def _runs(
    text: str, tokens: Sequence[_Token], numerals: Numerals
) -> Iterator[tuple[int, int, list[_Unit]]]:
    """Yield runs of numbers: first token, the token behind, units."""
    place = 0
    while place < len(tokens):
        start, run = place, list[_Unit]()
        while found := _unit(text, tokens, place, numerals, run):
            unit, place = found
            run.append(unit)
            place = _past_fillers(text, tokens, place, numerals)
        if run:
            end = max(n for n in range(start, place + 1) if n == start or _ends(tokens, n, run))
            yield start, end, run
        else:
            place += 1


def _ends(tokens: Sequence[_Token], place: int, run: Sequence[_Unit]) -> bool:
    return tokens[place - 1].end <= run[-1].end


def _past_fillers(text: str, tokens: Sequence[_Token], place: int, numerals: Numerals) -> int:
    """Return the next token behind fillers, if a number follows there; else the same."""
    for ahead in range(_MOST_FILLERS + 1):
        at = place + ahead
        if at >= len(tokens) or not _GAP.fullmatch(text, tokens[at - 1].end, tokens[at].start):
            return place
        word = tokens[at].text
        is_number = word in numerals.firsts or word in numerals.repeats or word[0].isdecimal()
        if is_number and word not in numerals.fillers:
            return at
        if word not in numerals.fillers:
            return place
    return place


def _unit(
    text: str,
    tokens: Sequence[_Token],
    place: int,
    numerals: Numerals,
    run: Sequence[_Unit],
) -> tuple[_Unit, int] | None:
    """Return the number that begins with a token, and the token behind it."""
    if place >= len(tokens):
        return None
    token = tokens[place]
    if run and not _GAP.fullmatch(text, tokens[place - 1].end, token.start):
        return None
    if token.text[0].isdecimal():
        return _Unit(token.text, token.start, token.end, is_written=True), place + 1
    if run and token.text == numerals.hundred and run[-1].is_single:
        return _Unit("00", token.start, token.end, False, is_hundred=True), place + 1
    if token.text in numerals.repeats:
        inner = _spelled(text, tokens, place + 1, numerals)
        if inner and len(inner[0].digits) == 1:
            digits = inner[0].digits * numerals.repeats[token.text]
            return _Unit(digits, token.start, inner[0].end, False, is_repeat=True), inner[1]
        return None
    return _spelled(text, tokens, place, numerals)


def _spelled(
    text: str, tokens: Sequence[_Token], place: int, numerals: Numerals
) -> tuple[_Unit, int] | None:
    """Return the longest number in words that begins with a token."""
    if place >= len(tokens) or tokens[place].text not in numerals.firsts:
        return None
    best: tuple[_Unit, int] | None = None
    words: tuple[str, ...] = ()
    for at in range(place, min(place + numerals.most_words, len(tokens))):
        if at > place and not _JOINT.fullmatch(text, tokens[at - 1].end, tokens[at].start):
            break
        words = (*words, tokens[at].text)
        value = numerals.values.get(words)
        if value is not None:
            unit = _Unit(str(value), tokens[place].start, tokens[at].end, is_written=False)
            best = unit, at + 1
    return best


def _trimmed(run: list[_Unit], text: str) -> list[_Unit]:
    """Return a run without an `oh,` that only sighs."""
    first = run[0]
    is_sigh = text[first.start : first.end].lower() in ("oh", "o")
    return run[1:] if is_sigh and text[first.end : first.end + 1] in (",", ".") else run


def _is_string(
    run: Sequence[_Unit],
    before: Sequence[_Token],
    after: Sequence[_Token],
    numerals: Numerals,
) -> bool:
    """Return whether numbers one after the other are a string of digits, not quantities."""
    spelled = [unit for unit in run if not unit.is_written]
    size = sum(len(unit.digits) for unit in run)
    if not spelled:
        return len(run) >= _FOUR and all(len(unit.digits) == 1 for unit in run)
    singles = sum(len(unit.digits) for unit in run if unit.is_single)
    words = [token.text for token in before]
    is_cued = not numerals.cues.isdisjoint(words)
    if after and after[0].text in numerals.counted and size < _LOCAL_DIGITS:
        return False
    if any(unit.is_hundred for unit in run) and singles <= _FOUR:
        return False
    if len(run) == 1:
        return run[0].is_repeat
    if singles >= _FOUR or (is_cued and singles > 2):
        return True
    if any(unit.is_repeat for unit in run) and singles > 2:
        return True
    is_time = bool(words) and words[-1] in numerals.times
    if is_time and size <= _FOUR and numerals.cues.isdisjoint(words[-2:]):
        return False
    if is_cued and size >= _FOUR:
        return True
    return size >= _FOUR + 2 and len(run) > 2


def _country_before(text: str, size: int) -> int:
    """Return the length of a country's two letters, with what follows, right before an IBAN."""
    found = _COUNTRY.search(text)
    if not found or size < _SHORTEST_GROUPED:
        return 0
    letters = found[1] + found[2]
    is_upper = letters.isupper() or "iban" in text.lower()
    return len(found[0]) if is_upper and letters.upper() in _COUNTRIES else 0


def _grouped(digits: str, has_ssn: bool, country: str) -> str:
    """Return digits in the groups in which they are usually written."""
    size = len(digits)
    if country:
        return " ".join(_fours(country + digits))
    if size == _SSN_DIGITS and has_ssn:
        return f"{digits[:3]}-{digits[3:5]}-{digits[5:]}"
    if size == _PHONE_DIGITS and digits[0] != "0":
        return f"{digits[:3]} {digits[3:6]} {digits[6:]}"
    if size == _PHONE_DIGITS and digits[0] == "0":
        return " ".join(digits[at : at + 2] for at in range(0, size, 2))
    if size == _PHONE_DIGITS + 1 and digits[0] == "1":
        return f"1 {digits[1:4]} {digits[4:7]} {digits[7:]}"
    if size == _LOCAL_DIGITS:
        return f"{digits[:3]} {digits[3:]}"
    return " ".join(_fours(digits)) if size >= _SHORTEST_GROUPED else digits


def _fours(text: str) -> list[str]:
    return [text[at : at + _FOUR] for at in range(0, len(text), _FOUR)]
