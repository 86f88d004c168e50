"""Turns at what a vendor lets us do only so often. Pure."""

import math
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Turns:
    """How often something may be done."""

    every_s: float
    """Apart on average."""
    burst: int = 1
    """So many may be taken at once after a rest."""
    most_wait_s: float = math.inf
    """A turn further away is not wanted."""


class Slots(Protocol):
    """Turns at something that may only be done so often, shared by every process."""

    async def book(self, key: str, rate: Turns) -> float:
        """Take the next free turn; returns how many seconds it is away, 0.0 for now.

        One that is further away than `rate.most_wait_s` is not taken, and nobody moves back.
        """
        ...

    async def block(self, key: str, for_s: float) -> None:
        """Let nobody have a turn before so many seconds have passed."""
        ...
