"""What a caller hears of what was sent: a queue, played at so many characters per second. Pure.

Everything is worked out from the moment that is asked about; nothing ticks. A piece begins when it
has come and the one before it has ended. The words that an interruption cuts short do not count as
heard.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

CHARS_PER_S = 15.0
"""A calm voice: about 150 words a minute."""
EPSILON = 1e-6
ANYTHING = "..."
ALWAYS = float("inf")


@dataclass(slots=True, eq=False)
class Piece:
    """One frame's part of what is played."""

    text: str
    """What is said; empty for a recording or keys."""
    cycle: int
    """The talk cycle that it belongs to; the welcome greeting is one, too."""
    interruptible_by: frozenset[str] = frozenset(("speech", "dtmf"))
    is_preemptible: bool = False
    begins: float = 0.0
    ends: float = 0.0
    cut_at: float | None = None
    """When it was purged or displaced; what had not been played by then never is."""
    is_displaced: bool = False
    """It was cut by a later message, and not by the caller."""
    kept: int = 0
    """How many characters were heard of one that was cut."""

    def played(self, now: float) -> int:
        """Return how many of its characters have been heard."""
        if self.cut_at is not None:
            return self.kept
        if now + EPSILON >= self.ends:
            return len(self.text)
        if now <= self.begins:
            return 0
        share = (now - self.begins) / (self.ends - self.begins)
        return int(share * len(self.text) + EPSILON)

    def heard(self, now: float) -> str:
        return self.text[: self.played(now)]

    def reached(self, place: int) -> float:
        """Return when so many of its characters have been played."""
        return self.begins + (self.ends - self.begins) * place / max(1, len(self.text))

    def is_over(self, now: float) -> bool:
        return self.cut_at is not None or self.ends <= now + EPSILON


class Playback:
    """The queue of one call, over all of its sockets."""

    def __init__(self, chars_per_s: float = CHARS_PER_S) -> None:
        self.chars_per_s = chars_per_s
        self.only_cycles = False
        """Preemptible speech is displaced by a later talk cycle only, not by a later message.

        The vendor's changelog of 2025-04-01 can be read so, reference/channels.md as the other.
        """
        self.pieces: list[Piece] = []
        self.ends = 0.0
        """When everything that is queued will have been played."""
        self._first = 0
        """Everything before this piece is over: a long call has thousands."""
        self._preemptible: list[Piece] = []
        """Those that may still be displaced."""

    def add(self, piece: Piece, now: float, seconds: float | None = None) -> Piece:
        """Queue a piece; it gets its times here."""
        duration = len(piece.text) / self.chars_per_s if seconds is None else seconds
        piece.begins = max(now, self.ends)
        piece.ends = self.ends = piece.begins + duration
        self.pieces.append(piece)
        if piece.is_preemptible:
            self._preemptible.append(piece)
        return piece

    def is_playing(self, now: float) -> bool:
        return bool(self.left(now))

    def current(self, now: float) -> Piece | None:
        """Return the piece that is being played."""
        left = self.left(now)
        return left[0] if left else None

    def left(self, now: float) -> Sequence[Piece]:
        """Return what has not been played to its end."""
        while self._first < len(self.pieces) and self.pieces[self._first].is_over(now):
            self._first += 1
        return [piece for piece in self.pieces[self._first :] if not piece.is_over(now)]

    def spoken(self, now: float) -> str:
        """Return everything that was heard so far."""
        return "".join(piece.heard(now) for piece in self.pieces)

    def queued(self, now: float) -> str:
        """Return what is still to be played."""
        return "".join(piece.text[piece.played(now) :] for piece in self.left(now))

    def of(self, cycle: int) -> Sequence[Piece]:
        """Return the pieces of a talk cycle, which stand next to each other."""
        end = len(self.pieces)
        while end and self.pieces[end - 1].cycle > cycle:
            end -= 1
        start = end
        while start and self.pieces[start - 1].cycle == cycle:
            start -= 1
        return self.pieces[start:end]

    def cycle_spoken(self, cycle: int, now: float) -> str:
        """Return what was heard of a talk cycle, without what a later message displaced."""
        pieces = [piece for piece in self.of(cycle) if not piece.is_displaced]
        return "".join(piece.heard(now) for piece in pieces)

    def purge(self, now: float) -> Sequence[Piece]:
        """Stop, and forget what is queued; returns what was lost."""
        lost = self.left(now)
        for piece in lost:
            piece.kept = piece.played(now)
            piece.cut_at = now
        if lost:
            self._drop_begun_word(lost[0].cycle, now)
        self.ends = now
        return lost

    def preempt(self, now: float, cycle: int, is_preemptible: bool) -> Sequence[Piece]:
        """Cut the preemptible pieces that a new one displaces; returns them.

        Those of its own cycle stay if it is preemptible as well: a filler may stream, too. With
        `only_cycles` they stay in any case.
        """
        stays = is_preemptible or self.only_cycles
        left = [piece for piece in self._preemptible if not piece.is_over(now)]
        lost = [piece for piece in left if not (stays and piece.cycle == cycle)]
        self._preemptible = [piece for piece in left if piece not in lost]
        for piece in lost:
            piece.kept = piece.played(now)
            piece.cut_at, piece.is_displaced = now, True
        if lost:
            self.ends = max((piece.ends for piece in self.left(now)), default=now)
        return lost

    def moment_of(self, words: str, since: int) -> tuple[float, int] | None:
        """Return when some words will have been heard and where they end, or None.

        Args:
            words: spacing and case do not matter, `...` stands for anything.
            since: the place in what is heard from which on they count.
        """
        found = pattern_of(words).search(self.spoken(ALWAYS), since)
        if found is None:
            return None
        place = 0
        for piece in self.pieces:
            size = piece.played(ALWAYS)
            if found.end() <= place + size:
                return piece.reached(found.end() - place), found.end()
            place += size
        return None

    def _drop_begun_word(self, cycle: int, now: float) -> None:
        """Count a word that was cut short as not heard."""
        pieces = [piece for piece in self.of(cycle) if not piece.is_displaced]
        whole = "".join(piece.text for piece in pieces)
        played = len(self.cycle_spoken(cycle, now))
        unheard = played - len(whole_words(whole, played))
        for piece in reversed(pieces):
            dropped = min(unheard, piece.played(now))
            if dropped:
                piece.kept, piece.cut_at = piece.played(now) - dropped, now
                unheard -= dropped


def whole_words(text: str, place: int) -> str:
    """Return the beginning of a text, without a word that has only begun.

    >>> whole_words("A card costs one euro.", 9)
    'A card '
    >>> whole_words("A card costs one euro.", 21)
    'A card costs one euro'
    """
    begun = text[:place]
    if place >= len(text) or not (text[place].isalnum() and begun[-1:].isalnum()):
        return begun
    return re.sub(r"\w+$", "", begun)


def pattern_of(words: str) -> re.Pattern[str]:
    """Return words as a pattern for what was heard."""
    parts = (r"\s+".join(map(re.escape, part.split())) for part in words.split(ANYTHING))
    return re.compile(r".*?".join(parts), re.IGNORECASE | re.DOTALL)
