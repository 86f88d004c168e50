"""Putting the rules together: what is personal in a text."""

from collections.abc import Iterable, Iterator

from bot.detect.addresses import find_addresses
from bot.detect.answers import as_context, find_answer
from bot.detect.banks import find_ibans
from bot.detect.contact import find_emails, find_hosts, find_links
from bot.detect.digits import find_dates, find_digits
from bot.detect.names import find_names
from bot.detect.passwords import find_secrets
from bot.detect.plain import plain
from bot.detect.spoken import find_spoken
from bot.detect.units import LEFT, next_unit
from bot.kinds import Hints, Kind, Span
from bot.placeholders import PLACEHOLDER

_ORDER = (
    Kind.EMAIL, Kind.SECRET, Kind.CREDIT_CARD, Kind.IBAN, Kind.SSN, Kind.DATE_OF_BIRTH,
    Kind.ADDRESS, Kind.IP_ADDRESS, Kind.ID, Kind.ACCOUNT, Kind.PHONE, Kind.URL, Kind.NUMBER,
    Kind.NAME,
)  # fmt: skip
"""Of two spans that overlap, the kind that stands first here wins."""
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
    context = hints.before[-LEFT:] + " " if hints.before else as_context(hints.question)
    shift = len(context)
    heads = heads_of(known)
    body = plain(context + text)
    start, found = 0, list[Span]()
    while start < len(body):
        unit = next_unit(body, start, True, heads)
        assert unit
        if not unit.is_calm:
            found.extend(find_in(body, unit.start, unit.end, hints, known))
        start = unit.end
    return tuple(
        Span(max(0, s.start - shift), s.end - shift, s.kind) for s in found if s.end > shift
    )


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
    for span in sorted(_candidates(window, offset, hints.locale, known), key=_rank):
        free = _free_part(span, taken, offset)
        if free:
            taken.append(free)
    fresh = [span for span in taken if span not in kept]
    for span in sorted(fresh, key=lambda s: s.start):
        yield Span(span.start + base, span.end + base, span.kind)


def _rank(span: Span) -> tuple[int, int, int]:
    return _RANK[span.kind], span.start, -span.end


def _free_part(span: Span, taken: Iterable[Span], offset: int) -> Span | None:
    """Return the part of a span that is new and nobody else's; None when it is too little."""
    start, end = max(span.start, offset), span.end
    for other in taken:
        if other.start < end and start < other.end:
            if other.start <= start:
                start = max(start, other.end)
            else:
                end = other.start
    return Span(start, end, span.kind) if end > start else None


def _candidates(window: str, offset: int, locale: str, known: frozenset[str]) -> Iterator[Span]:
    if "@" in window or "%40" in window or "(" in window or "[" in window or "{" in window:
        yield from find_emails(window)
    if "://" in window:
        yield from find_links(window)
    yield from find_secrets(window, offset)
    if any("0" <= letter <= "9" for letter in window[offset:]):
        yield from find_ibans(window)
        yield from find_hosts(window)
        yield from find_dates(window)
        yield from find_digits(window, locale)
        yield from find_addresses(window)
    elif ":" in window:
        yield from find_hosts(window)
    yield from find_spoken(window)
    yield from find_names(window, known)
