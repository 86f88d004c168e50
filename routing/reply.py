"""The port to an answer on its way, wherever it comes from: a model's run or the cache."""

from collections.abc import Awaitable
from decimal import Decimal
from typing import Protocol

from routing.decision import Attempt
from routing.progress import Progress, Skipped


class Reply(Protocol):
    """An answer on its way: iterate it, and close it if you stop early.

    Guarantees: the last thing yielded is `Finished` or `Exhausted`. `attempts` may be read at any
    time and holds every attempt that is over. Closing twice is harmless.
    """

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt that is over, in order; none for an answer from the cache."""
        ...

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Every model that was passed over, with the reason, in order."""
        ...

    @property
    def cost_usd(self) -> Decimal:
        """Sum over `attempts`."""
        ...

    def __aiter__(self) -> "Reply":
        """Return the same."""
        ...

    def __anext__(self) -> Awaitable[Progress]:
        """Return what happens next."""
        ...

    async def aclose(self) -> None:
        """Stop."""
        ...
