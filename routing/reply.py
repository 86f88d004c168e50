"""The port to an answer on its way, wherever it comes from: a model's run or the cache."""

from collections.abc import Awaitable
from typing import Protocol

from routing.decision import Attempt
from routing.progress import Progress
from routing.request import Redacted


class Reply(Protocol):
    """An answer on its way: iterate it, and close it if you stop early.

    Guarantees: the last thing yielded is `Finished` or `Exhausted`. `attempts` may be read at any
    time and holds every attempt that is over. Closing twice is harmless.
    """

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt that is over, in order; none for an answer from the cache."""
        ...

    def shown(self, text: Redacted) -> None:
        """Tell, at a `FellBack` to be continued, what has really been seen; see `Run.shown`."""
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
