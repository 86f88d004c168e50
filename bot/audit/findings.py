"""What a check of the audit chain finds: which entries, and what is wrong with them. Pure."""

from dataclasses import dataclass
from enum import Enum

MOST_FINDINGS = 200


class Wrong(Enum):
    """What can be wrong."""

    MISSING = "missing"
    """There is no entry with this number."""
    REMOVED = "removed"
    """The entry was taken out, and all after it were renumbered."""
    INSERTED = "inserted"
    """The entry was put in."""
    CHANGED = "changed"
    """A field of the entry was changed."""
    MOVED = "moved"
    """The entry had another number."""
    REPLACED = "replaced"
    """An entry with a fitting hash of its own that does not join its neighbour."""
    CUT_OFF = "cut_off"
    """An anchor knows of entries behind the last one."""
    REWRITTEN = "rewritten"
    """The chain joins, and is another one than the anchor was made of."""
    UNREADABLE = "unreadable"
    """What stands there is no entry."""
    ANCHOR = "anchor"
    """It is the anchor that is wrong."""
    FILE = "file"
    """It is a file of the export that is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with one entry, or with several that follow each other."""

    n: int
    """Number of the first one; 0 when it is about none."""
    what: Wrong
    told: str
    """One sentence for a human."""
    until: int = 0
    """Number of the last one; 0 when there is but one."""


class Findings:
    """The first findings, and how many more there were: memory stays bounded."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        self._count = 0

    def add(self, finding: Finding) -> None:
        """Take one more."""
        self._count += 1
        if len(self._found) < MOST_FINDINGS:
            self._found.append(finding)

    def replace_last(self, finding: Finding) -> None:
        """Take a better account of what was taken last."""
        if self._count == len(self._found):
            self._found[-1] = finding

    @property
    def last(self) -> Finding | None:
        """What was taken last."""
        return self._found[-1] if self._found else None

    def all(self) -> tuple[Finding, ...]:
        """Return those that were kept, in the order of entries.

        Before a chain written anew comes what was found in it: that says more.
        """
        return tuple(sorted(self._found, key=lambda one: (one.what is Wrong.REWRITTEN, one.n)))

    @property
    def more(self) -> int:
        """How many were not kept."""
        return self._count - len(self._found)


def named(first: int, last: int) -> str:
    """Return some entries in words: `entry 3`, `entries 3 to 5`."""
    return f"entry {first}" if last <= first else f"entries {first} to {last}"
