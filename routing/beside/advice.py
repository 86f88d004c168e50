"""The port to an advisor: a stronger model that is asked before the answering one begins."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from routing.decision import Attempt, Decision
from routing.errors import FailureKind
from routing.request import Redacted, Request


@dataclass(frozen=True, slots=True)
class Advice:
    """What an advisor had to say, and what asking it has cost."""

    text: Redacted
    """Empty when it gave none."""
    attempts: tuple[Attempt, ...]
    """Every call that was made, with purpose ADVISE; empty when none fitted what was left."""
    failed: FailureKind | None
    """None: it gave advice, or was not asked."""
    skipped: str = ""
    """Why it was not asked, in words; empty when it was."""


class Advises(Protocol):
    """Somebody to ask when the turn's intent is uncertain.

    Guarantees: never raises because of a model; ends in bounded time; what it costs is at most what
    was left, and all of it is in the advice's attempts.
    """

    async def advise(self, decision: Decision, request: Request, left_usd: Decimal) -> Advice:
        """Return what a stronger model thinks of the request, for at most `left_usd`."""
        ...
