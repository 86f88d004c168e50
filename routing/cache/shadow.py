"""Whether a reused answer would have been given anew, and what follows when not; pure."""

from dataclasses import dataclass
from zlib import crc32

from routing.cache.entry import Answer, Found
from routing.cache.vectors import vector_of

LEAST_ALIKE = 0.5
"""Cosine from which two answers say the same. A model words every answer anew."""
RIGHT_TO_RELAX = 50
"""After so many right ones in a row half of the doubt is gone."""
LEAST_DOUBT = 0.05


@dataclass(frozen=True, slots=True)
class Doubt:
    """How much more alike than the rule says questions of one partition must be."""

    share: float = 0.0
    """Of the way from the rule's similarity to 1."""
    right: int = 0
    """Right ones since the last wrong one, or since the last step back."""

    def similarity(self, of_rule: float) -> float:
        """Return the least cosine that counts now."""
        return of_rule + (1 - of_rule) * self.share

    def after(self, is_right: bool) -> "Doubt":
        """Return the doubt after one more comparison."""
        if not is_right:
            return Doubt(self.share + (1 - self.share) / 2)
        if self.right + 1 < RIGHT_TO_RELAX:
            return Doubt(self.share, self.right + 1)
        half = self.share / 2
        return Doubt(half if half >= LEAST_DOUBT else 0.0)


def is_sampled(found: Found, turn: str, share: float) -> bool:
    """Return whether a model shall answer although there is a hit: always the same for one turn.

    Exact hits never are. `turn` names conversation and turn.
    """
    lot = crc32(f"{turn} {found.entry.key}".encode()) / 2**32
    return not found.is_exact and lot < share


def agrees(reused: Answer, fresh: Answer) -> bool:
    """Return whether two answers rest on the same passage and say much the same."""
    if not {passage.id for passage in reused.passages} & {each.id for each in fresh.passages}:
        return False
    return vector_of(reused.text).cosine(vector_of(fresh.text)) >= LEAST_ALIKE
