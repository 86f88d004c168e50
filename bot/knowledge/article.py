"""An article of the knowledge base, before and after it is stored."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Article:
    """Something that the tenant has published for its customers."""

    id: str
    """Unique within the tenant; adding the same id again replaces the article."""
    title: str
    url: str
    """Empty when it has no public address."""
    text: str
    """Markdown or plain text, without the title's own heading."""
    source: str = ""
    """Where it was read, for messages: `faq.jsonl:12`."""

    @property
    def digest(self) -> str:
        """SHA-256 of everything that a customer could see, hex."""
        return hashlib.sha256("\0".join((self.title, self.url, self.text)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Shelved:
    """An article as the list shows it."""

    id: str
    title: str
    url: str
    source: str
    chars: int
    chunks: int


@dataclass(frozen=True, slots=True)
class Added:
    """What became of the articles that were added."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0

    def plus(self, other: "Added") -> "Added":
        """Return the sum of two counts."""
        return Added(
            self.added + other.added,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
        )
