"""Putting the rules together: what is personal in a text."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import chain

from bot.privacy.detect.addresses import find_addresses
from bot.privacy.detect.answers import as_context, find_answer
from bot.privacy.detect.banks import find_ibans
from bot.privacy.detect.cards import is_card
from bot.privacy.detect.contact import find_emails, find_hosts, find_links
from bot.privacy.detect.digits import find_dates, find_digits
from bot.privacy.detect.gate import is_plain
from bot.privacy.detect.ids import find_ids
from bot.privacy.detect.names import find_names
from bot.privacy.detect.passwords import find_secrets
from bot.privacy.detect.plain import plain
from bot.privacy.detect.spoken import find_spoken
from bot.privacy.detect.units import LEFT, next_unit, opener_length
from bot.privacy.detect.whole import find_whole
from bot.privacy.detect.window import Window
from bot.privacy.kinds import Hints, Kind, Span
from bot.privacy.placeholders import PLACEHOLDER

_ORDER = (
    Kind.EMAIL, Kind.IBAN, Kind.SECRET, Kind.CREDIT_CARD, Kind.SSN, Kind.DATE_OF_BIRTH,
    Kind.ADDRESS, Kind.IP_ADDRESS, Kind.ID, Kind.ACCOUNT, Kind.PHONE, Kind.URL, Kind.NUMBER,
    Kind.NAME,
)  # fmt: skip
"""Of two spans that overlap, the kind that stands first here wins."""
_MOST_AT_ONCE = 512
"""A message of so many characters is looked at in one go."""
_RUN = re.compile(r"\d(?:[ -]?\d){0,18}")
_LAST_DIGITS = re.compile(r"\d(?:[ -]?\d){3,15}\W{0,4}$")
_FEWEST_DIGITS = 4
_RANK = {kind: rank for rank, kind in enumerate(_ORDER)}


def find(text: str, hints: Hints, known: frozenset[str] = frozenset()) -> tuple[Span, ...]:
    """Return what is personal in a text, in order, without overlaps.

    The text is visible text (see `plain.visible`). `known` holds lower-case names that this
    customer has given before.
    """
    if hints.question:
        answer = find_answer(plain(text), hints.question)
        if answer:
            return (answer,)
    heads = heads_of(known)
    if _is_by_itself(hints) and is_plain(plain(text), heads):
        return ()
    context = hints.before[-LEFT:] + " " if hints.before else as_context(hints.question)
    shift = len(context)
    body = plain(context + text)
    start = opener_length(body) if hints.keeps_placeholders and not context else 0
    found = list[Span]()
    if not hints.keeps_placeholders and len(body) <= _MOST_AT_ONCE:
        found.extend(find_in(body, 0, len(body), hints, known))
        start = len(body)
    while start < len(body):
        unit = next_unit(body, start, True, heads)
        assert unit
        if not unit.is_calm:
            found.extend(find_in(body, unit.start, unit.end, hints, known))
        start = unit.end
    spans = [Span(max(0, s.start - shift), s.end - shift, s.kind) for s in found if s.end > shift]
    spans = list(_with_rest_of_card(body[shift:], plain(hints.before), spans))
    if hints.keeps_placeholders:
        return tuple(spans)
    named = [span for span in spans if span.kind is Kind.NAME]
    return _merged(spans, chain(find_whole(body[shift:], named), hints.found))


def _is_by_itself(hints: Hints) -> bool:
    """Return whether a text is all that there is to look at."""
    return not (hints.question or hints.before or hints.found or hints.keeps_placeholders)


def _merged(spans: list[Span], more: Iterable[Span]) -> tuple[Span, ...]:
    """Return spans with those of a second look; where they overlap the longer one stays.

    A name gives way to everything else.
    """
    taken = sorted(spans, key=_start_of)
    for span in more:
        first = bisect_right(taken, span.start, key=_end_of)
        last = bisect_left(taken, span.end, lo=first, key=_start_of)
        if all(_gives_way(other, span) for other in taken[first:last]):
            taken[first:last] = [span]
    return tuple(taken)


def _start_of(span: Span) -> int:
    return span.start


def _end_of(span: Span) -> int:
    return span.end


def _gives_way(span: Span, other: Span) -> bool:
    is_name, is_other_name = span.kind is Kind.NAME, other.kind is Kind.NAME
    if is_name != is_other_name:
        return is_name
    size, other_size = span.end - span.start, other.end - other.start
    return size < other_size or (size == other_size and _RANK[other.kind] < _RANK[span.kind])


def _with_rest_of_card(text: str, before: str, spans: list[Span]) -> tuple[Span, ...]:
    """Return the spans with the part of a card whose first part was in the message before."""
    first = _LAST_DIGITS.search(before[-LEFT:])
    rest = _RUN.search(text) if first else None
    if not first or not rest or not is_card(_digits_of(first[0]) + _digits_of(rest[0])):
        return tuple(spans)
    part = Span(rest.start(), rest.end(), Kind.CREDIT_CARD)
    others = [span for span in spans if span.end <= part.start or span.start >= part.end]
    return tuple(sorted((*others, part), key=lambda span: span.start))


def _digits_of(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())


def heads_of(known: frozenset[str]) -> frozenset[str]:
    """Return the first words of names."""
    return frozenset(name.split()[0] for name in known)


def find_in(text: str, start: int, end: int, hints: Hints, known: frozenset[str]) -> Iterator[Span]:
    """Yield what is personal in one unit of a plain text."""
    base = max(0, start - LEFT)
    window = text[base:end]
    offset = start - base
    taken: list[Span] = []
    if hints.keeps_placeholders:
        taken = [Span(m.start(), m.end(), Kind.SECRET) for m in PLACEHOLDER.finditer(window)]
    kept = taken[:]
    seen = Window.of(window, offset)
    for span in sorted(_candidates(seen, hints, known), key=_rank):
        taken.extend(_free_parts(span, taken, offset, window))
    fresh = [span for span in taken if span not in kept]
    for span in sorted(fresh, key=lambda s: s.start):
        yield Span(span.start + base, span.end + base, span.kind)


def _rank(span: Span) -> tuple[int, int, int]:
    return _RANK[span.kind], span.start, -span.end


def _free_parts(span: Span, taken: Iterable[Span], offset: int, window: str) -> tuple[Span, ...]:
    """Return the parts of a span that are new and nobody else's, and more than punctuation."""
    place, parts = max(span.start, offset), list[tuple[int, int]]()
    for other in sorted(taken, key=lambda other: other.start):
        if other.start < span.end and other.end > place:
            parts.append((place, other.start))
            place = max(place, other.end)
    parts.append((place, span.end))
    return tuple(
        Span(start, end, span.kind)
        for start, end in parts
        if _is_worth(span.kind, window[start:end])
    )


def _is_worth(kind: Kind, part: str) -> bool:
    """Return whether what is left of a span says anything: of a run of digits, four of them."""
    if kind is Kind.NUMBER:
        return sum(letter.isdigit() for letter in part) >= _FEWEST_DIGITS
    return any(letter.isalnum() for letter in part)


def _candidates(window: Window, hints: Hints, known: frozenset[str]) -> Iterator[Span]:
    text = window.text
    if "@" in text or "%40" in text or "(" in text or "[" in text or "{" in text or "<" in text:
        yield from find_emails(text)
    if "://" in text:
        yield from find_links(text)
    yield from find_secrets(window)
    if window.has_digits:
        yield from find_ibans(text)
        yield from find_dates(window)
        yield from find_digits(window, hints.locale)
        if hints.keeps_placeholders:
            yield from find_ids(window)
            yield from find_addresses(window)
    if window.has_digits or "::" in text:
        yield from find_hosts(window)
    yield from find_spoken(window)
    yield from find_names(window, known)
