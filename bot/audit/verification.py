"""Checks a chain of audit entries as it streams by, and names what was done to it. Pure.

Memory does not grow with the chain. After something wrong the check goes on from what stands there,
so one change is one finding. What a chain cannot show by itself, that its end was cut off or that
all of it was written anew, is seen by anchors.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.audit.anchors import Anchor
from bot.audit.findings import MOST_FINDINGS, Finding, Findings, Wrong, named
from bot.stores.audit_chain import Link, Tip, link_hash

BAD_FIELDS = (TypeError, ValueError, OverflowError)
FARTHEST = 32
"""How far from its place an entry is looked for."""
MOST_TRIES = 4_096


@dataclass(frozen=True, slots=True)
class Report:
    """What a check came to."""

    entries: int
    first: int
    """Number of the first entry; 0 without any."""
    last: Tip
    anchors: int
    """How many anchors the chain was held against."""
    findings: tuple[Finding, ...]
    more: int = 0
    """How many findings were left out."""

    @property
    def is_whole(self) -> bool:
        """True when nothing is wrong."""
        return not self.findings


@dataclass(frozen=True, slots=True)
class _Doubt:
    """An entry whose hash does not fit; the next one tells whether it is the hash or the rest."""

    n: int
    own: str | None
    stored: str


@dataclass(frozen=True, slots=True)
class _Run:
    """Entries that carry the hashes of other numbers, all as far from their own."""

    first: int
    last: int
    offset: int


class Verification:
    """Takes the links of a chain in their order, then tells what it found."""

    def __init__(self, anchors: Sequence[Anchor] = (), after: Tip | None = None) -> None:
        """Begin.

        Args:
            anchors: what is known of the chain, in any order.
            after: the entry before the first; None for the beginning of the chain.
        """
        self.findings = Findings()
        self._start = after or Tip()
        self._n, self._hash = self._start.n, self._start.hash
        self._also: str | None = None
        """Another hash that the next entry may name, since the stored one is in doubt."""
        self._doubt: _Doubt | None = None
        self._run: _Run | None = None
        self._count = 0
        self._first: int | None = None
        self._vacated: set[int] = set()
        """Numbers that entries found elsewhere have had."""
        self._tries = 0
        self._held = 0
        self._sure = self._start.n
        """Number of the last entry that an anchor vouches for."""
        self._marks: dict[int, set[str]] = {}
        for anchor in anchors:
            if anchor.n > self._start.n:
                self._marks.setdefault(anchor.n, set()).add(anchor.hash)
        self._rewritten: Finding | None = None

    def feed(self, links: Iterable[Link]) -> None:
        """Take the next links."""
        n, last, marks = self._n, self._hash, self._marks
        is_plain = self._doubt is None and self._run is None
        for link in links:
            number, at, tenant, action, json, previous, hash_ = link
            if self._first is None:
                self._first = number
            try:
                own: str | None = link_hash(number, at, tenant, action, json, previous)
            except BAD_FIELDS:
                own = None
            if is_plain and own == hash_ and previous == last and number == n + 1:
                n, last = number, hash_
                self._count += 1
                if n in marks:
                    self._compare(n, (last,))
                continue
            self._n, self._hash = n, last
            self._look(link, own)
            n, last = self._n, self._hash
            is_plain = self._doubt is None and self._run is None
        self._n, self._hash = n, last

    def feed_withheld(self, n: int, previous: str, hash_: str) -> None:
        """Take an entry of which no more is known than where it stands and its hashes."""
        if self._first is None:
            self._first = n
        self._count += 1
        if n != self._n + 1:
            self._note_missing(n)
        elif previous != self._hash:
            self._note_apart(n)
        self._settle(None)
        self._n, self._hash, self._also = n, hash_, None
        self._compare(n, (hash_,))

    def finish(self) -> Report:
        """Tell what was found; nothing may be fed afterwards."""
        self._settle(None)
        self._end_run(is_over=True)
        beyond = [n for n in self._marks if n > self._n]
        if beyond:
            most = max(beyond)
            self._held += len(beyond)
            gone = named(self._n + 1, most)
            told = f"the end was cut off: {gone} known to an anchor, and the last is {self._n}"
            told = told.replace(" known", " are known" if most > self._n + 1 else " is known")
            self.findings.add(Finding(self._n + 1, Wrong.CUT_OFF, told, most))
        if self._rewritten is not None:
            self.findings.add(self._rewritten)
        first = self._first or 0
        found, more = self.findings.all(), self.findings.more
        return Report(self._count, first, Tip(self._n, self._hash), self._held, found, more)

    def _look(self, link: Link, own: str | None) -> None:
        """Take a link that is not what was expected, or that tells about the one before."""
        n, _, _, _, _, previous, hash_ = link
        self._count += 1
        if type(n) is not int or n <= self._n:
            told = f"an entry numbered {n!r} was inserted, expected {self._n + 1}"
            number = n if type(n) is int else self._n + 1
            self.findings.add(Finding(number, Wrong.INSERTED, told))
            return
        joins = previous in (self._hash, self._also)
        if n > self._n + 1:
            self._settle(None)
            self._end_run(is_over=False)
            self._note_missing(n)
            joins = True
        self._settle(previous)
        also: str | None = None
        if own == hash_ and own is not None:
            self._end_run(is_over=False)
            if not joins:
                self._note_apart(n)
        elif not self._extends_run(link):
            self._end_run(is_over=False)
            also = self._note_changed(link, own, joins)
        self._n, self._hash, self._also = n, hash_, also
        if self._run is None:
            self._compare(n, (hash_, also))

    def _note_changed(self, link: Link, own: str | None, joins: bool) -> str | None:
        """Note an entry whose hash does not fit; return the hash that would."""
        n, hash_ = link[0], link[6]
        if not joins and _hash_behind(self._hash, link) == hash_:
            told = f"entry {n} was changed: the hash of the one before, which it names"
            self.findings.add(Finding(n, Wrong.CHANGED, told))
            return None
        self._doubt = _Doubt(n, own, hash_)
        return own

    def _settle(self, previous: str | None) -> None:
        """Name what was wrong with the entry in doubt, by the hash that the next one names."""
        doubt = self._doubt
        if doubt is None:
            return
        self._doubt = None
        if previous is not None and previous == doubt.own:
            part = "its own hash"
        elif previous == doubt.stored:
            part = "its instant, tenant, action or content"
        else:
            part = "its hash does not fit it"
        told = f"entry {doubt.n} was changed: {part}"
        self.findings.add(Finding(doubt.n, Wrong.CHANGED, told))

    def _note_missing(self, n: int) -> None:
        gone = named(self._n + 1, n - 1)
        told = f"{gone} {'is' if n == self._n + 2 else 'are'} missing: {n} follows"
        self.findings.add(Finding(self._n + 1, Wrong.MISSING, told, n - 1))

    def _note_apart(self, n: int) -> None:
        """Note that an entry which is whole does not name the one before it.

        One of the two was replaced. If the next does not join this one either, it was this one.
        """
        last = self.findings.last
        if last is not None and last.what is Wrong.REPLACED and last.until == n - 1:
            told = f"entry {n - 1} was replaced: neither neighbour joins it"
            self.findings.replace_last(Finding(n - 1, Wrong.REPLACED, told, n - 1))
            return
        if self._is_named(n - 1):
            return
        if n == 1:
            told = "entry 1 was replaced: it names an entry before it"
            self.findings.add(Finding(1, Wrong.REPLACED, told, 1))
            return
        told = f"entry {n - 1} or {n} was replaced by another: the hashes of the two do not join"
        self.findings.add(Finding(n - 1, Wrong.REPLACED, told, n))

    def _is_named(self, n: int) -> bool:
        """Return whether what was found last is about an entry."""
        last = self.findings.last
        return last is not None and (last.until or last.n) == n

    def _extends_run(self, link: Link) -> bool:
        """Return whether an entry carries the hash of a number near its own; notes it if so."""
        n, run = link[0], self._run
        if run is not None and run.last == n - 1 and _fits(link, n + run.offset):
            self._run = _Run(run.first, n, run.offset)
            return True
        for distance in range(1, FARTHEST + 1):
            for offset in (distance, -distance):
                if self._tries >= MOST_TRIES:
                    return False
                self._tries += 1
                if _fits(link, n + offset):
                    self._end_run(is_over=False)
                    self._run = _Run(n, n, offset)
                    return True
        return False

    def _end_run(self, *, is_over: bool) -> None:
        """Name what was done to the entries of a run; up to the end it is one that was shifted."""
        run = self._run
        if run is None:
            return
        self._run = None
        shift = abs(run.offset)
        if is_over and run.offset > 0:
            last = run.first + shift - 1
            told = f"{named(run.first, last)} was taken out, and what followed was renumbered"
            self.findings.add(Finding(run.first, Wrong.REMOVED, told, last))
        elif is_over and run.first not in self._vacated:
            first = run.first - shift
            told = f"{named(first, run.first - 1)} was inserted, and what follows renumbered"
            self.findings.add(Finding(first, Wrong.INSERTED, told, run.first - 1))
        else:
            if len(self._vacated) < MOST_FINDINGS:
                self._vacated.add(run.first + run.offset)
            was = named(run.first + run.offset, run.last + run.offset)
            told = f"what stands as {named(run.first, run.last)} was {was}: the order was changed"
            self.findings.add(Finding(run.first, Wrong.MOVED, told, run.last))

    def _compare(self, n: int, hashes: tuple[str | None, ...]) -> None:
        """Hold an entry against what anchors say of it."""
        known = self._marks.get(n)
        if known is None:
            return
        self._held += 1
        if known <= set(hashes):
            if self._rewritten is None:
                self._sure = n
            return
        first = self._sure + 1
        told = (
            f"{named(first, n)} was written anew: an anchor knows another hash for entry {n}"
            if first == n
            else f"some of entries {first} to {n} were written anew: an anchor knows another hash "
            f"for entry {n}"
        )
        self._rewritten = Finding(first, Wrong.REWRITTEN, told, n)


def own_hash(link: Link) -> str | None:
    """Return the hash that a link must carry; None when its fields are of no entry."""
    n, at, tenant, action, json, previous, _ = link
    try:
        return link_hash(n, at, tenant, action, json, previous)
    except BAD_FIELDS:
        return None


def _hash_behind(previous: str, link: Link) -> str | None:
    """Return the hash that a link would carry after another one."""
    return own_hash((*link[:5], previous, link[6]))


def _fits(link: Link, n: int) -> bool:
    """Return whether a link carries the hash of an entry with this number."""
    own = own_hash((n, *link[1:]))
    return own is not None and own == link[6]
