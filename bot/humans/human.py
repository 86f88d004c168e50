"""A human who answers customers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Human:
    """Who acts at a desk."""

    id: str
    """Stable and unique: `slack:T1:U7`; at the terminal desk the name itself."""
    name: str
    """As customers see it."""


def named(name: str) -> Human:
    """Return a human who is known by name only."""
    return Human(name, name)
