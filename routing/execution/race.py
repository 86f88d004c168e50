"""Two attempts at one answer: the second begins when the first is slow to begin."""

import asyncio

from routing.errors import ModelFailed
from routing.execution.trial import Trial
from routing.models.base import Piece, Stopped, StopReason


class Race:
    """Listens to one attempt, later to two, until it is known which of them answers.

    Each stream is read by a task of its own and never by two at once; a piece that came and was
    not asked for waits in its trial, which ends the task when it is closed. The first attempt
    comes first where both have something to say.
    """

    def __init__(self, first: Trial, patience_s: float) -> None:
        """Take the first attempt, and how long it may be waited for alone."""
        self.first = first
        self.trials = [first]
        """Those that are under way."""
        self._patience_s: float | None = patience_s
        self._loop = asyncio.get_running_loop()

    @property
    def has_rival(self) -> bool:
        """Tell whether two attempts are under way."""
        return len(self.trials) > 1

    @property
    def has_moved(self) -> bool:
        """Tell whether something has come that `next` would return at once."""
        return any(trial.has_news for trial in self.trials)

    def join(self, rival: Trial) -> None:
        """Begin to listen to a second attempt."""
        assert not self.has_rival, "only two attempts are made at once"
        self.trials.append(rival)

    def leave(self, trial: Trial) -> None:
        """Listen no longer to one of two: it is over."""
        self.trials.remove(trial)

    async def next(self) -> tuple[Trial, Piece | ModelFailed] | None:
        """Return what comes next and from which attempt; None, once, when patience is over."""
        patience_s, self._patience_s = self._patience_s, None
        until = None if patience_s is None else self._loop.time() + patience_s
        reads = {trial.begin_read(): trial for trial in self.trials}
        await asyncio.wait(reads, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
        for read, trial in reads.items():
            if read.done():
                if until is not None:
                    self._patience_s = max(0.0, until - self._loop.time())
                return trial, trial.end_read()
        return None


def has_lost(piece: Piece | ModelFailed) -> bool:
    """Tell whether an attempt that said this, and no text before it, has no answer to give."""
    match piece:
        case ModelFailed():
            return True
        case Stopped(reason=reason):
            return reason is not StopReason.TOOL_USE
        case _:
            return False
